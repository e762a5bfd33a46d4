"""Simulated tracks are those of a good tracker: near the truth, with errors as large as they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storegraph.observations import COCO_17, Passage, Shoppers, ShopperState
from storegraph.simulation.performance import FRAME_RATE, Actor, Crossing, Performance, stamp_at
from storegraph.simulation.script import Body, Credential, Script
from storegraph.simulation.stream import Recorded
from storegraph.simulation.tracks import TrackSettings, shoppers
from storegraph.store.model import Fixture, Store

BENCHMARK = Path(__file__).resolve().parents[3] / "shared" / "data" / "autocheckout-benchmark-1" / "full_targets.json"
STORE = Store(
    id="tiny",
    name="Tiny",
    currency="EUR",
    time_zone="Europe/Berlin",
    fixtures=(Fixture(id="G1", position=(0.0, 0.0, 0.0), size=(1.0, 0.5, 1.8)),),
)
SECONDS = 240
JOINT = {name: index for index, name in enumerate(COCO_17)}
BONES = (
    ("left_shoulder", "left_elbow"),
    ("right_shoulder", "right_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
)
GROSS = 0.08
"""Metres from which on a length is wrong altogether."""


def somebody(name: str, begin: float = 0.0, seconds: float = SECONDS, speed: float = 0.05) -> Actor:
    """Somebody as stiff as a doll who glides along x."""
    frames = round(seconds * FRAME_RATE)
    figure = np.random.default_rng(5).uniform(0.0, 1.7, (1, 17, 3))
    joints = np.repeat(figure, frames, axis=0)
    joints[..., 0] += speed * np.arange(frames)[:, None] / FRAME_RATE
    first = round(begin * FRAME_RATE)
    body = Body(1.7, 1.0, 30.0, 1)
    return Actor(name, body, Credential.CARD, "t", name, first, joints.astype(np.float32), np.empty((0, 3)))


def performance(actors: tuple[Actor, ...], crossings: tuple[Crossing, ...] = (), seed: int = 3) -> Performance:
    script = Script("hand-made", seed, (), (), (), 0.0)
    frames = round(SECONDS * FRAME_RATE)
    return Performance(STORE, script, frames, actors, (), (), (), (), crossings, ())


def snapshots(recorded: list[Recorded]) -> list[Shoppers]:
    told = [each.observation for each in recorded]
    assert all(isinstance(each, Shoppers) for each in told)
    return told  # type: ignore[return-value]


@pytest.fixture(scope="module")
def alone() -> tuple[Actor, list[Recorded]]:
    actor = somebody("anna")
    return actor, list(shoppers(performance((actor,))))


def stacked(recorded: list[Recorded]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions [T, 17, 3], standard deviations [T, 17] and confidences [T, 17] of the only shopper."""
    people = [shopper for each in snapshots(recorded) for shopper in each.shoppers]
    positions = np.array([person.positions for person in people], dtype=np.float64)
    sigma = np.sqrt(np.array([person.covariance[:, 0] for person in people], dtype=np.float64))
    return positions, sigma, np.array([person.confidence for person in people], dtype=np.float64)


def truth_of(actor: Actor, count: int) -> NDArray[np.float64]:
    """The joints at every snapshot, of which there are half as many as frames."""
    return np.asarray(actor.joints[::2][:count], dtype=np.float64)


def test_there_are_fifteen_snapshots_a_second_each_heard_after_its_moment_and_in_order(
    alone: tuple[Actor, list[Recorded]],
) -> None:
    _, recorded = alone
    assert len(recorded) == SECONDS * 15
    assert [each.observation.stamp for each in recorded] == [stamp_at(k / 15) for k in range(SECONDS * 15)]
    heard = np.array([each.log_time for each in recorded])
    late = (heard - [each.observation.stamp for each in recorded]) / 1e9
    assert (np.diff(heard) >= 0).all()
    assert late.min() >= 0.2
    assert 0.205 < late.mean() < 0.22
    assert {each.topic for each in recorded} == {"shoppers"}


