"""`up` over real processes: what dies comes back, what is stopped is gone, stores do not see each other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from storegraph.errors import StoregraphError
from storegraph.graph.starting import Start

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"

SECONDS = 60.0
"""For nodes to start or to find each other; they take 2 s on an idle machine, and many times that on a busy one."""

UP = """
import sys
from pathlib import Path
from storegraph.graph.starting import Start
from storegraph.graph.up import up
store, namespace, journal, *parts = sys.argv[1:]
sys.exit(up(Start(Path(store), namespace, tuple(parts), journal=Path(journal))))
"""

WATCHER = f"""
import sys, time
import rclpy

rclpy.init()
node = rclpy.create_node("watcher")
topics = {{}}
until = time.monotonic() + {SECONDS}
unknown = ["_NODE_NAMESPACE_UNKNOWN_"]  # until the node behind an endpoint is discovered, too
while time.monotonic() < until and any(topics.get(name, unknown) in ([], unknown) for name in sys.argv[1:]):
    for topic, _ in node.get_topic_names_and_types():
        ends = node.get_publishers_info_by_topic(topic) + node.get_subscriptions_info_by_topic(topic)
        topics[topic] = sorted({{end.node_namespace for end in ends}} - {{"/"}})
    time.sleep(0.1)
for topic, namespaces in topics.items():
    print(topic, *namespaces)
"""
"""Prints the namespaces of the nodes at every topic, as soon as some topics are there."""


class Running:
    """A store that is up.

    Attributes:
        process: `up` itself.
        log: What it has printed so far.
        journal: Folder of its nodes' journals.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path, journal: Path) -> None:
        self.process = process
        self.log = log
        self.journal = journal

    def said(self, pattern: str, times: int = 1) -> list[str]:
        """What matches in the log, as soon as it does so often."""
        until = time.monotonic() + SECONDS
        while len(found := re.findall(pattern, self.log.read_text())) < times:
            assert time.monotonic() < until, f"no {pattern!r} in\n{self.log.read_text()}"
            time.sleep(0.05)
        return found

    def pid(self, node: str, times: int = 1) -> int:
        """Of a node that has been started so many times and has taken up its journal."""
        pid = int(self.said(rf"spawned: '{node}' with pid (\d+)", times)[-1])
        until = time.monotonic() + SECONDS
        while not self._has_journal(pid, node):
            assert time.monotonic() < until, f"{node} is not configured\n{self.log.read_text()}"
            time.sleep(0.05)
        return pid

    def _has_journal(self, pid: int, node: str) -> bool:
        opened: set[str] = set()
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed while they are looked at
                opened.add(os.readlink(entry))
        return str(self.journal / f"{node}.sqlite") in opened


@contextmanager
def running(folder: Path, namespace: str, *parts: str) -> Iterator[Running]:
    pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")
    pytest.importorskip("storegraph_msgs.msg", reason="storegraph_msgs is not built; `make env` builds it")
    pytest.importorskip("supervisor", reason="supervisor is not installed; `make env` installs it")
    log = folder / f"{namespace}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", UP, str(CORNER), namespace, str(folder / namespace), *parts],
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield Running(process, log, folder / namespace)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(2 * SECONDS)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Running]]:
    """Two stores, started once for the tests below, because a node takes seconds to start."""
    folder = tmp_path_factory.mktemp("up")
    with running(folder, "east", "ledger") as east, running(folder, "west", "ledger", "attribution") as west:
        yield east, west


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_stores_share_no_topic_but_those_of_ros_itself(stores: tuple[Running, Running]) -> None:
    expected = ["/east/receipts", "/west/receipts"]
    watcher = subprocess.run(
        [sys.executable, "-c", WATCHER, *expected], capture_output=True, text=True, timeout=3 * SECONDS
    )
    topics = {topic: namespaces for topic, *namespaces in map(str.split, watcher.stdout.splitlines())}
    assert {topic: topics[topic] for topic in expected} == {"/east/receipts": ["/east"], "/west/receipts": ["/west"]}
    shared = {topic for topic, namespaces in topics.items() if {"/east", "/west"} <= set(namespaces)}
    assert shared <= {"/diagnostics", "/rosout", "/parameter_events"}


def test_a_node_that_is_killed_is_started_again(stores: tuple[Running, Running]) -> None:
    east, _ = stores
    first = east.pid("ledger")
    os.kill(first, signal.SIGKILL)
    second = east.pid("ledger", times=2)
    assert second != first
    assert alive(second)


def test_sigint_stops_all_nodes_in_reverse_order_and_leaves_none(stores: tuple[Running, Running]) -> None:
    _, west = stores
    pids = {name: west.pid(name) for name in ("attribution", "ledger")}
    assert {name: os.getpgid(pid) for name, pid in pids.items()} == pids  # Ctrl-C does not reach them twice
    west.process.send_signal(signal.SIGINT)
    assert west.process.wait(SECONDS) == 0
    assert west.said(r"stopped: (\w+) \(exit status 0\)") == ["ledger", "attribution"]
    assert not any(map(alive, pids.values()))


def test_a_store_file_that_is_wrong_is_told_before_anything_starts(tmp_path: Path) -> None:
    up = pytest.importorskip("storegraph.graph.up", reason="supervisor is not installed").up
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("id: [", encoding="utf-8")
    with pytest.raises(StoregraphError, match=r"wrong\.yaml"):
        up(Start(wrong))


def test_all_nodes_run_in_one_process_where_that_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "storegraph.cli", "up", str(CORNER), "--namespace", "tin", "--container"]
    with log.open("w") as output:
        parts = ["--part", "attribution", "--part", "ledger"]
        process = subprocess.Popen([*command, *parts], stdout=output, stderr=subprocess.STDOUT, text=True)
    store = Running(process, log, tmp_path)
    try:
        assert sorted(store.said(r"\[tin\.(\w+)\]: active", times=2)) == ["attribution", "ledger"]
        assert store.said(r"spawned: '(\w+)'") == ["container"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(2 * SECONDS) == 0
    assert store.said(r"stopped: container \(exit status 0\)")
