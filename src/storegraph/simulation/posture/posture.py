"""How a body moves: the joints of who walks, stands, reaches and carries.

Feet first (`gait`), hips over them (`legs`), the trunk as the hands need it (`bending`), then legs, arms (`arms`) and
head (`head`) by inverse kinematics (`limbs`). All is computed in the body's frame and turned into `map` at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from ..performance import FRAME_RATE
from ..script import Body, Hand
from .anthropometry import Segments, segments_of
from .arms import Tasks, arms_of
from .bending import PITCH, YAW, bend_to_reach, hips_of, turned_with_trunk
from .bending import reach_of as reach_of
from .bending import stand_off as stand_off
from .body_frame import into_body, into_map
from .gait import LEFT, RIGHT, ankles_of, steps_of
from .head import head_of
from .legs import hip_height_of, legs_of, sway_of
from .smoothing import smoothed

Floats = NDArray[np.float64]

CHEST_TURN, LEAN = 0.10, 0.05
"""Radians for a step as long as the leg: the chest turns against the hips, and the trunk leans ahead."""

FARTHEST = 0.5
"""Share of the stature, a little more than the farthest reach: a hand with a target beyond goes in its direction."""


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
    """COCO-17 in `map`, metres, shape [T, 17, 3].

    A hand that is fully engaged is at its target wherever that is within reach (`reach_of`).
    """
    segments, heading = segments_of(body), np.unwrap(motion.heading)
    steps = steps_of(segments, motion.place, heading, motion.walked)
    ankles = into_body(ankles_of(segments, steps, len(motion.place)), motion.place, heading)
    stride = smoothed((ankles[:, LEFT, 0] - ankles[:, RIGHT, 0]) / segments.leg)
    sway = sway_of(body, segments, ankles)
    ankles -= sway[:, None, :]
    tasks = _tasks(segments, motion, heading, sway)

    height = hip_height_of(segments, ankles)
    bend = bend_to_reach(segments, height, _usual_bend(stride, tasks), tasks.targets, tasks.engaged)
    hips = hips_of(segments, bend, height)
    chest = hips + turned_with_trunk(bend, np.array([[0.0, 0.0, segments.trunk]]))
    joints = legs_of(segments, ankles, hips, stride, bend)
    knees: dict[Hand, Floats] = {"left": joints["left_knee"], "right": joints["right_knee"]}
    joints |= arms_of(segments, chest, knees, stride, bend, tasks)
    joints |= head_of(segments, chest, heading, bend, tasks)
    points = np.stack([joints[name] for name in COCO_17], axis=1) + sway[:, None, :]
    return into_map(points, motion.place, heading)


def footfalls_of(body: Body, motion: Motion) -> Floats:
    """When and where the feet come down: seconds from the first frame, x, y in `map`, metres, shape [K, 3]."""
    steps = steps_of(segments_of(body), motion.place, np.unwrap(motion.heading), motion.walked)
    seen = (steps.land >= 0) & (steps.land <= (len(motion.place) - 1) / FRAME_RATE)
    return np.column_stack((steps.land, steps.place))[seen]


def _tasks(segments: Segments, motion: Motion, heading: Floats, sway: Floats) -> Tasks:
    """What the hands have to do, in the frame of the swaying body."""
    targets: dict[Hand, Floats] = {}
    engaged: dict[Hand, Floats] = {}
    for hand, wrists in motion.wrists.items():
        known = np.isfinite(wrists.sum(axis=1))
        engaged[hand] = np.where(known, motion.engaged[hand], 0.0)
        target = into_body(np.where(known[:, None], wrists, 0.0)[:, None], motion.place, heading)[:, 0] - sway
        away = np.hypot(target[:, 0], target[:, 1])
        target[:, :2] *= np.minimum(1.0, FARTHEST * segments.stature / np.maximum(away, 1e-9))[:, None]
        targets[hand] = target
    return Tasks(targets, engaged, motion.carrying)


def _usual_bend(stride: Floats, tasks: Tasks) -> Floats:
    """How who walks is bent, shape [T, 4]; less while a hand is engaged."""
    free = 1 - np.maximum(tasks.engaged["left"], tasks.engaged["right"])
    bend = np.zeros((len(stride), 4))
    bend[:, PITCH] = LEAN * np.abs(stride) * free
    bend[:, YAW] = CHEST_TURN * stride * free
    return bend
