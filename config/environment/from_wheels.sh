#!/usr/bin/env bash
# Makes .venv from ROS 2 wheels: CPython 3.11, all libraries, storegraph_msgs built by rosidl, and storegraph itself.
# Nothing has to be sourced to use it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh
. config/environment/uv.sh
. config/environment/torch.sh

# Left by a Python of another environment that called us, it would keep ours from finding its libraries.
unset _ROS_WHEELS_BOOTSTRAP_COMPLETE

# The wheels are for CPython 3.11. Prints the machine's own, if it has one with the headers to build with.
own_cpython() {
    local candidate
    for candidate in python3.11 python3; do
        "$candidate" -c '
import os, sys, sysconfig
if sys.version_info[:2] != (3, 11) or not os.path.exists(sysconfig.get_path("include") + "/Python.h"):
    sys.exit(1)
print(os.path.realpath(sys.executable))' 2> /dev/null && return
    done
    return 1
}

libraries() {
    config/environment/requirements.sh
    install_uv
    local interpreter
    if interpreter=$(own_cpython); then
        build/uv/bin/uv venv --quiet --clear --python "$interpreter" .venv
    else
        say "this machine has no CPython 3.11 with headers: fetching one"
        build/uv/bin/uv venv --quiet --clear --managed-python --python 3.11 .venv
    fi
    say "installing ROS 2 and the libraries into .venv"
    build/uv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r config/environment/lock.txt
    # The exported targets of message packages carry the include folders of the machine that built the wheels.
    local python_include numpy_include
    python_include=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
    numpy_include=$(.venv/bin/python -c 'import numpy; print(numpy.get_include())')
    find .venv/share -name '*_pyExport.cmake' -exec sed -i \
        -e "s|/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include|$numpy_include|g" \
        -e "s|/opt/python/cp311-cp311/include/python3.11|$python_include|g" {} +
}

# build_messages NAME SOURCE: builds a message package into .venv, for rclpy over Fast DDS.
build_messages() {
    local name=$1 source=$2 build=.venv/build/$1
    say "building $name"
    # A message that is gone from the sources has to go from the installation too.
    if [ -e "$build/install_manifest.txt" ]; then
        xargs rm -f < "$build/install_manifest.txt"
    fi
    rm -rf "$build"
    mkdir -p "$build"
    (
        export AMENT_PREFIX_PATH=$PWD/.venv CMAKE_PREFIX_PATH=$PWD/.venv PATH=$PWD/.venv/bin:$PATH
        cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$PWD/.venv" \
            -DCMAKE_PROJECT_INCLUDE="$PWD/config/environment/python_messages.cmake" \
            -DPython3_EXECUTABLE="$PWD/.venv/bin/python" &&
            cmake --build "$build" --parallel "$(nproc)" &&
            cmake --install "$build"
    ) > "$build/log.txt" 2>&1 || {
        tail -n 40 "$build/log.txt" >&2
        say "$name does not build; the whole log is in $build/log.txt"
        exit 1
    }
}

storegraph_msgs() {
    build_messages storegraph_msgs storegraph_msgs
}

# The wheels leave it out, and transforms travel as its one message.
tf2_msgs() {
    .venv/bin/python config/environment/tf2_msgs.py .venv/build/tf2_msgs-source
    build_messages tf2_msgs .venv/build/tf2_msgs-source
}

storegraph() {
    local shared
    install_uv
    say "installing storegraph"
    build/uv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    # An editable installation leaves data files out.
    ln -sfn "$PWD/resource/storegraph" .venv/share/ament_index/resource_index/packages/storegraph
    mkdir -p .venv/share/storegraph
    for shared in package.xml launch config rviz bags; do
        ln -sfn "$PWD/$shared" .venv/share/storegraph/$shared
    done
}

step libraries config/environment/{lock.txt,from_wheels.sh}
install_torch build/uv/bin/uv pip install --quiet --python .venv/bin/python --no-deps
step storegraph_msgs storegraph_msgs config/environment/{python_messages.cmake,from_wheels.sh}
step tf2_msgs config/environment/{tf2_msgs.py,python_messages.cmake,from_wheels.sh}
step storegraph setup.py setup.cfg package.xml config/environment/from_wheels.sh
