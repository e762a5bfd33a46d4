"""MCAP files without an index, as a recorder leaves them that was killed: read up to their last whole record.

The index of an MCAP file stands at its end. Where there is none, the file is read once from its beginning to find its
chunks. `rosbags`, which reads every other file, wants the end to be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mcap.records import Channel, Chunk, Footer, McapRecord, Message, Schema
from mcap.stream_reader import MAGIC_SIZE, StreamReader, breakup_chunk
from rosbags.interfaces import Connection, ConnectionExtRosbag2, MessageDefinition, MessageDefinitionFormat


class _Piece(NamedTuple):
    """A record that holds messages: a chunk, or a message that stands alone.

    Attributes:
        start: Least log time, nanoseconds.
        offset: Of the record in the file, bytes.
    """

    start: int
    offset: int


class UnindexedFile:
    """Reads what is whole of an MCAP file, with the interface of a reader of `rosbags`.

    Args:
        path: The file.

    Attributes:
        connections: The topics, with the number of their messages.
        message_count: Messages of all topics.
        start_time: Least log time, nanoseconds.
        end_time: Greatest log time and one, nanoseconds.
        ended: Whether the file has its end.

    Raises:
        OSError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.start_time = 2**63 - 1
        self.end_time = 0
        self.ended = False
        self._pieces: list[_Piece] = []
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._counts: Counter[int] = Counter()
        with path.open("rb") as stream:
            self._scan(stream)
        self.connections = [self._connection(channel) for channel in self._channels.values()]
        self.message_count = self._counts.total()

    def messages(
        self, connections: Collection[Connection] = (), start: int | None = None
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """The messages of some topics, from a log time on, with their log times and in the order of these."""
        wanted = {connection.id: connection for connection in connections}
        waiting: list[tuple[int, int, Message]] = []
        number = 0
        with self.path.open("rb") as stream:
            for piece in sorted(self._pieces):
                while waiting and waiting[0][0] < piece.start:
                    yield _given(heappop(waiting)[2], wanted)
                for message in _messages_at(stream, piece.offset):
                    if message.channel_id in wanted and (start is None or message.log_time >= start):
                        heappush(waiting, (message.log_time, number, message))
                        number += 1
        while waiting:
            yield _given(heappop(waiting)[2], wanted)

    def close(self) -> None:
        """Nothing is kept open between two calls."""

    def _scan(self, stream: BinaryIO) -> None:
        """Takes down what each record says, up to the first that is not whole."""
        offset = MAGIC_SIZE
        try:
            for record in StreamReader(stream, emit_chunks=True).records:
                inner = breakup_chunk(record, validate_crc=True) if isinstance(record, Chunk) else [record]
                times = [each.log_time for each in inner if isinstance(each, Message)]
                if times:
                    self._pieces.append(_Piece(min(times), offset))
                    self.start_time = min(self.start_time, *times)
                    self.end_time = max(self.end_time, max(times) + 1)
                for each in inner:
                    self._note(each)
                offset = stream.tell()
        except Exception:  # what is cut or damaged shows as whatever error its bytes lead to; what is before it counts
            return

    def _note(self, record: McapRecord) -> None:
        match record:
            case Schema():
                self._schemas[record.id] = record
            case Channel():
                self._channels[record.id] = record
            case Message():
                self._counts[record.channel_id] += 1
            case Footer():
                self.ended = True
            case _:
                pass

    def _connection(self, channel: Channel) -> Connection:
        schema = self._schemas.get(channel.schema_id)
        return Connection(
            id=channel.id,
            topic=channel.topic,
            msgtype=schema.name if schema else "",
            msgdef=MessageDefinition(MessageDefinitionFormat.NONE, ""),
            digest=channel.metadata.get("topic_type_hash", ""),
            msgcount=self._counts[channel.id],
            ext=ConnectionExtRosbag2(channel.message_encoding, []),
            owner=self,
        )


def _messages_at(stream: BinaryIO, offset: int) -> Iterator[Message]:
    stream.seek(offset)
    record = next(iter(StreamReader(stream, skip_magic=True, emit_chunks=True).records))
    inner = breakup_chunk(record) if isinstance(record, Chunk) else [record]
    return (each for each in inner if isinstance(each, Message))


def _given(message: Message, connections: dict[int, Connection]) -> tuple[Connection, int, bytes]:
    return connections[message.channel_id], message.log_time, message.data
