"""How a body moves: the joints of who walks, stands, reaches and carries.

Feet first (`gait`), hips above them, the trunk as the hands need it (`bending`), then arms and legs by inverse
kinematics (`limbs`). All is computed in the body's frame, x ahead, y to the left, z up, and turned into `map` at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from .anthropometry import Segments, segments_of
from .bending import PITCH, SQUAT, YAW, bend_to_reach, heels_of, hips_of, standing_height, turned_with_trunk
from .bending import reach_of as reach_of
from .bending import stand_off as stand_off
from .chance import chance
from .gait import LEFT, RIGHT, ankles_of, steps_of
from .limbs import bent
from .performance import FRAME_RATE
from .script import Body, Hand

Floats = NDArray[np.float64]

JOINT = {name: index for index, name in enumerate(COCO_17)}
SIDES: tuple[tuple[Hand, int, float], ...] = (("left", LEFT, 1.0), ("right", RIGHT, -1.0))

STRETCHED = 0.996
"""Share of its length to which a leg stretches in a step, which lowers the hips between two steps by some centimetres,
as they are in people (Winter, Biomechanics and Motor Control of Human Gait, 1991)."""

WALKING_LOWER = 0.02
"""How much lower hips are carried in walking, as a share of the stature: the knee of the standing leg is bent by 15 to
20 degrees (Winter, as above)."""

SWAY_IN_STEP = 0.02
"""How far the hips go to the standing leg, metres."""

SWAY = 0.004
"""Of who stands, metres, about the root mean square of quiet standing (Winter, Human balance and posture control during
standing and walking, Gait and Posture 3, 1995)."""

SMOOTHED = 5
"""Frames over which the hips follow the feet: a sixth of a second."""

ARM_SWING, HIP_TURN, CHEST_TURN, LEAN = 0.45, 0.12, 0.10, 0.05
"""Radians for a step as long as the leg, forth and back: arms swing by 20 degrees, hips turn with the leg by 5, the
chest against it (Murray, Drought and Kory, Walking patterns of normal men, 1964). The trunk leans ahead a little."""

HANGING_OUT, HANGING_BACK, ELBOW, ELBOW_IN_SWING = 0.12, 0.1, 0.25, 0.6
"""Radians: how far an arm hangs from the side and back, as it swings more behind than before (Murray et al., as above),
how much the elbow is bent, and how much more for each radian that the arm swings ahead."""

LOOSE = 0.975
"""Share of its length to which an arm stretches that does not reach for anything; a straight one would jerk as it
begins to bend."""

CARRIED_AHEAD, CARRIED_IN = 0.85, 0.45
"""Direction of the forearm of a hand that carries, before the belly."""

KNEE_REST = (0.05, 0.50)
"""From which squat to which an arm that has nothing to do comes to rest on the knee."""

BEYOND_KNEE = np.array([0.5, 0.0, -0.2])
"""From the knee to the wrist of an arm that lies on it, as a share of the forearm."""

FARTHEST = 0.5
"""Share of the stature, a little more than the farthest reach: a hand with a target beyond goes in its direction."""

NECK = 0.4
"""Where the head turns: share of the way from the shoulders up to the ears."""

GAZE_DOWN, HEAD_WITH_TRUNK = 0.08, 0.35
"""Radians that one looks down in walking, and how much of the trunk's lean the head keeps."""

HEAD_LEADS = 0.25
"""Seconds by which the head is ahead of the body in a turn (Grasso et al., Eye-head coordination for the steering of
locomotion, Neuroscience Letters 253, 1998)."""

HEAD_YAW, HEAD_PITCH = 1.1, (-0.8, 0.6)
"""How far the head turns on the trunk, and nods, radians."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How somebody moves, `FRAME_RATE` a second, T frames.

    Attributes:
        place: Middle of the body on the floor, metres, shape [T, 2].
        heading: Where the body faces, radians from the x axis, shape [T].
        walked: Metres walked up to there, shape [T].
        wrists: Where a hand is to be while it is engaged, shape [T, 3]; NaN where free.
        engaged: 0 where a hand is free to 1 where it is at its target, shape [T]; smooth.
        carrying: 0 where an arm hangs to 1 where it holds something before the body, shape [T].
    """

    place: Floats
    heading: Floats
    walked: Floats
    wrists: Mapping[Hand, Floats]
    engaged: Mapping[Hand, Floats]
    carrying: Mapping[Hand, Floats]


