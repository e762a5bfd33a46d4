"""Records what is said on a store's topics: takes messages as they come, and writes them to a bag."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial, reduce
from pathlib import Path
from threading import Event
from typing import Any

import rclpy
from rclpy.event_handler import QoSMessageLostInfo, SubscriptionEventCallbacks
from rclpy.executors import Executor
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from storegraph.errors import StoregraphError

from .bag_metadata import RecordedTopic
from .definitions import Definition, definition_of
from .messages.pictures import CAMERA_INFO, COMPRESSED_IMAGE
from .qos import profile
from .recording import Recorded, Recording
from .rosidl import message_class
from .stopping import told_to_stop
from .topics import Quality, topic_of

FLUSH_PERIOD = 0.5
"""Seconds between flushes: half of what a killed recorder may lose."""

DISCOVERY_PERIOD = 0.1
"""Seconds between looks for new topics, as `ros2 bag record` has it."""

DEPTH = 1000
"""Messages of a topic that wait at most while the disk is busy: as many as the graph's own topics keep."""

PICTURE_DEPTH = 50
"""Pictures that wait at most: five seconds at 10 Hz; raw ones of 640x480 pixels take 46 MB."""

PICTURE_TYPES = {"sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"}

PICTURE_TOPICS = (COMPRESSED_IMAGE.format("*"), CAMERA_INFO.format("*"))
"""What is recorded of a camera. Raw pictures are published only while somebody takes them, and are ten times as
large.
"""


class RecorderError(StoregraphError):
    """A topic cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which topics are recorded.

    Pictures of people are recorded only where that is said in so many words, even when a name is given or all are.

    Attributes:
        patterns: Names, relative to the namespace or with a leading slash absolute, with `*` and `?` as in a shell.
            Without any, the topics that carry observations.
        everything: All topics of the namespace.
        pictures: Pictures too.
    """

    patterns: tuple[str, ...] = ()
    everything: bool = False
    pictures: bool = False

    def includes(self, name: str, message_type: str, namespace: str) -> bool:
        """Whether a topic is recorded.

        Args:
            name: Full name.
            message_type: Full name of its messages.
            namespace: The store's, without slashes around it.
        """
        if message_type in PICTURE_TYPES and not self.pictures:
            return False
        prefix = f"/{namespace}/"
        inside = name.startswith(prefix)
        relative = name.removeprefix(prefix) if inside else name
        if self.everything:
            return inside
        if self.patterns:
            return any(fnmatchcase(relative, pattern) or fnmatchcase(name, pattern) for pattern in self.patterns)
        return inside and (
            topic_of(relative) is not None
            or (self.pictures and any(fnmatchcase(relative, pattern) for pattern in PICTURE_TOPICS))
        )


Progress = Callable[[Recorded], None]


def record(
    path: Path,
    namespace: str,
    selection: Selection,
    *,
    split_size: int | None = None,
    split_duration: int | None = None,
    progress: Progress | None = None,
) -> Recorded:
    """Records until SIGINT or SIGTERM, as a program of its own.

    Args:
        path: The bag to become.
        namespace: The store's.
        selection: Which topics.
        split_size: As in `Recording`.
        split_duration: As in `Recording`.
        progress: Told twice a second how far it has come.

    Raises:
        OutputError: The bag cannot be written, or no longer. Then there is no waiting for room: a recording with a hole
            would look like one without. What was recorded up to then is in good order.
    """
    with (
        told_to_stop() as stop,
        Recording(path, split_size=split_size, split_duration=split_duration) as recording,
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO),
    ):
        recorder = Recorder(recording, namespace, selection)
        executor = EventsExecutor()
        executor.add_node(recorder)
        try:
            recorder.run(executor, stop, progress)
        finally:
            executor.shutdown()
            recorder.destroy_node()
        return recorder.recorded


