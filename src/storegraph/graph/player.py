"""Plays a bag over ROS: its messages at their pace, and at the end the promise that nothing more follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.signals import SignalHandlerOptions
from rosgraph_msgs.msg import Clock

from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .bag import BagError, BagMessage, BagReader
from .controls import Controls
from .decoding import Decoder, decode
from .keyboard import Key, Keyboard
from .messages import MessageError
from .nodes import nodes_for, recorded_inputs
from .operator import topic_names
from .pace import Pace
from .promises import PlayedTopics
from .qos import profile_of, watermark_profile
from .rosidl import message_class
from .rounds import message_in_round
from .stopping import told_to_stop
from .topics import TOPICS, Delivery, topic_of
from .watermarks import WATERMARK, promise_to_bytes, watermark_name

PROMISE_PERIOD = 0.02
"""Seconds between promises: they hold up whoever reads the topic by so much."""

ROUND_GAP = NANOSECONDS
"""From the last message of a round to the first of the next. More than what the delays of a topic differ by, so that
its stamps never go back; less than `idle_after`, after which an input is no longer waited for.
"""

DELIVERY = 10
"""Seconds to wait at the end for listeners that still have messages to take."""

Progress = Callable[[int, int], None]
"""Told how far playing has come and how far it goes, nanoseconds of the bag; for every round anew."""

Opened = Callable[[Path, str], BagReader]
"""How a bag is read, from its path and a namespace: as it is, or as if sensors had failed."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What of a bag is played.

    Attributes:
        offset: Seconds of the bag to leave out at its beginning. Of what happened there the graph learns nothing: also
            not of who entered.
        topics: Relative names, with `*` and `?` as in a shell. Without any, what the graph cannot compute from other
            topics of the bag.
        loop: Again and again, every round later and with other people, as `rounds` has it.
    """

    offset: float = 0.0
    topics: tuple[str, ...] = ()
    loop: bool = False


def play(
    path: Path,
    store: Store,
    rate: float,
    wait: float,
    progress: Progress | None = None,
    *,
    excerpt: Excerpt = Excerpt(),
    namespace: str = "",
    opened: Opened = BagReader,
) -> int:
    """Plays a bag as a program of its own; the arguments are those of `Player` and `Player.play`."""
    with (
        told_to_stop() as stop,
        Keyboard() as keyboard,
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO),
    ):
        player = Player(path, store, namespace, opened)
        try:
            return player.play(rate, wait, progress, excerpt=excerpt, keys=keyboard.pressed, stop=stop)
        finally:
            player.destroy_node()


class Player(Node):
    """Publishes what the sensors of a store said, and `/clock`; to conclude from it is left to the live graph.

    Args:
        path: The bag.
        store: The store it was recorded in.
        namespace: To play in; without one, the store's id.
        opened: Makes a reader of the bag's path and the store's id.
    """

    def __init__(self, path: Path, store: Store, namespace: str = "", opened: Opened = BagReader) -> None:
        super().__init__("player", namespace=namespace or store.id)
        self._path = path
        self._store = store
        self._opened = opened
        self._clock_publisher = self.create_publisher(Clock, "/clock", 10)
        self._decoder = Decoder()
        self._topics = PlayedTopics()
        self._silence_due = 0.0

    def play(
        self,
        rate: float,
        wait: float,
        progress: Progress | None = None,
        *,
        excerpt: Excerpt = Excerpt(),
        keys: Callable[[], Iterable[Key]] = list,
        stop: Event | None = None,
    ) -> int:
        """Plays the bag to its end, or until told to stop; then promises that nothing more follows.

        Args:
            rate: Times real time.
            wait: Seconds to wait at most for somebody to listen to each topic.
            progress: Told how far it has come.
            excerpt: What of the bag.
            keys: Gives the keys pressed since it was last asked: they pause, step, change the rate and stop.
            stop: When it is set, playing stops.

        Returns:
            How many messages were published.

        Raises:
            BagError: The bag cannot be read, or holds none of the store's sensors.
        """
        stop = stop or Event()
        with self._opened(self._path, self._store.id) as reader:
            if not any(reader.relative(topic.name) for topic in reader.topics):
                reader.namespace = self.get_namespace()  # it was recorded where it is played
            for file in reader.cut_off:
                self.get_logger().warning(f"{file} is cut off; it is played up to its last whole record")
            names, silent = self._chosen(reader, excerpt.topics)
            types = {reader.relative(topic.name): topic.message_type for topic in reader.topics}
            publishers = {name: self._publisher(name, types[name]) for name in sorted(names)}
            self._watermarks = {
                name: self.create_publisher(message_class(WATERMARK), watermark_name(name), watermark_profile())
                for name in sorted(names | silent)
                if topic_of(name) is not None
            }
            self._end(silent)
            self._wait_for_listeners(publishers, wait, stop)
            begin = self._beginning(reader, excerpt.offset)
            pace = Pace(begin, rate, time.monotonic())
            controls = Controls(pace, stop, self._tell_time, keys, self._say)
            played = 0
            for message in self._rounds(reader, publishers, begin, excerpt.loop, controls, progress):
                self._publish(publishers[message.topic], message)
                played += 1
            if played:
                self._tell_time(message.log_time)
            self._end(names & self._watermarks.keys())
            self._wait_for_delivery([*publishers.values(), *self._watermarks.values()])
        return played

    def _chosen(self, reader: BagReader, patterns: Collection[str]) -> tuple[set[str], set[str]]:
        """The names to play, and those of which a graph would wait in vain to hear."""
        if patterns:
            held = {reader.relative(topic.name) for topic in reader.topics if topic.count} - {None}
            names = {name for name in held if name and any(fnmatchcase(name, pattern) for pattern in patterns)}
            if not names:
                raise BagError(f"{self._path}: holds nothing of {', '.join(patterns)}; `storegraph info` lists topics")
            return names, set()
        recorded = recorded_inputs(nodes_for([topic for topic in TOPICS if reader.names_of(topic)]))
        expected = {name for topic in recorded for name in topic_names(topic, self._store)}
        names = expected.intersection(name for topic in recorded for name in reader.names_of(topic))
        if not names:
            raise BagError(f"{self._path}: holds nothing of the sensors of {self._store.id}")
        return names, expected - names

    def _beginning(self, reader: BagReader, offset: float) -> int:
        first, last = reader.span
        begin = first + round(offset * NANOSECONDS)
        if begin > last:
            lasts = (last - first) / NANOSECONDS
            raise BagError(f"{self._path}: lasts {lasts:.3f} s; there is nothing to play from {offset:g} s on")
        return begin

    def _rounds(
        self,
        reader: BagReader,
        names: Collection[str],
        begin: int,
        loop: bool,
        controls: Controls,
        progress: Progress | None,
    ) -> Iterator[BagMessage]:
        """The messages, each when it is due."""
        length = reader.span[1] - begin + ROUND_GAP
        for number in count(1) if loop else [1]:
            shift = (number - 1) * length
            self._expect(reader, names, begin, shift, length if loop else None)
            for recorded in reader.messages(names, begin):
                message = message_in_round(recorded, number, shift)
                self._promise_silence()
                if not controls.due(message.log_time):
                    return
                yield message
                if progress is not None:
                    progress(recorded.log_time - begin, length)

    def _publisher(self, name: str, message_type: str) -> Publisher[Any]:
        topic = topic_of(name)
        delivery = Delivery.PICTURE if topic is None else topic.delivery
        return self.create_publisher(message_class(message_type), name, profile_of(delivery))

    def _wait_for_listeners(self, publishers: Mapping[str, Publisher[Any]], wait: float, stop: Event) -> None:
        until = time.monotonic() + wait
        while time.monotonic() < until and not stop.wait(0.05):
            if all(publisher.get_subscription_count() for publisher in publishers.values()):
                return
        for name, publisher in publishers.items():
            if not publisher.get_subscription_count():
                self.get_logger().warning(f"nobody listens to {name}")

    def _expect(self, reader: BagReader, names: Collection[str], begin: int, shift: int, length: int | None) -> None:
        """Looks up what is still to come in a round."""
        stamps = {
            name: [stamp + shift for stamp in _stamps(reader.messages({name}, begin))]
            for name in names
            if name in self._watermarks
        }
        self._topics.expect(stamps, length)

    def _promise_silence(self) -> None:
        if time.monotonic() >= self._silence_due:
            self._silence_due = time.monotonic() + PROMISE_PERIOD
            for name, promise in self._topics.silence():
                self._watermarks[name].publish(promise_to_bytes(promise))

    def _publish(self, publisher: Publisher[Any], message: BagMessage) -> None:
        publisher.publish(message.data)
        if topic_of(message.topic) is not None:
            with suppress(MessageError):  # played all the same; those who listen refuse it
                self._topics.play(message.topic, self._decoder.decode(message))
                if promise := self._topics.measured(message.topic, message.log_time):
                    self._watermarks[message.topic].publish(promise_to_bytes(promise))

    def _say(self, what: str) -> None:
        self.get_logger().info(what)

    def _tell_time(self, bag_time: int) -> None:
        clock = Clock()
        clock.clock.sec, clock.clock.nanosec = divmod(bag_time, NANOSECONDS)
        self._clock_publisher.publish(clock)

    def _wait_for_delivery(self, publishers: Iterable[Publisher[Any]]) -> None:
        """Stays until everything has been taken: a program that ends takes with it what is still on its way."""
        until = time.monotonic() + DELIVERY
        for publisher in publishers:
            if not publisher.wait_for_all_acked(Duration(seconds=max(0.0, until - time.monotonic()))):
                self.get_logger().warning(f"{publisher.topic_name}: not everything was taken within {DELIVERY} s")

    def _end(self, names: Iterable[str]) -> None:
        """Promises of topics that nothing more will come."""
        for name in sorted(names):
            self._watermarks[name].publish(promise_to_bytes(self._topics.end(name)))


def _stamps(messages: Iterable[BagMessage]) -> Iterator[int]:
    """The stamps of the messages that can be read."""
    for message in messages:
        with suppress(MessageError):
            yield decode(message).stamp
