"""What holds for all tests."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def participants_end_with_their_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nodes are taken off the network with the test that made them, not by a later collection of garbage.

    A node that has been destroyed keeps its DDS participant until nothing refers to it. Fast DDS 3.2 can wait for ever
    when a participant goes while another of the process is being discovered (its listener is taken away under the lock
    that the discovery waits for), so the participants of one test must not go during the next.
    """
    yield
    if "rclpy" in sys.modules and ("ros" in request.fixturenames or _imports_ros(request.path)):
        gc.collect()


@cache
def _imports_ros(path: Path) -> bool:
    """Only then: with all that other tests have loaded, collecting takes a quarter of a second."""
    return re.search(r"(import|from|importorskip\(\W*)\s*rclpy", path.read_text(encoding="utf-8")) is not None