class Recorder(Node):
    """Subscribes to topics as they appear, and writes what arrives.

    A topic is asked for with the best quality of service that all of its publishers offer. So what they keep for late
    joiners is recorded too, with the time at which it arrived.

    Args:
        recording: The bag.
        namespace: The store's.
        selection: Which topics.
    """

    def __init__(self, recording: Recording, namespace: str, selection: Selection) -> None:
        super().__init__("recorder", namespace=namespace)
        self._recording = recording
        self._store_namespace = namespace.strip("/")
        self._selection = selection
        self._joined: dict[str, tuple[Quality, Subscription[Any]]] = {}
        self._refused: set[str] = set()
        self._lost = 0
        self._begun = time.monotonic()

    @property
    def recorded(self) -> Recorded:
        """How far it has come."""
        return Recorded(
            messages=self._recording.message_count,
            size=self._recording.size,
            files=self._recording.file_count,
            topics=len(self._joined),
            lost=self._lost,
            elapsed=time.monotonic() - self._begun,
        )

    def run(self, executor: Executor, stop: Event, progress: Progress | None = None) -> None:
        """Records until told to stop.

        Args:
            executor: With this node and no other.
            stop: When it is set, the recorder returns within `DISCOVERY_PERIOD`.
            progress: As of `record`.

        Raises:
            OutputError: The bag cannot be written any longer.
        """
        discovery = flush = time.monotonic()
        while not stop.is_set():
            executor.spin_once(timeout_sec=DISCOVERY_PERIOD)
            now = time.monotonic()
            if now >= discovery:
                discovery = now + DISCOVERY_PERIOD
                self.join()
            if now >= flush:
                flush = now + FLUSH_PERIOD
                self._recording.flush()
                if progress is not None:
                    progress(self.recorded)
        self._recording.flush()

    def join(self) -> None:
        """Subscribes to the topics that have appeared since."""
        for name, message_types in self.get_topic_names_and_types():
            if len(message_types) != 1:
                self._refuse(name, f"{name}: not recorded, as it is published with several types: {message_types}")
            elif self._selection.includes(name, message_types[0], self._store_namespace):
                self._join(name, message_types[0])

    def _join(self, name: str, message_type: str) -> None:
        publishers = self.get_publishers_info_by_topic(name)
        if not publishers or name in self._refused:
            return
        quality = offered_by_all(publishers, PICTURE_DEPTH if message_type in PICTURE_TYPES else DEPTH)
        if name in self._joined:
            known, subscription = self._joined[name]
            quality = weaker(known, quality)
            if quality == known:
                return
            self.destroy_subscription(subscription)
        else:
            try:
                definition = agreed_definition(message_type, publishers)
            except (StoregraphError, ImportError) as error:
                self._refuse(name, f"{name}: not recorded: {error}")
                return
            self._recording.add_topic(RecordedTopic(name, definition, quality))
        self._joined[name] = quality, self._subscribe(name, message_type, quality)

    def _subscribe(self, name: str, message_type: str, quality: Quality) -> Subscription[Any]:
        return self.create_subscription(
            message_class(message_type),
            name,
            partial(self._take, name),
            profile(quality),
            raw=True,
            event_callbacks=SubscriptionEventCallbacks(message_lost=self._note_lost),
        )

    def _take(self, name: str, data: bytes) -> None:
        # The events executor cannot hand over when a message arrived; it hands over the message within a millisecond.
        self._recording.write(name, time.time_ns(), data)

    def _note_lost(self, info: QoSMessageLostInfo) -> None:
        self._lost += info.total_count_change

    def _refuse(self, name: str, reason: str) -> None:
        if name not in self._refused:
            self._refused.add(name)
            self.get_logger().warning(reason)


def agreed_definition(message_type: str, publishers: Sequence[TopicEndpointInfo]) -> Definition:
    """The definition of a message type, where those who publish it go by the one that is installed here.

    Args:
        message_type: Full name.
        publishers: Of a topic. One that does not say by which definition it goes is believed to go by ours.

    Raises:
        ShareError: It is not installed.
        RecorderError: Another one is used.
        ImportError: Its classes are not installed.
    """
    message_class(message_type)
    definition = definition_of(message_type)
    for publisher in publishers:
        used = publisher.topic_type_hash
        if used.version > 0 and str(used) != definition.type_hash:
            raise RecorderError(
                f"{publisher.node_name} publishes {message_type} with hash {used}, here it has {definition.type_hash}; "
                "build both with the same definitions"
            )
    return definition


def offered_by_all(publishers: Sequence[TopicEndpointInfo], depth: int) -> Quality:
    """The best quality of service with which everything that is published on a topic is received.

    Args:
        publishers: Of the topic, at least one.
        depth: Messages that wait at most.
    """
    return reduce(
        weaker,
        (
            Quality(
                depth,
                reliable=publisher.qos_profile.reliability == ReliabilityPolicy.RELIABLE,
                transient_local=publisher.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL,
            )
            for publisher in publishers
        ),
    )


def weaker(one: Quality, other: Quality) -> Quality:
    """What two qualities of service both offer."""
    return Quality(
        min(one.depth, other.depth),
        reliable=one.reliable and other.reliable,
        transient_local=one.transient_local and other.transient_local,
    )
