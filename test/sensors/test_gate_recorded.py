"""Gates from a bag: each passage at its time, and promises that no later passage breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.graph.bag import BagError, BagReader, BagWriter
from storegraph.graph.decoding import decode
from storegraph.graph.merge import BEGINNING, END
from storegraph.graph.topics import GATE_EVENTS
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.gates.model import RecordedGate
from storegraph.sensors.gates.recorded import RecordedDriver
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import simulate
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
NOW = 1_800_000_000 * SECOND


def passage(seconds: float, gate: str = "front") -> GateEvent:
    return GateEvent(START + round(seconds * SECOND), gate, Passage.EXIT, "", "", "", derived=False)


def recorded(folder: Path, passages: list[tuple[float, GateEvent]]) -> Path:
    """A bag of passages, each with its recording time in seconds."""
    with BagWriter(folder / "bag", STORE.id, durable=False) as bag:
        for seconds, event in passages:
            bag.write(GATE_EVENTS.name, event, START + round(seconds * SECOND))
    return folder


def driver_of(folder: Path, stamps: str = "shifted") -> RecordedDriver:
    device = {"gate": "front", "driver": "recorded", "bag": "bag", "stamps": stamps}
    return RecordedDriver(RecordedGate.model_validate(device), STORE, folder)


def test_passages_come_at_the_pace_at_which_they_were_recorded(tmp_path: Path) -> None:
    driver = driver_of(recorded(tmp_path, [(0, passage(0)), (10, passage(9.5)), (20, passage(20))]))
    assert [event.stamp for event in driver.events(NOW)] == [NOW]
    assert list(driver.events(NOW + 9 * SECOND)) == []
    assert [event.stamp for event in driver.events(NOW + 10 * SECOND)] == [NOW + round(9.5 * SECOND)]


def test_stamps_may_be_kept(tmp_path: Path) -> None:
    driver = driver_of(recorded(tmp_path, [(0, passage(0)), (10, passage(9.5))]), "kept")
    assert list(driver.events(NOW)) + list(driver.events(NOW + 10 * SECOND)) == [passage(0), passage(9.5)]


def test_promises_go_along_with_the_recording_and_stop_before_what_is_to_come(tmp_path: Path) -> None:
    driver = driver_of(recorded(tmp_path, [(0, passage(0)), (10, passage(10)), (12, passage(4))]), "kept")
    promised = [driver.watermark(NOW)]
    for seconds in (0, 2, 8, 10, 12):
        list(driver.events(NOW + seconds * SECOND))
        promised.append(driver.watermark(NOW + seconds * SECOND))
    assert promised == [BEGINNING, START, START + 2 * SECOND, START + 4 * SECOND, START + 4 * SECOND, END]


def test_only_passages_of_its_gate_are_given(tmp_path: Path) -> None:
    driver = driver_of(recorded(tmp_path, [(0, passage(0, "back")), (0, passage(1))]), "kept")
    assert list(driver.events(NOW)) == [passage(1)]


def test_a_bag_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="is not a bag"):
        driver_of(tmp_path)


def test_a_simulated_recording_gives_all_its_passages(tmp_path: Path) -> None:
    simulate(load_scenario("group_on_one_token"), STORE, 1, tmp_path / "bag")
    driver = RecordedDriver(RecordedGate(gate="front", driver="recorded", bag="bag", stamps="kept"), STORE, tmp_path)
    with BagReader(tmp_path / "bag", STORE.id) as reader:
        expected = [decode(message) for message in reader.messages({GATE_EVENTS.name})]
        duration = reader.span[1] - reader.span[0]
    assert expected
    assert [*driver.events(NOW), *driver.events(NOW + duration)] == expected
