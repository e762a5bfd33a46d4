"""Nodes of the graph for the corner shop, in the process of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rclpy.parameter import Parameter

from storegraph.graph.nodes import NODES, named_object
from storegraph.graph.starting import DEVICE, instance_name

CORNER = Path(__file__).resolve().parents[1] / "config" / "stores" / "corner.yaml"


def corner_node(instance: str, **parameters: object) -> Any:
    """A node as `storegraph up` makes it for the corner shop, with these parameters; it activates itself.

    Args:
        instance: Its name in the graph; a sensor's with its device behind it, as in `camera:south_west`.
        parameters: In place of the defaults.
    """
    kind, _, device = instance.partition(DEVICE)
    spec = next(node for node in NODES if node.name == kind)
    values = {"store": str(CORNER), **({"device": device} if device else {}), **parameters}
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    return named_object(spec.shell)(spec, instance_name(instance), namespace="corner", parameter_overrides=overrides)


@contextmanager
def running(instance: str, **parameters: object) -> Iterator[Any]:
    """The same, off the network after the block."""
    node = corner_node(instance, **parameters)
    try:
        yield node
    finally:
        node.destroy_node()
