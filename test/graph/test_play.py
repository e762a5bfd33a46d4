"""What is played is what was recorded: all of it, from a moment on, or again and again; no promise is broken."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
messages = pytest.importorskip("storegraph_msgs.msg", reason="needs the built messages; `make env` builds them")
if not hasattr(messages, "ScaleSamples"):  # the definitions' own folder, as seen from the checkout
    pytest.skip("needs the built messages; `make env` builds them", allow_module_level=True)

from rclpy.node import Node  # noqa: E402
from rclpy.serialization import serialize_message  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from spinning import spinning  # noqa: E402

from storegraph.graph.bag import BagError, BagMessage, BagWriter  # noqa: E402
from storegraph.graph.bag_metadata import RecordedTopic  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.definitions import definition_of  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.merge import END  # noqa: E402
from storegraph.graph.messages import CONVERSIONS  # noqa: E402
from storegraph.graph.operator import Promise  # noqa: E402
from storegraph.graph.player import ROUND_GAP, Excerpt, Player  # noqa: E402
from storegraph.graph.qos import profile_of, watermark_profile  # noqa: E402
from storegraph.graph.recording import Recording  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import Delivery, topic_of  # noqa: E402
from storegraph.graph.watermarks import WATERMARK, promise_from_message, watermark_name  # noqa: E402
from storegraph.observations import GateEvent, Observation, Passage, ScaleSamples, Shoppers  # noqa: E402
from storegraph.simulation.faults.broken_bag import BrokenBag  # noqa: E402
from storegraph.simulation.faults.model import Fault  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND
DELAY = SECOND // 10
"""Between a stamp and its recording."""

TOPICS = ("passages", "shoppers", "scales/G1/samples")
RATE = 5.0
PATIENCE = 20.0
"""Seconds until a player that says nothing has failed."""


def recorded() -> Iterator[tuple[str, Observation]]:
    """Two seconds in a store: readings and snapshots ten times a second, and somebody who comes and goes."""
    for tenth in range(20):
        stamp = BEGIN + tenth * SECOND // 10
        yield "scales/G1/samples", ScaleSamples(stamp, "G1", 60.0, ("G1.S1.P1",), np.zeros((6, 1), np.float32))
        yield "shoppers", Shoppers(stamp, ("neck",), ())
        if tenth == 5:
            yield "passages", GateEvent(stamp, "front", Passage.ENTRY, "token", "p", "7", False)
        if tenth == 15:
            yield "passages", GateEvent(stamp, "front", Passage.EXIT, "", "", "7", False)


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bags") / "visit"
    with BagWriter(path, "corner") as writer:
        for topic, observation in recorded():
            writer.write(topic, observation, observation.stamp + DELAY)
    return path


class Listener(Node):  # type: ignore[misc]
    """Takes down what is played, what is promised, and what time it is said to be."""

    def __init__(self, namespace: str) -> None:
        super().__init__("listener", namespace=namespace)
        self.played: dict[str, list[Observation]] = {name: [] for name in TOPICS}
        self.promised: dict[str, list[Promise]] = {name: [] for name in TOPICS}
        self.clock: list[tuple[float, int]] = []
        for name in TOPICS:
            topic = topic_of(name)
            assert topic is not None
            message_type = CONVERSIONS[topic.carries].message_type
            take, promise = partial(self._take, name, message_type), partial(self._promise, name)
            self.create_subscription(message_class(message_type), name, take, profile_of(topic.delivery), raw=True)
            self.create_subscription(
                message_class(WATERMARK), watermark_name(name), promise, watermark_profile(), raw=True
            )
        self.create_subscription(Clock, "/clock", self._tick, 100)

    @property
    def count(self) -> int:
        return sum(map(len, self.played.values()))

    def _take(self, name: str, message_type: str, data: bytes) -> None:
        self.played[name].append(decode(BagMessage(name, 0, message_type, bytes(data))))

    def _promise(self, name: str, data: bytes) -> None:
        self.promised[name].append(promise_from_message(interfaces().deserialize_cdr(bytes(data), WATERMARK)))

    def _tick(self, message: Clock) -> None:
        self.clock.append((time.monotonic(), message.clock.sec * SECOND + message.clock.nanosec))


@contextmanager
def listening(namespace: str = "corner") -> Iterator[Listener]:
    with rclpy.init(args=[]):
        listener = Listener(namespace)
        with spinning(listener):
            yield listener


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.01)


def heard(bag: Path, excerpt: Excerpt = Excerpt(), namespace: str = "", at_most: int = 10_000) -> Listener:
    """What is heard of a bag while it is played, or the first of it."""
    stop, moments = Event(), []

    def count(moment: int, _: int) -> None:
        moments.append(moment)
        if len(moments) == at_most:
            stop.set()

    with listening(namespace or "corner") as listener:
        player = Player(bag, load_store(CORNER), namespace)
        played = player.play(RATE, PATIENCE, count, excerpt=excerpt, stop=stop)
        wait_for(lambda: listener.count == played)
        wait_for(lambda: all(promises and promises[-1].watermark == END for promises in listener.promised.values()))
        player.destroy_node()
        return listener


def keys_of(observations: list[Observation]) -> list[tuple[int, str]]:
    return [(observation.stamp, observation.key) for observation in observations]


def of_bag(name: str, since: int = BEGIN) -> list[tuple[int, str]]:
    return keys_of([observation for topic, observation in recorded() if topic == name and observation.stamp >= since])


def test_everything_is_played_in_its_order_and_ends_are_promised(bag: Path) -> None:
    listener = heard(bag)
    for name in TOPICS:
        assert keys_of(listener.played[name]) == of_bag(name)
        assert listener.promised[name][-1] == Promise(END, of_bag(name)[-1])


def test_no_promise_is_broken(bag: Path) -> None:
    promises = heard(bag).promised["passages"]
    watermarks = [promise.watermark for promise in promises]
    assert watermarks == sorted(watermarks)
    for promise in promises[:-1]:
        still_to_come = [
            stamp for stamp, _ in of_bag("passages") if promise.newest is None or stamp > promise.newest[0]
        ]
        assert promise.watermark <= min(still_to_come, default=promise.watermark)


def test_a_clock_ticks_steadily_and_never_goes_back(bag: Path) -> None:
    clock = heard(bag).clock
    times = [bag_time for _, bag_time in clock]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (pytest.approx(BEGIN + DELAY, abs=SECOND), BEGIN + DELAY + 19 * SECOND // 10)
    assert len(clock) == pytest.approx(40 * 1.9 / RATE, rel=0.5)


def test_from_a_moment_on_only_what_was_recorded_then_is_played(bag: Path) -> None:
    listener = heard(bag, Excerpt(offset=1.0))
    for name in TOPICS:
        assert keys_of(listener.played[name]) == of_bag(name, BEGIN + SECOND)
    assert listener.promised["passages"][0].watermark >= BEGIN + SECOND, "nobody waits for what is left out"


def test_from_after_its_end_on_nothing_can_be_played(bag: Path) -> None:
    with listening(), pytest.raises(BagError, match=r"lasts 1\.900 s; there is nothing to play from 5 s on"):
        Player(bag, load_store(CORNER)).play(RATE, 0.0, excerpt=Excerpt(offset=5.0))


def test_only_the_topics_asked_for_are_played(bag: Path) -> None:
    with listening() as listener:
        played = Player(bag, load_store(CORNER)).play(RATE, PATIENCE, excerpt=Excerpt(topics=("scales/*",)))
        wait_for(lambda: listener.count == played)
        assert [name for name in TOPICS if listener.played[name]] == ["scales/G1/samples"]


def test_a_topic_that_the_bag_does_not_hold_is_refused_in_words(bag: Path) -> None:
    with listening(), pytest.raises(BagError, match="holds nothing of carts"):
        Player(bag, load_store(CORNER)).play(RATE, 0.0, excerpt=Excerpt(topics=("carts",)))


def test_a_bag_is_played_in_another_namespace(bag: Path) -> None:
    assert keys_of(heard(bag, namespace="elsewhere").played["shoppers"]) == of_bag("shoppers")


def test_a_bag_is_played_as_if_sensors_had_failed(bag: Path) -> None:
    dead = Fault(kind="nan", stream="scales/*", begin=1.0)
    lost = Fault(kind="drop", stream="shoppers", end=1.0)
    opened = partial(BrokenBag, faults=(dead, lost), seed=1)
    with listening() as listener:
        played = Player(bag, load_store(CORNER), opened=opened).play(RATE, PATIENCE)
        wait_for(lambda: listener.count == played)
        readings = [bool(np.isnan(seen.grams).all()) for seen in listener.played["scales/G1/samples"]]  # type: ignore[attr-defined]
        assert readings == [False] * 11 + [True] * 9
        assert keys_of(listener.played["shoppers"]) == of_bag("shoppers")[11:]  # 1 s after the first arrival, at 0.1 s


def test_the_rounds_of_a_loop_follow_each_other_and_bring_other_people(bag: Path) -> None:
    listener = heard(bag, Excerpt(loop=True), at_most=2 * 42 + 15)
    later = 19 * SECOND // 10 + ROUND_GAP
    for name in TOPICS:
        stamps = [observation.stamp for observation in listener.played[name]]
        assert stamps == sorted(stamps)
        first = [stamp for stamp, _ in of_bag(name)]
        second = [stamp + later for stamp in first]
        assert stamps[: len(first) + len(second)] == first + second
    visits = [event.shopper_id for event in listener.played["passages"]]  # type: ignore[attr-defined]
    assert visits == ["7", "7", "7#2", "7#2", "7#3"]
    times = [bag_time for _, bag_time in listener.clock]
    assert times == sorted(times)


def test_in_a_loop_no_promise_is_broken(bag: Path) -> None:
    listener = heard(bag, Excerpt(loop=True), at_most=42 + 15)
    stamps = [event.stamp for event in listener.played["passages"]]
    for promise in listener.promised["passages"][:-1]:
        to_come = [stamp for stamp in stamps if promise.newest is None or stamp > promise.newest[0]]
        assert promise.watermark <= min(to_come, default=promise.watermark)


def test_a_bag_that_is_cut_off_is_played_up_to_there(bag: Path, tmp_path: Path) -> None:
    (file,) = bag.glob("*.mcap")
    (tmp_path / "cut.mcap").write_bytes(file.read_bytes()[:-500])
    assert heard(tmp_path / "cut.mcap").count == 42


def test_pictures_are_played_when_they_are_asked_for(tmp_path: Path) -> None:
    message_type = "sensor_msgs/msg/CompressedImage"
    picture = serialize_message(message_class(message_type)(format="jpeg", data=b"seen"))
    described = RecordedTopic("/corner/cameras/c/image/compressed", definition_of(message_type), Delivery.PICTURE.value)
    with Recording(tmp_path / "seen") as recording:
        recording.add_topic(described)
        recording.write(described.name, BEGIN, picture)
    with listening() as listener:
        seen: list[bytes] = []
        qos = profile_of(Delivery.PICTURE)
        listener.create_subscription(message_class(message_type), described.name, seen.append, qos, raw=True)
        Player(tmp_path / "seen", load_store(CORNER)).play(RATE, PATIENCE, excerpt=Excerpt(topics=("cameras/*",)))
        wait_for(lambda: seen == [picture])


@contextmanager
def typing_at(bag: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`storegraph play` in a terminal of its own; gives the side at which somebody types."""
    here, there = pty.openpty()
    arguments = ["play", str(bag), "--store", str(CORNER), "--rate", "1", "--loop"]
    process = subprocess.Popen(
        [sys.executable, "-m", "storegraph.cli", *arguments],
        stdin=there,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield here, process
    finally:
        process.kill()
        process.wait()
        os.close(here)
        os.close(there)


def test_keys_rule_the_program(bag: Path) -> None:
    with listening() as listener, typing_at(bag) as (terminal, process):
        before = termios.tcgetattr(terminal)
        wait_for(lambda: listener.count > 3)
        os.write(terminal, b" ")
        time.sleep(0.5)
        paused, ticks = listener.count, len(listener.clock)
        time.sleep(0.5)
        assert (listener.count, len(listener.clock)) == (paused, ticks), "neither messages nor time while paused"
        os.write(terminal, b"s")
        wait_for(lambda: listener.count == paused + 1)
        os.write(terminal, b"\x1b[C")
        wait_for(lambda: listener.count == paused + 2)
        os.write(terminal, b" ")
        wait_for(lambda: listener.count > paused + 10)
        os.write(terminal, b"q")
        assert process.wait(PATIENCE) == 0
        wait_for(lambda: all(promises[-1].watermark == END for promises in listener.promised.values()))
        assert termios.tcgetattr(terminal) == before
