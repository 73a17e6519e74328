#!/bin/sh
# Installs Rocq and the OCaml compiler from the machine's own package sources, where they are missing.
set -eu
command -v coqc >/dev/null && command -v coqchk >/dev/null && command -v ocamlopt >/dev/null && exit 0
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends coq ocaml-nox >/dev/null
