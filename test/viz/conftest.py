"""Nodes of the example store that run in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from storegraph.graph.nodes import NODES

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
PATIENCE = 20.0
"""Seconds until what has not happened has failed."""


@pytest.fixture
def ros() -> Iterator[Any]:
    """rclpy, up."""
    rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
    pytest.importorskip("storegraph_msgs.msg._cart", reason="needs the built messages; `make env` builds them")
    with rclpy.init(args=[]):
        yield rclpy


@pytest.fixture
def managed(ros: Any) -> Callable[..., Any]:
    """Makes a node of the graph by its name, with parameters; it activates itself."""
    from rclpy.parameter import Parameter

    def make(name: str, **parameters: Any) -> Any:
        spec = next(node for node in NODES if node.name == name)
        module, _, kind = spec.shell.partition(":")
        given = [Parameter(key, value=value) for key, value in {"store": str(CORNER), **parameters}.items()]
        return getattr(import_module(module), kind)(spec, namespace="corner", parameter_overrides=given)

    return make


@pytest.fixture
def turn(ros: Any) -> Iterator[Callable[..., None]]:
    """Turns nodes in a thread until the test ends."""
    from spinning import spinning

    with ExitStack() as until_the_end:

        def begin(*nodes: Any) -> None:
            for node in nodes:
                until_the_end.callback(node.destroy_node)
            until_the_end.enter_context(spinning(*nodes))

        yield begin


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], bool]:
    """Waits until something holds, or patience ends; gives whether it holds."""

    def wait(holds: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.02)
        return holds()

    return wait
