"""A recording can be read while it grows, after whatever ended it, and by others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mcap.exceptions import McapError
from mcap.reader import make_reader
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from storegraph.atomic import OutputError
from storegraph.graph.bag import BagError, BagReader
from storegraph.graph.bag_metadata import RecordedTopic
from storegraph.graph.definitions import definition_of
from storegraph.graph.recording import RESERVE, Recording
from storegraph.graph.topics import GATE_EVENTS, SHOPPERS

TOPIC = RecordedTopic("/corner/gate/events", definition_of("storegraph_msgs/msg/GateEvent"), GATE_EVENTS.delivery.value)
SECOND = 1_000_000_000


def message(number: int, size: int = 200) -> bytes:
    """Bytes that do not compress; nobody here asks what they mean."""
    return Random(number).randbytes(size)


def times_in(bag: Path) -> list[int]:
    """Log times of everything that a bag holds."""
    with BagReader(bag, "corner") as reader:
        return [message.log_time for message in reader.messages({"gate/events"})]


def test_what_was_recorded_is_read_by_others(tmp_path: Path) -> None:
    with Recording(tmp_path / "visit") as recording:
        recording.add_topic(TOPIC)
        recording.write(TOPIC.name, 10, message(1))
    with AnyReader([tmp_path / "visit"], default_typestore=get_typestore(Stores.EMPTY)) as reader:
        assert [(connection.topic, time, data) for connection, time, data in reader.messages()] == [
            (TOPIC.name, 10, message(1))
        ]
    with (tmp_path / "visit" / "visit_0.mcap").open("rb") as stream:
        summary = make_reader(stream).get_summary()
        assert summary is not None
        (channel,) = summary.channels.values()
        assert channel.metadata["topic_type_hash"] == TOPIC.definition.type_hash
        assert yaml.safe_load(channel.metadata["offered_qos_profiles"])[0]["durability"] == "transient_local"


def test_a_new_file_is_begun_after_a_size(tmp_path: Path) -> None:
    with Recording(tmp_path / "visit", split_size=20_000) as recording:
        recording.add_topic(TOPIC)
        for number in range(500):
            recording.write(TOPIC.name, number, message(number))
            recording.flush()
    files = sorted((tmp_path / "visit").glob("*.mcap"), key=lambda file: int(file.stem.removeprefix("visit_")))
    assert [file.name for file in files] == [f"visit_{number}.mcap" for number in range(len(files))]
    assert len(files) > 3
    assert all(20_000 <= file.stat().st_size < 30_000 for file in files[:-1]), "the index comes on top"
    assert times_in(tmp_path / "visit") == list(range(500))


def test_a_new_file_is_begun_after_a_time(tmp_path: Path) -> None:
    with Recording(tmp_path / "visit", split_duration=10 * SECOND) as recording:
        recording.add_topic(TOPIC)
        for number in range(25):
            recording.write(TOPIC.name, number * SECOND, message(number))
    metadata = yaml.safe_load((tmp_path / "visit" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert [entry["message_count"] for entry in metadata["files"]] == [10, 10, 5]
    assert [entry["path"] for entry in metadata["files"]] == metadata["relative_file_paths"]
    assert [entry["starting_time"]["nanoseconds_since_epoch"] for entry in metadata["files"]] == [
        0,
        10 * SECOND,
        20 * SECOND,
    ]
    assert metadata["message_count"] == 25
    assert metadata["duration"]["nanoseconds"] == 24 * SECOND


def test_every_file_of_a_split_recording_stands_alone(tmp_path: Path) -> None:
    silent = RecordedTopic("/corner/shoppers", definition_of("storegraph_msgs/msg/Shoppers"), SHOPPERS.delivery.value)
    with Recording(tmp_path / "visit", split_duration=SECOND) as recording:
        recording.add_topic(TOPIC)
        recording.add_topic(silent)
        for number in range(3):
            recording.write(TOPIC.name, number * SECOND, message(number))
    for number in range(3):
        with AnyReader([tmp_path / "visit" / f"visit_{number}.mcap"]) as reader:
            assert set(reader.topics) == {TOPIC.name, silent.name}
            assert [time for _, time, _ in reader.messages()] == [number * SECOND]


def test_a_recording_that_is_killed_has_metadata_and_everything_that_was_flushed(tmp_path: Path) -> None:
    with Recording(tmp_path / "visit", split_duration=10 * SECOND) as recording:
        recording.add_topic(TOPIC)
        for number in range(25):
            recording.write(TOPIC.name, number * SECOND, message(number))
            recording.flush()
        recording.write(TOPIC.name, 25 * SECOND, message(25))
        shutil.copytree(tmp_path / "visit", tmp_path / "killed")
    metadata = yaml.safe_load((tmp_path / "killed" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert metadata["relative_file_paths"] == ["visit_0.mcap", "visit_1.mcap", "visit_2.mcap"]
    assert metadata["message_count"] == 20, "of the files that have ended"
    with BagReader(tmp_path / "killed", "corner") as reader:
        assert reader.cut_off == (tmp_path / "killed" / "visit_2.mcap",)
    assert times_in(tmp_path / "killed") == [number * SECOND for number in range(25)]


@pytest.fixture(scope="module")
def flushed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[int]]:
    """A file of forty messages, and how long it was after every fourth, when it was flushed."""
    folder = tmp_path_factory.mktemp("flushed") / "visit"
    lengths = []
    with Recording(folder) as recording:
        recording.add_topic(TOPIC)
        for number in range(40):
            recording.write(TOPIC.name, number, message(number))
            if number % 4 == 3:
                recording.flush()
                lengths.append((folder / "visit_0.mcap").stat().st_size)
        content = (folder / "visit_0.mcap").read_bytes()
    return content, lengths


@given(st.data())
def test_wherever_a_file_is_cut_off_all_that_was_flushed_before_is_read(
    flushed: tuple[bytes, list[int]], data: st.DataObject
) -> None:
    content, lengths = flushed
    cut = data.draw(st.integers(0, len(content)) | st.sampled_from(lengths))
    with TemporaryDirectory() as folder:
        file = Path(folder, "visit_0.mcap")
        file.write_bytes(content[:cut])
        try:
            read = times_in(file)
        except BagError:
            read = []
    assert read == list(range(len(read)))
    assert len(read) >= 4 * bisect_right(lengths, cut)


def test_what_was_flushed_ends_with_a_whole_record_so_that_readers_without_repair_go_to_its_end(
    flushed: tuple[bytes, list[int]], tmp_path: Path
) -> None:
    content, lengths = flushed
    file = tmp_path / "visit.mcap"
    file.write_bytes(content[: lengths[4]])
    read = []
    with file.open("rb") as stream, pytest.raises(McapError):  # says that the footer is missing, after the last record
        for _, _, entry in make_reader(NotSeekable(stream)).iter_messages(log_time_order=False):
            read.append(entry.log_time)
    assert read == list(range(20))


class NotSeekable:
    """A stream that the mcap reader has to take as it comes."""

    def __init__(self, stream: object) -> None:
        self.read = stream.read  # type: ignore[attr-defined]

    def seekable(self) -> bool:
        return False


def test_a_recording_does_not_go_into_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="exists already"), Recording(tmp_path):
        pass


def test_nothing_is_left_of_the_reserve(tmp_path: Path) -> None:
    with Recording(tmp_path / "visit"):
        assert (tmp_path / "visit" / ".reserved").stat().st_size == RESERVE
    assert sorted(file.name for file in (tmp_path / "visit").iterdir()) == ["metadata.yaml", "visit_0.mcap"]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of eight mebibytes; needs the right to mount."""
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounting.returncode:
        pytest.skip(f"no file system can be mounted here: {mounting.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(recording: Recording) -> Iterator[int]:
    """Records until the disk is full; yields the numbers of what is on it."""
    recording.add_topic(TOPIC)
    number = 0
    while True:
        recording.write(TOPIC.name, number, message(number, size=4000))
        if number % 50 == 49:
            recording.flush()
        yield number
        number += 1


@pytest.mark.parametrize("split_size", [None, 300_000])
def test_on_a_full_disk_a_recording_ends_in_good_order_and_says_so(tmp_path: Path, split_size: int | None) -> None:
    with small_disk(tmp_path / "disk") as disk:
        written = -1
        with (
            pytest.raises(OutputError, match=r"disk/visit: cannot be written: No space left on device"),
            Recording(disk / "visit", split_size=split_size) as recording,
        ):
            for number in fill(recording):
                written = number
        with BagReader(disk / "visit", "corner") as reader:
            assert reader.cut_off == ()
        assert times_in(disk / "visit")[: written + 1] == list(range(written + 1))


WRITER_WITH_A_LIMIT = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_recording import Recording, fill
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
with Recording(Path({path!r}), reserve=0) as recording:
    for number in fill(recording):
        print(number, flush=True)
"""


def test_where_nothing_more_can_be_written_what_was_flushed_stays_readable(tmp_path: Path) -> None:
    program = WRITER_WITH_A_LIMIT.format(folder=str(Path(__file__).parent), path=str(tmp_path / "visit"))
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "OutputError" in result.stderr
    assert "cannot be written: File too large" in result.stderr
    flushed = (int(result.stdout.split()[-1]) + 1) // 50 * 50
    read = times_in(tmp_path / "visit")
    assert read == list(range(len(read)))
    assert len(read) >= flushed - 50, "all but the piece that found no room"
