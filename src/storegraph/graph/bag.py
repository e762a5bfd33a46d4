"""Bags: rosbag2 folders with MCAP storage, read and written without a ROS installation.

What is written here opens with `ros2 bag`, `rosbags` and `mcap`: metadata version 9, CDR messages, and every topic's
definition and type hash (REP-2011). What is read is checked against the definitions this version knows, because a
message of another version deserializes into nonsense rather than into an error.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer, WriterError

from storegraph.atomic import OutputError, whole_directory
from storegraph.errors import StoregraphError
from storegraph.observations import Observation

from .interfaces import interfaces
from .messages import CONVERSIONS
from .topics import Delivery, Topic, topic_of

FOREVER = QosTime(2147483647, 4294967295)
"""As rosbag2 writes a deadline, lifespan or lease that is not set."""

QOS = {
    delivery: Qos(
        history=QosHistory.KEEP_LAST,
        depth=depth,
        reliability=reliability,
        durability=durability,
        deadline=FOREVER,
        lifespan=FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=FOREVER,
        avoid_ros_namespace_conventions=False,
    )
    for delivery, depth, reliability, durability in (
        (Delivery.PICTURE, 5, QosReliability.BEST_EFFORT, QosDurability.VOLATILE),
        (Delivery.MEASUREMENT, 1000, QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL),
        (Delivery.EVENT, 100, QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL),
    )
}


class BagError(StoregraphError):
    """A bag cannot be read as what it should be."""


@dataclass(frozen=True, slots=True)
class BagTopic:
    """What a bag holds of one topic.

    Attributes:
        name: Full name, with namespace.
        message_type: Full name of the message.
        type_hash: Of the definition it was written with (REP-2011); empty in bags of before ROS 2 Iron.
        count: Messages.
    """

    name: str
    message_type: str
    type_hash: str
    count: int


@dataclass(frozen=True, slots=True)
class BagMessage:
    """One message as it lies in a bag.

    Attributes:
        topic: Relative to the reader's namespace.
        log_time: When it was recorded, nanoseconds since the Unix epoch.
        message_type: Full name.
        data: CDR.
    """

    topic: str
    log_time: int
    message_type: str
    data: bytes


class BagReader:
    """Reads one bag, in the order in which it was recorded.

    Args:
        path: A rosbag2 folder, or a single `.mcap` file.
        namespace: The store's; topics are named relative to it.
    """

    def __init__(self, path: Path, namespace: str = "") -> None:
        self.path = path
        self._prefix = f"/{namespace.strip('/')}/" if namespace.strip("/") else "/"
        self._reader: Reader | None = None

    def __enter__(self) -> Self:
        """Opens the bag.

        Raises:
            BagError: It is not there, cut off, or no bag.
        """
        try:
            reader = Reader(self.path)
            reader.open()
        except FileNotFoundError as error:
            raise BagError(
                f"{self.path}: is not a bag; a bag is a folder with metadata.yaml, or an .mcap file"
            ) from error
        except Exception as error:  # a damaged file also shows as struct, index and value errors
            raise BagError(
                f"{self.path}: is cut off or damaged ({error}); `mcap recover` saves what can be read of an .mcap file"
            ) from error
        self._reader = reader
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the bag."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def _opened(self) -> Reader:
        if self._reader is None:
            raise BagError(f"{self.path}: is not open; use it in a with statement")
        return self._reader

    @property
    def topics(self) -> tuple[BagTopic, ...]:
        """All topics, whatever their namespace, by name."""
        return tuple(
            BagTopic(connection.topic, connection.msgtype, connection.digest, connection.msgcount)
            for connection in sorted(self._opened.connections, key=lambda connection: connection.topic)
        )

    @property
    def span(self) -> tuple[int, int]:
        """First and last recording time, nanoseconds since the Unix epoch; equal where there are no messages."""
        if not self._opened.message_count:
            return 0, 0
        return self._opened.start_time, self._opened.end_time - 1

    @property
    def message_count(self) -> int:
        """Messages of all topics."""
        return self._opened.message_count

    def relative(self, name: str) -> str | None:
        """A full topic name relative to the namespace; None where it lies outside."""
        return name.removeprefix(self._prefix) if name.startswith(self._prefix) else None

    def names_of(self, topic: Topic) -> tuple[str, ...]:
        """The relative names under which this bag carries a topic, with at least one message each."""
        names = ((self.relative(entry.name), entry.count) for entry in self.topics)
        return tuple(name for name, count in names if name is not None and count and topic.matches(name))

    def messages(self, names: Collection[str]) -> Iterator[BagMessage]:
        """The messages of some topics, in the order in which they were recorded.

        Args:
            names: Relative topic names, all known to the graph.

        Raises:
            BagError: A type is not what this version reads, or the file is damaged.
        """
        connections = [
            connection for connection in self._opened.connections if self.relative(connection.topic) in names
        ]
        for connection in connections:
            self._check_type(connection)
        if not connections:
            return
        prefix = len(self._prefix)
        messages = self._opened.messages(connections)
        while True:
            try:
                connection, log_time, data = next(messages)
            except StopIteration:
                return
            except Exception as error:  # damage shows as struct, index, value and checksum errors
                raise BagError(
                    f"{self.path}: is damaged inside ({error}); `mcap recover` saves what can be read"
                ) from error
            yield BagMessage(connection.topic[prefix:], log_time, connection.msgtype, bytes(data))

    def _check_type(self, connection: Connection) -> None:
        topic = topic_of(self.relative(connection.topic) or "")
        if topic is None:
            raise BagError(f"{self.path}: topic {connection.topic} is none of the graph's")
        expected = CONVERSIONS[topic.carries].message_type
        if connection.msgtype != expected:
            raise BagError(f"{self.path}: topic {connection.topic} has type {connection.msgtype}; expected {expected}")
        known = interfaces().hash_rihs01(expected)
        if connection.digest and connection.digest != known:
            raise BagError(
                f"{self.path}: topic {connection.topic} has type {expected} with hash {connection.digest}, "
                f"this version reads {known}; `storegraph info {self.path}` shows which version wrote it"
            )


class BagWriter:
    """Writes one bag; it appears whole when the `with` block ends without an error, else not at all.

    Args:
        path: The folder to become the bag.
        namespace: The store's; relative topic names are put under it.
        replace: Whether an existing folder may be replaced.
        durable: As in `whole_directory`.
    """

    def __init__(self, path: Path, namespace: str, *, replace: bool = False, durable: bool = True) -> None:
        self.path = path
        self._prefix = f"/{namespace.strip('/')}/"
        self._replace = replace
        self._durable = durable
        self._stack = ExitStack()
        self._writer: Writer | None = None
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> Self:
        """Begins the bag.

        Raises:
            OutputError: The folder exists, or cannot be written.
        """
        with ExitStack() as stack:
            staging = stack.enter_context(whole_directory(self.path, replace=self._replace, durable=self._durable))
            staging.rmdir()  # the writer wants to make it
            writer = Writer(staging, version=Writer.VERSION_LATEST, storage_plugin=StoragePlugin.MCAP)
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            self._writer = stack.enter_context(writer)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the bag: whole, or not at all."""
        try:
            self._stack.__exit__(kind, error, traceback)
        except WriterError as failure:
            raise OutputError(f"{self.path}: {failure}") from failure

    def write(self, topic: str, observation: Observation, log_time: int) -> None:
        """Adds an observation.

        Args:
            topic: Relative name.
            observation: Of the kind that the topic carries.
            log_time: When it was received, nanoseconds since the Unix epoch.
        """
        conversion = CONVERSIONS[type(observation)]
        types = interfaces().types
        message = conversion.to_message(types, observation)
        data = interfaces().serialize_cdr(message, conversion.message_type)
        self.write_message(BagMessage(topic, log_time, conversion.message_type, bytes(data)))

    def write_message(self, message: BagMessage) -> None:
        """Adds a message as it is."""
        if self._writer is None:
            raise OutputError(f"{self.path}: is not open; use it in a with statement")
        connection = self._connections.get(message.topic)
        if connection is None:
            connection = self._connections[message.topic] = self._add_connection(self._writer, message)
        self._writer.write(connection, message.log_time, message.data)

    def _add_connection(self, writer: Writer, message: BagMessage) -> Connection:
        topic = topic_of(message.topic)
        if topic is None:
            raise OutputError(f"{self.path}: {message.topic} is none of the graph's topics")
        return writer.add_connection(
            self._prefix + message.topic,
            message.message_type,
            typestore=interfaces(),
            offered_qos_profiles=[QOS[topic.delivery]],
        )


def bag_size(path: Path) -> int:
    """Bytes of a bag on the disk."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(os.path.getsize(file) for file in files)
