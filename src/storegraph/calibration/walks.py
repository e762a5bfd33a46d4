"""Somebody who walks about alone: what every camera sees of them, and where they must have been.

A walk is a line in space for each part of the body, with a knot every quarter of a second. Between knots it is
straight, so what a camera saw at any moment, by a clock that may be wrong, tells of the two knots around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from storegraph.observations import Keypoints
from storegraph.units import NANOSECONDS

from .bundle import Places, Sightings
from .turning import Floats

PARTS = {
    "head": ("left_ear", "right_ear"),
    "shoulders": ("left_shoulder", "right_shoulder"),
    "hips": ("left_hip", "right_hip"),
    "feet": ("left_ankle", "right_ankle"),
}
"""What is followed: points half-way between two joints, for which it does not matter if left and right are mistaken."""

HEAD, SHOULDERS, HIPS, FEET = range(4)

SHARES = np.array([0.925, 0.818, 0.52])
"""Heights of head (ears), shoulders and hips of somebody upright, as shares of the stature: tragion height of ANSUR II
(Gordon et al., Natick/TR-15/007: 1625 of 1756 mm); acromion and greater trochanter of Winter, Biomechanics and Motor
Control of Human Movement, figure 4.1 (0.818 and 0.53; networks see hips a little lower)."""

STATURE, STATURE_SIGMA = 1.71, 0.09
"""Metres: adults of both sexes, in shoes (NCD-RisC, eLife 5, 2016: means of 1.62 and 1.75 m in many countries, each
with a spread of 6 to 7 cm)."""

ANKLE, ANKLE_SIGMA = 0.10, 0.015
"""Metres above the floor: the ankles' mean height over a step, and how far a person's shoes and gait are from it. The
joint is 0.039 of the stature high (Winter, as above); the rest are soles, and the foot that swings."""

UPRIGHT_SIGMA = 0.3
"""Metres: how far head, shoulders and hips are from there. People stoop by 5 to 10 cm, for seconds at a time, so that
ten or twenty knots say the same: the root of that is in it."""

STEP_SIGMA = 0.04
"""Metres: by how much the middle of the ankles goes up and down in a step."""

LEAN = 0.5
"""Metres: how far head and hips are from above the middle of the feet, 10 to 15 cm, with the same root."""

JOINT_SIGMA = 0.05
"""Metres across the line of sight: how far apart two cameras' notions of a joint are."""

PIXEL_SIGMA = 1.5
"""Pixels, at 640 across: how well a network resolves a place (MoveNet's maps have cells of 4 pixels)."""

ACCELERATION = 1.5
"""Metres per second squared, standard deviation along an axis: of somebody who walks about and turns."""

KNOTS = 0.25
"""Seconds between knots; with the above, a body is 1 cm off the straight line at most."""

PAUSE = 1.0
"""Seconds without anybody seen after which a walk ends: somebody else may come."""

SHORTEST = 3.0
"""Seconds of a walk that is worth its unknowns."""

SURE = 0.3
"""Score of a joint from which on it is taken; of those who are seen in full, most joints have more."""

