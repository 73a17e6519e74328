#!/bin/sh
# npm.sh FOLDER installs what FOLDER/package-lock.json names into FOLDER/node_modules. It does nothing when that is there already.
set -eu
cd "$1"
stamp=node_modules/.installed-for
sum=$(cksum < package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
    exit 0
fi
# No script of a package runs: none of these needs one.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s' "$sum" > "$stamp"
