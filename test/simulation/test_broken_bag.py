"""A bag is broken as the stream in it would have been; what no fault names stays as it is, byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storegraph.graph.bag import BagMessage, BagReader, BagWriter
from storegraph.graph.bag_metadata import RecordedTopic
from storegraph.graph.decoding import decode
from storegraph.graph.definitions import definition_of
from storegraph.graph.recording import Recording
from storegraph.graph.topics import Delivery
from storegraph.observations import ScaleSamples, Shoppers
from storegraph.simulation.faults.breaking import broken
from storegraph.simulation.faults.broken_bag import BrokenBag, break_bag
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.stream import Recorded

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND
SCALES, SHOPPERS, PICTURES = "scales/G1/samples", "shoppers", "cameras/c1/image/compressed"
SKEW = Fault(kind="skew", stream=SHOPPERS, seconds=0.2)
LOSS = Fault(kind="drop", stream="*", share=0.3)
LATE = Fault(kind="reorder", stream="s*", seconds=1.0)


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of scales, shoppers and pictures, ten times a second."""
    path = tmp_path_factory.mktemp("bags") / "whole"
    with BagWriter(path, "corner") as writer:
        for tenth in range(50):
            stamp = BEGIN + tenth * SECOND // 10
            samples = ScaleSamples(stamp, "G1", 60.0, ("G1.1",), np.full((6, 1), tenth, np.float32))
            writer.write(SCALES, samples, stamp)
            writer.write(SHOPPERS, Shoppers(stamp, ("neck",), ()), stamp)
            picture = BagMessage(PICTURES, stamp, "sensor_msgs/msg/CompressedImage", b"\x00\x01\x00\x00 not read")
            writer.write_message(picture)
    return path


def messages(reader: BagReader, *names: str) -> list[BagMessage]:
    """By log time; those of one moment by topic."""
    with reader:
        heard = list(reader.messages(names or (SCALES, SHOPPERS, PICTURES)))
    assert [each.log_time for each in heard] == sorted(each.log_time for each in heard)
    return sorted(heard, key=lambda each: (each.log_time, each.topic))


def test_a_bag_is_broken_as_the_stream_in_it_would_have_been(bag: Path) -> None:
    names = SCALES, SHOPPERS
    told = [Recorded(each.log_time, each.topic, decode(each)) for each in messages(BagReader(bag, "corner"), *names)]
    wanted = [(each.log_time, each.topic, each.observation.stamp) for each in broken(told, (SKEW, LOSS), 5, BEGIN)]
    heard = messages(BrokenBag(bag, "corner", faults=(SKEW, LOSS), seed=5), *names)
    assert [(each.log_time, each.topic, decode(each).stamp) for each in heard] == wanted


def test_what_is_not_struck_is_the_same_to_the_byte(bag: Path) -> None:
    heard = messages(BrokenBag(bag, "corner", faults=(SKEW,), seed=5))
    whole = messages(BagReader(bag, "corner"))
    assert [each for each in heard if each.topic != SHOPPERS] == [each for each in whole if each.topic != SHOPPERS]


def test_pictures_can_be_lost_and_late_but_are_not_changed(bag: Path) -> None:
    faults = LOSS, Fault(kind="delay", stream="cameras/*", seconds=0.5), Fault(kind="nan", stream="*")
    heard = messages(BrokenBag(bag, "corner", faults=faults, seed=5), PICTURES)
    assert 20 < len(heard) < 50
    assert {each.data for each in heard} == {b"\x00\x01\x00\x00 not read"}
    assert {each.log_time for each in heard}.isdisjoint(BEGIN + tenth * SECOND // 10 for tenth in range(1, 50))


def test_a_copy_holds_what_is_heard_and_equal_seeds_give_the_same_bytes(bag: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        left_out = break_bag(bag, "corner", (LOSS, LATE), 3, tmp_path / name / "bag")
        assert left_out == ()
    first, second = (tmp_path / name / "bag" for name in ("one", "two"))
    for file in sorted(first.iterdir()):
        assert file.read_bytes() == (second / file.name).read_bytes()
    heard = messages(BrokenBag(bag, "corner", faults=(LOSS, LATE), seed=3))
    assert messages(BagReader(first, "corner")) == heard
    with BagReader(first, "corner") as reader, BrokenBag(bag, "corner", faults=(LOSS, LATE), seed=3) as said:
        assert said.span[0] <= reader.span[0]
        assert reader.span[1] <= said.span[1]


def test_what_is_of_other_namespaces_or_types_is_left_out_and_told(bag: Path, tmp_path: Path) -> None:
    with Recording(tmp_path / "mixed") as recording, BagReader(bag, "corner") as reader:
        for name in ("/corner/shoppers", "/elsewhere/shoppers"):
            quality = Delivery.MEASUREMENT.value
            message = next(reader.messages({SHOPPERS}))
            recording.add_topic(RecordedTopic(name, definition_of(message.message_type), quality))
            recording.write(name, message.log_time, message.data)
    assert break_bag(tmp_path / "mixed", "corner", (SKEW,), 1, tmp_path / "out") == ("/elsewhere/shoppers",)
    assert [each.topic for each in messages(BagReader(tmp_path / "out", "corner"))] == [SHOPPERS]
