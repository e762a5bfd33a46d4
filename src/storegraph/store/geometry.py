"""Where the goods on each scale are in `map`, and how far that is from a hand."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .model import Store

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScaleGeometry:
    """The boxes in which goods stand: over each scale, from the plate up to the shelf above.

    A box's own axes are those of its fixture (x along the front to the right, y into the fixture, z up), its origin its
    centre.

    Attributes:
        scales: Scale ids, in the order of the store file; S of them.
        fixtures: Fixture id of each scale.
        shelves: Shelf id of each scale.
        centre: Of each box in `map`, metres, shape [S, 3].
        yaw: Turn of each box about the z axis of `map`, radians, shape [S].
        half_extents: Half of each box's width, depth and height (plate by plate by clearance), metres, shape [S, 3].
    """

    scales: tuple[str, ...]
    fixtures: tuple[str, ...]
    shelves: tuple[str, ...]
    centre: Floats
    yaw: Floats
    half_extents: Floats

    @classmethod
    def of(cls, store: Store) -> ScaleGeometry:
        """The boxes of all scales of a store."""
        placed = [(f, shelf, scale) for f in store.fixtures for shelf in f.shelves for scale in shelf.scales]
        corner = _rows([(*scale.position, shelf.height) for _, shelf, scale in placed])
        half_extents = _rows([(*scale.size, shelf.clearance) for _, shelf, scale in placed]) / 2
        origin = _rows([fixture.position for fixture, _, _ in placed])
        yaw = np.array([fixture.yaw for fixture, _, _ in placed], dtype=np.float64)
        return cls(
            scales=tuple(scale.id for _, _, scale in placed),
            fixtures=tuple(fixture.id for fixture, _, _ in placed),
            shelves=tuple(shelf.id for _, shelf, _ in placed),
            centre=origin + _turned(corner + half_extents, yaw),
            yaw=yaw,
            half_extents=half_extents,
        )

    def select(self, scales: Collection[str]) -> ScaleGeometry:
        """The boxes of some scales only, in the order of the store file."""
        kept = [index for index, scale in enumerate(self.scales) if scale in scales]
        return ScaleGeometry(
            scales=tuple(self.scales[index] for index in kept),
            fixtures=tuple(self.fixtures[index] for index in kept),
            shelves=tuple(self.shelves[index] for index in kept),
            centre=self.centre[kept],
            yaw=self.yaw[kept],
            half_extents=self.half_extents[kept],
        )

    def distance_to_volumes(self, points: Floats) -> Floats:
        """How far points are from the boxes.

        Args:
            points: In `map`, metres, shape [N, 3]; NaN where not known.

        Returns:
            Metres from each point to the nearest point of each box, 0 inside, shape [N, S]; NaN where a point is.
        """
        inside = _turned(points[:, None, :] - self.centre, -self.yaw)
        beyond = np.maximum(np.abs(inside) - self.half_extents, 0.0)
        distances: Floats = np.linalg.norm(beyond, axis=2)
        return distances

    def gaps(self) -> Floats:
        """Horizontal gaps between the plates of one fixture, whatever their shelves.

        Returns:
            Metres between the nearest points of two plates as seen from above, 0 where they touch or lie one above the
            other, inf between fixtures; shape [S, S], symmetric, 0 on the diagonal.
        """
        plates = self.half_extents[:, :2]
        apart = np.abs(_turned(self.centre[:, None, :] - self.centre, -self.yaw)[:, :, :2])
        gaps: Floats = np.linalg.norm(np.maximum(apart - (plates[:, None, :] + plates), 0.0), axis=2)
        fixtures = np.array(self.fixtures)
        gaps[fixtures[:, None] != fixtures] = math.inf
        return gaps

    def neighbours(self, within: float) -> NDArray[np.bool_]:
        """Which scales lie side by side on one shelf.

        Args:
            within: The largest gap between neighbours, metres.

        Returns:
            Shape [S, S], symmetric, False on the diagonal.
        """
        shelves = np.array(self.shelves)
        beside: NDArray[np.bool_] = (shelves[:, None] == shelves) & (self.gaps() <= within)
        np.fill_diagonal(beside, False)
        return beside


def _rows(triples: list[tuple[float, float, float]]) -> Floats:
    return np.array(triples, dtype=np.float64).reshape(-1, 3)


def _turned(vectors: Floats, yaw: Floats) -> Floats:
    """Vectors [..., S, 3] turned about z by the angles [S]."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack((cosine * x - sine * y, sine * x + cosine * y, z), axis=-1)