def test_errors_are_as_large_as_the_covariance_says(alone: tuple[Actor, list[Recorded]]) -> None:
    actor, recorded = alone
    positions, sigma, _ = stacked(recorded)
    normed = (positions - truth_of(actor, len(positions))) / sigma[..., None]
    known = normed[np.isfinite(normed)]
    assert abs(known.mean()) < 0.05
    assert known.std() == pytest.approx(1.0, abs=0.05)
    for person in snapshots(recorded)[7].shoppers:
        assert (person.covariance[:, [1, 2, 4]] == 0).all() or np.isnan(person.covariance).any()
        assert np.array_equal(person.covariance[:, 0], person.covariance[:, 5], equal_nan=True)


def test_confidence_falls_as_errors_grow(alone: tuple[Actor, list[Recorded]]) -> None:
    actor, recorded = alone
    positions, _, confidence = stacked(recorded)
    error = np.linalg.norm(positions - truth_of(actor, len(positions)), axis=2)
    known = np.isfinite(error)
    lowest, middle, highest = np.quantile(confidence[known], [0.1, 0.5, 0.9])
    means = [
        error[known & low].mean()
        for low in (confidence < lowest, (confidence > lowest) & (confidence < middle), confidence > highest)
    ]
    assert means[0] > 2 * means[1] > 2 * means[2]
    assert (confidence[known] > 0.3).mean() > 0.99


def test_a_hidden_joint_is_not_known_at_all_and_stays_hidden_for_a_while(alone: tuple[Actor, list[Recorded]]) -> None:
    positions, _, confidence = stacked(alone[1])
    hidden = np.isnan(positions).all(axis=2)
    assert np.array_equal(hidden, np.isnan(positions).any(axis=2))
    assert (confidence[hidden] == 0).all()
    assert hidden.mean() == pytest.approx(TrackSettings().hidden, abs=0.003)
    begins = (hidden[1:] & ~hidden[:-1]).sum()
    assert hidden.sum() / begins / 15 == pytest.approx(TrackSettings().hidden_for, rel=0.3)


