# shellcheck shell=bash
# Sourced. uv installs the wheels in seconds where pip takes minutes, and fetches a CPython where the machine has no 3.11.

install_uv() {
    if [ "$(cat build/uv/installed 2> /dev/null)" = "$(fingerprint config/environment/uv.txt)" ]; then
        return
    fi
    say "installing uv into build/uv"
    python3 -m venv --clear build/uv
    build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r config/environment/uv.txt
    fingerprint config/environment/uv.txt > build/uv/installed
}
