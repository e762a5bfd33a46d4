"""Bags open elsewhere, appear whole or not at all, and are refused in words when they are not what they should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from storegraph.atomic import OutputError
from storegraph.graph.bag import BagError, BagMessage, BagReader, BagWriter
from storegraph.graph.decoding import decode
from storegraph.graph.interfaces import interfaces
from storegraph.graph.messages import CONVERSIONS, MessageError
from storegraph.observations import GateEvent, Passage, ScaleSamples

SAMPLES = ScaleSamples(5, "G1", 60.0, ("G1.S1.P1", "G1.S1.P2"), np.arange(6, dtype=np.float32).reshape(3, 2))
ENTRY = GateEvent(4, "front", Passage.ENTRY, "token", "party", "7", False)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    path = tmp_path / "visit"
    with BagWriter(path, "corner") as writer:
        writer.write("scales/G1/samples", SAMPLES, 10)
        writer.write("gate/events", ENTRY, 11)
    return path


def test_what_was_written_is_read_in_the_order_of_recording(bag: Path) -> None:
    with BagReader(bag, "corner") as reader:
        messages = list(reader.messages({"scales/G1/samples", "gate/events"}))
        assert [(message.topic, message.log_time) for message in messages] == [
            ("scales/G1/samples", 10),
            ("gate/events", 11),
        ]
        assert decode(messages[1]) == ENTRY
        assert reader.span == (10, 11)


def test_metadata_is_as_rosbag2_writes_it(bag: Path) -> None:
    metadata = yaml.safe_load((bag / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert metadata["version"] == 9
    assert metadata["storage_identifier"] == "mcap"
    assert metadata["message_count"] == 2
    topics = {
        entry["topic_metadata"]["name"]: entry["topic_metadata"] for entry in metadata["topics_with_message_count"]
    }
    samples = topics["/corner/scales/G1/samples"]
    assert samples["type"] == "storegraph_msgs/msg/ScaleSamples"
    assert samples["serialization_format"] == "cdr"
    assert samples["type_description_hash"].startswith("RIHS01_")
    assert samples["offered_qos_profiles"][0]["reliability"] == "reliable"
    assert samples["offered_qos_profiles"][0]["durability"] == "transient_local"
    assert [metadata["relative_file_paths"][0]] == [file.name for file in bag.glob("*.mcap")]


def test_the_rosbags_reader_needs_nothing_of_ours(bag: Path) -> None:
    with AnyReader([bag], default_typestore=get_typestore(Stores.EMPTY)) as reader:
        assert set(reader.topics) == {"/corner/scales/G1/samples", "/corner/gate/events"}
        read = [reader.deserialize(data, connection.msgtype) for connection, _, data in reader.messages()]
    assert list(read[0].scales) == ["G1.S1.P1", "G1.S1.P2"]
    assert read[1].credential == "token"


def test_the_mcap_reader_lists_topics_types_and_definitions_and_decodes(bag: Path) -> None:
    (file,) = bag.glob("*.mcap")
    with file.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        summary = reader.get_summary()
        assert summary is not None
        types = {channel.topic: summary.schemas[channel.schema_id] for channel in summary.channels.values()}
        assert types["/corner/gate/events"].name == "storegraph_msgs/msg/GateEvent"
        assert b"string credential" in types["/corner/gate/events"].data
        decoded = [message for _, _, _, message in reader.iter_decoded_messages()]
    assert decoded[1].party == "party"


def test_a_bag_is_not_there_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "visit"
    with pytest.raises(RuntimeError), BagWriter(path, "corner") as writer:
        writer.write("gate/events", ENTRY, 11)
        assert not path.exists()
        raise RuntimeError("the power went")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_bag_is_not_overwritten_unasked(bag: Path) -> None:
    with pytest.raises(OutputError, match="exists already"), BagWriter(bag, "corner"):
        pass
    with BagWriter(bag, "corner", replace=True) as writer:
        writer.write("gate/events", ENTRY, 11)
    with BagReader(bag, "corner") as reader:
        assert reader.message_count == 1


def test_a_bag_that_is_cut_off_is_read_up_to_its_last_whole_record(bag: Path) -> None:
    (file,) = bag.glob("*.mcap")
    file.write_bytes(file.read_bytes()[:-200])
    with BagReader(bag, "corner") as reader:
        assert reader.cut_off == (file,)
        assert [message.log_time for message in reader.messages({"scales/G1/samples", "gate/events"})] == [10, 11]
        assert reader.span == (10, 11)
        assert {topic.name: topic.type_hash for topic in reader.topics} == {
            topic.name: interfaces().hash_rihs01(topic.message_type) for topic in reader.topics
        }


def test_a_bag_that_is_whole_is_not_called_cut_off(bag: Path) -> None:
    with BagReader(bag) as reader:
        assert reader.cut_off == ()


def test_a_bag_without_metadata_is_read(bag: Path) -> None:
    (bag / "metadata.yaml").unlink()
    with BagReader(bag, "corner") as reader:
        assert reader.message_count == 2
        assert reader.cut_off == ()


def test_a_bag_that_is_cut_off_before_its_first_message_is_refused_in_words(bag: Path) -> None:
    (file,) = bag.glob("*.mcap")
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(BagError, match="cut off before its first message"), BagReader(bag):
        pass


@pytest.mark.parametrize("position", range(60, 700, 40))
def test_a_damaged_bag_is_refused_in_words_or_read(bag: Path, position: int) -> None:
    (file,) = bag.glob("*.mcap")
    content = bytearray(file.read_bytes())
    content[position] ^= 0xFF
    file.write_bytes(content)
    try:
        with BagReader(bag, "corner") as reader:
            for message in reader.messages({"scales/G1/samples", "gate/events"}):
                decode(message)
    except (BagError, MessageError):
        pass


def test_no_bag_at_all_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="is not a bag"), BagReader(tmp_path / "nothing"):
        pass


def test_a_type_of_another_version_is_refused_by_its_hash(tmp_path: Path) -> None:
    types = get_typestore(Stores.ROS2_KILTED)
    types.register(get_types_from_msg("std_msgs/Header header\nstring gate\n", "storegraph_msgs/msg/GateEvent"))
    path = tmp_path / "old"
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection("/corner/gate/events", "storegraph_msgs/msg/GateEvent", typestore=types)
        writer.write(connection, 1, b"\0\1\0\0")
    with BagReader(path, "corner") as reader, pytest.raises(BagError) as refusal:
        list(reader.messages({"gate/events"}))
    assert "/corner/gate/events" in str(refusal.value)
    assert interfaces().hash_rihs01("storegraph_msgs/msg/GateEvent") in str(refusal.value)


def test_a_message_that_is_cut_off_is_refused_in_words() -> None:
    with pytest.raises(MessageError, match="5 bytes are no storegraph_msgs/msg/GateEvent"):
        decode(BagMessage("gate/events", 1, "storegraph_msgs/msg/GateEvent", b"\0\1\0\0\7"))


@pytest.mark.parametrize(
    ("plugin", "mode"),
    [
        (StoragePlugin.MCAP, CompressionMode.FILE),
        (StoragePlugin.MCAP, CompressionMode.MESSAGE),
        (StoragePlugin.MCAP, CompressionMode.STORAGE),
        (StoragePlugin.SQLITE3, CompressionMode.FILE),
        (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
    ],
)
def test_bags_that_others_compressed_are_read(tmp_path: Path, plugin: StoragePlugin, mode: CompressionMode) -> None:
    path, message_type = tmp_path / "visit", "storegraph_msgs/msg/GateEvent"
    writer = Writer(path, version=9, storage_plugin=plugin)
    writer.set_compression(mode, CompressionFormat.ZSTD)
    with writer:
        connection = writer.add_connection("/corner/gate/events", message_type, typestore=interfaces())
        message = CONVERSIONS[GateEvent].to_message(interfaces().types, ENTRY)
        writer.write(connection, 11, interfaces().serialize_cdr(message, message_type))
    with BagReader(path, "corner") as reader:
        assert [decode(message) for message in reader.messages({"gate/events"})] == [ENTRY]
