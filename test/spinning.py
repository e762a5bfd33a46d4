"""Spins nodes beside a test."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

TURN = 0.05
"""Seconds. So long a block may take to end, when its nodes hear nothing."""


@contextmanager
def spinning(*nodes: Node) -> Iterator[None]:
    """Spins nodes in a thread of their own until the block ends, and raises what a callback of theirs has raised.

    The thread is told to stop by a flag, and shuts its executor down itself. `Executor.shutdown` of another thread
    takes away the guard condition that the spinning one is about to use: with rclpy 9.1 that thread then died of an
    AttributeError or InvalidHandle, or waited for ever, about once in a hundred times on a busy machine.
    """
    executor, stop = SingleThreadedExecutor(), Event()
    for node in nodes:
        executor.add_node(node)

    def spin() -> None:
        try:
            while not stop.is_set():
                executor.spin_once(TURN)
        finally:
            executor.shutdown()

    with ThreadPoolExecutor(1) as thread:
        spun = thread.submit(spin)
        try:
            yield
        finally:
            stop.set()
        spun.result()
