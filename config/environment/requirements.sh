#!/usr/bin/env bash
# Checks that this machine has what the environment is made with. Says what is missing; as root, where there is apt-get,
# installs it, unless STOREGRAPH_INSTALL=no. With the argument `pictures`, also what rendering pictures needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh

missing=()
packages=()

# need WHAT DEBIAN_PACKAGE COMMAND...: notes WHAT as missing where the command fails.
need() {
    local what=$1 package=$2
    shift 2
    if ! "$@" > /dev/null 2>&1; then
        missing+=("$what")
        packages+=("$package")
    fi
}

recent_cmake() {
    local version
    version=$(cmake --version | awk 'NR == 1 { print $3 }')
    printf '%s\n' 3.20 "$version" | sort --check --version-sort
}

# Only a CPython 3.11 is built with; in place of another version, uv fetches one that has its own headers.
python_headers() {
    python3 -c '
import os, sys, sysconfig
sys.exit(sys.version_info[:2] == (3, 11) and not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

shared_library() {
    /sbin/ldconfig -p | grep --fixed-strings "$1"
}

check() {
    missing=()
    packages=()
    need "make" make make --version
    need "a C compiler" gcc "${CC:-cc}" --version
    need "a C++ compiler" g++ "${CXX:-c++}" --version
    need "CMake 3.20 or newer" cmake recent_cmake
    need "Python 3.8 or newer" python3 python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
    need "Python's venv" python3-venv python3 -c 'import ensurepip, venv'
    need "Python's headers" python3-dev python_headers
    need "libGL, for OpenCV" libgl1 shared_library libGL.so.1
    need "GLib, for OpenCV" libglib2.0-0 shared_library libgthread-2.0.so.0
    if [ "${1-}" = pictures ]; then
        need "libusb, for Open3D" libusb-1.0-0 shared_library libusb-1.0.so.0
        need "libgomp, for Open3D" libgomp1 shared_library libgomp.so.1
    fi
    if [ -n "${ROS_DISTRO-}" ]; then
        need "colcon" python3-colcon-common-extensions colcon --help
    fi
}

check "$@"
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" -eq 0 ] && [ "${STOREGRAPH_INSTALL-}" != no ] && command -v apt-get > /dev/null; then
    say "installing ${packages[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${packages[@]}" > /dev/null
    check "$@"
fi
if [ ${#missing[@]} -ne 0 ]; then
    say "this machine lacks: $(printf '%s; ' "${missing[@]}" | sed 's/; $//')."
    say "On Debian or Ubuntu, \`sudo apt-get install ${packages[*]}\` installs that; then run this again."
    exit 1
fi
