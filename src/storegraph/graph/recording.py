"""Recordings: rosbag2 folders that are there from their first second, and grow.

A recording is written for the moment at which its process is killed. What has been flushed is a row of whole records:
everyone who reads MCAP without an index reads it up to there, as `ros2 bag reindex` and `mcap recover` do. When it is
ended in good order, every file gets its index and the folder its metadata, version 9, as rosbag2 writes them.

The records are written by the `mcap` library, because it can close a chunk at any time; the writer of `rosbags` closes
one when it holds a mebibyte, which takes a minute where there are scales only, and writes one file.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from mcap.writer import Writer

from storegraph import __version__
from storegraph.atomic import OutputError

from .definitions import Definition
from .topics import Quality

METADATA = "metadata.yaml"
RESERVED = ".reserved"
METADATA_VERSION = 9
ROS_DISTRO = "kilted"

FOREVER = {"sec": 2147483647, "nsec": 4294967295}
"""As rosbag2 writes a deadline, lifespan or lease that is not set."""

LARGEST_PIECE = 4 * 2**20
"""Bytes that wait for `flush` at most: two seconds of four cameras' pictures."""

RESERVE = 4 * 2**20
"""Bytes set aside so that a recording can be ended on a full disk. The index of an hour has 1.5 MB, 210 bytes for each
of its 7200 chunks of fifteen topics; and half a second waits to be written.
"""


