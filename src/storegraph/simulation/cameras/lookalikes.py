"""What a pose network takes for people where nobody is."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from storegraph.observations import COCO_17

from ..chance import chance
from ..performance import Floats
from .detection import JOINT_SCORE, Found, boxes_of
from .lasting import Moods
from .model import DetectionSettings
from .occlusion import both

HEIGHTS = (0.15, 0.45)
"""Of the figures, as a share of the picture's: those that people have in ceiling views."""

SLACK = 0.04
"""Standard deviation of their joints about an upright body's, as a share of their height. A first value."""

HEAT = (0.23, 0.1)
"""Mean and standard deviation of the scores of their joints. First values."""

STRENGTHS = (0.22, 0.4)
"""Scores of the figures: real people begin at 0.28 (docs/vision.md, scores)."""

_UPRIGHT = {
    "nose": (0.0, 0.93),
    "eye": (0.02, 0.95),
    "ear": (0.045, 0.94),
    "shoulder": (0.11, 0.82),
    "elbow": (0.13, 0.63),
    "wrist": (0.14, 0.48),
    "hip": (0.07, 0.53),
    "knee": (0.07, 0.285),
    "ankle": (0.07, 0.04),
}
"""Beside the middle and above the floor, as a share of the stature (Winter, Biomechanics and Motor Control of Human
Movement, 4th ed., figure 4.1)."""

_KINDS = [(1.0 if joint.startswith("left") else -1.0, joint.rpartition("_")[2]) for joint in COCO_17]
UPRIGHT = np.array([(side * _UPRIGHT[kind][0], -_UPRIGHT[kind][1]) for side, kind in _KINDS])
"""An upright body that faces the camera, from between the feet: x to the right, y down; shape [17, 2]."""


class Lookalikes:
    """Places in the pictures of one camera that a network takes for people now and then.

    Args:
        seed: Of the performance.
        camera: Id.
        size: Of its pictures, width and height, pixels, shape [2].
        rate: Pictures a second.
        settings: Of the network.
    """

    def __init__(self, seed: int, camera: str, size: Floats, rate: float, settings: DetectionSettings) -> None:
        self._random = chance(seed, "cameras", camera, "lookalikes")
        count = settings.lookalikes
        heights = self._random.uniform(*HEIGHTS, (count, 1, 1)) * size[1]
        feet = self._random.uniform((0.1, 0.5), (0.9, 1.0), (count, 1, 2)) * size
        slack = SLACK * self._random.standard_normal((count, *UPRIGHT.shape))
        self._heights: Floats = heights
        self._figures: Floats = feet + heights * (UPRIGHT + slack)
        self._bound = NormalDist().inv_cdf(settings.lookalike_share) if settings.lookalike_share else -math.inf
        self._names = [f"lookalike {number}" for number in range(count)]
        self._moods = Moods(seed, camera, 1, 0, math.exp(-1 / (rate * settings.lasts)))
        self._size = size

    def next(self, pictures: int) -> Found:
        """What is taken for people in so many pictures more."""
        lasting, _ = self._moods.next(pictures, self._names)
        taken = lasting[..., 0] < self._bound
        figures = np.nonzero(taken)[1]
        shape = len(figures), len(COCO_17)
        points = self._figures[figures] + SLACK / 2 * self._heights[figures] * self._random.standard_normal((*shape, 2))
        heat = np.clip(self._random.normal(*HEAT, shape), 0.0, 1.0)
        inside = both((points >= 0) & (points <= self._size))
        points[(heat <= JOINT_SCORE) | ~inside] = np.nan

        found = Found.nobody(*taken.shape)
        found.people[taken] = True
        found.scores[taken] = self._random.uniform(*STRENGTHS, len(figures))
        found.points[taken] = points
        found.joint_scores[taken] = heat
        found.boxes[taken] = boxes_of(points, self._size)
        return found
