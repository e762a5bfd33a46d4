"""The programs that `ros2 run` and `ros2 launch` start: one for each node of the graph."""

from __future__ import annotations

import sys

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.experimental.events_executor import EventsExecutor

from .node import StageNode
from .nodes import NODES


def run(name: str) -> int:
    """Runs one node until it is told to stop; gives the exit code.

    The events executor delivers five times the messages of the default one; its own `spin` does not return control, so
    it is turned by hand.
    """
    spec = next(node for node in NODES if node.name == name)
    rclpy.init(args=sys.argv)
    node = StageNode(spec)
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


def weighing() -> int:
    """Scale samples -> weight events."""
    return run("weighing")


def attribution() -> int:
    """Weight events and shoppers -> who took or put back what."""
    return run("attribution")


def ledger() -> int:
    """Interactions and gate events -> carts and receipts."""
    return run("ledger")


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
