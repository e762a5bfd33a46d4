"""The demo recording and its ground truth agree with each other, and with the script that makes them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from mcap.reader import make_reader
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader

from storegraph.graph.bag import BagReader, bag_size
from storegraph.graph.decoding import decode
from storegraph.observations import GateEvent, Passage, ScaleSamples, Shoppers
from storegraph.store.file import load_store
from storegraph.store.model import Store

BAGS = Path(__file__).resolve().parents[2] / "bags"
DEMO = BAGS / "demo"
TOPICS = ("passages", "scales/F1/samples", "scales/G1/samples", "scales/G2/samples", "shoppers")
SECOND = 1_000_000_000


def load_script() -> ModuleType:
    """`bags/make_demo.py`, which is in no package."""
    spec = importlib.util.spec_from_file_location("make_demo", BAGS / "make_demo.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_demo"] = module  # where dataclasses look for the names in annotations
    spec.loader.exec_module(module)
    return module


script = load_script()


@pytest.fixture(scope="module")
def store() -> Store:
    """The corner shop."""
    return load_store(script.STORE_FILE)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """The committed ground truth."""
    document: dict[str, Any] = json.loads((BAGS / "demo-truth.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[Any]]:
    """What the committed bag holds, by topic."""
    observations = defaultdict(list)
    with BagReader(DEMO, "corner") as bag:
        for message in bag.messages(TOPICS):
            observations[message.topic].append((message.log_time, decode(message)))
    return observations


@pytest.fixture(scope="module")
def walks(store: Store) -> list[Any]:
    """Where everybody is, without measurement error."""
    plates = {scale: plate for fixture in store.fixtures for scale, plate in script.plates_of(fixture).items()}
    times = np.arange(0.0, script.DURATION, 1 / script.FRAME_RATE)
    return [script.walk_of(visit, plates, times) for visit in script.VISITS]


def readings(recorded: dict[str, list[Any]], scale: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Stamps and grams of one scale."""
    batches: list[ScaleSamples] = [batch for _, batch in recorded[f"scales/{scale.split('.')[0]}/samples"]]
    times = [batch.stamp + np.round(np.arange(len(batch.grams)) / batch.rate * SECOND) for batch in batches]
    column = batches[0].scales.index(scale)
    return np.concatenate(times).astype(np.int64), np.concatenate([batch.grams[:, column] for batch in batches])


def hand_distance(snapshot: Shoppers, shopper_id: str, place: NDArray[np.float64]) -> float:
    """From the nearer wrist that is seen; infinite where none is."""
    wrists = [snapshot.joints.index("left_wrist"), snapshot.joints.index("right_wrist")]
    for shopper in snapshot.shoppers:
        if shopper.shopper_id == shopper_id:
            distances = np.linalg.norm(shopper.positions[wrists] - place, axis=1)
            return float(np.min(distances[~np.isnan(distances)], initial=np.inf))
    return np.inf


def test_the_script_makes_the_committed_recording_again(tmp_path: Path, truth: dict[str, Any]) -> None:
    made, made_truth = script.record()
    script.write(made, tmp_path / "demo", "corner")
    with BagReader(DEMO, "corner") as old, BagReader(tmp_path / "demo", "corner") as new:
        assert new.topics == old.topics
        for ours, theirs in zip(new.messages(TOPICS), old.messages(TOPICS), strict=True):
            assert ours == theirs
    assert json.loads(json.dumps(made_truth)) == truth


def test_the_bag_is_small_enough_to_live_in_the_repository() -> None:
    assert bag_size(DEMO) < 2_000_000


def test_other_peoples_readers_open_the_bag() -> None:
    types = {
        f"/corner/{topic}": "storegraph_msgs/msg/" + name
        for topic, name in zip(TOPICS, ("GateEvent", *3 * ("ScaleSamples",), "Shoppers"), strict=True)
    }
    with AnyReader([DEMO]) as rosbags_reader:
        assert {connection.topic: connection.msgtype for connection in rosbags_reader.connections} == types
        assert sum(1 for _ in rosbags_reader.messages()) == rosbags_reader.message_count
    with (DEMO / "demo_0.mcap").open("rb") as file:
        mcap_reader = make_reader(file)
        assert {channel.topic: schema.name for schema, channel, _ in mcap_reader.iter_messages() if schema} == types


