#!/usr/bin/env bash
# Makes .venv on top of the ROS 2 installation that is sourced: only the libraries it lacks are added. colcon then builds both
# packages into install/, run by .venv's Python, so that the executables in install/ find these libraries too.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh
. config/environment/torch.sh

libraries() {
    config/environment/requirements.sh
    say "adding the libraries that ROS 2 $ROS_DISTRO lacks to .venv"
    python3 -m venv --clear --system-site-packages .venv
    # ROS's message packages are compiled against its numpy: another one must not come in.
    python3 -c 'import numpy; print(f"numpy=={numpy.__version__}")' > .venv/ros-constraints.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation \
        --constraint .venv/ros-constraints.txt --editable '.[test,cameras]' --requirement config/environment/torch.in
}

workspace() {
    say "building storegraph_msgs and storegraph into install/"
    COLCON_DEFAULTS_FILE=config/environment/colcon.yaml .venv/bin/python "$(command -v colcon)" build
}

step libraries setup.py setup.cfg config/environment/{torch.in,from_ros.sh}
install_torch .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps
step workspace package.xml setup.py setup.cfg resource launch config rviz bags storegraph_msgs
