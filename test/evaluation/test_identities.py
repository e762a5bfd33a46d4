"""Who is who promises to see through a tracker's own ids, and to count where it lost people."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.evaluation.identities import trunks, who_is_who
from storegraph.observations import COCO_17, Shopper, Shoppers, ShopperState
from storegraph.simulation.script import Credential
from storegraph.simulation.truth import Frames, TruePerson
from storegraph.units import NANOSECONDS

FRAMES = 90
STAMPS = 10 * NANOSECONDS + np.arange(FRAMES, dtype=np.int64) * NANOSECONDS // 30
NAMES = ("ann", "bob", "cem")


def person(name: str, entered: int | None = None, left: int | None = None) -> TruePerson:
    return TruePerson(
        name=name,
        party=name,
        credential=Credential.APP,
        token=name,
        stature=1.7,
        age=30,
        entered=entered,
        left=left,
    )


PEOPLE = tuple(person(name) for name in NAMES)


def walking() -> Frames:
    """Three people two metres from each other, who walk side by side for three seconds."""
    joints = np.zeros((FRAMES, len(NAMES), 17, 3), np.float32)
    joints[..., 0] = np.linspace(0, 3, FRAMES)[:, None, None]
    joints[..., 1] = 2.0 * np.arange(len(NAMES))[None, :, None]
    return Frames(STAMPS, NAMES, joints)


def tracked(frames: Frames, ids: dict[int, list[str | None]], *, beside: float = 0.1) -> list[Shoppers]:
    """What a tracker says that is off by a little: `ids` has the id of each person in the frames it is keyed by."""
    snapshots = []
    for frame, held in ids.items():
        shoppers = tuple(
            Shopper(
                shopper_id,
                ShopperState.TRACKED,
                frames.joints[frame, place] + np.float32(beside),
                np.zeros((0, 6), np.float32),
                np.ones(17, np.float32),
            )
            for place, shopper_id in enumerate(held)
            if shopper_id is not None
        )
        snapshots.append(Shoppers(int(frames.stamps[frame]), COCO_17, shoppers))
    return snapshots


@settings(deadline=None)
@given(st.permutations(["7f", "2a", "c0"]))
def test_ids_are_seen_through_however_they_are_given(ids: list[str]) -> None:
    identities = who_is_who(tracked(walking(), {frame: list(ids) for frame in range(0, FRAMES, 3)}), walking(), PEOPLE)
    assert identities.actor_of == dict(zip(ids, NAMES, strict=True))
    assert (identities.switches, identities.missed, identities.invented) == (0, 0, 0)
    assert identities.present == 30 * len(NAMES)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, FRAMES - 2))
def test_an_id_is_who_it_followed_longest_and_every_swap_is_counted(swap: int) -> None:
    ids = {frame: ["7f", "2a", None] if frame < swap else ["2a", "7f", None] for frame in range(FRAMES - 1)}
    identities = who_is_who(tracked(walking(), ids), walking(), PEOPLE)
    assert identities.switches == 2
    first, second = ("ann", "bob") if 2 * swap >= FRAMES - 1 else ("bob", "ann")
    if 2 * swap != FRAMES - 1:
        assert identities.actor_of == {"7f": first, "2a": second}
    assert identities.missed == FRAMES - 1


def test_somebody_lost_and_found_under_a_new_id_is_the_same_person() -> None:
    ids = {frame: ["7f" if frame < 30 else None if frame < 60 else "9e", None, None] for frame in range(FRAMES)}
    identities = who_is_who(tracked(walking(), ids), walking(), PEOPLE)
    assert identities.actor_of == {"7f": "ann", "9e": "ann"}
    assert identities.switches == 1


def test_an_id_that_goes_on_with_somebody_else_is_a_switch() -> None:
    ids = {frame: ["7f", None, None] if frame < 50 else [None, "7f", None] for frame in range(FRAMES)}
    identities = who_is_who(tracked(walking(), ids), walking(), PEOPLE)
    assert identities.actor_of == {"7f": "ann"}
    assert identities.switches == 1


def test_a_track_near_nobody_is_invented_and_who_has_none_is_missed() -> None:
    ids: dict[int, list[str | None]] = {frame: ["7f", None, None] for frame in range(10)}
    identities = who_is_who(tracked(walking(), ids, beside=0.7), walking(), PEOPLE)
    assert identities.actor_of == {}
    assert (identities.invented, identities.missed, identities.present) == (10, 30, 30)


def test_an_id_that_is_new_outside_the_gate_is_no_switch_but_the_same_person() -> None:
    left = person("ann", None, int(STAMPS[59])), *PEOPLE[1:]
    ids: dict[int, list[str | None]] = {frame: ["7f" if frame < 60 else "9e", None, None] for frame in range(FRAMES)}
    identities = who_is_who(tracked(walking(), ids), walking(), left)
    assert identities.actor_of == {"7f": "ann", "9e": "ann"}
    assert identities.switches == 0


def test_nobody_is_missed_before_the_gate_and_after_it() -> None:
    inside = person("ann", int(STAMPS[30]), int(STAMPS[59])), *PEOPLE[1:]
    ids: dict[int, list[str | None]] = {frame: [None, "2a", "c0"] for frame in range(FRAMES)}
    identities = who_is_who(tracked(walking(), ids), walking(), inside)
    assert identities.missed == 30
    assert identities.present == 30 + 2 * FRAMES


def test_two_who_meet_keep_their_ids_though_the_tracks_are_nearer_to_the_other() -> None:
    frames = walking()
    frames.joints[30:, 1, :, 1] = 0.3  # bob comes to stand beside ann
    snapshots = tracked(frames, {frame: ["7f", "2a", None] for frame in range(FRAMES)}, beside=0.0)
    for snapshot in snapshots[30:]:
        for shopper in snapshot.shoppers:  # each track is a little past the middle between them
            shopper.positions[:, 1] = 0.16 if shopper.shopper_id == "7f" else 0.14
    identities = who_is_who(snapshots, frames, PEOPLE)
    assert identities.switches == 0


def test_the_trunk_is_where_somebody_is_whatever_the_arms_do() -> None:
    joints = np.full((17, 3), np.nan)
    joints[COCO_17.index("left_hip")] = (1, 2, 0.9)
    joints[COCO_17.index("right_shoulder")] = (1, 4, 1.4)
    joints[COCO_17.index("left_wrist")] = (9, 9, 1)
    assert trunks(joints, COCO_17).tolist() == [1, 3]
    joints[:, :] = np.nan
    joints[COCO_17.index("left_wrist")] = (9, 8, 1)
    assert trunks(joints, COCO_17).tolist() == [9, 8]
