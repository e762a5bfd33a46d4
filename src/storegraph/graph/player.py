"""Plays a bag over ROS: its messages at their pace, and at the end the promise that nothing more follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rosgraph_msgs.msg import Clock

from storegraph.store.model import Store

from .bag import BagError, BagMessage, BagReader
from .decoding import Decoder, decode
from .interfaces import interfaces
from .merge import END
from .messages import CONVERSIONS, NANOSECONDS, MessageError
from .node import QOS, WATERMARK_QOS, message_class
from .nodes import NODES, recorded_inputs
from .operator import Promise, topic_names
from .topics import GATE_EVENTS, topic_of
from .watermarks import WATERMARK, promise_to_message, watermark_name

PROMISE_PERIOD = 0.02
"""Seconds between promises: they hold up whoever reads the topic by so much."""


Progress = Callable[[int, int], None]
"""Told messages played and messages in all."""


def play(path: Path, store: Store, rate: float, wait: float, progress: Progress | None = None) -> int:
    """Plays a bag as a program of its own; the arguments are those of `Player` and `Player.play`."""
    with rclpy.init(args=[]):
        player = Player(path, store)
        try:
            return player.play(rate, wait, progress)
        finally:
            player.destroy_node()


DELIVERY = 10
"""Seconds to wait at the end for listeners that still have messages to take."""


class Player(Node):
    """Publishes what the sensors of a store said, and `/clock`; to conclude from it is left to the live graph.

    Args:
        path: The bag.
        store: The store it was recorded in; its id is the namespace.
    """

    def __init__(self, path: Path, store: Store) -> None:
        super().__init__("player", namespace=store.id)
        self._path = path
        self._store = store
        self._clock_publisher = self.create_publisher(Clock, "/clock", 10)
        self._decoder = Decoder()
        self._newest: dict[str, tuple[int, str]] = {}
        self._frontier = 0
        self._silence_due = 0.0

    def play(self, rate: float, wait: float, progress: Progress | None = None) -> int:
        """Plays the whole bag.

        Args:
            rate: Times real time.
            wait: Seconds to wait at most for somebody to listen to each topic.
            progress: Told messages played and messages in all.

        Returns:
            How many messages were published.

        Raises:
            BagError: The bag cannot be read, or holds none of the store's sensors.
        """
        recorded = recorded_inputs(NODES)
        expected = {name for topic in recorded for name in topic_names(topic, self._store)}
        with BagReader(self._path, self._store.id) as reader:
            names = expected.intersection(name for topic in recorded for name in reader.names_of(topic))
            if not names:
                raise BagError(f"{self._path}: holds nothing of the sensors of {self._store.id}")
            publishers = {name: self._publisher(name) for name in names}
            self._watermarks = {
                name: self.create_publisher(message_class(WATERMARK), watermark_name(name), WATERMARK_QOS)
                for name in sorted(expected)
            }
            self._end(expected - names)
            self._wait_for_listeners(publishers, wait)
            waiting = self._waiting(reader)
            total = sum(entry.count for entry in reader.topics if reader.relative(entry.name) in names)
            self._frontier = min((stamps[-1] for stamps in waiting.values() if stamps), default=0)
            self._promise_silence(waiting)
            played = 0
            begun = time.monotonic()
            for message in reader.messages(names):
                due = begun + (message.log_time - reader.span[0]) / NANOSECONDS / rate
                time.sleep(max(0.0, due - time.monotonic()))
                self._publish(publishers[message.topic], message)
                if message.topic in waiting:
                    waiting[message.topic].pop()
                self._promise_silence(waiting)
                played += 1
                if progress is not None:
                    progress(played, total)
            self._end(names)
            self._wait_for_delivery([*publishers.values(), *self._watermarks.values()])
        return played

    def _publisher(self, name: str) -> Publisher[Any]:
        topic = topic_of(name)
        assert topic is not None
        return self.create_publisher(message_class(CONVERSIONS[topic.carries].message_type), name, QOS[topic.delivery])

    def _wait_for_listeners(self, publishers: dict[str, Publisher[Any]], wait: float) -> None:
        until = time.monotonic() + wait
        while time.monotonic() < until and rclpy.ok():
            if all(publisher.get_subscription_count() for publisher in publishers.values()):
                return
            time.sleep(0.05)
        for name, publisher in publishers.items():
            if not publisher.get_subscription_count():
                self.get_logger().warning(f"nobody listens to {name}")

    def _waiting(self, reader: BagReader) -> dict[str, list[int]]:
        """Of topics that speak only when something happens: the least stamp still to come, last first."""
        waiting = {}
        for name in reader.names_of(GATE_EVENTS):
            stamps = [decode(message).stamp for message in reader.messages({name})]
            waiting[name] = list(accumulate(reversed(stamps), min))
        return waiting

    def _promise_silence(self, waiting: dict[str, list[int]]) -> None:
        """Says that nothing has happened on such topics up to now."""
        if time.monotonic() < self._silence_due:
            return
        self._silence_due = time.monotonic() + PROMISE_PERIOD
        for name, stamps in waiting.items():
            watermark = min([*stamps[-1:], self._frontier])
            self._watermarks[name].publish(_promise(Promise(watermark, self._newest.get(name))))

    def _publish(self, publisher: Publisher[Any], message: BagMessage) -> None:
        self._clock_publisher.publish(_clock(message.log_time))
        publisher.publish(message.data)
        try:
            observation = self._decoder.decode(message)
        except MessageError:
            return  # played all the same; those who listen refuse it
        newest = self._newest.get(message.topic, (0, ""))
        self._newest[message.topic] = max(newest, (observation.stamp, observation.key))
        self._frontier = max(self._frontier, observation.stamp)

    def _wait_for_delivery(self, publishers: Iterable[Publisher[Any]]) -> None:
        """Stays until everything has been taken: a program that ends takes with it what is still on its way."""
        for publisher in publishers:
            if not publisher.wait_for_all_acked(Duration(seconds=DELIVERY)):
                self.get_logger().warning(f"{publisher.topic_name}: not everything was taken within {DELIVERY} s")

    def _end(self, names: Iterable[str]) -> None:
        """Promises of topics that nothing more will come."""
        for name in sorted(names):
            self._watermarks[name].publish(_promise(Promise(END, self._newest.get(name))))


def _promise(promise: Promise) -> bytes:
    return bytes(interfaces().serialize_cdr(promise_to_message(interfaces().types, promise), WATERMARK))


def _clock(log_time: int) -> Clock:
    clock = Clock()
    clock.clock.sec, clock.clock.nanosec = divmod(log_time, NANOSECONDS)
    return clock
