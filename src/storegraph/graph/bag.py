"""Bags: rosbag2 folders with MCAP storage, read and written without a ROS installation.

What is written here opens with `ros2 bag`, `rosbags` and `mcap`: metadata version 9, CDR messages, and every topic's
definition and type hash (REP-2011). What is read is checked against the definitions this version knows, because a
message of another version deserializes into nonsense rather than into an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader

from storegraph.atomic import OutputError, whole_directory
from storegraph.errors import StoregraphError
from storegraph.observations import Observation

from .bag_metadata import METADATA, RecordedTopic
from .definitions import definition_of
from .encoding import encode
from .interfaces import interfaces
from .messages import CONVERSIONS
from .recording import Recording
from .topics import Delivery, Topic, topic_of
from .unindexed import UnindexedFile


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

    A bag whose recording did not come to its end is read up to the last whole record of each file.

    Args:
        path: A rosbag2 folder, or a single `.mcap` file.
        namespace: The store's.

    Attributes:
        namespace: Topics are named relative to it.
        cut_off: Files that have no end, as one that is still being recorded, or whose recorder was killed.
    """

    def __init__(self, path: Path, namespace: str = "") -> None:
        self.path = path
        self.cut_off: tuple[Path, ...] = ()
        self.namespace = namespace
        self._files: list[Reader] | list[UnindexedFile] | None = None

    def __enter__(self) -> Self:
        """Opens the bag.

        Raises:
            BagError: It is not there, damaged, or no bag.
        """
        if _is_finished(self.path):
            try:
                reader = Reader(self.path)
                reader.open()
            except Exception as error:  # a damaged file also shows as struct, index and value errors
                self._open_unindexed(error)
            else:
                self._files = [reader]
        else:
            self._open_unindexed(BagError("its recording did not end"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the bag."""
        for file in self._files or ():
            file.close()
        self._files = None

    def _open_unindexed(self, error: Exception) -> None:
        """Opens the files without their index, because they could not be opened with it."""
        paths = _mcap_files(self.path)
        if not paths and isinstance(error, FileNotFoundError):
            raise BagError(
                f"{self.path}: is not a bag; a bag is a folder with metadata.yaml, or an .mcap file"
            ) from error
        try:
            files = [UnindexedFile(path) for path in paths]
        except OSError as failure:
            raise BagError(f"{failure.filename}: cannot be read: {failure.strerror}") from failure
        if not any(file.message_count for file in files):
            raise BagError(f"{self.path}: is damaged, or cut off before its first message ({error})") from error
        self._files = files
        self.cut_off = tuple(file.path for file in files if not file.ended)

    @property
    def _opened(self) -> list[Reader] | list[UnindexedFile]:
        if self._files is None:
            raise BagError(f"{self.path}: is not open; use it in a with statement")
        return self._files

    @property
    def topics(self) -> tuple[BagTopic, ...]:
        """All topics, whatever their namespace, by name."""
        topics: dict[tuple[str, str, str], int] = {}
        for file in self._opened:
            for connection in file.connections:
                described = (connection.topic, connection.msgtype, connection.digest)
                topics[described] = topics.get(described, 0) + connection.msgcount
        return tuple(BagTopic(*described, count) for described, count in sorted(topics.items()))

    @property
    def span(self) -> tuple[int, int]:
        """First and last recording time, nanoseconds since the Unix epoch; equal where there are no messages."""
        if not self.message_count:
            return 0, 0
        held = [file for file in self._opened if file.message_count]
        return min(file.start_time for file in held), max(file.end_time for file in held) - 1

    @property
    def message_count(self) -> int:
        """Messages of all topics."""
        return sum(file.message_count for file in self._opened)

    @property
    def _prefix(self) -> str:
        namespace = self.namespace.strip("/")
        return f"/{namespace}/" if namespace else "/"

    def relative(self, name: str) -> str | None:
        """A full topic name relative to the namespace; None where it lies outside."""
        return name.removeprefix(self._prefix) if name.startswith(self._prefix) else None

    def names_of(self, topic: Topic) -> tuple[str, ...]:
        """The relative names under which this bag carries a topic, with at least one message each."""
        names = ((self.relative(entry.name), entry.count) for entry in self.topics)
        return tuple(name for name, count in names if name is not None and count and topic.matches(name))

    def messages(self, names: Collection[str], start: int = 0) -> Iterator[BagMessage]:
        """The messages of some topics, in the order in which they were recorded.

        Args:
            names: Relative topic names. Of those that the graph knows, the type is checked.
            start: The log time to begin with, nanoseconds since the Unix epoch.

        Raises:
            BagError: A type is not what this version reads, or the file is damaged.
        """
        prefix = len(self._prefix)
        for file in self._opened:
            connections = [connection for connection in file.connections if self.relative(connection.topic) in names]
            for connection in connections:
                self._check_type(connection)
            messages = file.messages(connections, start=start) if connections else iter(())
            while True:
                try:
                    connection, log_time, data = next(messages)
                except StopIteration:
                    break
                except Exception as error:  # damage shows as struct, index, value and checksum errors
                    raise BagError(
                        f"{self.path}: is damaged inside ({error}); `mcap recover` saves what can be read"
                    ) from error
                yield BagMessage(connection.topic[prefix:], log_time, connection.msgtype, bytes(data))

    def _check_type(self, connection: Connection) -> None:
        topic = topic_of(self.relative(connection.topic) or "")
        if topic is None:
            return
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
        self._recording: Recording | None = None

    def __enter__(self) -> Self:
        """Begins the bag.

        Raises:
            OutputError: The folder exists, or cannot be written.
        """
        with ExitStack() as stack:
            staging = stack.enter_context(whole_directory(self.path, replace=self._replace, durable=self._durable))
            staging.rmdir()  # the recording wants to make it
            self._recording = stack.enter_context(Recording(staging, reserve=0, described=False))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the bag: whole, or not at all."""
        self._stack.__exit__(kind, error, traceback)

    def write(self, topic: str, observation: Observation, log_time: int) -> None:
        """Adds an observation.

        Args:
            topic: Relative name.
            observation: Of the kind that the topic carries.
            log_time: When it was received, nanoseconds since the Unix epoch.
        """
        message_type = CONVERSIONS[type(observation)].message_type
        self.write_message(BagMessage(topic, log_time, message_type, encode(observation)))

    def write_message(self, message: BagMessage) -> None:
        """Adds a message as it is.

        Raises:
            ShareError: Its type is not installed.
        """
        if self._recording is None:
            raise OutputError(f"{self.path}: is not open; use it in a with statement")
        name = self._prefix + message.topic
        if name not in self._recording.topics:
            self._recording.add_topic(self._described(message))
        self._recording.write(name, message.log_time, message.data)

    def _described(self, message: BagMessage) -> RecordedTopic:
        topic = topic_of(message.topic)
        delivery = Delivery.PICTURE if topic is None else topic.delivery
        return RecordedTopic(self._prefix + message.topic, definition_of(message.message_type), delivery.value)


def bag_size(path: Path) -> int:
    """Bytes of a bag on the disk."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(os.path.getsize(file) for file in files)


def _is_finished(path: Path) -> bool:
    """Whether a bag's metadata describes every file that it lists; of one that grows only the name is known."""
    try:
        metadata = yaml.load((path / METADATA).read_bytes(), yaml.CSafeLoader)["rosbag2_bagfile_information"]
        return len(metadata.get("files", metadata["relative_file_paths"])) == len(metadata["relative_file_paths"])
    except (OSError, yaml.YAMLError, LookupError, TypeError):
        return True


def _mcap_files(path: Path) -> list[Path]:
    """The MCAP files of a bag, in the order of their numbers."""
    if not path.is_dir():
        return [path] if path.suffix == ".mcap" and path.exists() else []
    return sorted(path.glob("*.mcap"), key=lambda file: [int(digits) for digits in re.findall(r"\d+", file.stem)[-1:]])
