"""The box around an upright person in a picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storegraph.tracking.cameras import NEAREST, CameraGroup

from .model import UPRIGHT, Floats, Indices, Posture

RINGS = ((1.0, 0.10), (0.92, 0.13), (0.8, 0.28), (0.5, 0.29), (0.02, 0.26))
"""Heights, as shares of the person's, and radii, metres, of the circles that a person fills: crown, head, shoulders,
hands, and feet in stride."""

LOW = ((0.5, 0.4), (0.25, 0.55), (0.02, 0.55))
"""Heights and radii, metres, of circles about somebody who lies: 1.7 m long and 0.4 m wide, whichever way round,
reaches so far from the middle on average."""

LIFT = 0.25
"""Metres that somebody who jumps is in the air: most of the time near the highest point, of 0.3 to 0.4 m."""

AROUND = 8
"""Points of a circle."""


SHAPES = {
    Posture.UPRIGHT: np.transpose([(0.0, share, radius) for share, radius in RINGS]),
    Posture.DOWN: np.transpose([(height, 0.0, radius) for height, radius in LOW]),
    Posture.JUMPING: np.transpose([(LIFT, share, radius) for share, radius in RINGS]),
}
"""Of circles: metres above the floor, shares of the height above that, and radii, shape [3, R]."""


class Outlines(NamedTuple):
    """Boxes around U persons in C cameras; edges are left, top, right, bottom.

    Attributes:
        edges: Pixels of the distorted picture, also beyond its border, shape [C, U, 4]; NaN where out of sight.
        slopes: Their derivatives by the person's x, y and height, pixels per metre, shape [C, U, 4, 3].
        scale: Pixels that a metre takes up at the person, shape [C, U].
        distance: From the camera, metres, shape [C, U].
    """

    edges: Floats
    slopes: Floats
    scale: Floats
    distance: Floats


def outlines(cameras: CameraGroup, places: Floats, postures: Indices | None = None) -> Outlines:
    """Boxes around persons of whom x, y and height are given, metres, shape [U, 3].

    Args:
        cameras: That look.
        places: Of the people.
        postures: Of each, shape [U]; upright by default.
    """
    upright = _outlines(cameras, places, *SHAPES[UPRIGHT])
    for posture in set([] if postures is None else postures.tolist()) - {UPRIGHT}:
        those = postures == posture
        for mixed, part in zip(upright, _outlines(cameras, places[those], *SHAPES[posture]), strict=True):
            mixed[:, those] = part
    return upright


def _outlines(cameras: CameraGroup, places: Floats, lowest: Floats, shares: Floats, radii: Floats) -> Outlines:
    """Of circles at so many metres, and at shares of the height above, shape [R] each."""
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    circle = np.stack((np.cos(turn), np.sin(turn), np.zeros(AROUND)), axis=1)
    shares = np.repeat(shares, AROUND)
    beside = (radii[:, None, None] * circle + np.outer(lowest, [0, 0, 1])[:, None]).reshape(-1, 3)
    points = beside + np.stack(
        np.broadcast_arrays(places[:, None, 0], places[:, None, 1], places[:, 2, None] * shares), axis=2
    )
    pixels, _ = cameras.project(points[None])
    unseen = ~np.isfinite(pixels[..., 0])
    least = np.where(unseen[..., None], np.inf, pixels)
    most = np.where(unseen[..., None], -np.inf, pixels)
    extreme = np.stack(
        (least[..., 0].argmin(2), least[..., 1].argmin(2), most[..., 0].argmax(2), most[..., 1].argmax(2)), axis=2
    )
    touching = cameras.linearise(points[np.arange(len(places))[:, None], extreme])
    axis = np.array([0, 1, 0, 1])
    edges = np.take_along_axis(touching.pixels, axis[None, None, :, None], axis=3)[..., 0]
    slopes = np.take_along_axis(touching.jacobian, axis[None, None, :, None, None], axis=3)[..., 0, :].copy()
    slopes[..., 2] *= shares[extreme]
    middle = np.column_stack((places[:, :2], places[:, 2] / 2))
    distance = np.linalg.norm(middle - cameras.centres[:, None], axis=2)
    return Outlines(edges, slopes, cameras.focal.mean(axis=1)[:, None] / np.maximum(distance, NEAREST), distance)


def in_view(boxes: Floats, bodies: Floats, distance: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """What of each person is in the picture and not behind somebody.

    Args:
        boxes: Of U persons in C cameras, shape [C, U, 4].
        bodies: Of those who may stand before them, N persons, shape [C, N, 4].
        distance: Of both, shape [C, U, N]: how much farther away the person is than the other; 0 or less where the
            other is the same, or behind.
        sizes: Of the pictures, shape [C, 2].

    Returns:
        Whether each cell of a person's box is in view, top to bottom and left to right, shape [C, U, ROWS, COLUMNS].
    """
    left, top, right, bottom = (boxes[..., edge] for edge in range(4))
    x = left[..., None] + (right - left)[..., None] * (np.arange(COLUMNS) + 0.5) / COLUMNS
    y = top[..., None] + (bottom - top)[..., None] * (np.arange(ROWS) + 0.5) / ROWS
    narrow = 0.5 * (1 - FILLED) * (bodies[..., 2] - bodies[..., 0])
    least, most = bodies[..., 0] + narrow, bodies[..., 2] - narrow
    ahead = distance > 0
    across = (x[:, :, None] > least[:, None, :, None]) & (x[:, :, None] < most[:, None, :, None]) & ahead[..., None]
    down = (y[:, :, None] > bodies[:, None, :, None, 1]) & (y[:, :, None] < bodies[:, None, :, None, 3])
    hidden = np.matmul(down.swapaxes(2, 3).astype(np.float32), across.astype(np.float32)) > 0.5
    inside_x = (x >= 0) & (x < sizes[:, None, 0, None])
    inside_y = (y >= 0) & (y < sizes[:, None, 1, None])
    seen: NDArray[np.bool_] = ~hidden & inside_y[..., None] & inside_x[..., None, :]
    return seen


ROWS, COLUMNS = 8, 5
"""Cells of a box."""

FILLED = 0.7
"""Share of a box's width that the person in it fills: the rest is between arms, legs and head."""