def test_what_was_measured_is_recorded_a_little_later(recorded: dict[str, list[Any]]) -> None:
    for topic, messages in recorded.items():
        delays = np.array([log_time - observation.stamp for log_time, observation in messages]) / SECOND
        assert np.all((delays > 0.0) & (delays < 0.5)), topic
        assert len(np.unique(delays)) > len(delays) / 2, topic
        stamps = np.sort([observation.stamp for _, observation in messages])
        if topic != "passages":
            assert np.ptp(np.diff(stamps)) <= 1, f"{topic}: sensors sample evenly, to a nanosecond of rounding"


def test_the_readings_change_by_what_the_truth_says(recorded: dict[str, list[Any]], truth: dict[str, Any]) -> None:
    for movement in truth["movements"]:
        moved = sum(abs(change) for change in movement["grams"].values())
        for scale, change in movement["grams"].items():
            times, grams = readings(recorded, scale)
            before = np.median(grams[(times > movement["begin"] - SECOND) & (times < movement["begin"] - SECOND // 3)])
            after = np.median(grams[(times > movement["end"] + SECOND // 2) & (times < movement["end"] + SECOND)])
            cross_talk_and_noise = 0.02 * moved + 2.0
            assert after - before == pytest.approx(change, abs=cross_talk_and_noise), scale


def test_no_goods_appear_or_vanish(store: Store, truth: dict[str, Any]) -> None:
    movements = script.movements_of(script.VISITS, store, np.random.default_rng(script.SEED))
    ends = np.array([0.0, script.DURATION])
    for scale in (scale.id for fixture in store.fixtures for shelf in fixture.shelves for scale in shelf.scales):
        load = script.load_on(scale, movements, ends)
        told = sum(movement["grams"].get(scale, 0.0) for movement in truth["movements"])
        assert load[1] - load[0] == pytest.approx(told, abs=0.05 * len(truth["movements"])), scale


def test_goods_weigh_what_the_catalogue_says(store: Store, truth: dict[str, Any]) -> None:
    for movement in truth["movements"]:
        product = store.products()[movement["gtin"]]
        assert product.unit_weight and product.unit_weight_sigma
        sign = {"take": -1, "put_back": 1}[movement["action"]]
        each = sign * sum(movement["grams"].values()) / movement["count"]
        assert each == pytest.approx(product.unit_weight, abs=4 * product.unit_weight_sigma)


def test_receipts_are_what_was_taken_and_not_put_back(truth: dict[str, Any]) -> None:
    carts: dict[str, Counter[str]] = {shopper_id: Counter() for shopper_id in truth["receipts"]}
    begins = [movement["begin"] for movement in truth["movements"]]
    assert begins == sorted(begins)
    for movement in truth["movements"]:
        cart = carts[movement["shopper_id"]]
        cart[movement["gtin"]] += movement["count"] if movement["action"] == "take" else -movement["count"]
        assert min(cart.values()) >= 0, "nobody puts back what they do not hold"
    assert {shopper_id: dict(+cart) for shopper_id, cart in carts.items()} == truth["receipts"]


def test_everybody_enters_and_leaves_once_and_is_seen_in_between(
    recorded: dict[str, list[Any]], truth: dict[str, Any]
) -> None:
    passages: dict[str, dict[Passage, GateEvent]] = defaultdict(dict)
    for _, event in recorded["passages"]:
        assert event.passage not in passages[event.shopper_id]
        passages[event.shopper_id][event.passage] = event
    assert passages.keys() == truth["receipts"].keys()
    for shopper_id, passed in passages.items():
        assert passed[Passage.ENTRY].credential and not passed[Passage.EXIT].credential
        inside = range(passed[Passage.ENTRY].stamp, passed[Passage.EXIT].stamp + 1)
        for _, snapshot in recorded["shoppers"]:
            present = any(shopper.shopper_id == shopper_id for shopper in snapshot.shoppers)
            assert present == (snapshot.stamp in inside)


def test_the_hand_is_at_the_goods_while_they_move(
    recorded: dict[str, list[Any]], store: Store, truth: dict[str, Any]
) -> None:
    for movement in truth["movements"]:
        fixture = next(fixture for fixture in store.fixtures if movement["scale"].startswith(f"{fixture.id}."))
        plate = script.plates_of(fixture)[movement["scale"]]
        middle = plate.front + 0.2 * np.array([-np.sin(plate.yaw), np.cos(plate.yaw), 0.0])
        moving = [
            snapshot
            for _, snapshot in recorded["shoppers"]
            if movement["begin"] - SECOND // 5 <= snapshot.stamp <= movement["end"]
        ]
        nearest = {
            shopper_id: min(hand_distance(snapshot, shopper_id, middle) for snapshot in moving)
            for shopper_id in truth["receipts"]
        }
        mine = nearest.pop(movement["shopper_id"])
        assert mine < 0.35 < 0.6 < min(nearest.values()), movement


def test_people_walk_as_people_do(store: Store, walks: list[Any]) -> None:
    (left, bottom), (right, top) = np.min(store.outline, axis=0), np.max(store.outline, axis=0)
    for walk in walks:
        assert np.max(np.gradient(walk.strides * script.STRIDE, walk.times)) < 2.0, "metres a second"
        assert np.all((walk.position[:, 0] > left) & (walk.position[:, 0] < right) & (walk.position[:, 1] < top))
    for one, other in ((one, other) for k, one in enumerate(walks) for other in walks[:k]):
        both_inside = (one.position[:, 1] > bottom) & (other.position[:, 1] > bottom)
        apart = np.linalg.norm(one.position - other.position, axis=1)[both_inside]
        assert np.min(apart, initial=np.inf) > 0.4, "metres between two bodies"


def test_arms_keep_their_length(store: Store, walks: list[Any]) -> None:
    plates = {scale: plate for fixture in store.fixtures for scale, plate in script.plates_of(fixture).items()}
    for visit, walk in zip(script.VISITS, walks, strict=True):
        joints = dict(zip(script.JOINTS, np.moveaxis(script.skeleton_of(visit, walk, plates), 1, 0), strict=True))
        for side in ("left", "right"):
            for upper, lower in pairwise(("shoulder", "elbow", "wrist")):
                bone = np.linalg.norm(joints[f"{side}_{upper}"] - joints[f"{side}_{lower}"], axis=1)
                np.testing.assert_allclose(bone, script.UPPER_ARM * visit.height / script.BODY_HEIGHT, rtol=1e-9)


def test_the_story_holds_what_makes_receipts_hard(
    recorded: dict[str, list[Any]], store: Store, truth: dict[str, Any]
) -> None:
    movements = truth["movements"]
    home = {(facing.gtin, scale) for facing in store.facings for scale in facing.scales}
    put_back = [movement for movement in movements if movement["action"] == "put_back"]
    taken = [movement for movement in movements if movement["action"] == "take"]

    assert any((movement["gtin"], movement["scale"]) in home for movement in put_back), "put back where it was"
    (astray,) = [movement for movement in put_back if (movement["gtin"], movement["scale"]) not in home]
    (found,) = [movement for movement in taken if (movement["gtin"], movement["scale"]) not in home]
    assert (found["gtin"], found["scale"]) == (astray["gtin"], astray["scale"]), "misplaced, and taken from there"
    assert found["shopper_id"] != astray["shopper_id"] and found["begin"] > astray["end"]
    assert found["grams"] == {scale: -change for scale, change in astray["grams"].items()}, "it is the same bottle"

    assert any(
        one["end"] > other["begin"] and one["shopper_id"] != other["shopper_id"]
        and one["scale"].rsplit(".", 1)[0] == other["scale"].rsplit(".", 1)[0] and one["gtin"] != other["gtin"]
        for one, other in pairwise(movements)
    ), "two shoppers at one shelf at once"  # fmt: skip
    assert any(movement["count"] > 1 for movement in taken)
    assert any(len(movement["grams"]) > 1 for movement in taken), "across two plates"
    assert max(movement["end"] - movement["begin"] for movement in taken) == 2 * SECOND, "a slow lift"
    assert {} in truth["receipts"].values(), "somebody leaves with nothing"

    parties = Counter(event.party for _, event in recorded["passages"] if event.passage is Passage.ENTRY)
    assert 2 in parties.values(), "two come on one credential"
    _, dead = readings(recorded, script.DEAD_SCALE)
    assert np.all(np.isnan(dead)) and script.DEAD_SCALE not in {scale for m in movements for scale in m["grams"]}
    hidden = [np.isnan(shopper.positions).any() for _, seen in recorded["shoppers"] for shopper in seen.shoppers]
    assert any(hidden) and not all(hidden), "joints are hidden now and then"
