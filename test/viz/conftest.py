"""Nodes of the example store that run in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

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
    from corner_nodes import corner_node

    return corner_node


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
