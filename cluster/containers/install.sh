#!/bin/sh
# What `make setup` does, without what only tests need: an environment in .venv, and the model files in models/.
#
#   install.sh packages   the packages of pyproject.toml, which lies alone in this folder: a layer that code does not touch
#   install.sh avemo      avemo itself and its model files
set -eu
cd "$(dirname "$0")/../.."
case ${1:-} in
packages)
    python3 -m venv .venv
    .venv/bin/python -m pip install --no-cache-dir --quiet --upgrade pip
    .venv/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' >.requirements
    .venv/bin/python -m pip install --no-cache-dir --quiet --requirement .requirements
    rm .requirements
    ;;
avemo)
    .venv/bin/python -m pip install --no-cache-dir --quiet --no-deps --editable .
    AVEMO_CACHE=$PWD/models .venv/bin/python -m avemo_core.runtime.weights
    ;;
*)
    echo "expected: packages or avemo, found '$*'" >&2
    exit 2
    ;;
esac
