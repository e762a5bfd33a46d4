"""One MCAP file of a recording, which can be read after every `flush`, whatever ends it.

The records are written by the `mcap` library, because it can close a chunk at any time; the writer of `rosbags` closes
one when it holds a mebibyte, which takes a minute where there are scales only, and writes one file.
"""

from __future__ import annotations

import io
from collections import Counter
from contextlib import suppress
from pathlib import Path

from mcap.writer import Writer

from storegraph import __version__

from .bag_metadata import FileContent, RecordedTopic, qos_profile, to_yaml


class GrowingFile:
    """One MCAP file of a recording.

    Args:
        path: Of a file that is not there yet.

    Raises:
        OSError: From all that writes.

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
        """Bytes of it, with what waits, as far as they are compressed already."""
        return self._stream.tell()

    @property
    def waiting(self) -> int:
        """Bytes that are not in the file yet, as far as they are compressed already."""
        return self._stream.waiting

    @property
    def content(self) -> FileContent:
        """What it holds, for the metadata."""
        return FileContent(self.path.name, self.counts, self.first, self.last)

    def add_topic(self, topic: RecordedTopic) -> None:
        """Adds a topic."""
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
                "offered_qos_profiles": to_yaml([qos_profile(topic.offered)]),
                "topic_type_hash": definition.type_hash,
            },
        )

    def write(self, topic: str, log_time: int, data: bytes) -> None:
        """Adds a message of a topic that has been added; `log_time` is in nanoseconds, `data` is CDR."""
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
        """Leaves it as it was after the last `flush`."""
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
