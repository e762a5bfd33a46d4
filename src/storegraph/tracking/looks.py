"""What a picture shows of the people whom the other cameras see: how far from where they say, and how much tilted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from .association import Flags
from .filtering import Floats

LEAST_JOINTS = 5
"""That a person is compared by."""

REACH = 1.5
"""Metres: somebody in the picture farther than this from where a person is expected is not taken for that person."""

ALIKE = 0.15
"""Metres, median over the joints: the most that two figures differ, put on each other, and are one person's: that is
a joint's noise and some of a turned camera's shear, and less than the arms of two people differ who walk."""


class Look(NamedTuple):
    """What a picture shows of somebody.

    Attributes:
        stamp: Of the picture, nanoseconds since the Unix epoch.
        apart: How far the person is from where they are expected, metres; inf where they are nowhere near.
        tilt: By how much they are turned about the optical axis, radians, clockwise; NaN where they are nowhere near.
    """

    stamp: int
    apart: float
    tilt: float


def looks(stamp: int, pixels: Floats, scale: Floats, sure: Flags, points: Floats) -> list[Look]:
    """What a picture shows of the people whom other cameras see.

    Args:
        stamp: Of the picture.
        pixels: Where the joints of T people are expected, shape [T, J, 2]; NaN where unknown or out of sight.
        scale: Pixels of a metre there, shape [T, J].
        sure: Of whom the other cameras are sure, shape [T].
        points: Where those of N people are seen, shape [N, J, 2]; NaN where not found.

    Returns:
        For each person that can be compared; `apart` is inf for each that is expected, while the picture shows somebody
        who is nobody else and nowhere near.
    """
    there = np.isfinite(pixels[..., 0]).sum(axis=1) >= LEAST_JOINTS
    sure, pixels = sure[there], pixels[there]
    apart, alike = _compared(pixels, scale[there], points)
    fits = (apart <= REACH) & (alike <= ALIKE)
    rows, columns = linear_sum_assignment(np.where(fits, REACH - np.where(fits, apart, 0.0), 0.0), maximize=True)
    paired = fits[rows, columns]
    rows, columns = rows[paired], columns[paired]
    left = len(points) - len(rows)
    seen = sure[rows]
    sure[rows] = False
    rows, columns = rows[seen], columns[seen]
    tilts = _tilts(pixels[rows], points[columns])
    found = [Look(stamp, *look) for look in zip(apart[rows, columns].tolist(), tilts.tolist(), strict=True)]
    return found + [Look(stamp, float("inf"), float("nan"))] * min(left, int(sure.sum()))


def _tilts(expected: Floats, seen: Floats) -> Floats:
    """By how much joints [P, J, 2] are turned about their middles, radians, clockwise in the picture; least squares."""
    both = np.isfinite(expected[..., 0] + seen[..., 0])[..., None]
    count = both.sum(axis=1, keepdims=True)
    points = np.where(both, np.stack((expected, seen)), 0.0)
    before, after = np.where(both, points - points.sum(axis=2, keepdims=True) / count, 0.0)
    across = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
    tilts: Floats = np.arctan2(across.sum(axis=1), (before * after).sum(axis=(1, 2)))
    return tilts


def _compared(pixels: Floats, scale: Floats, points: Floats) -> tuple[Floats, Floats]:
    """How far apart people are in a picture; arguments as of `looks`.

    Returns:
        How far each of T people has to be shifted to be each of N, and how far the joints are apart then: metres, shape
        [T, N]; inf where they have too few joints in common. Of all joints it is the median, in which the noise of a
        joint and those that are misplaced hardly count.
    """
    offset = (points - pixels[:, None]) / scale[:, None, :, None]
    enough = np.isfinite(offset[..., 0]).sum(axis=2) >= LEAST_JOINTS
    offset = np.where(enough[..., None, None], offset, 0.0)
    shift = _median(offset, axis=2)
    left_over = offset - shift[:, :, None]
    apart = np.hypot(shift[..., 0], shift[..., 1])
    alike = _median(np.hypot(left_over[..., 0], left_over[..., 1]), axis=2)
    return np.where(enough, apart, np.inf), np.where(enough, alike, np.inf)


def _median(values: Floats, axis: int) -> Floats:
    """The median of the known values along an axis, as `np.nanmedian`, which takes six times as long for so few."""
    ordered = np.sort(values, axis=axis)  # what is not known comes last
    known = np.isfinite(values).sum(axis=axis, keepdims=True)
    lower = np.take_along_axis(ordered, np.maximum(known - 1, 0) // 2, axis)
    upper = np.take_along_axis(ordered, known // 2, axis)
    return np.squeeze((lower + upper) / 2, axis)
