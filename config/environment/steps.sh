# shellcheck shell=bash
# Sourced by the scripts beside it. The working directory is the root of the checkout.

say() {
    echo "storegraph: $*" >&2
}

# fingerprint PATH...: one hash of where the checkout lies and of all these files, with those below folders. What is not there
# counts as empty.
fingerprint() {
    { pwd; find "$@" -type f -not -path '*/__pycache__/*' -print0 2> /dev/null | sort -z | xargs -0 sha256sum || true; } |
        sha256sum | cut -d ' ' -f 1
}

# step FUNCTION PATH...: calls the function, unless it has already come to its end with the same files.
# The record is kept in .venv, so a new .venv starts from the first step, and what was interrupted is done again.
step() {
    local function=$1 inputs
    shift
    inputs=$(fingerprint "$@")
    if [ -x .venv/bin/python ] && [ "$(cat ".venv/steps/$function" 2> /dev/null)" = "$inputs" ]; then
        return
    fi
    rm -f ".venv/steps/$function"
    "$function"
    mkdir -p .venv/steps
    echo "$inputs" > ".venv/steps/$function"
}