def joints_of(body: Body, motion: Motion) -> Floats:
    """COCO-17 in `map`, metres, shape [T, 17, 3]."""
    segments, frames = segments_of(body), len(motion.place)
    heading = np.unwrap(motion.heading)
    steps = steps_of(segments, motion.place, heading, motion.walked)
    ankles = _into_body(ankles_of(segments, steps, frames), motion.place, heading)
    stride = _smoothed((ankles[:, LEFT, 0] - ankles[:, RIGHT, 0]) / segments.leg)

    sway = _sway(body, segments, ankles)
    height = _hip_height(segments, ankles - sway[:, None, :])
    targets, engaged = _targets(segments, motion, heading, sway)
    free = 1 - np.maximum(engaged["left"], engaged["right"])
    usual = np.zeros((frames, 4))
    usual[:, PITCH] = LEAN * np.abs(stride) * free
    usual[:, YAW] = CHEST_TURN * stride * free
    bend = bend_to_reach(segments, height, usual, targets, engaged)

    joints = np.empty((frames, len(COCO_17), 3))
    hips = hips_of(segments, bend, height)
    chest = hips + turned_with_trunk(bend, np.array([[0.0, 0.0, segments.trunk]]))
    _place_legs(joints, segments, ankles - sway[:, None, :], hips, stride, bend)
    _place_arms(joints, segments, chest, stride, bend, motion.carrying, targets, engaged)
    _place_head(joints, segments, chest, bend, heading, targets, engaged)
    return _into_map(joints + sway[:, None, :], motion.place, heading)


def footfalls_of(body: Body, motion: Motion) -> Floats:
    """When and where the feet come down: seconds from the first frame, x, y in `map`, metres, shape [K, 3]."""
    steps = steps_of(segments_of(body), motion.place, np.unwrap(motion.heading), motion.walked)
    seen = (steps.land >= 0) & (steps.land <= (len(motion.place) - 1) / FRAME_RATE)
    return np.column_stack((steps.land, steps.place))[seen]


def _sway(body: Body, segments: Segments, ankles: Floats) -> Floats:
    """How far the body is from its place: over the standing leg, and never quite still, metres, shape [T, 3]."""
    raised = (ankles[:, :, 2] - segments.ankle_height) / (0.05 * segments.stature)
    over = _smoothed(_smoothed(raised[:, RIGHT] - raised[:, LEFT]))
    times = np.arange(len(ankles)) / FRAME_RATE
    random = chance(body.looks, "sway")
    slow, quick = random.uniform(0.15, 0.25, 2), random.uniform(0.35, 0.6, 2)
    phases = random.uniform(0.0, 2 * np.pi, (2, 2))
    quiet = np.sin(2 * np.pi * slow * times[:, None] + phases[0])
    quiet += 0.5 * np.sin(2 * np.pi * quick * times[:, None] + phases[1])
    return np.column_stack((SWAY * quiet[:, 0], SWAY * quiet[:, 1] + SWAY_IN_STEP * over, np.zeros(len(times))))


def _hip_height(segments: Segments, ankles: Floats) -> Floats:
    """As high as both legs let the hips be, metres, shape [T]; smooth, and never higher."""
    hips = np.array([[0.0, segments.hips / 2], [0.0, -segments.hips / 2]])
    apart = np.sum((ankles[:, :, :2] - hips) ** 2, axis=2)
    longest = (STRETCHED * segments.leg) ** 2
    allowed = (ankles[:, :, 2] + np.sqrt(np.maximum(longest - apart, longest / 4))).min(axis=1)
    walking = _smoothed(np.clip(np.abs(ankles[:, LEFT, 0] - ankles[:, RIGHT, 0]) / (0.3 * segments.leg), 0.0, 1.0))
    carried = np.minimum(allowed, standing_height(segments) - WALKING_LOWER * segments.stature * walking)
    reach = SMOOTHED // 2
    padded = np.pad(carried, reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, SMOOTHED).min(axis=1)
    return _smoothed(lowest)


