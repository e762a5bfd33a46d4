"""What hands do in time: reach out, stay at goods, come back, carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..script import Hand

Floats = NDArray[np.float64]
Point3D = tuple[float, float, float]

RAISING = 0.5
"""Seconds in which a forearm is bent to carry something, or let down."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A hand goes to a point, stays, and comes back.

    Attributes:
        hand: Which.
        sets_out: When, seconds since the beginning, as the others.
        arrives: When the wrist is at the first point.
        departs: When it leaves the last one.
        back: When it is back.
        points: Where the wrist is, evenly from arrival to departure; one point where it stays.
    """

    hand: Hand
    sets_out: float
    arrives: float
    departs: float
    back: float
    points: tuple[Point3D, ...]


@dataclass(frozen=True, slots=True)
class Carrying:
    """A hand holds something before the body, from then until then."""

    hand: Hand
    begin: float
    end: float


def wrists_of(reaches: Sequence[Reach], hand: Hand, times: Floats) -> tuple[Floats, Floats]:
    """Where a hand is to be, and how far it has gone there.

    Args:
        reaches: Of one person; those of a hand do not overlap.
        hand: Which.
        times: Seconds since the beginning, shape [T].

    Returns:
        The wrist's points, shape [T, 3], NaN where the hand is free, and how much it is engaged, 0 to 1, shape [T].
    """
    points, engaged = np.full((len(times), 3), np.nan), np.zeros(len(times))
    for reach in (reach for reach in reaches if reach.hand == hand):
        during = slice(*np.searchsorted(times, (reach.sets_out, reach.back)))
        at = times[during]
        path = np.array(reach.points)
        along = np.linspace(reach.arrives, max(reach.departs, reach.arrives + 1e-6), len(path))
        points[during] = np.stack([np.interp(at, along, path[:, axis]) for axis in range(3)], axis=1)
        out = minimum_jerk((at - reach.sets_out) / (reach.arrives - reach.sets_out))
        engaged[during] = out * (1.0 - minimum_jerk((at - reach.departs) / (reach.back - reach.departs)))
    return points, engaged


def carrying_of(spells: Sequence[Carrying], hand: Hand, times: Floats) -> Floats:
    """How far a forearm is bent to hold something, 0 to 1, shape of `times`."""
    carrying = np.zeros(len(times))
    for spell in (spell for spell in spells if spell.hand == hand):
        risen = minimum_jerk((times - spell.begin) / RAISING)
        carrying = np.maximum(carrying, risen * (1.0 - minimum_jerk((times - spell.end) / RAISING)))
    return carrying


def minimum_jerk(along: Floats) -> Floats:
    """How far a hand has come after a part of its time, both 0 to 1: hands move as smoothly as they can.

    Flash and Hogan, "The coordination of arm movements", Journal of Neuroscience 5 (1985).
    """
    along = np.clip(along, 0.0, 1.0)
    come: Floats = along**3 * (10.0 - 15.0 * along + 6.0 * along**2)
    return come
