#!/usr/bin/env bash
# Writes the locks: every version and hash that `make env` installs. Keeps what is locked; `--upgrade` renews it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh
. config/environment/uv.sh

compile() {
    build/uv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" "$@"
}

install_uv
compile "$@" --output-file config/environment/uv.txt - <<< "uv"
compile "$@" --extra test --extra cameras --extra evaluation --extra openvino --output-file config/environment/lock.txt setup.py config/environment/{ros,torch}.in
compile "$@" --override config/environment/pictures-without.txt --constraint config/environment/lock.txt \
    --output-file config/environment/pictures.txt config/environment/pictures.in
