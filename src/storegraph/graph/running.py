"""Runs nodes in this process until it is told to stop."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.utilities import remove_ros_args

from .managed import ManagedNode
from .nodes import NODES, Started, named_object
from .starting import DEVICE, StartError, chosen_nodes, instance_name


def run(names: Sequence[str] = ()) -> int:
    """Runs nodes in this process until it is told to stop.

    The events executor delivers five times the messages of the default one; its own `spin` does not return control, so
    it is turned by hand.

    Args:
        names: Of nodes in `NODES`; a sensor's with its device behind it. None: those that the command line names; those
            that every store has, where it names none.

    Returns:
        The exit code; 2 where there is no such node.
    """
    names = names or remove_ros_args(sys.argv)[1:] or [spec.name for spec in NODES if spec.started is Started.ALWAYS]
    try:
        chosen_nodes([_kind(name) for name in names])
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
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


def _made(name: str, *, alone: bool) -> ManagedNode:
    """A node; alone it takes its name from the command line if that has one."""
    (spec,) = chosen_nodes([_kind(name)])
    made: ManagedNode = named_object(spec.shell)(spec, "" if alone else instance_name(name))
    return made


def _kind(name: str) -> str:
    return name.partition(DEVICE)[0]
