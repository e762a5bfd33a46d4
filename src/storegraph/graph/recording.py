"""Recordings: rosbag2 folders that are there from their first second, and grow.

A recording is written for the moment at which its process is killed. What has been flushed is a row of whole records:
everyone who reads MCAP without an index reads it up to there, as `ros2 bag reindex` and `mcap recover` do. When it is
ended in good order, every file gets its index and the folder its metadata, version 9, as rosbag2 writes them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from storegraph.atomic import OutputError

from .bag_file import GrowingFile
from .bag_metadata import METADATA, RecordedTopic, metadata, to_yaml

RESERVED = ".reserved"

LARGEST_PIECE = 4 * 2**20
"""Bytes that wait for `flush` at most: two seconds of four cameras' pictures."""

RESERVE = 4 * 2**20
"""Bytes set aside so that a recording can be ended on a full disk. The index of an hour has 1.5 MB, 210 bytes for each
of its 7200 chunks of fifteen topics; and half a second waits to be written.
"""


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
        self._finished: list[GrowingFile] = []
        self._growing: GrowingFile | None = None

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
    def _file(self) -> GrowingFile:
        if self._growing is None:
            raise OutputError(f"{self.path}: is not open; use it in a with statement")
        return self._growing

    @property
    def _files(self) -> list[GrowingFile]:
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
        self._growing = GrowingFile(self.path / f"{self.path.name}_{len(self._finished)}.mcap")
        for topic in self._topics.values():
            self._growing.add_topic(topic)
        if self._described:
            self._write_metadata()

    def _finish_file(self) -> None:
        """Ends the file that grows; after an error it can be tried again."""
        if self._growing is not None:
            text = to_yaml(self._metadata(self._files))
            self._growing.finish({"serialized_metadata": text})
            self._finished.append(self._growing)
            self._growing = None

    def _write_metadata(self) -> None:
        """Has `metadata.yaml` describe the finished files, and name the one that grows."""
        text = to_yaml({"rosbag2_bagfile_information": self._metadata(self._finished)})
        fresh = self.path / f"{METADATA}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path / METADATA)

    def _metadata(self, files: Sequence[GrowingFile]) -> dict[str, Any]:
        """What rosbag2 says of this bag; a file that still grows is not among `files`."""
        names = [file.path.name for file in self._files]
        return metadata(self._topics.values(), [file.content for file in files], names)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path}: cannot be written: {error.strerror}; what was recorded up to then can be read"
        )
