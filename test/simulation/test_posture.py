"""Bodies walk, stand, reach and carry as people do, whatever their size."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storegraph.observations import COCO_17
from storegraph.simulation.performance import FRAME_RATE
from storegraph.simulation.posture.anthropometry import segments_of
from storegraph.simulation.posture.posture import Motion, footfalls_of, joints_of, reach_of, stand_off
from storegraph.simulation.script import Body, Hand

Floats = NDArray[np.float64]

JOINT = {name: index for index, name in enumerate(COCO_17)}
MIRROR = [JOINT[name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")] for name in COCO_17]
HEAD = [JOINT[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
ADULT = Body(stature=1.75, build=1.0, age=35.0, looks=1)
CHILD = Body(stature=1.05, build=1.0, age=5.0, looks=2)

bodies = st.builds(
    Body,
    stature=st.floats(1.0, 2.0),
    build=st.floats(0.7, 1.5),
    age=st.floats(4.0, 90.0),
    looks=st.integers(0, 1000),
)
angles = st.floats(-math.pi, math.pi)
hands = st.sampled_from(("left", "right"))


def ease(times: Floats, begin: float, end: float) -> Floats:
    """From 0 to 1 with minimum jerk."""
    share = np.clip((times - begin) / (end - begin), 0.0, 1.0)
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))


def moving(
    place: Floats,
    heading: Floats | float = 0.0,
    targets: Mapping[Hand, Floats] | None = None,
    engaged: Floats | float = 0.0,
    carrying: float = 0.0,
) -> Motion:
    """A motion along these places; the hands with targets reach for them together."""
    frames, targets = len(place), targets or {}
    walked = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))))
    wrists: dict[Hand, Floats] = {"left": np.full((frames, 3), np.nan), "right": np.full((frames, 3), np.nan)}
    for hand, target in targets.items():
        wrists[hand][:] = target
    return Motion(
        place,
        np.broadcast_to(heading, (frames,)),
        walked,
        wrists,
        {hand: np.broadcast_to(engaged if hand in targets else 0.0, (frames,)) for hand in wrists},
        {hand: np.full(frames, carrying) for hand in wrists},
    )


def walking(speed: float, seconds: float = 8.0, heading: float = 0.0) -> Motion:
    """Sets out after half a second, walks, and stands for the last two."""
    times = np.arange(round(seconds * FRAME_RATE)) / FRAME_RATE
    pace = speed * (ease(times, 0.5, 1.5) - ease(times, seconds - 3.0, seconds - 2.0))
    way = np.concatenate(([0.0], np.cumsum(pace[1:]) / FRAME_RATE))
    return moving(way[:, None] * [math.cos(heading), math.sin(heading)], heading)


def reaching(body: Body, hand: Hand, target: Floats, place: Floats, heading: float = 0.0) -> Motion:
    """Stands, reaches from 0.5 s to 1.2 s, stays there and comes back."""
    times = np.arange(90) / FRAME_RATE
    engaged = ease(times, 0.5, 1.2) - ease(times, 2.0, 2.7)
    return moving(np.tile(place, (len(times), 1)), heading, {hand: target}, engaged)


def before(place: Floats, heading: float, distance: float, aside: float, height: float) -> Floats:
    """A point so far from somebody, so many radians to the left of where they face."""
    return np.array([
        place[0] + distance * math.cos(heading + aside), place[1] + distance * math.sin(heading + aside), height
    ])  # fmt: skip


def apart(joints: Floats, one: str, other: str) -> Floats:
    return np.asarray(np.linalg.norm(joints[:, JOINT[one]] - joints[:, JOINT[other]], axis=1))


def middle(joints: Floats, kind: str) -> Floats:
    return np.asarray((joints[:, JOINT[f"left_{kind}"]] + joints[:, JOINT[f"right_{kind}"]]) / 2)


@settings(max_examples=60, deadline=None)
@given(bodies, hands, angles, st.floats(0.05, 1.7), st.floats(0.3, 1.0), st.floats(-0.1, 0.5))
def test_a_hand_within_reach_is_where_it_has_to_be(
    body: Body, hand: Hand, heading: float, height: float, share: float, aside: float
) -> None:
    farthest = reach_of(body, height)
    if farthest < 0.3 * body.stature:
        return  # so far up that only what is overhead could be reached
    place, side = np.array([2.0, -1.0]), 1.0 if hand == "left" else -1.0
    target = before(place, heading, share * farthest, side * aside, height)
    joints = joints_of(body, reaching(body, hand, target, place, heading))
    wrist = joints[40:58, JOINT[f"{hand}_wrist"]]
    assert np.linalg.norm(wrist - target, axis=1).max() < 0.001


@settings(max_examples=30, deadline=None)
@given(bodies, st.floats(0.3, 1.2), st.floats(0.0, 0.4))
def test_both_hands_reach_at_once_up_to_the_crown(body: Body, height: float, between: float) -> None:
    distance = stand_off(body, height)
    if height > 0.95 * body.stature or distance > reach_of(body, height):
        return  # above the crown the trunk can turn for one hand only: both are up to a centimetre short there
    targets: dict[Hand, Floats] = {
        "left": np.array([distance, between / 2, height]),
        "right": np.array([distance, -between / 2, height]),
    }
    joints = joints_of(body, moving(np.zeros((30, 2)), 0.0, targets, 1.0))
    for hand, target in targets.items():
        assert np.linalg.norm(joints[:, JOINT[f"{hand}_wrist"]] - target, axis=1).max() < 0.001


@settings(max_examples=30, deadline=None)
@given(bodies, hands, st.floats(0.0, 1.7), st.floats(0.2, 1.4), st.floats(0.0, 1.6))
def test_bones_keep_their_lengths_whatever_is_done(
    body: Body, hand: Hand, height: float, distance: float, speed: float
) -> None:
    segments = segments_of(body)
    for motion in (walking(speed), reaching(body, hand, np.array([distance, 0.1, height]), np.zeros(2))):
        joints = joints_of(body, motion)
        for side in ("left", "right"):
            for one, other, length in (
                ("hip", "knee", segments.thigh),
                ("knee", "ankle", segments.shank),
                ("shoulder", "elbow", segments.upper_arm),
                ("elbow", "wrist", segments.forearm),
            ):
                assert apart(joints, f"{side}_{one}", f"{side}_{other}") == pytest.approx(length, abs=1e-6)
        trunk = np.linalg.norm(middle(joints, "shoulder") - middle(joints, "hip"), axis=1)
        assert trunk == pytest.approx(segments.trunk, abs=1e-6)
        head = np.linalg.norm(joints[:, HEAD, None] - joints[:, None, HEAD], axis=3)
        assert np.abs(head - head[0]).max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(bodies, hands, st.floats(0.0, 1.7), st.floats(0.2, 1.4))
def test_nothing_is_below_the_floor_and_who_cannot_reach_holds_still(
    body: Body, hand: Hand, height: float, distance: float
) -> None:
    target = np.array([distance, 0.1, max(height, 0.08)])
    joints = joints_of(body, reaching(body, hand, target, np.zeros(2)))
    assert np.isfinite(joints).all()
    assert joints[..., 2].min() > 0.045
    assert np.linalg.norm(np.diff(joints[40:58], axis=0), axis=2).max() * FRAME_RATE < 0.2


@settings(max_examples=30, deadline=None)
@given(bodies, hands, st.floats(0.05, 1.7), st.floats(0.3, 1.0), st.floats(-0.3, 0.5), st.floats(0.0, 1.6))
def test_nothing_is_hurled(body: Body, hand: Hand, height: float, share: float, aside: float, speed: float) -> None:
    distance, side = share * reach_of(body, height), 1.0 if hand == "left" else -1.0
    target = before(np.zeros(2), 0.0, distance, side * aside, height)
    motions = [walking(speed)]
    if distance > 0.1 * body.stature:
        motions.append(reaching(body, hand, target, np.zeros(2)))
    for motion in motions:
        joints = joints_of(body, motion)
        assert np.linalg.norm(np.diff(joints, axis=0), axis=2).max() * FRAME_RATE < 6.0


@settings(max_examples=30, deadline=None)
@given(bodies, st.floats(0.2, 1.6), angles)
def test_a_foot_on_the_floor_does_not_slide(body: Body, speed: float, heading: float) -> None:
    joints = joints_of(body, walking(speed, heading=heading))
    for ankle in joints[:, [JOINT["left_ankle"], JOINT["right_ankle"]]].swapaxes(0, 1):
        down = ankle[:, 2] < segments_of(body).ankle_height + 0.001
        assert down.mean() > 0.5
        for stance in np.split(np.arange(len(down)), np.flatnonzero(np.diff(down)) + 1):
            if down[stance[0]]:
                assert np.linalg.norm(ankle[stance, :2] - ankle[stance[0], :2], axis=1).max() < 0.02


@settings(max_examples=20, deadline=None)
@given(bodies, st.floats(0.3, 1.6))
def test_who_stops_stands_with_the_feet_side_by_side(body: Body, speed: float) -> None:
    motion = walking(speed)
    ankles = joints_of(body, motion)[-1, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    assert ankles[:, 0] == pytest.approx(np.full(2, motion.place[-1, 0]), abs=0.03)
    assert ankles[0, 1] - ankles[1, 1] == pytest.approx(0.11 * body.stature, abs=0.03)
    assert ankles[:, 2] == pytest.approx(np.full(2, segments_of(body).ankle_height))


def test_footfalls_alternate_and_are_where_the_ankles_come_down() -> None:
    motion = walking(1.2)
    footfalls, joints = footfalls_of(ADULT, motion), joints_of(ADULT, motion)
    assert (np.sign(footfalls[1:, 2]) == -np.sign(footfalls[:-1, 2])).all()
    assert (np.diff(footfalls[:, 0]) > 0).all()
    for time, x, y in footfalls:
        frame = math.ceil(time * FRAME_RATE)
        ankle = joints[frame, JOINT["left_ankle"] if y > 0 else JOINT["right_ankle"]]
        assert ankle[:2] == pytest.approx([x, y], abs=0.001)


def test_who_walks_in_is_in_the_middle_of_a_step_in_the_first_frame() -> None:
    frames = 30
    motion = moving(np.linspace(0.0, 1.3, frames)[:, None] * [1.0, 0.0])
    ankles = joints_of(ADULT, motion)[:, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    assert abs(ankles[0, 0, 0] - ankles[0, 1, 0]) > 0.05 or abs(ankles[0, 0, 2] - ankles[0, 1, 2]) > 0.03
    footfalls = footfalls_of(ADULT, motion)
    assert 1 <= len(footfalls) <= 2
    assert ((footfalls[:, 0] >= 0) & (footfalls[:, 0] <= (frames - 1) / FRAME_RATE)).all()


def test_steps_are_as_long_as_measured_of_people() -> None:
    """0.7 m and 1.85 a second at 1.3 m/s; of children shorter and quicker."""
    adult = footfalls_of(ADULT, walking(1.3, 12.0))
    child = footfalls_of(CHILD, walking(1.3, 12.0))
    assert np.median(np.diff(adult[:, 1])) == pytest.approx(0.70, abs=0.03)
    assert 1 / np.median(np.diff(adult[:, 0])) == pytest.approx(1.85, abs=0.1)
    assert np.median(np.diff(child[:, 1])) < 0.5


def test_hips_rise_and_fall_and_knees_bend_in_walking() -> None:
    """By 4 to 5 cm at 1.3 m/s, and from 5 to 65 degrees (Winter)."""
    joints = joints_of(ADULT, walking(1.3, 12.0))[90:240]
    assert 0.035 < np.ptp(middle(joints, "hip")[:, 2]) < 0.06
    thigh = joints[:, JOINT["left_knee"]] - joints[:, JOINT["left_hip"]]
    shank = joints[:, JOINT["left_ankle"]] - joints[:, JOINT["left_knee"]]
    cosine = np.einsum("ti,ti->t", thigh, shank) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
    bent = np.degrees(np.arccos(cosine))
    assert bent.min() < 20
    assert 50 < bent.max() < 75


def test_arms_swing_against_the_legs() -> None:
    motion = walking(1.3, 12.0)
    joints = (joints_of(ADULT, motion) - [[[1.0, 0.0, 0.0]]] * motion.place[:, :1, None])[90:240]
    ahead = {name: joints[:, JOINT[name], 0] for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle")}
    assert np.corrcoef(ahead["left_wrist"], ahead["right_ankle"])[0, 1] > 0.8
    assert np.corrcoef(ahead["left_wrist"], ahead["left_ankle"])[0, 1] < -0.8
    assert 0.2 < np.ptp(ahead["left_wrist"]) < 0.6


def test_who_turns_on_the_spot_steps_and_faces_the_other_way() -> None:
    times = np.arange(90) / FRAME_RATE
    motion = moving(np.zeros((90, 2)), math.pi * ease(times, 0.5, 1.7))
    joints = joints_of(ADULT, motion)
    assert 3 <= len(footfalls_of(ADULT, motion)) <= 6
    assert joints[-1, JOINT["left_ankle"], 1] < 0 < joints[-1, JOINT["right_ankle"], 1]
    assert np.linalg.norm(joints[:, [15, 16], :2], axis=2).max() < 0.35


@settings(max_examples=20, deadline=None)
@given(bodies, st.floats(0.1, 1.2), angles, st.floats(-5, 5), st.floats(-5, 5))
def test_a_body_moves_alike_wherever_it_is_and_wherever_it_faces(
    body: Body, height: float, heading: float, x: float, y: float
) -> None:
    distance = 0.5 * reach_of(body, height)
    place = np.array([x, y])
    here = joints_of(body, reaching(body, "right", before(np.zeros(2), 0.0, distance, 0.2, height), np.zeros(2)))
    there = joints_of(body, reaching(body, "right", before(place, heading, distance, 0.2, height), place, heading))
    cosine, sine = math.cos(heading), math.sin(heading)
    turned = here @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]]) + [x, y, 0.0]
    assert np.abs(turned - there).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(bodies, st.floats(0.1, 1.4), st.floats(-0.2, 0.4))
def test_left_and_right_are_alike_but_for_the_sway(body: Body, height: float, aside: float) -> None:
    distance = 0.7 * reach_of(body, height)
    left = joints_of(body, reaching(body, "left", np.array([distance, aside, height]), np.zeros(2)))
    right = joints_of(body, reaching(body, "right", np.array([distance, -aside, height]), np.zeros(2)))
    assert np.abs(left[:, MIRROR] * [1, -1, 1] - right).max() < 0.06


def test_who_takes_from_a_low_shelf_squats_and_leans_and_looks_there() -> None:
    target = np.array([stand_off(ADULT, 0.2), -0.1, 0.2])
    joints = joints_of(ADULT, reaching(ADULT, "right", target, np.zeros(2)))
    standing, low = joints[0], joints[50]
    hips, knees = [JOINT["left_hip"], JOINT["right_hip"]], [JOINT["left_knee"], JOINT["right_knee"]]
    assert standing[hips, 2].mean() - low[hips, 2].mean() > 0.3
    assert low[knees, 0].mean() - standing[knees, 0].mean() > 0.1
    assert low[JOINT["nose"], 0] - standing[JOINT["nose"], 0] > 0.2
    ears = (low[JOINT["left_ear"]] + low[JOINT["right_ear"]]) / 2
    sight, line = low[JOINT["nose"]] - ears, target - ears
    assert sight @ line / np.linalg.norm(sight) / np.linalg.norm(line) > math.cos(math.radians(35))
    # Nobody's head is inside the shelf.
    assert low[HEAD, 0].max() < target[0]


def test_who_takes_from_a_shelf_at_the_chest_stays_upright() -> None:
    target = np.array([stand_off(ADULT, 1.25), -0.1, 1.25])
    joints = joints_of(ADULT, reaching(ADULT, "right", target, np.zeros(2)))
    lean = (middle(joints, "shoulder") - middle(joints, "hip"))[50]
    assert math.degrees(math.acos(lean[2] / np.linalg.norm(lean))) < 10


def test_who_carries_holds_it_before_the_body_at_the_height_of_the_elbow() -> None:
    joints = joints_of(ADULT, moving(np.zeros((10, 2)), carrying=1.0))
    for side in ("left", "right"):
        shoulder, elbow, wrist = (joints[-1, JOINT[f"{side}_{name}"]] for name in ("shoulder", "elbow", "wrist"))
        assert wrist[2] == pytest.approx(elbow[2], abs=0.06)
        assert wrist[0] - shoulder[0] > 0.15


def test_who_stands_is_never_quite_still() -> None:
    joints = joints_of(ADULT, moving(np.zeros((300, 2))))
    nose = joints[:, JOINT["nose"], :2]
    assert 0.002 < nose.std(axis=0).max() < 0.01
    assert np.linalg.norm(np.diff(nose, axis=0), axis=1).max() * FRAME_RATE < 0.05


@settings(max_examples=40, deadline=None)
@given(bodies, st.floats(0.05, 2.2))
def test_people_stand_where_they_reach_the_goods_at_ease_if_they_can_at_all(body: Body, height: float) -> None:
    farthest, distance = reach_of(body, height), stand_off(body, height)
    assert 0.18 * body.stature <= distance <= 0.3 * body.stature + 1e-9
    if farthest > 0.25 * body.stature:
        assert distance < farthest


def test_reach_grows_with_the_body_and_ends_above_the_head() -> None:
    assert reach_of(CHILD, 0.6) < reach_of(ADULT, 0.6) < ADULT.stature / 2
    assert reach_of(CHILD, 1.35) == 0.0
    assert reach_of(ADULT, 1.7) > 0.4
    assert reach_of(ADULT, 2.4) == 0.0


def test_proportions_are_those_that_are_measured_and_children_have_larger_heads_and_shorter_legs() -> None:
    """Winter, Biomechanics and Motor Control of Human Movement, figure 4.1, as shares of the stature."""
    adult, child = segments_of(ADULT), segments_of(CHILD)
    measured = {"shank": 0.246, "thigh": 0.245, "trunk": 0.288, "upper_arm": 0.186, "forearm": 0.146}
    for name, share in measured.items():
        assert getattr(adult, name) / adult.stature == pytest.approx(share, abs=0.03)
    assert child.ears / child.stature > 1.2 * adult.ears / adult.stature
    assert child.leg / child.stature < 0.96 * adult.leg / adult.stature


def test_a_single_frame_is_a_body_that_stands() -> None:
    joints = joints_of(CHILD, moving(np.array([[1.0, 2.0]])))
    assert joints.shape == (1, 17, 3)
    assert joints[0, HEAD, 2].max() < CHILD.stature
    assert len(footfalls_of(CHILD, moving(np.array([[1.0, 2.0]])))) == 0
