"""Nodes that are spun beside a test end with it, and hide nothing from it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

rclpy = pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")

from spinning import spinning  # noqa: E402

PATIENCE = 20.0
"""Seconds until what has not happened has failed."""


@pytest.fixture
def node() -> Iterator[Any]:
    with rclpy.init(args=[]):
        node = rclpy.create_node("spun")
        yield node
        node.destroy_node()


def test_a_node_is_spun_as_often_as_one_likes_and_at_no_other_time(node: Any) -> None:
    ticked = threading.Event()
    node.create_timer(0.001, ticked.set)
    for _ in range(20):
        with spinning(node):
            assert ticked.wait(PATIENCE)
        ticked.clear()
        assert not ticked.wait(0.005)
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]


def test_what_a_callback_raises_fails_the_test(node: Any) -> None:
    raised = threading.Event()

    def fail() -> None:
        raised.set()
        raise RuntimeError("of the callback")

    node.create_timer(0.001, fail)
    with pytest.raises(RuntimeError, match="of the callback"), spinning(node):
        assert raised.wait(PATIENCE)


def test_what_the_test_raises_stops_the_spinning(node: Any) -> None:
    with pytest.raises(KeyError), spinning(node):
        raise KeyError
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]
