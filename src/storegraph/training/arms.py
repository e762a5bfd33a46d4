"""Arms that hang and arms that reach, in a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from .dataset import People
from .targets import SEEN, SURE

Floats = NDArray[np.float64]

SHOULDERS, ELBOWS, WRISTS, HIPS = (
    [COCO_17.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "elbow", "wrist", "hip")
)

TURNED = 60.0
"""Degrees between forearm and trunk in the picture from which a forearm does not hang: in walking it comes 56 ahead
(`simulation/posture/arms.py`: swing 0.45, elbow 0.25 + 0.6 x 0.45 radians), who reaches or carries turns it further."""

SHORT = 0.06
"""Length from which a forearm has a direction in the picture, as a share of the person's size: two fifths of
what it is when seen from the side."""


def forearms_turned(points: Floats, size: float) -> Floats:
    """Whether the left and the right forearm is turned away from the trunk, in the picture.

    Args:
        points: Of somebody's joints, pixels, shape [17, 2].
        size: Of their box, pixels.

    Returns:
        1 where it is turned, -1 where it hangs, 0 where that cannot be told; shape [2].
    """
    forearms = points[WRISTS] - points[ELBOWS]
    trunk = points[HIPS].mean(axis=0) - points[SHOULDERS].mean(axis=0)
    length = np.linalg.norm(forearms, axis=1)
    along = forearms @ trunk
    turned = np.where(along < np.cos(np.radians(TURNED)) * length * np.linalg.norm(trunk), 1.0, -1.0)
    return np.where((length >= SHORT * size) & np.isfinite(along), turned, 0.0)


def who_reaches(people: People) -> NDArray[np.intp]:
    """Indices of those with a turned forearm, whose wrist nothing hides, not their own body either."""
    points = people.points.astype(np.float64)
    known = np.isfinite(points).all(axis=(1, 2))
    hidden = np.maximum(people.hidden, people.own)[:, WRISTS]
    seen = np.asarray((hidden < SEEN) & (people.score[:, WRISTS] >= SURE), bool)
    turned = np.array([forearms_turned(each, size_of(each)) > 0 for each in points], bool).reshape(-1, 2)
    return np.flatnonzero(known & (seen & turned).any(axis=1))


def size_of(points: Floats) -> float:
    """The longer side of the box around somebody's joints, shape [17, 2], pixels."""
    return float(np.ptp(points, axis=0).max())
