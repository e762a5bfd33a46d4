"""The head, which looks where one goes, and at what the hands do; in the body's frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..performance import FRAME_RATE
from .anthropometry import Segments
from .arms import Tasks
from .bending import PITCH, YAW, turned_with_trunk
from .body_frame import turned
from .smoothing import smoothed

Floats = NDArray[np.float64]

NECK = 0.4
"""Where the head turns: share of the way from the shoulders up to the ears."""

GAZE_DOWN, WITH_TRUNK = 0.08, 0.35
"""Radians that one looks down, and how much of the trunk's lean the head keeps."""

LEADS = 0.25
"""Seconds by which the head is ahead of the body in a turn (Grasso et al., Eye-head coordination for the steering of
locomotion in humans, Neuroscience Letters 253, 1998)."""

MOST_YAW, LEAST_PITCH, MOST_PITCH = 1.1, -0.8, 0.6
"""How far the head turns on the trunk, and nods up and down, radians: within what necks can."""

NEAREST_AHEAD = 0.05
"""Metres: what is nearer, or behind, is looked at as if it were there, and the head does not spin."""


def head_of(segments: Segments, chest: Floats, heading: Floats, bend: Floats, tasks: Tasks) -> dict[str, Floats]:
    """Nose, eyes and ears.

    Args:
        segments: Of the body.
        chest: Middle of the shoulders, metres, shape [T, 3].
        heading: Of the body in `map`, unwrapped, radians, shape [T].
        bend: Of the body, shape [T, 4].
        tasks: Of the hands.

    Returns:
        By COCO's names, metres, shape [T, 3] each.
    """
    neck = np.array([0.0, 0.0, NECK * segments.ears_above])
    pivot = chest + turned_with_trunk(bend, neck[None])
    yaw, pitch = _gaze(pivot, heading, bend, tasks)
    nodding = np.zeros_like(bend)
    nodding[:, PITCH] = pitch
    points = _face(segments)
    face = turned(turned_with_trunk(nodding, np.array([list(points.values())]) - neck), yaw)
    return {name: pivot + face[:, index] for index, name in enumerate(points)}


def _gaze(pivot: Floats, heading: Floats, bend: Floats, tasks: Tasks) -> tuple[Floats, Floats]:
    """Where the head faces: yaw to the left and pitch down, in the body's frame, radians, shape [T]."""
    lead = round(LEADS * FRAME_RATE)
    soon = np.pad(heading, (0, lead), mode="edge")[lead:]
    yaw, pitch = smoothed(soon - heading), GAZE_DOWN + WITH_TRUNK * bend[:, PITCH]
    busy = tasks.engaged["left"] + tasks.engaged["right"]
    goods = sum(tasks.engaged[hand][:, None] * target for hand, target in tasks.targets.items())
    line = goods / np.maximum(busy, 1e-9)[:, None] - pivot
    ahead, watching = np.maximum(line[:, 0], NEAREST_AHEAD), np.minimum(busy, 1.0)
    yaw = yaw + watching * (np.arctan2(line[:, 1], ahead) - yaw)
    pitch = pitch + watching * (np.arctan2(-line[:, 2], np.hypot(ahead, line[:, 1])) - pitch)
    yaw = np.clip(yaw, bend[:, YAW] - MOST_YAW, bend[:, YAW] + MOST_YAW)
    return yaw, np.clip(pitch, bend[:, PITCH] + LEAST_PITCH, bend[:, PITCH] + MOST_PITCH)


def _face(segments: Segments) -> dict[str, tuple[float, float, float]]:
    """From the middle of the shoulders of who stands upright, metres."""
    points = {"nose": (segments.nose_ahead, 0.0, segments.nose_above)}
    for name, side in (("left", 0.5), ("right", -0.5)):
        points[f"{name}_eye"] = (segments.eyes_ahead, side * segments.eyes, segments.eyes_above)
        points[f"{name}_ear"] = (segments.ears_ahead, side * segments.ears, segments.ears_above)
    return points
