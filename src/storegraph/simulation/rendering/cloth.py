"""The colours of dressed people, point by point, so that hems and patterns are sharp whatever the mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figure import Figure, Piece
from .light import blended
from .wardrobe import Pattern

Singles = NDArray[np.float32]
Integers = NDArray[np.int64]

SHOE = 2.0
"""Along the leg, from where on there is the shoe: the ankle."""

NECK = 1.05
"""Up the trunk, from where on there is the neck, within `COLLAR` metres of its axis; more behind, less before."""
COLLAR = 0.085

CHEST = 0.33
"""Height of a print above the middle of a body at rest, metres."""


@dataclass(frozen=True, slots=True, eq=False)
class Cloth:
    """Several people's colours: of each vertex V, triangle T and person P.

    Attributes:
        places: At rest, metres, shape [V, 3].
        limbs: Along the arm, along the leg, up the trunk, as in `Figure`, shape [V, 3].
        colours: Of skin, eyes and hair, shape [V, 3].
        corners: Vertices of each triangle, shape [T, 3].
        piece: What each triangle is of, shape [T].
        person: Whose it is, shape [T].
        measures: Sleeve, hem, leg, skirt, half the breadth of an open jacket, shape [P, 5].
        patterns: Index of the pattern, shape [P].
        palette: Top, accent, inner, bottom, skin, shoes, sole, shape [P, 7, 3].
    """

    places: Singles
    limbs: Singles
    colours: Singles
    corners: Integers
    piece: Integers
    person: Integers
    measures: Singles
    patterns: Integers
    palette: Singles

    @classmethod
    def of(cls, figures: Sequence[Figure]) -> Cloth:
        """Of some figures, in their order."""
        meshes = [figure.mesh for figure in figures]
        starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
        looks = [figure.looks for figure in figures]
        return cls(
            places=np.concatenate([mesh.vertices for mesh in meshes]).astype(np.float32),
            limbs=np.concatenate([np.column_stack([f.along_arm, f.along_leg, f.up_trunk]) for f in figures]),
            colours=np.concatenate([mesh.colours for mesh in meshes]).astype(np.float32),
            corners=np.concatenate([m.triangles + start for m, start in zip(meshes, starts, strict=True)]),
            piece=np.concatenate([mesh.piece for mesh in meshes]),
            person=np.repeat(np.arange(len(meshes)), [len(mesh.triangles) for mesh in meshes]),
            measures=np.array([(w.sleeve, w.hem, w.leg, w.skirt, w.open_front) for w in looks], np.float32),
            patterns=np.array([list(Pattern).index(w.top_pattern) for w in looks]),
            palette=np.array(
                [(w.top, w.accent, w.inner, w.bottom, w.skin, w.shoes, w.sole) for w in looks], np.float32
            ),
        )

    @property
    def label(self) -> Integers:
        """A number for each person's each piece, shape [T]."""
        return self.person * len(Piece) + self.piece

    def at(self, triangles: Integers, shares: Singles) -> Singles:
        """Reflectance where rays meet people, shape [N, 3]; triangles [N] and the shares of their corners [N, 3]."""
        corners = self.corners[triangles]
        colours = blended(self.colours, corners, shares)
        piece = self.piece[triangles]
        dressed = piece >= Piece.CLOTHES
        worn = self._worn(corners[dressed], shares[dressed], self.person[triangles[dressed]], piece[dressed])
        colours[dressed] = worn
        return colours

    def _worn(self, corners: Integers, shares: Singles, person: Integers, piece: Integers) -> Singles:
        """Clothes, shoes, and the skin that they leave free."""
        place = blended(self.places, corners, shares)
        arm, leg, trunk = blended(self.limbs, corners, shares).T
        sleeve, hem, trousers, skirt, open_front = self.measures[person].T
        top, accent, inner, bottom, skin, shoes, sole = np.moveaxis(self.palette[person], 1, 0)

        colours = _patterned(self.patterns[person], place, top, accent)
        front = (np.abs(place[:, 0]) < open_front * (1.2 - 0.4 * trunk)) & (place[:, 1] < 0) & (arm < 0.1)
        _paint(colours, front, inner)
        below = (arm < 0.1) & ((trunk < hem) | (leg > 0.6))
        _paint(colours, below, bottom * (0.92 + 0.08 * np.clip(leg, 0, 1))[:, None])
        at_neck = (trunk > NECK + place[:, 1]) & (np.hypot(place[:, 0], place[:, 1]) < COLLAR)
        bare = (arm > sleeve) | at_neck
        bare |= (arm < 0.1) & (leg > np.where(skirt > 0, 0.35, trousers)) & (piece == Piece.CLOTHES)
        _paint(colours, bare, skin)
        shod = (arm < 0.1) & (leg > SHOE)
        _paint(colours, shod, np.where((leg > SHOE + 0.19)[:, None], sole, shoes))
        _paint(colours, piece == Piece.SKIRT, bottom)
        return colours


def _patterned(patterns: Integers, place: Singles, top: Singles, accent: Singles) -> Singles:
    """Plain, stripes of 2 cm every 5, checks of 6 cm, or a print on the chest."""
    x, y, z = place.T
    across = x + 0.3 * y
    stripes = (z % 0.05) < 0.02
    checks = 0.5 * ((z % 0.06) < 0.02) + 0.5 * ((across % 0.06) < 0.02)
    disc = (y < 0) & (np.hypot(x, z - CHEST) < 0.09) & (((x * 37 + z * 53) % 1) < 0.8)
    share = np.select([patterns == 1, patterns == 2, patterns == 3], [stripes, checks, disc], 0.0).astype(np.float32)
    mixed: Singles = top + share[:, None] * (accent - top)
    return mixed


def _paint(colours: Singles, where: NDArray[np.bool_], paint: Singles) -> None:
    colours[where] = paint[where]
