#!/usr/bin/env bash
# Makes .venv, or brings it up to date: from the ROS 2 installation that is sourced, otherwise from wheels.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh

if [ -z "${ROS_DISTRO-}" ]; then
    exec config/environment/from_wheels.sh
elif python3 -c "import rclpy" 2> /dev/null; then
    exec config/environment/from_ros.sh
else
    say "ROS_DISTRO is '$ROS_DISTRO', but python3 ($(command -v python3 || echo missing)) cannot import rclpy." \
        "Source that installation's setup.bash, or unset ROS_DISTRO to use wheels from PyPI."
    exit 1
fi