def _targets(
    segments: Segments, motion: Motion, heading: Floats, sway: Floats
) -> tuple[dict[Hand, Floats], dict[Hand, Floats]]:
    """Where each hand is to be, in the body's frame, and how much it is engaged."""
    targets: dict[Hand, Floats] = {}
    engaged: dict[Hand, Floats] = {}
    for hand, _, _ in SIDES:
        known = np.isfinite(motion.wrists[hand].sum(axis=1))
        engaged[hand] = np.where(known, motion.engaged[hand], 0.0)
        wrists = np.where(known[:, None], motion.wrists[hand], 0.0)
        target = _into_body(wrists[:, None, :], motion.place, heading)[:, 0] - sway
        away = np.hypot(target[:, 0], target[:, 1])
        target[:, :2] *= np.minimum(1.0, FARTHEST * segments.stature / np.maximum(away, 1e-9))[:, None]
        targets[hand] = target
    return targets, engaged


def _place_legs(joints: Floats, segments: Segments, ankles: Floats, hips: Floats, stride: Floats, bend: Floats) -> None:
    turn = -HIP_TURN * stride
    # Who squats opens the knees.
    pole = np.column_stack((np.ones(len(hips)), np.zeros(len(hips)), np.zeros(len(hips))))
    for hand, foot, side in SIDES:
        across = side * segments.hips / 2 * np.column_stack((-np.sin(turn), np.cos(turn), np.zeros(len(turn))))
        ankle = ankles[:, foot].copy()
        ankle[:, 2] += heels_of(segments, bend)
        pole[:, 1] = side * (0.08 + 0.4 * np.maximum(bend[:, SQUAT], 0.0))
        hip = hips + across
        knee, ankle = bent(hip, ankle, segments.thigh, segments.shank, pole)
        joints[:, JOINT[f"{hand}_hip"]] = hip
        joints[:, JOINT[f"{hand}_knee"]] = knee
        joints[:, JOINT[f"{hand}_ankle"]] = ankle


def _place_arms(
    joints: Floats,
    segments: Segments,
    chest: Floats,
    stride: Floats,
    bend: Floats,
    carrying: Mapping[Hand, Floats],
    targets: Mapping[Hand, Floats],
    engaged: Mapping[Hand, Floats],
) -> None:
    resting = _smoothly((bend[:, SQUAT] - KNEE_REST[0]) / (KNEE_REST[1] - KNEE_REST[0]))
    for hand, _, side in SIDES:
        across = np.array([[0.0, side * segments.shoulders / 2, 0.0]])
        shoulder = chest + turned_with_trunk(bend, across)
        hanging = shoulder + _hanging(segments, -side * stride, side)
        carried = shoulder + _carried(segments, side)
        wrist = hanging + np.clip(carrying[hand], 0.0, 1.0)[:, None] * (carried - hanging)
        over_knee = joints[:, JOINT[f"{hand}_knee"]] + BEYOND_KNEE * segments.forearm
        wrist = wrist + (resting * (1 - np.clip(carrying[hand], 0.0, 1.0)))[:, None] * (over_knee - wrist)
        wrist = wrist + engaged[hand][:, None] * (targets[hand] - wrist)
        arm = wrist - shoulder
        longest = segments.arm * (LOOSE + (1 - LOOSE) * engaged[hand])
        arm *= np.minimum(1.0, longest / np.maximum(np.sqrt(np.einsum("ti,ti->t", arm, arm)), 1e-9))[:, None]
        pole = _elbow_side(arm, side)
        elbow, wrist = bent(shoulder, shoulder + arm, segments.upper_arm, segments.forearm, pole)
        joints[:, JOINT[f"{hand}_shoulder"]] = shoulder
        joints[:, JOINT[f"{hand}_elbow"]] = elbow
        joints[:, JOINT[f"{hand}_wrist"]] = wrist


def _hanging(segments: Segments, ahead: Floats, side: float) -> Floats:
    """From the shoulder to the wrist of an arm that hangs and swings against the leg of its side, shape [T, 3]."""
    swing = ARM_SWING * ahead - HANGING_BACK
    flexed = swing + ELBOW + ELBOW_IN_SWING * np.maximum(swing, 0.0)
    out = np.full(len(swing), side * np.sin(HANGING_OUT))
    upper = np.column_stack((np.sin(swing), out, -np.cos(swing)))
    lower = np.column_stack((np.sin(flexed), out / 4, -np.cos(flexed)))
    return segments.upper_arm * upper + segments.forearm * lower


