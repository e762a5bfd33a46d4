"""How trunk and legs bend so that a hand gets to its target.

The frame is the body's: x ahead, y to the left, z up, origin on the floor below the middle of the hips of who stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..script import Body, Hand
from .anthropometry import Segments, segments_of
from .limbs import STRAIGHTEST

Floats = NDArray[np.float64]

PITCH, SQUAT, YAW, ROLL = range(4)
"""What a bend is made of: the trunk leans ahead, turns to the left and leans to the right, radians; the legs shorten by
a share of their length. Squatting less than 0 is standing on tiptoe."""

LEAST = np.array([-0.05, -0.07, -0.6, -0.35])
MOST = np.array([1.5, 0.5, 0.6, 0.35])
"""How far a body bends. The hips of who squats by 0.5 are about as high as the knees."""

EASE = np.array([1.0, 0.0, 0.4, 0.12])
"""How much of each goes into a reach: first values, by eye, for what people at shelves look like."""

SQUAT_BELOW, SQUAT_WITHIN, SQUAT_EASE = 0.27, 0.05, 0.4
"""People squat for what lies below the knees, from 0.27 of their stature down, rather than stoop. First values, by
eye."""

TIPTOE_ABOVE, TIPTOE_EASE = 0.85, 0.2
"""Above the shoulders they rise on their toes."""

COMFORT = 0.93
"""Share of the arm's length at which people reach: the elbow stays bent by 40 degrees."""

STANDING = 0.993
"""Share of the leg's length from ankle to hip of who stands: the knees are not locked."""

BALANCE = 0.35
"""How far the hips move back when the shoulders come ahead, as a share of the way of the shoulders from the hips. With
0.5 the centre of mass would stay where it is (head, arms and trunk have 0.68 of the mass, at 0.63 of the trunk; Winter,
Biomechanics and Motor Control of Human Movement, 4th ed., table 4.1); so it comes ahead by at most 0.07 m, over the
toes."""

SITTING_BACK = 0.15
"""How far the hips move back in squatting, as a share of how much the legs shorten."""

LONGEST_STEP = 0.2
"""Radians, and shares of the leg, of one Newton step: a longer one could go past the nearest the hand gets."""

ROUNDS = 10
"""Newton steps; half of them are enough but near the limits of the reach."""

NUDGE = 1e-4
"""Radians, and shares of the leg, by which slopes are measured: numbers of 16 digits leave 1e-12 m of it."""

CURVATURE = 0.5
"""Second derivative of the distance from shoulder to target by the lean, in lengths of the trunk."""

MARGIN = 0.97
"""Share of the farthest reach that is promised: straight ahead is easier than a little aside, or between two steps."""

NEAR_LOW, NEAR_HIGH = (0.15, 0.30), (0.45, 0.27)
"""Height of the goods and distance from them, as shares of the stature. An adult stands 0.47 m before goods above the
hips, with the ears 0.40 m before them (the head of the one shopper of AutoCheckout BENCHMARK-1: 0.45 m); farther from
low goods, as the knees need room."""

AT_EASE = 0.9
"""Share of the reach that people use before they step nearer."""

CLOSEST = 0.18
"""Share of the stature: nobody stands nearer, half as deep as a trunk and some room."""


def standing_height(segments: Segments) -> float:
    """Of the hips above the floor, metres."""
    return segments.ankle_height + STANDING * segments.leg


def hips_of(segments: Segments, bend: Floats, height: Floats) -> Floats:
    """The middle of the hips, metres, shape [T, 3].

    Args:
        segments: Of the body.
        bend: Shape [T, 4].
        height: Of the hips unbent, metres, shape [T].
    """
    pitch, squat = bend[:, PITCH], bend[:, SQUAT]
    back = BALANCE * segments.trunk * np.sin(pitch) + SITTING_BACK * segments.leg * np.maximum(squat, 0.0)
    length = (height - segments.ankle_height) * (1 - np.maximum(squat, 0.0))
    raised = segments.ankle_height + heels_of(segments, bend)
    up = raised + np.sqrt(np.maximum(length**2 - back**2, 0.0))
    return np.column_stack((-back, np.zeros_like(back), up))


def heels_of(segments: Segments, bend: Floats) -> Floats:
    """How high the heels are above the floor, metres, shape [T]."""
    raised: Floats = segments.leg * np.maximum(-bend[:, SQUAT], 0.0)
    return raised


def turned_with_trunk(bend: Floats, vectors: Floats) -> Floats:
    """Vectors of an upright trunk, shape [T, ..., 3] or what broadcasts to it, turned as it is bent."""
    many = (slice(None),) + (None,) * (vectors.ndim - 2)
    sines, cosines = np.sin(bend), np.cos(bend)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    sine, cosine = sines[:, YAW][many], cosines[:, YAW][many]
    x, y = cosine * x - sine * y, sine * x + cosine * y
    sine, cosine = sines[:, PITCH][many], cosines[:, PITCH][many]
    x, z = cosine * x + sine * z, cosine * z - sine * x
    sine, cosine = sines[:, ROLL][many], cosines[:, ROLL][many]
    y, z = cosine * y + sine * z, cosine * z - sine * y
    return np.stack((x, y, z), axis=-1)


