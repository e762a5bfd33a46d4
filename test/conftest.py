"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest

DOMAINS = 100
"""DDS domains whose ports lie below those that Linux gives to anybody: 7400 + 250 x domain."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only live graphs are asked for, no other module is imported: with torch and its like that takes 20 s."""
    asked = config.option.markexpr == "live" and collection_path.match("test_*.py")
    return True if asked and not _is_live(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of live graphs are marked, so that they can be run while nothing else takes the processor."""
    for item in items:
        if _is_live(item.path):
            item.add_marker(pytest.mark.live)


def pytest_collection_finish() -> None:
    """What was imported stays, and is no garbage: to look through it took a third of a second after every live test."""
    gc.freeze()


@pytest.fixture(scope="session")
def domains(worker_id: str, testrun_uid: str) -> Iterator[int]:
    """The DDS domains of this process, one after the other; those of the session's other processes are others."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    first = int(testrun_uid, 16)
    return (1 + (first + number * workers + own) % DOMAINS for number in count())


@pytest.fixture(scope="module", autouse=True)
def alone(domains: Iterator[int]) -> Iterator[None]:
    """Each module is on a DDS domain of its own.

    So it meets neither another graph on this machine, nor what the processes that another module has killed have left
    in the domain's shared memory: Fast DDS keeps ports and their locks there.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROS_DOMAIN_ID", str(next(domains)))
        environment.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        environment.setenv("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
        yield


@pytest.fixture(autouse=True)
def participants_end_with_their_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nodes are taken off the network with the test that made them, not by a later collection of garbage.

    A node that has been destroyed keeps its DDS participant until nothing refers to it. Fast DDS 3.2 can wait for ever
    when a participant goes while another of the process is being discovered (its listener is taken away under the lock
    that the discovery waits for), so the participants of one test must not go during the next.
    """
    yield
    if "rclpy" in sys.modules and _is_live(request.path):
        gc.collect()


@pytest.fixture
def ros() -> Iterator[None]:
    """ROS, up in this process: `corner_nodes.running` makes nodes in it."""
    rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
    with rclpy.init(args=[]):
        yield


@cache
def _is_live(module: Path) -> bool:
    """Whether it imports rclpy. Whoever takes nodes from a fixture asks for rclpy, too, to be skipped without it."""
    text = module.read_text(encoding="utf-8")
    return re.search(r"(^\s*(import|from)\s+|importorskip\(\W*)rclpy", text, re.MULTILINE) is not None
