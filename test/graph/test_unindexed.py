"""A file without an index is read as one with an index would be, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.writer import CompressionType, Writer

from storegraph.graph.unindexed import UnindexedFile


def written(path: Path, times: list[int], *, chunk_size: int = 0, chunked: bool = True, ended: bool = False) -> Path:
    """A file of messages with these log times, on two topics in turn; every message says its number."""
    with path.open("wb") as stream:
        writer = Writer(stream, chunk_size=chunk_size, use_chunking=chunked, compression=CompressionType.NONE)
        writer.start("ros2")
        schema = writer.register_schema("std_msgs/msg/UInt8", "ros2msg", b"uint8 data")
        channels = [writer.register_channel(topic, "cdr", schema) for topic in ("/even", "/odd")]
        for number, time in enumerate(times):
            writer.add_message(channels[number % 2], time, bytes([number]), time)
        writer.flush()
        if ended:
            writer.finish()
    return path


def read(file: UnindexedFile, topic: str = "", start: int | None = None) -> list[tuple[int, int]]:
    """Log times and numbers."""
    connections = [connection for connection in file.connections if topic in connection.topic]
    return [(time, data[0]) for _, time, data in file.messages(connections, start=start)]


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("ended", [True, False])
def test_everything_is_read(tmp_path: Path, chunked: bool, ended: bool) -> None:
    file = UnindexedFile(written(tmp_path / "a.mcap", [5, 6, 7], chunked=chunked, ended=ended))
    assert read(file) == [(5, 0), (6, 1), (7, 2)]
    assert read(file, "/odd") == [(6, 1)]
    assert read(file, start=6) == [(6, 1), (7, 2)]
    assert {connection.topic: connection.msgcount for connection in file.connections} == {"/even": 2, "/odd": 1}
    assert (file.message_count, file.start_time, file.end_time) == (3, 5, 8)
    assert file.ended == ended


@given(st.lists(st.integers(0, 20), max_size=40), st.sampled_from([1, 60, 200, 10_000]), st.booleans())
def test_messages_come_in_the_order_of_their_log_times_however_chunks_overlap(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], chunk_size: int, chunked: bool
) -> None:
    path = tmp_path_factory.mktemp("overlap") / "a.mcap"
    expected = sorted((time, number) for number, time in enumerate(times))
    file = UnindexedFile(written(path, times, chunk_size=chunk_size, chunked=chunked))
    assert [time for time, _ in read(file)] == [time for time, _ in expected]
    assert sorted(read(file)) == expected


def test_reading_ends_before_what_is_damaged(tmp_path: Path) -> None:
    times = [1_000_005, 1_000_006, 1_000_007]
    path = written(tmp_path / "a.mcap", times, chunk_size=1, ended=True)
    content = bytearray(path.read_bytes())
    _begin_of_chunk, _end_of_chunk, of_message, *_ = re.finditer(re.escape(times[1].to_bytes(8, "little")), content)
    content[of_message.start()] ^= 0xFF
    path.write_bytes(content)
    file = UnindexedFile(path)
    assert not file.ended
    assert read(file) == [(times[0], 0)]


def test_a_file_of_something_else_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(b"not a bag at all")
    assert UnindexedFile(tmp_path / "a.mcap").message_count == 0