def _carried(segments: Segments, side: float) -> Floats:
    """From the shoulder to the wrist of an arm that holds something before the body, shape [3]."""
    ahead = np.array([CARRIED_AHEAD, -side * CARRIED_IN, 0.0])
    held: Floats = segments.upper_arm * np.array([0.1, 0.0, -0.99]) + segments.forearm * ahead
    return held


def _elbow_side(arm: Floats, side: float) -> Floats:
    """To which side the elbow goes: behind an arm that hangs, below one that is stretched ahead; a little outwards."""
    hanging = np.clip(-arm[:, 2] / np.maximum(np.linalg.norm(arm, axis=1), 1e-9), 0.0, 1.0)
    return np.column_stack((-hanging, np.full(len(arm), 0.4 * side), hanging - 1))


def _place_head(
    joints: Floats,
    segments: Segments,
    chest: Floats,
    bend: Floats,
    heading: Floats,
    targets: Mapping[Hand, Floats],
    engaged: Mapping[Hand, Floats],
) -> None:
    neck = NECK * segments.ears_above
    pivot = chest + turned_with_trunk(bend, np.array([[0.0, 0.0, neck]]))
    leads = round(HEAD_LEADS * FRAME_RATE)
    soon = np.concatenate((heading[leads:], np.full(min(leads, len(heading)), heading[-1])))[: len(heading)]
    yaw, pitch = _smoothed(soon - heading), GAZE_DOWN + HEAD_WITH_TRUNK * bend[:, PITCH]
    total = engaged["left"] + engaged["right"]
    watching = np.minimum(total, 1.0)
    goods = sum(engaged[hand][:, None] * targets[hand] for hand in targets) / np.maximum(total, 1e-9)[:, None]
    line = goods - pivot
    ahead = np.maximum(line[:, 0], 0.05)
    yaw = yaw + watching * (np.arctan2(line[:, 1], ahead) - yaw)
    pitch = pitch + watching * (np.arctan2(-line[:, 2], np.hypot(ahead, line[:, 1])) - pitch)
    yaw = np.clip(yaw, bend[:, YAW] - HEAD_YAW, bend[:, YAW] + HEAD_YAW)
    pitch = np.clip(pitch, bend[:, PITCH] + HEAD_PITCH[0], bend[:, PITCH] + HEAD_PITCH[1])
    turned = np.column_stack((pitch, np.zeros(len(pitch)), np.zeros(len(pitch)), np.zeros(len(pitch))))
    points = {"nose": (segments.nose_ahead, 0.0, segments.nose_above)}
    for hand, _, side in SIDES:
        points[f"{hand}_eye"] = (segments.eyes_ahead, side * segments.eyes / 2, segments.eyes_above)
        points[f"{hand}_ear"] = (segments.ears_ahead, side * segments.ears / 2, segments.ears_above)
    face = turned_with_trunk(turned, np.array([list(points.values())]) - np.array([0.0, 0.0, neck]))
    joints[:, [JOINT[name] for name in points]] = pivot[:, None, :] + _turned(face, yaw)


def _into_map(points: Floats, place: Floats, heading: Floats) -> Floats:
    turned = _turned(points, heading)
    turned[..., :2] += place[:, None, :]
    return turned


def _into_body(points: Floats, place: Floats, heading: Floats) -> Floats:
    moved = points.copy()
    moved[..., :2] -= place[:, None, :]
    return _turned(moved, -heading)


def _turned(points: Floats, angle: Floats) -> Floats:
    """Points [T, N, 3] turned about z by angles [T]."""
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack((cosine * x - sine * y, sine * x + cosine * y, z), axis=-1)


def _smoothed(values: Floats) -> Floats:
    """Mean over `SMOOTHED` frames, shape [T]."""
    padded = np.pad(values, SMOOTHED // 2, mode="edge")
    return np.convolve(padded, np.full(SMOOTHED, 1 / SMOOTHED), mode="valid")


def _smoothly(share: Floats) -> Floats:
    share = np.clip(share, 0.0, 1.0)
    return share**2 * (3 - 2 * share)
