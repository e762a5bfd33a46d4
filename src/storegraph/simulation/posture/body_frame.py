"""The frame of a body: x ahead, y to the left, z up, its origin on the floor at its place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def into_body(points: Floats, place: Floats, heading: Floats) -> Floats:
    """Points of `map` [T, N, 3] in the frame of a body at places [T, 2] with headings [T]."""
    moved = points.copy()
    moved[..., :2] -= place[:, None, :]
    return turned(moved, -heading)


def into_map(points: Floats, place: Floats, heading: Floats) -> Floats:
    """Points of a body's frame [T, N, 3] in `map`."""
    moved = turned(points, heading)
    moved[..., :2] += place[:, None, :]
    return moved


def turned(points: Floats, angle: Floats) -> Floats:
    """Points [T, N, 3] turned about z by angles [T]."""
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack((cosine * x - sine * y, sine * x + cosine * y, z), axis=-1)