def bend_to_reach(
    segments: Segments,
    height: Floats,
    usual: Floats,
    targets: Mapping[Hand, Floats],
    engaged: Mapping[Hand, Floats],
) -> Floats:
    """The least bend that brings the shoulder of every engaged hand near enough to its target.

    Newton steps on each arm's lack of length in turn, weighted by how easily people bend so (damped least squares with
    one constraint, as in Nakamura and Hanafusa, Inverse kinematic solutions with singularity robustness, 1986).

    Args:
        segments: Of the body.
        height: Of the hips unbent, metres, shape [T].
        usual: The bend without a target, shape [T, 4].
        targets: Of the wrists, metres, shape [T, 3]; anything where a hand is free.
        engaged: 0 where a hand is free to 1 where it has to be at its target, shape [T].

    Returns:
        Shape [T, 4].
    """
    bend = usual.copy()
    busy = {hand: np.flatnonzero(share > 0) for hand, share in engaged.items()}
    allowed, ease = {}, {}
    for hand, frames in busy.items():
        distance = _distance(segments, bend[frames], height[frames], targets[hand][frames], hand)
        lacking = np.maximum(distance - COMFORT * segments.arm, 0.0)
        allowed[hand] = COMFORT * segments.arm + (1 - engaged[hand][frames]) * lacking
        ease[hand] = _ease(segments, targets[hand][frames])
    for _ in range(ROUNDS):
        for hand, frames in busy.items():
            if frames.size:
                step = _step(
                    segments, bend[frames], height[frames], targets[hand][frames], hand, allowed[hand], ease[hand]
                )
                bend[frames] = np.clip(bend[frames] + step, LEAST, MOST)
    return bend


def _ease(segments: Segments, targets: Floats) -> Floats:
    """How much of each kind of bending goes into a reach for these targets, shape [T, 4]."""
    share = targets[:, 2] / segments.stature
    ease = np.tile(EASE, (len(targets), 1))
    ease[:, SQUAT] = SQUAT_EASE / (1 + np.exp((share - SQUAT_BELOW) / SQUAT_WITHIN))
    ease[:, SQUAT] += TIPTOE_EASE / (1 + np.exp((TIPTOE_ABOVE - share) / SQUAT_WITHIN))
    return ease


def _distance(segments: Segments, bend: Floats, height: Floats, targets: Floats, hand: Hand) -> Floats:
    """From the shoulder to the target, metres, shape [T]."""
    side = segments.shoulders / 2 if hand == "left" else -segments.shoulders / 2
    shoulder = hips_of(segments, bend, height) + turned_with_trunk(bend, np.array([[0.0, side, segments.trunk]]))
    distance: Floats = np.linalg.norm(targets - shoulder, axis=1)
    return distance


def _step(
    segments: Segments, bend: Floats, height: Floats, targets: Floats, hand: Hand, allowed: Floats, ease: Floats
) -> Floats:
    """What comes to the bend in one Newton step, shape [T, 4]."""
    nudged = (bend + np.concatenate((np.zeros((1, 1, 4)), NUDGE * np.eye(4)[:, None]))).reshape(-1, 4)
    distances = _distance(segments, nudged, np.tile(height, 5), np.tile(targets, (5, 1)), hand).reshape(5, -1)
    distance, slope = distances[0], (distances[1:] - distances[0]).T / NUDGE
    spent = np.where(slope < 0, bend >= MOST, bend <= LEAST)
    eased = np.where(spent, 0.0, ease) * slope
    lacking = np.maximum(distance - allowed, 0.0)
    # What is lacking times the curvature keeps who reaches for something out of reach from twitching about the nearest.
    steepness = np.einsum("ti,ti->t", eased, slope) + CURVATURE * segments.trunk * lacking + 1e-6
    step: Floats = -(lacking / steepness)[:, None] * eased
    return np.clip(step, -LONGEST_STEP, LONGEST_STEP)


@lru_cache(maxsize=4096)
def reach_of(body: Body, height: float) -> float:
    """The farthest horizontal distance ahead of the middle of a standing body at which its wrists get to a height.

    Args:
        body: Whose.
        height: Above the floor, metres.

    Returns:
        Metres, 0 where they do not get there at all. It is promised up to half a radian to the side of the hand.
    """
    segments = segments_of(body)
    distances = np.arange(0.0, 0.55 * segments.stature, 0.01)
    targets = np.column_stack((distances, np.zeros_like(distances), np.full_like(distances, height)))
    hips = np.full(len(distances), standing_height(segments))
    engaged: dict[Hand, Floats] = {"right": np.ones(len(distances))}
    bend = bend_to_reach(segments, hips, np.zeros((len(distances), 4)), {"right": targets}, engaged)
    reached = _distance(segments, bend, hips, targets, "right") <= STRAIGHTEST * segments.arm
    return MARGIN * float(distances[reached].max(initial=0.0))


def stand_off(body: Body, height: float) -> float:
    """How far before the front of goods people stand to take them at ease.

    Args:
        body: Whose.
        height: Of the hand at the goods, above the floor, metres.

    Returns:
        Metres from the goods' front, where the wrist is, to the middle of the body.
    """
    heights, distances = zip(NEAR_LOW, NEAR_HIGH, strict=True)
    share = float(np.interp(height / body.stature, heights, distances))
    return min(share * body.stature, max(AT_EASE * reach_of(body, height), CLOSEST * body.stature))
