"""The demo recording is what the simulated store makes of its scenario, and holds what makes receipts hard."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.reader import make_reader
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader

from storegraph.graph.bag import BagReader, bag_size
from storegraph.graph.decoding import decode
from storegraph.observations import GateEvent, Passage, ScaleSamples
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import simulate
from storegraph.simulation.truth import Truth, read_truth, truth_beside
from storegraph.store.file import load_store
from storegraph.store.model import Store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
SEED = 11
TOPICS = ("passages", "scales/F1/samples", "scales/G1/samples", "scales/G2/samples", "shoppers")
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def store() -> Store:
    """The corner shop."""
    return load_store(ROOT / "config" / "stores" / "corner.yaml")


@pytest.fixture(scope="module")
def truth() -> Truth:
    """The committed truth."""
    return read_truth(truth_beside(DEMO))


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[Any]]:
    """What the committed bag holds, by topic."""
    observations = defaultdict(list)
    with BagReader(DEMO, "corner") as bag:
        for message in bag.messages(TOPICS):
            observations[message.topic].append((message.log_time, decode(message)))
    return observations


def readings(recorded: dict[str, list[Any]], scale: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Stamps and grams of one scale."""
    batches: list[ScaleSamples] = [batch for _, batch in recorded[f"scales/{scale.split('.')[0]}/samples"]]
    times = [batch.stamp + np.round(np.arange(len(batch.grams)) / batch.rate * SECOND) for batch in batches]
    column = batches[0].scales.index(scale)
    return np.concatenate(times).astype(np.int64), np.concatenate([batch.grams[:, column] for batch in batches])


def test_the_scenario_makes_the_committed_recording_again(tmp_path: Path, store: Store, truth: Truth) -> None:
    made = tmp_path / "demo"
    simulate(load_scenario("demo"), store, SEED, made, level="shoppers")
    with BagReader(DEMO, "corner") as old, BagReader(made, "corner") as new:
        assert new.topics == old.topics
        for ours, theirs in zip(new.messages(TOPICS), old.messages(TOPICS), strict=True):
            assert ours == theirs
    assert read_truth(truth_beside(made)).happened == truth.happened


def test_bag_and_truth_are_small_enough_to_live_in_the_repository() -> None:
    assert bag_size(DEMO) < 2_000_000
    assert bag_size(truth_beside(DEMO)) < 2_000_000


def test_other_peoples_readers_open_the_bag() -> None:
    types = {
        f"/corner/{topic}": "storegraph_msgs/msg/" + name
        for topic, name in zip(TOPICS, ("GateEvent", *3 * ("ScaleSamples",), "Shoppers"), strict=True)
    }
    with AnyReader([DEMO]) as rosbags_reader:
        assert {connection.topic: connection.msgtype for connection in rosbags_reader.connections} == types
        assert sum(1 for _ in rosbags_reader.messages()) == rosbags_reader.message_count
    with next(DEMO.glob("*.mcap")).open("rb") as file:
        mcap_reader = make_reader(file)
        assert {channel.topic: schema.name for schema, channel, _ in mcap_reader.iter_messages() if schema} == types


def test_the_readings_change_by_what_the_truth_says(recorded: dict[str, list[Any]], truth: Truth) -> None:
    """Within cross-talk, noise, and what another movement nearby does in the same second."""
    movements = truth.happened.movements
    for movement in movements:
        alone = all(
            other is movement or other.end < movement.begin - SECOND or other.begin > movement.end + SECOND
            for other in movements
        )
        for scale, change in movement.loads.items():
            times, grams = readings(recorded, scale)
            before = np.median(grams[(times > movement.begin - SECOND) & (times < movement.begin - SECOND // 2)])
            after = np.median(grams[(times > movement.end + SECOND // 2) & (times < movement.end + SECOND)])
            assert after - before == pytest.approx(change, abs=15.0 if alone else 40.0), scale


def test_everybody_enters_and_leaves_once_and_is_seen_in_between(recorded: dict[str, list[Any]], truth: Truth) -> None:
    passages: dict[str, dict[Passage, GateEvent]] = defaultdict(dict)
    for _, event in recorded["passages"]:
        assert event.passage not in passages[event.shopper_id]
        passages[event.shopper_id][event.passage] = event
    assert passages.keys() == truth.happened.receipts.keys()
    for shopper_id, passed in passages.items():
        assert passed[Passage.ENTRY].credential and not passed[Passage.EXIT].credential
        inside = range(passed[Passage.ENTRY].stamp, passed[Passage.EXIT].stamp + 1)
        for _, snapshot in recorded["shoppers"]:
            present = any(shopper.shopper_id == shopper_id for shopper in snapshot.shoppers)
            assert present == (snapshot.stamp in inside)


def test_the_story_holds_what_makes_receipts_hard(recorded: dict[str, list[Any]], store: Store, truth: Truth) -> None:
    happened = truth.happened
    moved = happened.movements
    home = {(facing.gtin, scale) for facing in store.facings for scale in facing.scales}

    def at_home(movement: Any) -> bool:
        return all((gtin, scale) in home for gtin in movement.goods for scale in movement.loads)

    put_back = [movement for movement in moved if movement.action == "put_back"]
    taken = [movement for movement in moved if movement.action == "take"]
    assert any(at_home(movement) for movement in put_back), "put back where it was"
    (astray,) = [movement for movement in put_back if not at_home(movement)]
    (found,) = [movement for movement in taken if not at_home(movement)]
    assert found.items == astray.items, "misplaced, and taken from there"
    assert found.actor != astray.actor and found.begin > astray.end
    assert found.loads == {scale: pytest.approx(-change) for scale, change in astray.loads.items()}

    assert any(
        other.begin - one.begin < SECOND // 2 and one.actor != other.actor
        and {scale.rsplit(".", 1)[0] for scale in one.loads} == {scale.rsplit(".", 1)[0] for scale in other.loads}
        for one, other in pairwise(moved)
    ), "two shoppers at one shelf at once"  # fmt: skip
    assert any(sum(movement.goods.values()) > 1 for movement in taken)
    assert max(movement.end - movement.begin for movement in taken) >= 2 * SECOND, "a slow lift"
    assert happened.pushes, "somebody leans on a shelf and takes nothing"

    parties = Counter(event.party for _, event in recorded["passages"] if event.passage is Passage.ENTRY)
    assert 2 in parties.values(), "two come on one credential"
    dead = {scale for fault in happened.faults for scale in fault.scales}
    assert dead and all(np.isnan(readings(recorded, scale)[1]).all() for scale in dead)
    assert not any(dead & movement.loads.keys() for movement in moved)
    hidden = [np.isnan(shopper.positions).any() for _, seen in recorded["shoppers"] for shopper in seen.shoppers]
    assert any(hidden) and not all(hidden), "joints are hidden now and then"
