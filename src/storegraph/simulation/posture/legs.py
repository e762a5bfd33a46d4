"""Hips and legs over the feet, in the body's frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..chance import chance
from ..performance import FRAME_RATE
from ..script import Body
from .anthropometry import Segments
from .bending import SQUAT, heels_of, standing_height
from .gait import LEFT, RIGHT
from .limbs import bent
from .smoothing import smoothed, smoothed_below

Floats = NDArray[np.float64]

STRETCHED = 0.996
"""Share of its length to which a leg stretches in a step. It lowers the hips between two steps."""

WALKING_LOWER = 0.02
"""How much lower hips are carried in walking, as a share of the stature: the knee of the standing leg is bent by up to
20 degrees, and the hips rise and fall by 5 cm (Winter, Biomechanics and Motor Control of Human Gait, 1991)."""

STRIDING = 0.3
"""Lengths of the leg between the feet from which on one walks."""

SWAY_IN_STEP = 0.02
"""How far the hips go over the standing leg, metres (as above)."""

HIGH_STEP = 0.05
"""Height of a lifted ankle, as a share of the stature, at which they are there."""

SWAY = 0.004
"""Of who stands, metres: about the root mean square of quiet standing (Winter, Human balance and posture control during
standing and walking, Gait and Posture 3, 1995)."""

HIP_TURN = 0.12
"""Radians that the hips turn with the leg for a step as long as it: 5 degrees to either side in walking (Murray et al.,
as in `arms`)."""

KNEES_OUT, KNEES_OUT_IN_SQUAT = 0.08, 0.4
"""How far to the side knees point, of 1 ahead; more the deeper one squats."""


def sway_of(body: Body, segments: Segments, ankles: Floats) -> Floats:
    """How far a body is from its place: over the standing leg, and never quite still.

    Args:
        body: Whose.
        segments: Of the body.
        ankles: Left and right, metres, shape [T, 2, 3].

    Returns:
        Metres, shape [T, 3].
    """
    raised = (ankles[:, :, 2] - segments.ankle_height) / (HIGH_STEP * segments.stature)
    over = smoothed(smoothed(raised[:, RIGHT] - raised[:, LEFT]))
    times = np.arange(len(ankles))[:, None] / FRAME_RATE
    random = chance(body.looks, "sway")
    slow, quick = random.uniform(0.15, 0.25, 2), random.uniform(0.35, 0.6, 2)
    phases = 2 * np.pi * random.random((2, 2))
    quiet = np.sin(2 * np.pi * slow * times + phases[0]) + 0.5 * np.sin(2 * np.pi * quick * times + phases[1])
    return np.column_stack((SWAY * quiet[:, 0], SWAY * quiet[:, 1] + SWAY_IN_STEP * over, np.zeros(len(times))))


def hip_height_of(segments: Segments, ankles: Floats) -> Floats:
    """As high as both legs let the hips of who does not bend be, metres, shape [T]."""
    hips = np.array([[0.0, segments.hips / 2], [0.0, -segments.hips / 2]])
    apart = np.sum((ankles[:, :, :2] - hips) ** 2, axis=2)
    longest = (STRETCHED * segments.leg) ** 2
    # A foot that is left behind, for the body has been shoved, does not draw the hips down below a squat.
    allowed = (ankles[:, :, 2] + np.sqrt(np.maximum(longest - apart, longest / 4))).min(axis=1)
    walking = smoothed(np.clip(np.abs(ankles[:, LEFT, 0] - ankles[:, RIGHT, 0]) / (STRIDING * segments.leg), 0.0, 1.0))
    usual = standing_height(segments) - WALKING_LOWER * segments.stature * walking
    return smoothed_below(np.minimum(allowed, usual))


def legs_of(segments: Segments, ankles: Floats, hips: Floats, stride: Floats, bend: Floats) -> dict[str, Floats]:
    """Hips, knees and ankles.

    Args:
        segments: Of the body.
        ankles: Left and right, were the heels on the floor, metres, shape [T, 2, 3].
        hips: Their middle, metres, shape [T, 3].
        stride: How far the left foot is before the right one, in lengths of the leg, shape [T].
        bend: Of the body, shape [T, 4].

    Returns:
        By COCO's names, metres, shape [T, 3] each.
    """
    joints: dict[str, Floats] = {}
    turn = -HIP_TURN * stride
    aside = np.column_stack((-np.sin(turn), np.cos(turn), np.zeros(len(turn))))
    raised = np.column_stack((np.zeros((len(turn), 2)), heels_of(segments, bend)))
    out = KNEES_OUT + KNEES_OUT_IN_SQUAT * np.maximum(bend[:, SQUAT], 0.0)
    for name, foot, side in (("left", LEFT, 1.0), ("right", RIGHT, -1.0)):
        hip = hips + side * segments.hips / 2 * aside
        pole = np.column_stack((np.ones(len(turn)), side * out, np.zeros(len(turn))))
        knee, ankle = bent(hip, ankles[:, foot] + raised, segments.thigh, segments.shank, pole)
        joints |= {f"{name}_hip": hip, f"{name}_knee": knee, f"{name}_ankle": ankle}
    return joints
