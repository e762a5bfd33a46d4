"""Where people come in, learnt from where those appeared who are nobody seen before."""

from __future__ import annotations

import numpy as np

from storegraph.units import NANOSECONDS

from .model import Floats

DOORWAY = 0.8
"""Metres around a place: who is first seen there has come in by one door."""

COMMON = 3
"""So many have come in by a place that is a door..."""

SHARE = 0.3
"""...and at least this share of all: where people appear everywhere there is none."""

SETTLED = 2 * NANOSECONDS
"""Who appears so soon after the first was there before."""


class Doors:
    """Where people come in."""

    def __init__(self) -> None:
        self._places: list[Floats] = []
        self._first: int | None = None

    def come_in(self, place: Floats, stamp: int) -> None:
        """Somebody new has appeared at a place, metres, shape [2], at a moment, nanoseconds since the Unix epoch."""
        if self._first is None:
            self._first = stamp
        if stamp - self._first > SETTLED:
            self._places.append(place)

    def at_one(self, place: Floats) -> bool:
        """Whether a place, metres, shape [2], is at a door, as far as those who came in have shown."""
        if len(self._places) < COMMON:
            return False
        near = np.linalg.norm(np.array(self._places) - place, axis=1) < DOORWAY
        return bool(near.sum() >= max(COMMON, SHARE * len(near)))
