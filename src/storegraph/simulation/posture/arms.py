"""Arms that swing, carry, rest and reach, in the body's frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..script import Hand
from .anthropometry import Segments
from .bending import SQUAT, turned_with_trunk
from .limbs import bent
from .smoothing import eased

Floats = NDArray[np.float64]

ARM_SWING = 0.45
"""Radians for a step as long as the leg: 20 degrees to either side in walking (Murray, Drought and Kory, Walking
patterns of normal men, Journal of Bone and Joint Surgery 46-A, 1964)."""

HANGING_OUT, HANGING_BACK = 0.12, 0.10
"""How far an arm hangs from the side, and back, as it swings more behind than before (as above), radians."""

ELBOW, ELBOW_IN_SWING = 0.25, 0.6
"""How much the elbow of a hanging arm is bent, radians, and how much more for each radian that the arm swings ahead."""

LOOSE = 0.975
"""Share of its length to which an arm stretches that does not reach for anything; a straight one would jerk as it
begins to bend."""

CARRIED_UPPER, CARRIED_FORE = (0.1, 0.0, -0.99), (0.85, -0.45, 0.0)
"""Directions of upper arm and forearm of a left hand that carries something: before the belly."""

KNEE_REST = (0.05, 0.50)
"""From which squat to which an arm that has nothing to do comes to rest on the knee."""

BEYOND_KNEE = np.array([0.5, 0.0, -0.5])
"""From the knee to the wrist of an arm that lies on it, as a share of the forearm."""

ELBOWS_OUT = 0.4
"""How far outwards an elbow points, of 1 back or down."""

FOLDED, UNFOLDED = 0.5, 0.9
"""Shares of the arm's length: a hand nearer to the shoulder has its elbow at the side, not behind the back."""


@dataclass(frozen=True, slots=True, eq=False)
class Tasks:
    """What the hands have to do.

    Attributes:
        targets: Where a wrist is to be while it is engaged, metres, shape [T, 3]; anything where it is free.
        engaged: 0 where a hand is free to 1 where it is at its target, shape [T].
        carrying: 0 where an arm hangs to 1 where it holds something, shape [T].
    """

    targets: Mapping[Hand, Floats]
    engaged: Mapping[Hand, Floats]
    carrying: Mapping[Hand, Floats]


def arms_of(
    segments: Segments, chest: Floats, knees: Mapping[Hand, Floats], stride: Floats, bend: Floats, tasks: Tasks
) -> dict[str, Floats]:
    """Shoulders, elbows and wrists.

    Args:
        segments: Of the body.
        chest: Middle of the shoulders, metres, shape [T, 3].
        knees: Metres, shape [T, 3].
        stride: How far the left foot is before the right one, in lengths of the leg, shape [T].
        bend: Of the body, shape [T, 4].
        tasks: Of the hands.

    Returns:
        By COCO's names, metres, shape [T, 3] each.
    """
    joints: dict[str, Floats] = {}
    resting = eased((bend[:, SQUAT] - KNEE_REST[0]) / (KNEE_REST[1] - KNEE_REST[0]))
    sides: tuple[tuple[Hand, float], ...] = (("left", 1.0), ("right", -1.0))
    for hand, side in sides:
        engaged, carrying = tasks.engaged[hand][:, None], np.clip(tasks.carrying[hand], 0.0, 1.0)[:, None]
        shoulder = chest + turned_with_trunk(bend, np.array([[0.0, side * segments.shoulders / 2, 0.0]]))
        wrist = shoulder + _hanging(segments, -side * stride, side)
        wrist += carrying * (shoulder + _carried(segments, side) - wrist)
        wrist += resting[:, None] * (1 - carrying) * (knees[hand] + BEYOND_KNEE * segments.forearm - wrist)
        wrist += engaged * (tasks.targets[hand] - wrist)
        arm = _no_longer(wrist - shoulder, segments.arm * (LOOSE + (1 - LOOSE) * tasks.engaged[hand]))
        pole = _elbow_side(arm, side, segments.arm)
        elbow, wrist = bent(shoulder, shoulder + arm, segments.upper_arm, segments.forearm, pole)
        joints |= {f"{hand}_shoulder": shoulder, f"{hand}_elbow": elbow, f"{hand}_wrist": wrist}
    return joints


def _hanging(segments: Segments, ahead: Floats, side: float) -> Floats:
    """From the shoulder to the wrist of an arm that hangs and swings, shape [T, 3]."""
    swing = ARM_SWING * ahead - HANGING_BACK
    flexed = swing + ELBOW + ELBOW_IN_SWING * np.maximum(swing, 0.0)
    out = np.full(len(swing), side * np.sin(HANGING_OUT))
    upper = np.column_stack((np.sin(swing), out, -np.cos(swing)))
    lower = np.column_stack((np.sin(flexed), out / 4, -np.cos(flexed)))
    return segments.upper_arm * upper + segments.forearm * lower


def _carried(segments: Segments, side: float) -> Floats:
    """From the shoulder to the wrist of an arm that holds something before the body, shape [3]."""
    upper, fore = np.array(CARRIED_UPPER), np.array(CARRIED_FORE)
    held: Floats = (segments.upper_arm * upper + segments.forearm * fore) * [1.0, side, 1.0]
    return held


def _no_longer(arm: Floats, longest: Floats) -> Floats:
    """Vectors [T, 3], shortened to lengths [T] where they are longer."""
    length = np.sqrt(np.einsum("ti,ti->t", arm, arm))
    shortened: Floats = arm * np.minimum(1.0, longest / np.maximum(length, 1e-9))[:, None]
    return shortened


def _elbow_side(arm: Floats, side: float, length: float) -> Floats:
    """To which side the elbow goes, shape [T, 3].

    Behind an arm that hangs, beside one that hangs folded, below one that is stretched ahead; always a little outwards.

    Args:
        arm: From the shoulder to the wrist, metres, shape [T, 3].
        side: 1 on the left, -1 on the right.
        length: Of the stretched arm, metres.
    """
    distance = np.maximum(np.sqrt(np.einsum("ti,ti->t", arm, arm)), 1e-9)
    hanging = np.clip(-arm[:, 2] / distance, 0.0, 1.0)
    folded = 1 - eased((distance / length - FOLDED) / (UNFOLDED - FOLDED))
    out = ELBOWS_OUT + (1 - ELBOWS_OUT) * hanging * folded
    back = hanging * (1 - (1 - ELBOWS_OUT) * folded)
    return np.column_stack((-back, side * out, hanging - 1))
