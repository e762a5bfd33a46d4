"""How well people were followed, by example and by property."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.evaluation.tracks import TrackScores, score_tracks
from storegraph.observations import COCO_17, Shopper, Shoppers, ShopperState
from storegraph.simulation.script import Credential
from storegraph.simulation.truth import Frames, TruePerson
from storegraph.store.geometry import ScaleGeometry

pytest.importorskip("trackeval", reason="trackeval is not installed; `pip install storegraph[evaluation]` brings it")

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
RATE = 30
FRAMES = 91

BODY = np.array([[0.0, 0.02 * joint, 0.1 * joint] for joint in range(17)])
"""No body, but 17 places that differ; wrists are joints 9 and 10."""

SHELF = ScaleGeometry(
    scales=("s",),
    fixtures=("f",),
    shelves=("f.1",),
    centre=np.array([[0.0, 0.2, 0.95]]),
    yaw=np.zeros(1),
    half_extents=np.full((1, 3), 0.2),
)
"""Where the wrists of somebody at the origin are; a metre beside it they are not."""


def frames(*walks: tuple[float, float]) -> Frames:
    """People who walk along x from one place to another in three seconds, 2 m beside each other in y."""
    share = np.linspace(0.0, 1.0, FRAMES)
    joints = np.stack(
        [
            BODY + np.stack([start + share * (end - start), 0 * share + 2.0 * row, 0 * share], axis=1)[:, None]
            for row, (start, end) in enumerate(walks)
        ],
        axis=1,
    )
    stamps = START + np.round(np.arange(FRAMES) * SECOND / RATE).astype(np.int64)
    return Frames(stamps, tuple(f"person{row}" for row in range(len(walks))), joints.astype(np.float32))


def people(truth: Frames, entered: int | None = None, left: int | None = None) -> list[TruePerson]:
    return [TruePerson(name=name, party=name, credential=Credential.CARD, token="t", stature=1.7, age=30.0,
                       entered=entered, left=left) for name in truth.names]  # fmt: skip


def shopper(shopper_id: str, joints: np.ndarray, state: ShopperState = ShopperState.TRACKED) -> Shopper:
    return Shopper(shopper_id, state, joints.astype(np.float32), np.zeros((0, 6), np.float32), np.ones(17, np.float32))


def followed(truth: Frames, names: dict[str, str] | None = None, shift: float = 0.0) -> list[Shoppers]:
    """Everybody at every third frame, under these ids, all joints shifted along y."""
    return [
        Shoppers(
            int(truth.stamps[frame]),
            COCO_17,
            tuple(
                shopper((names or {}).get(name, name), truth.joints[frame, row] + [0.0, shift, 0.0])
                for row, name in enumerate(truth.names)
            ),
        )
        for frame in range(0, FRAMES, 3)
    ]


def scored(snapshots: list[Shoppers], truth: Frames, **visit: int) -> TrackScores:
    return score_tracks(snapshots, truth, people(truth, **visit), SHELF)


def test_who_is_followed_without_a_fault_scores_one() -> None:
    truth = frames((0.0, 3.0), (3.0, 0.0))
    scores = scored(followed(truth), truth)
    assert (scores.mota, scores.idf1, scores.hota) == pytest.approx((1.0, 1.0, 1.0))
    assert (scores.people, scores.tracks, scores.switches, scores.moments) == (2, 2, 0, 31)
    assert (scores.missed, scores.limbs, scores.lower_arms, scores.wrist_known) == (0.0, 1.0, 1.0, 1.0)
    assert scores.joint_error == pytest.approx(0.0, abs=1e-6)


def test_between_frames_people_moved_evenly() -> None:
    truth = frames((0.0, 3.0))
    moment = int(truth.stamps[30]) + SECOND // RATE // 2
    place = (truth.joints[30, 0] + truth.joints[31, 0]) / 2
    scores = scored([Shoppers(moment, COCO_17, (shopper("a", place),))], truth)
    assert scores.joint_error == pytest.approx(0.0, abs=1e-5)


def test_a_new_id_in_the_middle_is_a_switch_and_halves_the_identity() -> None:
    truth = frames((0.0, 3.0))
    first, second = followed(truth, {"person0": "a"}), followed(truth, {"person0": "b"})
    scores = scored([*first[:15], *second[15:]], truth)
    assert (scores.switches, scores.tracks) == (1, 2)
    assert scores.idf1 == pytest.approx(2 * 16 / 62)
    assert scores.mota == pytest.approx(1 - 1 / 31)


def test_whom_nobody_follows_is_missed_and_who_is_tentative_does_not_count() -> None:
    truth = frames((0.0, 3.0))
    tentative = [
        Shoppers(each.stamp, COCO_17, (shopper("a", each.shoppers[0].positions, ShopperState.TENTATIVE),))
        for each in followed(truth)
    ]
    scores = scored(tentative, truth)
    assert (scores.missed, scores.mota, scores.tracks) == (1.0, 0.0, 0)
    assert math.isnan(scores.joint_error)


def test_outside_the_store_nobody_needs_to_be_followed() -> None:
    truth = frames((0.0, 3.0))
    half = int(truth.stamps[45])
    inside = [each for each in followed(truth) if each.stamp >= half]
    assert scored(inside, truth, entered=half).mota == pytest.approx(1.0)


def test_an_unknown_wrist_near_a_shelf_lowers_what_is_known_and_makes_a_wrong_lower_arm() -> None:
    truth = frames((0.0, 0.0))
    blind = []
    for number, each in enumerate(followed(truth)):
        joints = each.shoppers[0].positions.copy()
        if number % 2:
            joints[9] = np.nan
        blind.append(Shoppers(each.stamp, COCO_17, (shopper("a", joints),)))
    scores = scored(blind, truth)
    assert scores.wrist_known == pytest.approx(1 - 15 / 62)
    assert scores.lower_arms == pytest.approx(1 - 15 / 62)
    assert scores.limbs == pytest.approx(1 - 15 / 248)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 0.45), st.permutations(["x", "y", "z"]))
def test_errors_are_as_large_as_the_shift_and_ids_are_but_names(shift: float, names: list[str]) -> None:
    truth = frames((0.0, 3.0), (3.0, 0.0), (1.0, 1.0))
    scores = scored(followed(truth, dict(zip(truth.names, names, strict=True)), shift), truth)
    assert scores.joint_error == pytest.approx(shift, abs=1e-5)
    assert scores.idf1 == pytest.approx(1.0)
    assert scores.hota <= 1.0