@dataclass(frozen=True, slots=True)
class RecordedTopic:
    """A topic as a bag describes it.

    Attributes:
        name: Full name, with namespace.
        definition: Of its messages.
        offered: The quality of service that it had.
    """

    name: str
    definition: Definition
    offered: Quality


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far a recording has come.

    Attributes:
        messages: Written.
        size: Bytes of its files.
        files: Begun.
        topics: Found.
        lost: Messages that the middleware dropped, because more came than could be written.
        elapsed: Since it was begun, seconds.
    """

    messages: int
    size: int
    files: int
    topics: int
    lost: int
    elapsed: float


class Recording:
    """Writes a bag that can be read while it grows, and after whatever ended it.

    Args:
        path: The folder to become the bag; its files are `<name>_0.mcap`, `<name>_1.mcap` and so on.
        split_size: Bytes after which a new file is begun; None for never.
        split_duration: Nanoseconds after which a new file is begun; None for never.
        reserve: Bytes set aside, so that it can be ended in good order on a full disk.
        described: Whether `metadata.yaml` is there from the beginning; without it, only at the end, which is quicker.
    """

    def __init__(
        self,
        path: Path,
        *,
        split_size: int | None = None,
        split_duration: int | None = None,
        reserve: int = RESERVE,
        described: bool = True,
    ) -> None:
        self.path = path.absolute()
        self._split_size = split_size
        self._split_duration = split_duration
        self._reserve = reserve
        self._described = described
        self._topics: dict[str, RecordedTopic] = {}
        self._finished: list[_File] = []
        self._growing: _File | None = None

    def __enter__(self) -> Self:
        """Begins the recording.

        Raises:
            OutputError: The folder exists, or cannot be written.
        """
        try:
            self.path.mkdir(parents=True)
            self._set_aside()
            self._begin_file()
        except FileExistsError as error:
            raise OutputError(f"{self.path}: exists already; give another name") from error
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the recording in good order, whatever the reason; on a full disk there is room set aside for that.

        Raises:
            OutputError: Even that room is not enough; what has been flushed can be read all the same.
        """
        try:
            (self.path / RESERVED).unlink(missing_ok=True)
            self._finish_file()
            self._write_metadata()
        except OSError as failure:
            raise self._failed(failure) from failure
        finally:
            if self._growing is not None:
                self._growing.close()

    @property
    def topics(self) -> frozenset[str]:
        """Full names of the topics added."""
        return frozenset(self._topics)

    @property
    def message_count(self) -> int:
        """Messages written."""
        return sum(file.message_count for file in self._files)

    @property
    def size(self) -> int:
        """Bytes of all files, as far as they are compressed already."""
        return sum(file.size for file in self._files)

    @property
    def file_count(self) -> int:
        """Files begun."""
        return len(self._files)

    def add_topic(self, topic: RecordedTopic) -> None:
        """Adds a topic; how it is described stays, since readers compare what files and metadata say.

        Raises:
            OutputError: The disk is full, or gone.
        """
        self._file.add_topic(topic)
        self._topics[topic.name] = topic
        try:
            if self._described:
                self._write_metadata()
        except OSError as error:
            raise self._failed(error) from error

    def write(self, topic: str, log_time: int, data: bytes) -> None:
        """Adds a message; it is in the file after the next `flush`.

        Args:
            topic: Full name of a topic that has been added.
            log_time: When it arrived, nanoseconds since the Unix epoch.
            data: CDR.

        Raises:
            OutputError: The disk is full, or gone.
        """
        try:
            if self._is_full(log_time):
                self._finish_file()
                self._begin_file()
            self._file.write(topic, log_time, data)
            if self._file.waiting > LARGEST_PIECE:
                self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def flush(self) -> None:
        """Hands everything written so far to the system: from then on it survives the death of this process.

        Raises:
            OutputError: The disk is full, or gone.
        """
        try:
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    @property
    def _file(self) -> _File:
        if self._growing is None:
            raise OutputError(f"{self.path}: is not open; use it in a with statement")
        return self._growing

    @property
    def _files(self) -> list[_File]:
        return self._finished if self._growing is None else [*self._finished, self._growing]

    def _is_full(self, log_time: int) -> bool:
        if not self._file.message_count:
            return False
        too_large = self._split_size is not None and self._file.size >= self._split_size
        return too_large or (self._split_duration is not None and log_time - self._file.first >= self._split_duration)

    def _set_aside(self) -> None:
        if self._reserve:
            with (self.path / RESERVED).open("xb") as reserved:
                os.posix_fallocate(reserved.fileno(), 0, self._reserve)

    def _begin_file(self) -> None:
        self._growing = _File(self.path / f"{self.path.name}_{len(self._finished)}.mcap")
        for topic in self._topics.values():
            self._growing.add_topic(topic)
        if self._described:
            self._write_metadata()

    def _finish_file(self) -> None:
        """Ends the file that grows; after an error it can be tried again."""
        if self._growing is not None:
            text = _yaml(self._metadata(self._files))
            self._growing.finish({"serialized_metadata": text})
            self._finished.append(self._growing)
            self._growing = None

    def _write_metadata(self) -> None:
        """Has `metadata.yaml` describe the finished files, and name the one that grows."""
        text = _yaml({"rosbag2_bagfile_information": self._metadata(self._finished)})
        fresh = self.path / f"{METADATA}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path / METADATA)

    def _metadata(self, files: Sequence[_File]) -> dict[str, Any]:
        """What rosbag2 says of a bag, in its words; a file that still grows is not among `files`."""
        counts = sum((file.counts for file in files), Counter[str]())
        first = min((file.first for file in files if file.message_count), default=0)
        last = max((file.last for file in files if file.message_count), default=0)
        return {
            "version": METADATA_VERSION,
            "storage_identifier": "mcap",
            **_span(first, last),
            "message_count": counts.total(),
            "topics_with_message_count": [
                {
                    "topic_metadata": {
                        "name": topic.name,
                        "type": topic.definition.message_type,
                        "serialization_format": "cdr",
                        "offered_qos_profiles": [_profile(topic.offered)],
                        "type_description_hash": topic.definition.type_hash,
                    },
                    "message_count": counts[topic.name],
                }
                for topic in self._topics.values()
            ],
            "compression_format": "",
            "compression_mode": "",
            "relative_file_paths": [file.path.name for file in self._files],
            "files": [
                {"path": file.path.name, **_span(file.first, file.last), "message_count": file.message_count}
                for file in files
            ],
            "custom_data": None,
            "ros_distro": ROS_DISTRO,
        }

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path}: cannot be written: {error.strerror}; what was recorded up to then can be read"
        )


