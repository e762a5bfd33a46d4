# shellcheck shell=bash
# Sourced. torch runs the networks that find people in pictures. All else works without it.

# The build for the processor: PyPI's own brings gigabytes of CUDA. PyTorch's index names the checksum of every wheel.
TORCH=torch==2.13.0+cpu
TORCH_INDEX=https://download.pytorch.org/whl/cpu

has_torch() {
    .venv/bin/python - "$TORCH" << 'EOF'
import sys
from importlib.metadata import PackageNotFoundError, version

try:
    sys.exit(f"torch=={version('torch')}" != sys.argv[1])
except PackageNotFoundError:
    sys.exit(1)
EOF
}

# install_torch INSTALL...: installs torch by the command INSTALL, unless it is there: from the folders or pages of
# PIP_FIND_LINKS, otherwise from PyTorch's index. Where it cannot be had, or STOREGRAPH_TORCH=no, .venv does without.
install_torch() {
    local link output
    if [ "${STOREGRAPH_TORCH-}" = no ] || has_torch; then
        return
    fi
    say "installing torch into .venv"
    for link in ${PIP_FIND_LINKS-}; do
        "$@" --no-index --find-links "$link" "$TORCH" > /dev/null 2>&1 && return
    done
    output=$("$@" --index-url "$TORCH_INDEX" "$TORCH" 2>&1) && return
    say "${output##*$'\n'}"
    say "without $TORCH nobody is found in pictures, and the tests of that are skipped; \`make env\` tries again."
}