def test_a_track_begins_when_somebody_enters_and_ends_when_they_leave() -> None:
    anna, ben = somebody("anna", 2.0, 20.0), somebody("ben", 8.0, 20.0)
    crossings = (
        Crossing(3.01, "front", Passage.ENTRY, "anna"),
        Crossing(9.99, "front", Passage.ENTRY, "ben"),
        Crossing(20.01, "front", Passage.EXIT, "anna"),
    )
    told = snapshots(list(shoppers(performance((anna, ben), crossings))))
    seen = {
        name: [each.stamp for each in told if name in [shopper.shopper_id for shopper in each.shoppers]]
        for name in ("anna", "ben")
    }
    assert (seen["anna"][0], seen["anna"][-1]) == (stamp_at(46 / 15), stamp_at(20.0))
    assert seen["ben"][0] == stamp_at(10.0)
    assert seen["ben"][-1] == stamp_at((ben.last * 15 // 30) / 15)
    assert len(seen["anna"]) == 255
    assert {shopper.state for each in told for shopper in each.shoppers} == {ShopperState.TRACKED}
    assert told[0].shoppers == ()


def test_errors_are_random_by_seed_and_by_person() -> None:
    anna, ben = somebody("anna", 0.0, 10.0), somebody("ben", 0.0, 10.0)
    both = stacked_of(performance((anna, ben)))
    again, other = stacked_of(performance((anna, ben))), stacked_of(performance((anna, ben), seed=4))
    assert all(np.array_equal(both[name], again[name], equal_nan=True) for name in both)
    assert not any(np.array_equal(both[name], other[name], equal_nan=True) for name in both)
    assert not np.array_equal(both["anna"], both["ben"], equal_nan=True)
    # Who else is there changes nobody's errors.
    assert np.array_equal(stacked_of(performance((ben,)))["ben"], both["ben"], equal_nan=True)


def stacked_of(what: Performance) -> dict[str, NDArray[np.float64]]:
    """Positions by name."""
    told = snapshots(list(shoppers(what)))
    return {
        actor.name: np.array([
            person.positions for each in told for person in each.shoppers if person.shopper_id == actor.name
        ])
        for actor in what.actors
    }  # fmt: skip


def test_a_perfect_tracker_tells_the_truth_between_the_frames() -> None:
    settings = TrackSettings(rate=20.0, sigma=0.0, hidden=0.0)
    actor = somebody("anna", speed=1.0)
    told = snapshots(list(shoppers(performance((actor,)), settings)))
    assert told[33].shoppers[0].positions[:, 0] == pytest.approx(actor.joints[0, :, 0] + 33 / 20, abs=1e-4)


def statistics(lengths: list[NDArray[np.float64]]) -> dict[str, float]:
    """Of bones' lengths in metres, NaN where not known: spread, gross errors, likeness after 1/15 s and 4/15 s."""
    errors = [length - np.nanmedian(length) for length in lengths]
    usual = [np.where(np.abs(error) < GROSS, error, np.nan) for error in errors]

    def likeness(lag: int) -> float:
        products = np.concatenate([error[:-lag] * error[lag:] for error in usual])
        return float(np.nanmean(products) / np.nanmean(np.concatenate(usual) ** 2))

    known = np.concatenate(errors)
    return {
        "spread": float(np.nanstd(np.concatenate(usual))),
        "gross": float((np.abs(known[np.isfinite(known)]) > GROSS).mean()),
        "next": likeness(1),
        "fourth": likeness(4),
    }


def real_tracks() -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Joints of the one shopper of the recording, metres, NaN where not known, and their scores."""
    names = {
        f"{side}_{part}": f"{side[0]}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")
    }
    rows, scores = [], []
    for line in BENCHMARK.read_text().splitlines():
        for target in json.loads(line)["document"]["targets"].get("targets", []):
            points = [target.get(name, {}) for name in names.values()]
            rows.append([
                [point["point"].get(axis, 0.0) * 0.0254 for axis in "xyz"] if "score" in point else [np.nan] * 3
                for point in points
            ])  # fmt: skip
            scores += [point["score"] for point in points if "score" in point]
    joints = np.array(rows)
    return {name: joints[:, index] for index, name in enumerate(names)}, np.array(scores)


@pytest.mark.skipif(not BENCHMARK.exists(), reason="the AutoCheckout recording is not beside the checkout")
def test_tracks_are_as_far_off_as_those_of_a_real_tracker(alone: tuple[Actor, list[Recorded]]) -> None:
    """By bones' lengths, which do not change in truth, by what is hidden, and by scores."""
    joints, scores = real_tracks()
    real = statistics([np.linalg.norm(joints[one] - joints[other], axis=1) for one, other in BONES])
    actor, recorded = alone
    positions, _, confidence = stacked(recorded)
    errors = positions - truth_of(actor, len(positions))
    # A bone along x: the length is wrong by the errors along it.
    simulated = statistics([errors[:, JOINT[one], 0] - errors[:, JOINT[other], 0] for one, other in BONES])
    print(f"real {real}\nsimulated {simulated}")
    assert simulated["spread"] == pytest.approx(real["spread"], rel=0.2)
    assert 0.4 < simulated["gross"] / real["gross"] < 1.5
    assert simulated["next"] == pytest.approx(real["next"], abs=0.12)
    assert simulated["fourth"] == pytest.approx(real["fourth"], abs=0.2)
    hidden = np.mean([np.isnan(joint[:, 0]).mean() for joint in joints.values()])
    assert TrackSettings().hidden == pytest.approx(hidden, abs=0.004)
    arms = confidence[:, [JOINT[name] for name in joints]]
    assert np.quantile(arms[arms > 0], [0.05, 0.5]) == pytest.approx(np.quantile(scores, [0.05, 0.5]), abs=0.06)
