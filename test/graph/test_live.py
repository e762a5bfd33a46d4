"""The live graph promises the bytes of the replay: over DDS, in several processes, and after one was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
messages = pytest.importorskip("storegraph_msgs.msg", reason="needs the built messages; `make env` builds them")
if not hasattr(messages, "ScaleSamples"):  # the definitions' own folder, as seen from the checkout
    pytest.skip("needs the built messages; `make env` builds them", allow_module_level=True)

from rclpy.node import Node  # noqa: E402
from spinning import spinning  # noqa: E402

from storegraph.graph.bag import BagMessage, BagReader, BagWriter  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.merge import END  # noqa: E402
from storegraph.graph.messages import CONVERSIONS  # noqa: E402
from storegraph.graph.nodes import nodes_for  # noqa: E402
from storegraph.graph.player import Player  # noqa: E402
from storegraph.graph.qos import profile_of, watermark_profile  # noqa: E402
from storegraph.graph.replay import replay  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import (  # noqa: E402
    CARTS,
    INTERACTIONS,
    PASSAGES,
    RECEIPTS,
    SCALE_SAMPLES,
    SHOPPERS,
    TOPICS,
)
from storegraph.graph.watermarks import WATERMARK, promise_from_message, watermark_name  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
CORNER = ROOT / "config" / "stores" / "corner.yaml"
NODES = nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES))
"""Those that the demo is told to."""
RESULTS = (INTERACTIONS, CARTS, RECEIPTS)
RATE = 10.0
PATIENCE = 90.0
"""Seconds until a live graph that says nothing has failed."""

Messages = dict[str, list[bytes]]
"""What was published on each topic, in order, each message once."""


class Collector(Node):  # type: ignore[misc]
    """Takes down what the graph publishes, until each topic has ended and its last message is there."""

    def __init__(self, namespace: str) -> None:
        super().__init__("collector", namespace=namespace)
        self.published: dict[str, dict[bytes, None]] = {topic.name: {} for topic in RESULTS}
        self._seen: dict[str, set[tuple[int, str]]] = {topic.name: set() for topic in RESULTS}
        self._last: dict[str, tuple[int, str] | None] = {}
        for topic in RESULTS:
            message_type = CONVERSIONS[topic.carries].message_type
            take, end = partial(self._take, topic.name, message_type), partial(self._end, topic.name)
            self.create_subscription(
                message_class(message_type), topic.name, take, profile_of(topic.delivery), raw=True
            )
            ends = watermark_name(topic.name)
            self.create_subscription(message_class(WATERMARK), ends, end, watermark_profile(), raw=True)

    @property
    def open(self) -> set[str]:
        """Topics of which more may come: a promise may overtake the messages that it is about."""
        return {
            name
            for name, seen in self._seen.items()
            if name not in self._last or not (self._last[name] is None or self._last[name] in seen)
        }

    def _take(self, name: str, message_type: str, data: bytes) -> None:
        observation = decode(BagMessage(name, 0, message_type, bytes(data)))
        self.published[name].setdefault(bytes(data))
        self._seen[name].add((observation.stamp, observation.key))

    def _end(self, name: str, data: bytes) -> None:
        promise = promise_from_message(interfaces().deserialize_cdr(bytes(data), WATERMARK))
        if promise.watermark == END:
            self._last[name] = promise.newest


def started(name: str, journal: Path) -> subprocess.Popen[bytes]:
    """A node in a process of its own. Waiting costs nothing here, because the player promises the end."""
    parameters = {"store": CORNER, "journal": journal, "allowed_lateness": 5.0, "idle_after": 600.0}
    arguments = [f"{key}:={value}" for key, value in parameters.items()]
    command = [sys.executable, "-m", "storegraph.graph.executables", name, "--ros-args", "-r", "__ns:=/corner"]
    return subprocess.Popen(command + [word for argument in arguments for word in ("-p", argument)])


@contextmanager
def live_nodes(journal: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """All nodes; each must end cleanly when told to."""
    processes = {node.name: started(node.name, journal) for node in NODES}
    try:
        yield processes
        for process in processes.values():
            process.send_signal(signal.SIGINT)
        assert {name: process.wait(20) for name, process in processes.items()} == dict.fromkeys(processes, 0)
    finally:
        for process in processes.values():
            process.kill()


def killed_and_started_again(processes: dict[str, subprocess.Popen[bytes]], name: str, journal: Path) -> None:
    processes[name].kill()
    processes[name].wait()
    processes[name] = started(name, journal)


def played_live(bag: Path, journal: Path, kill: str = "") -> Messages:
    """What the live graph publishes while a bag is played to it; one node may be killed after a third of it."""
    with live_nodes(journal) as processes, rclpy.init(args=[]):
        collector, player = Collector("corner"), Player(bag, load_store(CORNER))

        def watch(played: int, total: int) -> None:
            nonlocal kill
            if kill and played > total / 3:
                threading.Thread(target=killed_and_started_again, args=(processes, kill, journal)).start()
                kill = ""

        with spinning(collector):
            player.play(RATE, wait=PATIENCE, progress=watch)
            until = time.monotonic() + PATIENCE
            while collector.open and time.monotonic() < until:
                time.sleep(0.05)
        assert not collector.open, f"{collector.open} did not end"
        return {name: list(messages) for name, messages in collector.published.items()}


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    """What the in-process replay of the demo gives."""
    out = tmp_path_factory.mktemp("replayed") / "results"
    replay(DEMO, load_store(CORNER), out)
    with BagReader(out / "bag", "corner") as reader:
        return {topic.name: [message.data for message in reader.messages({topic.name})] for topic in RESULTS}


def test_the_live_graph_gives_the_bytes_of_the_replay(replayed: Messages, tmp_path: Path) -> None:
    assert played_live(DEMO, tmp_path / "journal") == replayed


def disturbed(bag: Path) -> Path:
    """The demo, every message up to 50 ms later, and one in a hundred twice."""
    random = Random(1)
    with BagReader(DEMO, "corner") as reader:
        names = {name for topic in TOPICS for name in reader.names_of(topic)}
        messages = [
            replace(message, log_time=message.log_time + random.randrange(50_000_000))
            for message in reader.messages(names)
            for _ in range(2 if random.random() < 0.01 else 1)
        ]
    with BagWriter(bag, "corner") as writer:
        for message in sorted(messages, key=lambda message: message.log_time):
            writer.write_message(message)
    return bag


@pytest.mark.parametrize("kill", [node.name for node in NODES])
def test_delays_copies_and_a_killed_node_change_no_receipt(replayed: Messages, tmp_path: Path, kill: str) -> None:
    live = played_live(disturbed(tmp_path / "bag"), tmp_path / "journal", kill)
    assert live[RECEIPTS.name] == replayed[RECEIPTS.name]
    assert live[INTERACTIONS.name] == replayed[INTERACTIONS.name]
