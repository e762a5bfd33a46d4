"""Made-up detectors of people: boxes as a network would draw them, with its faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from box_bodies import seen
from walkers import Floats

from storegraph.tracking.cameras import CameraGroup


@dataclass(frozen=True)
class Defects:
    """What is wrong with a detector, beside what is wrong with every one.

    Attributes:
        edges: Standard deviation of each edge, pixels, anew in each picture.
        twice: Share of people who get a second box, whole or of the upper or lower half.
        as_one: Of two whose boxes overlap by more than a third, the share that gets one box around both.
        missed: Share of people in full view who are not found.
        objects: Places in `map`, metres, of things that are taken for a person half of the time by every camera that
            looks there from less than 6 m, shape [K, 3]: x, y and height.
        invented: Mean number of boxes around nothing in a picture.
    """

    edges: float = 0.0
    twice: float = 0.0
    as_one: float = 0.0
    missed: float = 0.03
    objects: tuple[tuple[float, float, float], ...] = ()
    invented: float = 0.36


FEW = Defects()
MANY = Defects(edges=6.0, twice=0.06, as_one=0.25, missed=0.08, invented=0.5)


class Detector:
    """Boxes as a network would draw them, of one camera."""

    def __init__(self, camera: CameraGroup, people: int, seed: int, defects: Defects = FEW) -> None:
        self._camera = camera
        self._random = np.random.default_rng(seed)
        self._error = self._random.normal(size=(people, 4))
        self._statues = self._random.uniform([0, 100], [1700, 700], (2, 2))
        self._faults = np.random.default_rng([seed, 1])
        self._defects = defects

    def detect(self, people: Floats, who: np.ndarray | None = None) -> Floats:
        """Left, top, width, height and score, shape [N, 5], of the people [P, 17, 3] who are there.

        Half of an error lasts for half a second: 3 % of the width and 1.5 % of the height, and more where less is in
        view.

        Args:
            people: Joints.
            who: Index of each, whose errors last; the first P by default.
        """
        random, most = self._random, np.tile(self._camera.sizes[0] - 1, 2)
        self._error = 0.6 * self._error + 0.8 * random.normal(size=self._error.shape)
        found = []
        for person, share, view, whole in seen(self._camera, people):
            if random.random() > (1 - self._defects.missed) / (1 + np.exp(-(share - 0.3) / 0.06)):
                continue
            box = whole if random.random() < 0.35 else view
            size = box[2:] - box[:2]
            if size[0] < 15 or size[1] < 40:
                continue
            lasting = self._error[person if who is None else who[person]]
            error = lasting * (np.tile(size * [0.03, 0.015], 2) * (2 - share) + 1.0)
            found.append((0.4 + 0.5 * share + 0.08 * random.normal(), np.clip(box + error, 0, most)))
        found = self._faulty(found)
        found.sort(key=lambda each: -each[0])
        kept: list[tuple[float, Floats]] = []
        for score, box in found:
            if all(_overlap(box, other) < 0.55 for _, other in kept):
                kept.append((score, box))
        for _ in range(random.poisson(self._defects.invented)):
            corner, height = random.uniform([0, 0], [1800, 700]), random.uniform(120, 500)
            if random.random() < 0.5:
                corner, height = self._statues[random.integers(2)] + random.normal(0, 5, 2), 300.0
            corners = np.concatenate((corner, corner + np.array([height * random.uniform(0.3, 0.6), height])))
            kept.append((random.uniform(0.3, 0.7), np.clip(corners, 0, most)))
        rows = [[*box[:2], *(box[2:] - box[:2]), min(score, 0.98)] for score, box in kept]
        rows = [row for row in rows if row[2] > 8 and row[3] > 8]
        return random.permutation(np.array(rows).reshape(-1, 5))

    def _faulty(self, found: list[tuple[float, Floats]]) -> list[tuple[float, Floats]]:
        """With the defects of this detector."""
        random, defects = self._faults, self._defects
        most = np.tile(self._camera.sizes[0] - 1, 2)
        boxes = [(score, box + random.normal(0, defects.edges, 4)) for score, box in found]
        one: list[tuple[float, Floats]] = []
        for score, box in boxes:
            near = [n for n, (_, other) in enumerate(one) if _overlap(box, other) > 1 / 3]
            if near and random.random() < defects.as_one:
                other = one[near[0]][1]
                both = np.concatenate((np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])))
                one[near[0]] = (max(score, one[near[0]][0]), both)
            else:
                one.append((score, box))
        for score, box in tuple(one):
            if random.random() < defects.twice:
                size = np.tile(box[2:] - box[:2], 2)
                part = [(0.1, 0.0, -0.1, 0.1), (0.0, 0.0, 0.0, -0.5), (0.0, 0.5, 0.0, 0.0)][random.integers(3)]
                one.append((0.6 * score, box + size * part + random.normal(0, 5.0, 4)))
        for x, y, height in defects.objects:
            ends, _ = self._camera.project(np.array([[[x, y, 0.0], [x, y, height]]]))
            near = np.linalg.norm(self._camera.centres[0, :2] - (x, y)) < 6
            if near and np.isfinite(ends).all() and random.random() < 0.5:
                (foot, head), wide = ends[0], 0.15 * abs(ends[0, 0, 1] - ends[0, 1, 1])
                one.append((random.uniform(0.3, 0.6), np.array([head[0] - wide, head[1], foot[0] + wide, foot[1]])))
        return [(score, np.clip(box, 0, most)) for score, box in one]


def _overlap(one: Floats, other: Floats) -> float:
    """Intersection over union."""
    size = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = float(size.prod()) if (size > 0).all() else 0.0
    return both / max(float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - both), 1e-9)
