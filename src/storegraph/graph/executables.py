"""The programs that `ros2 run` and `ros2 launch` start: one for each node of the graph."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node

from .node import StageNode
from .nodes import NODES


def run(make: Callable[[], Node]) -> int:
    """Runs a node until it is told to stop; gives the exit code.

    The events executor delivers five times the messages of the default one; its own `spin` does not return control, so
    it is turned by hand.

    Args:
        make: Makes the node, once ROS is up.
    """
    rclpy.init(args=sys.argv)
    node = make()
    executor = EventsExecutor()
    executor.add_node(node)
    try:
        while rclpy.ok():
            executor.spin_once(timeout_sec=1.0)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


def run_stage(name: str) -> int:
    """Runs the node of a stage, by its name in `NODES`."""
    spec = next(node for node in NODES if node.name == name)
    return run(partial(StageNode, spec))


def weighing() -> int:
    """Scale samples -> weight events."""
    return run_stage("weighing")


def attribution() -> int:
    """Weight events and shoppers -> who took or put back what."""
    return run_stage("attribution")


def ledger() -> int:
    """Interactions and gate events -> carts and receipts."""
    return run_stage("ledger")


if __name__ == "__main__":
    sys.exit(run_stage(sys.argv[1]))
