"""The programs that `ros2 run` and `ros2 launch` start: one for each node of the graph, or several nodes in one.

`weighing_node --ros-args …` is the node, as `ros2 run storegraph weighing_node` starts it; where nothing is installed
in a path, so is `python -m storegraph.graph.executables weighing --ros-args …`. `store_container weighing attribution
--ros-args …` is both in one process; with no name, those that every store has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.utilities import remove_ros_args

from .managed import ManagedNode
from .nodes import NODES, NodeSpec, Started, named_object
from .starting import DEVICE, instance_name


def run(names: Sequence[str]) -> int:
    """Runs nodes in this process until it is told to stop.

    The events executor delivers five times the messages of the default one; its own `spin` does not return control, so
    it is turned by hand.

    Args:
        names: Of nodes in `NODES`; a sensor's with its device behind it.

    Returns:
        The exit code.
    """
    nodes: list[ManagedNode] = []
    with suppress(KeyboardInterrupt, ExternalShutdownException), rclpy.init(args=sys.argv):
        executor = EventsExecutor()
        try:
            for name in names:
                nodes.append(_made(name, alone=len(names) == 1))
                executor.add_node(nodes[-1])
            while rclpy.ok():
                executor.spin_once(timeout_sec=1.0)
        except Exception:
            if rclpy.ok():  # otherwise it was told to stop while its nodes were being made
                raise
        finally:
            executor.shutdown()
            for made in reversed(nodes):
                made.destroy_node()
    return 0


def node() -> int:
    """Runs the node that the program is named after."""
    return run([Path(sys.argv[0]).stem.removesuffix("_node")])


def container() -> int:
    """Runs the nodes named on the command line in one process."""
    names = remove_ros_args(sys.argv)[1:]
    return run(names or [spec.name for spec in NODES if spec.started is Started.ALWAYS])


def _made(name: str, *, alone: bool) -> ManagedNode:
    """A node; alone it takes its name from the command line if that has one."""
    kind = name.partition(DEVICE)[0]
    spec: NodeSpec = next(spec for spec in NODES if spec.name == kind)
    made: ManagedNode = named_object(spec.shell)(spec, "" if alone else instance_name(name))
    return made


if __name__ == "__main__":
    sys.exit(run(remove_ros_args(sys.argv)[1:]))