ALONE = 0.5
"""Seconds before and after a picture with two people in which nobody is believed to be alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Glimpses:
    """Parts of people who are alone in the store, as cameras see them; N of them, by time.

    Attributes:
        seconds: Since the first picture, by the camera's clock, shape [N].
        cameras: Index of the camera, shape [N].
        parts: Index in `PARTS`, shape [N].
        pixels: Shape [N, 2].
        walks: Index of the walk, shape [N].
        count: How many walks there are.
    """

    seconds: Floats
    cameras: NDArray[np.intp]
    parts: NDArray[np.intp]
    pixels: Floats
    walks: NDArray[np.intp]
    count: int


def glimpses(seen: Iterable[Keypoints], cameras: Sequence[str]) -> Glimpses:
    """What there is of people who are alone.

    Args:
        seen: Pictures of all cameras, in any order.
        cameras: The ids that are counted.
    """
    pictures = sorted((each for each in seen if each.camera in cameras), key=lambda each: (each.stamp, each.camera))
    if not pictures:
        nothing = np.zeros(0, dtype=np.intp)
        return Glimpses(np.zeros(0), nothing, nothing, np.zeros((0, 2)), nothing, 0)
    begin = pictures[0].stamp
    times = np.array([(each.stamp - begin) / NANOSECONDS for each in pictures])
    crowded = times[[len(each.people) > 1 for each in pictures]]
    rows = []
    for time, picture in zip(times.tolist(), pictures, strict=True):
        near = np.searchsorted(crowded, (time - ALONE, time + ALONE))
        if len(picture.people) == 1 and near[0] == near[1]:
            camera = cameras.index(picture.camera)
            rows += [(time, camera, part, *pixel) for part, pixel in _parts(picture)]
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    breaks = np.concatenate(([True], np.diff(table[:, 0]) > PAUSE)) if len(table) else np.zeros(0, dtype=np.bool_)
    walks = np.cumsum(breaks) - 1
    lasting = [walk for walk in range(int(breaks.sum())) if np.ptp(table[walks == walk, 0]) >= SHORTEST]
    kept = np.isin(walks, lasting)
    return Glimpses(
        seconds=table[kept, 0],
        cameras=table[kept, 1].astype(np.intp),
        parts=table[kept, 2].astype(np.intp),
        pixels=table[kept, 3:],
        walks=np.searchsorted(lasting, walks[kept]).astype(np.intp),
        count=len(lasting),
    )


def _parts(picture: Keypoints) -> Iterable[tuple[int, tuple[float, float]]]:
    person = picture.people[0]
    for part, joints in enumerate(PARTS.values()):
        both = [picture.joints.index(joint) for joint in joints if joint in picture.joints]
        if len(both) == 2 and (person.scores[both] >= SURE).all():
            x, y = person.points[both].astype(np.float64).mean(axis=0).tolist()
            yield part, (x, y)


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """A scene of people walking; K knots in all, N sightings.

    Its unknowns are the places of all parts at all knots, the stature of each walk's person, and how high ankles are.

    Attributes:
        sightings: Of parts.
        seconds: When, by the cameras' clocks, shape [N].
        parts: Index in `PARTS`, shape [N].
        first: The first knot of the walk of each sighting, shape [N].
        last: The last one, shape [N].
        knots: When each knot is, shape [K].
        walk: Of each knot, shape [K].
        lines: Where the knots begin, metres, shape [K, 4, 3].
        statures: The same of the statures, metres, one for each walk.
        stature_sigma: How well they are known, metres.
        clocks_start: What the cameras' clocks are behind to begin with.
    """

    sightings: Sightings
    seconds: Floats
    parts: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    knots: Floats
    walk: NDArray[np.intp]
    lines: Floats
    statures: Floats
    stature_sigma: float

    @property
    def start(self) -> Floats:
        """The knots as they were put first, the expected statures, and the height of ankles."""
        return np.concatenate((self.lines.ravel(), self.statures, [ANKLE]))

    def lines_of(self, unknowns: Floats) -> Floats:
        """Where the knots are, shape [K, 4, 3]."""
        return unknowns[: self.lines.size].reshape(self.lines.shape)

    def places(self, unknowns: Floats, clocks: Floats) -> Places:
        """Where the parts were when they were seen; a clock that is behind shows too early a time."""
        lines = self.lines_of(unknowns)
        times = self.seconds + clocks[self.sightings.cameras]
        before = np.clip(np.searchsorted(self.knots, times, side="right") - 1, self.first, self.last - 1)
        share = (times - self.knots[before]) / KNOTS
        start, end = lines[before, self.parts], lines[before + 1, self.parts]
        points = start + share[:, None] * (end - start)
        count, columns = len(times), (before * len(PARTS) + self.parts) * 3
        rows = np.arange(3 * count)
        first = np.repeat(columns, 3) + np.tile(np.arange(3), count)
        weight = np.repeat(share, 3)
        values = np.concatenate((1 - weight, weight))
        place = np.concatenate((first, first + 3 * len(PARTS)))
        by_unknowns = csr_matrix((values, (np.tile(rows, 2), place)), (3 * count, len(unknowns)))
        return Places(points, by_unknowns, (end - start) / KNOTS)

    def unlikeliness(self, unknowns: Floats) -> tuple[Floats, csr_matrix]:
        """How far people are from walking upright and steadily, on the floor."""
        lines, size = self.lines_of(unknowns), self.lines.size
        index = np.arange(size).reshape(lines.shape)
        own, floor = size + self.walk, np.full(len(lines), len(unknowns) - 1)
        inner = np.flatnonzero(self.walk[:-2] == self.walk[2:]) + 1
        rows = _Rows(unknowns)
        # Three knots lie in a line where nobody accelerates.
        bent = (index[inner - 1], 1.0), (index[inner], -2.0), (index[inner + 1], 1.0)
        rows.add(ACCELERATION * KNOTS**2, bent, own[inner, None, None])
        rows.add(LEAN, ((index[:, :FEET, :2], 1.0), (index[:, FEET:, :2], -1.0)), own[:, None, None])
        rows.add(UPRIGHT_SIGMA, ((index[:, :FEET, 2], 1.0), (own[:, None], -SHARES)), own[:, None])
        rows.add(STEP_SIGMA, ((index[:, FEET, 2], 1.0), (floor, -1.0)), own)
        rows.add(self.stature_sigma, ((np.unique(own), 1.0),), less=self.statures)
        rows.add(ANKLE_SIGMA, ((floor[:1], 1.0),), less=ANKLE)
        return rows.errors(), rows.derivatives()


class _Rows:
    """Sums of unknowns that are expected to be zero, as errors in standard deviations, and their derivatives."""

    def __init__(self, unknowns: Floats) -> None:
        self._unknowns = unknowns
        self._errors: list[Floats] = []
        self._entries: list[tuple[Floats, NDArray[np.intp], NDArray[np.intp]]] = []

    def add(
        self,
        sigma: Floats | float,
        terms: Sequence[tuple[NDArray[np.intp], Floats | float]],
        statures: NDArray[np.intp] | None = None,
        less: Floats | float = 0.0,
    ) -> None:
        """Adds sums, of any shape.

        Args:
            sigma: Standard deviation of the sums.
            terms: Which unknowns are in them, and how many times.
            statures: Unknowns in proportion to which the standard deviation is, as it holds for `STATURE`. Were it a
                constant, a smaller world would seem likelier: everybody in it moves less.
            less: What a sum is expected to be.
        """
        shape = np.broadcast_shapes(*(columns.shape for columns, _ in terms))
        total = sum((times * self._unknowns[columns] for columns, times in terms), np.zeros(shape)) - less
        scale = np.broadcast_to(sigma, shape)
        if statures is not None:
            sizes = np.broadcast_to(self._unknowns[statures], shape)
            scale = scale * sizes / STATURE
            terms = [*terms, (statures, -total / sizes)]
        rows = sum(each.size for each in self._errors) + np.arange(total.size)
        self._errors.append((total / scale).ravel())
        for columns, times in terms:
            slope = np.broadcast_to(times, shape) / scale
            self._entries.append((slope.ravel(), rows, np.broadcast_to(columns, shape).ravel()))

    def errors(self) -> Floats:
        """All of them, shape [R]."""
        return np.concatenate(self._errors)

    def derivatives(self) -> csr_matrix:
        """By the unknowns, sparse, shape [R, M]."""
        values, rows, columns = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        return csr_matrix((values, (rows, columns)), (len(self.errors()), len(self._unknowns)))
