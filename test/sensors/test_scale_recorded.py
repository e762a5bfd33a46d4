"""Recorded scales: the bag comes again, at its own pace."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from storegraph.graph.bag import BagError, BagMessage, BagReader, BagWriter
from storegraph.graph.decoding import decode
from storegraph.observations import ScaleSamples
from storegraph.sensors.errors import SensorError
from storegraph.sensors.scales.model import ContactReport, ContactState, RecordedScales
from storegraph.sensors.scales.recorded import RecordedDriver
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
TOPIC = "scales/G1/samples"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first second of the demo recording's scales, and a message that is cut off."""
    path = tmp_path_factory.mktemp("bags") / "second"
    with BagReader(DEMO, STORE.id) as reader, BagWriter(path, STORE.id) as writer:
        begun = None
        for message in reader.messages({TOPIC, "scales/F1/samples"}):
            begun = begun or message.log_time
            if message.log_time > begun + 1_000_000_000:
                break
            writer.write_message(message)
        writer.write_message(BagMessage(TOPIC, message.log_time, message.message_type, message.data[:40]))
    return path


def recorded_in(path: Path, topic: str) -> list[ScaleSamples]:
    samples = []
    with BagReader(path, STORE.id) as reader:
        for message in reader.messages({topic}):
            if len(message.data) > 40:
                samples.append(decode(message))
    return samples


def driver(path: Path, **options: object) -> RecordedDriver:
    device = {"name": "yesterday", "driver": "recorded", "bag": path.name, **options}
    return RecordedDriver(RecordedScales.model_validate(device, strict=True), STORE, path.parent)


def test_a_bag_is_played_at_its_own_pace_with_its_stamps_shifted_to_now(second: Path):
    played, states, begun = [], [], time.time_ns()
    for said in driver(second).run(threading.Event()):
        if isinstance(said, ContactReport):
            states.append(said.state)
        elif said.fixture == "G1":
            played.append((time.time_ns(), said))
    assert states == [ContactState.ANSWERING, ContactState.ENDED]
    original = recorded_in(second, TOPIC)
    (shift,) = {samples.stamp - before.stamp for (_, samples), before in zip(played, original, strict=True)}
    assert all(
        np.array_equal(samples.grams, before.grams, equal_nan=True)
        for (_, samples), before in zip(played, original, strict=True)
    )
    assert all(samples.stamp <= now for now, samples in played)
    assert 0 <= begun - played[0][1].stamp < 1_000_000_000  # as long before its recording as it was then
    assert shift > 0
    assert time.time_ns() - begun > 0.75e9
    assert all(later - sooner > 0.1e9 for (sooner, _), (later, _) in pairwise(played))


def test_stamps_may_be_kept(second: Path):
    said = driver(second, stamps="kept", fixtures=("G1",)).run(threading.Event())
    first = next(samples for samples in said if isinstance(samples, ScaleSamples))
    assert first.stamp == recorded_in(second, TOPIC)[0].stamp


def test_only_the_fixtures_that_are_named_are_played(second: Path):
    assert driver(second).fixtures == ("G1", "F1")
    chosen = driver(second, fixtures=("F1",))
    samples = [said for said in chosen.run(threading.Event()) if isinstance(said, ScaleSamples)]
    assert chosen.fixtures == ("F1",)
    assert {message.fixture for message in samples} == {"F1"}


def test_a_message_that_is_cut_off_is_counted_and_the_rest_is_played(second: Path):
    played = driver(second, fixtures=("G1",))
    samples = [said for said in played.run(threading.Event()) if isinstance(said, ScaleSamples)]
    (report,) = played.reports
    assert (report.answers, report.failures) == (len(samples), 1)
    assert TOPIC in report.reason


def test_playing_stops_at_once():
    stop = threading.Event()
    for said in driver(DEMO).run(stop):
        if isinstance(said, ScaleSamples):
            stop.set()
            begun = time.monotonic()
    assert time.monotonic() - begun < 0.5


def test_a_bag_that_is_not_there_or_has_no_such_scales_is_told(second: Path):
    with pytest.raises(BagError, match="nowhere: is not a bag"):
        driver(second.parent / "nowhere")
    with pytest.raises(SensorError, match="second: holds no samples of the scales of G2"):
        driver(second, fixtures=("G1", "G2"))