class _File:
    """One MCAP file of a recording.

    Attributes:
        path: Of the file.
        counts: Messages by topic.
        message_count: Messages of all topics.
        first: Least log time, nanoseconds.
        last: Greatest log time, nanoseconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.message_count = 0
        self.first = 0
        self.last = 0
        self._stream = _Pieces(path)
        self._writer = Writer(self._stream)
        self._writer.start(profile="ros2", library=f"storegraph {__version__}")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self._ended = False

    @property
    def size(self) -> int:
        return self._stream.tell()

    @property
    def waiting(self) -> int:
        """Bytes that are not in the file yet, as far as they are compressed already."""
        return self._stream.waiting

    def add_topic(self, topic: RecordedTopic) -> None:
        definition = topic.definition
        if definition.message_type not in self._schemas:
            self._schemas[definition.message_type] = self._writer.register_schema(
                definition.message_type, "ros2msg", definition.text.encode()
            )
        self._channels[topic.name] = self._writer.register_channel(
            topic.name,
            "cdr",
            self._schemas[definition.message_type],
            {
                "offered_qos_profiles": _yaml([_profile(topic.offered)]),
                "topic_type_hash": definition.type_hash,
            },
        )

    def write(self, topic: str, log_time: int, data: bytes) -> None:
        self._writer.add_message(self._channels[topic], log_time, data, publish_time=log_time)
        self.first = min(self.first, log_time) if self.message_count else log_time
        self.last = max(self.last, log_time)
        self.counts[topic] += 1
        self.message_count += 1

    def flush(self) -> None:
        """Closes the chunk, and appends it to the file."""
        self._writer.flush()  # type: ignore[no-untyped-call]

    def finish(self, metadata: dict[str, str]) -> None:
        """Adds rosbag2's record of metadata and the index; after an error it can be tried again."""
        if not self._ended:
            self._writer.flush()  # type: ignore[no-untyped-call]
            self._writer.add_metadata("rosbag2", metadata)
            self._writer.finish()  # type: ignore[no-untyped-call]
            self._ended = True
        self._stream.flush()
        self._stream.close()

    def close(self) -> None:
        self._stream.close()


class _Pieces(io.BytesIO):
    """Gathers what is written until `flush` appends it to a file, whole or not at all."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("xb", buffering=0)
        self._appended = 0

    @property
    def waiting(self) -> int:
        return super().tell()

    def tell(self) -> int:
        return self._appended + self.waiting

    def flush(self) -> None:
        """Appends what is waiting; after an error the file is as it was, and everything waits still."""
        with self.getbuffer() as waiting:
            try:
                done = 0
                while done < len(waiting):
                    done += self._file.write(waiting[done:])
            except OSError:
                with suppress(OSError):
                    self._file.truncate(self._appended)
                    self._file.seek(self._appended)
                raise
        self._appended += done
        self.seek(0)
        self.truncate()

    def close(self) -> None:
        self._file.close()


def _span(first: int, last: int) -> dict[str, Any]:
    return {"duration": {"nanoseconds": last - first}, "starting_time": {"nanoseconds_since_epoch": first}}


def _yaml(content: object) -> str:
    """By libyaml where PyYAML has it: ten times as fast."""
    return str(yaml.dump(content, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))


def _profile(quality: Quality) -> dict[str, Any]:
    """A quality of service as metadata of version 9 has it."""
    return {
        "history": "keep_last",
        "depth": quality.depth,
        "reliability": "reliable" if quality.reliable else "best_effort",
        "durability": "transient_local" if quality.transient_local else "volatile",
        "deadline": dict(FOREVER),
        "lifespan": dict(FOREVER),
        "liveliness": "automatic",
        "liveliness_lease_duration": dict(FOREVER),
        "avoid_ros_namespace_conventions": False,
    }
