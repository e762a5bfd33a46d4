"""Solid things: textured triangles, and the shapes that shops are built of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Texture = NDArray[np.float32]
"""Linear reflectance of red, green, blue, 0 to 1, shape [row, column, 3]; repeats at its edges."""

SIDES = 14
"""Of a round pack: a bottle is 5 to 15 pixels wide in a picture of a shop."""


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """Triangles that share textures.

    Attributes:
        vertices: In `map`, metres, shape [V, 3].
        uv: Where in its texture a vertex lies, in repeats of it from its upper left corner, shape [V, 2].
        triangles: Shape [T, 3].
        textures: Index of the texture of each triangle, shape [T].
    """

    vertices: Floats
    uv: Floats
    triangles: Indices
    textures: Indices

    def normals(self) -> Floats:
        """Unit normals of the triangles, shape [T, 3]."""
        corners = self.vertices[self.triangles]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals: Floats = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        return normals

    def moved(self, turn: Floats, shift: Sequence[float] | Floats) -> Surfaces:
        """Turned by a matrix and then shifted, metres."""
        return Surfaces(self.vertices @ turn.T + np.asarray(shift), self.uv, self.triangles, self.textures)


NOTHING = Surfaces(np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3), np.intp), np.zeros(0, np.intp))


def joined(pieces: Iterable[Surfaces]) -> Surfaces:
    """Several as one."""
    pieces = [NOTHING, *pieces]
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces[:-1])])
    return Surfaces(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.uv for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
        np.concatenate([piece.textures for piece in pieces]),
    )


def turned(yaw: float) -> Floats:
    """The rotation about z."""
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def quad(
    corner: Sequence[float] | Floats, right: Sequence[float] | Floats, up: Sequence[float] | Floats, texture: int,
    repeats: tuple[float, float] = (1.0, 1.0),
) -> Surfaces:  # fmt: skip
    """A parallelogram from its lower left corner; it is seen from where `right` x `up` points."""
    start, right, up = np.asarray(corner), np.asarray(right), np.asarray(up)
    vertices = np.array([start, start + right, start + right + up, start + up], dtype=np.float64)
    across, down = repeats
    uv = np.array([(0, down), (across, down), (across, 0), (0, 0)], dtype=np.float64)
    return Surfaces(vertices, uv, np.array([(0, 1, 2), (0, 2, 3)]), np.full(2, texture))


def box(
    low: Sequence[float], high: Sequence[float], front: int, side: int | None = None, top: int | None = None
) -> Surfaces:
    """An upright box; its front looks along -y. One texture serves for what none is given for."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    width, depth, height = x1 - x0, y1 - y0, z1 - z0
    side = front if side is None else side
    top = side if top is None else top
    up = (0, 0, height)
    return joined(
        [
            quad((x0, y0, z0), (width, 0, 0), up, front),
            quad((x1, y1, z0), (-width, 0, 0), up, front),
            quad((x1, y0, z0), (0, depth, 0), up, side),
            quad((x0, y1, z0), (0, -depth, 0), up, side),
            quad((x0, y0, z1), (width, 0, 0), (0, depth, 0), top),
            quad((x0, y1, z0), (width, 0, 0), (0, -depth, 0), top),
        ]
    )


def turned_body(profile: Sequence[tuple[float, float, float]], wrap: int, top: int) -> Surfaces:
    """A body of revolution about z, standing on z = 0 at the origin.

    Args:
        profile: Radius, height, and the texture's share from its top, from below to above.
        wrap: Texture around it; its middle looks along -y.
        top: Texture of the lid.
    """
    angles = np.linspace(-1.5 * np.pi, 0.5 * np.pi, SIDES + 1)
    rings = [
        np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.full(SIDES + 1, height)])
        for radius, height, _ in profile
    ]
    uv = [np.column_stack([np.linspace(0, 1, SIDES + 1), np.full(SIDES + 1, down)]) for _, _, down in profile]
    radius, height, _ = profile[-1]
    vertices = np.concatenate([*rings, rings[-1], [(0.0, 0.0, height)]])
    coordinates = np.concatenate([*uv, 0.5 + rings[-1][:, :2] / max(2 * radius, 1e-6), [(0.5, 0.5)]])
    triangles, textures = [], []
    for ring in range(len(profile) - 1):
        low = ring * (SIDES + 1) + np.arange(SIDES)
        high = low + SIDES + 1
        triangles += [np.column_stack([low, low + 1, high + 1]), np.column_stack([low, high + 1, high])]
        textures += [np.full(2 * SIDES, wrap)]
    rim = len(profile) * (SIDES + 1) + np.arange(SIDES)
    triangles.append(np.column_stack([rim, rim + 1, np.full(SIDES, len(vertices) - 1)]))
    textures.append(np.full(SIDES, top))
    return Surfaces(vertices, coordinates, np.concatenate(triangles), np.concatenate(textures))


class Textures:
    """Textures by number; a sampled point takes the nearest texel."""

    def __init__(self) -> None:
        self._all: list[Texture] = []
        self._plain: dict[tuple[float, float, float], int] = {}
        self._texels: Texture = np.zeros((0, 3), np.float32)
        self._places: NDArray[np.int64] = np.zeros((0, 3), np.int64)

    def add(self, texture: NDArray[np.floating]) -> int:
        """Its number."""
        self._all.append(np.asarray(texture, np.float32))
        return len(self._all) - 1

    def plain(self, red: float, green: float, blue: float) -> int:
        """The number of a colour, linear reflectance."""
        if (red, green, blue) not in self._plain:
            self._plain[red, green, blue] = self.add(np.array([[[red, green, blue]]]))
        return self._plain[red, green, blue]

    def at(self, textures: Indices, uv: NDArray[np.floating]) -> Texture:
        """Reflectance at points, shape [N, 3]; `textures` [N], `uv` [N, 2]."""
        if len(self._places) != len(self._all):
            sizes = [texture.shape[0] * texture.shape[1] for texture in self._all]
            starts = np.cumsum([0, *sizes[:-1]])
            self._places = np.array([(s, *t.shape[:2]) for s, t in zip(starts, self._all, strict=True)], np.int64)
            self._texels = np.concatenate([texture.reshape(-1, 3) for texture in self._all])
        start, rows, columns = self._places[textures].T
        column = (uv[:, 0] % 1.0 * columns).astype(np.int64)
        row = (uv[:, 1] % 1.0 * rows).astype(np.int64)
        texels: Texture = self._texels[start + np.minimum(row, rows - 1) * columns + np.minimum(column, columns - 1)]
        return texels
