"""The programs that `ros2 run` and `ros2 launch` start: one for each node of the graph, or several nodes in one.

`weighing_node --ros-args …` is the node, as `ros2 run storegraph weighing_node` starts it; where nothing is installed
in a path, so is `python -m storegraph.graph.executables weighing --ros-args …`. `store_container weighing attribution
--ros-args …` is both in one process; with no name, those that every store has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def node() -> int:
    """Runs the node that the program is named after."""
    return _run([Path(sys.argv[0]).stem.removesuffix("_node")])


def container() -> int:
    """Runs the nodes named on the command line in one process."""
    return _run([])


def _run(names: Sequence[str]) -> int:
    """Loads what nodes need, which takes seconds, and runs them; told to stop meanwhile, a program has ended well."""
    try:
        from .running import run
    except KeyboardInterrupt:
        return 0
    return run(names)


if __name__ == "__main__":
    sys.exit(container())
