#!/usr/bin/env bash
# run.sh COMMAND [ARGUMENT...]: runs a command in the environment that `make env` made.
set -e
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -n "${ROS_DISTRO-}" ]; then
    # shellcheck source=/dev/null
    . "$root/install/local_setup.bash"
fi
unset _ROS_WHEELS_BOOTSTRAP_COMPLETE  # a parent's; .venv's Python sets its own
export PATH=$root/.venv/bin:$PATH
exec "$@"
