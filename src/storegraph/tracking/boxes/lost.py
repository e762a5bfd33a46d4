"""Who is not seen any more, and which of them somebody is who appears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from storegraph.units import NANOSECONDS

from .model import Floats

WALKING = 1.5
"""Metres per second that somebody unseen may have walked..."""

STEP = 0.6
"""...beside so many metres."""

TALLER = 0.08
"""Metres, standard deviation of how much the height of somebody who is found again is off."""

ENTERING = 0.05
"""Per square metre: whoever appears at a door comes in, unless somebody lost was expected there with a higher density
of probability, which it is for two seconds at most."""


@dataclass(slots=True)
class Track:
    """What is known of a person beside where they are; times in nanoseconds since the Unix epoch."""

    shopper_id: str
    seen: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class _Lost:
    """Somebody whom nothing explains any more."""

    track: Track
    place: Floats
    height: float


class LostPeople:
    """Those whom nothing explains any more.

    Args:
        lost_for: So long they are remembered, nanoseconds.
    """

    def __init__(self, lost_for: int) -> None:
        self._lost_for = lost_for
        self._lost: list[_Lost] = []

    def lose(self, track: Track, place: Floats, height: float) -> None:
        """Remembers somebody, last known at a place, metres, shape [2]."""
        self._lost.append(_Lost(track, place, height))

    def forget(self, stamp: int) -> None:
        """Forgets those who have been lost for too long."""
        self._lost = [lost for lost in self._lost if stamp - lost.track.seen <= self._lost_for]

    def found_again(self, place: Floats, height: float, stamp: int, at_door: bool) -> Track | None:
        """Whom of them somebody is who appears, if anybody, who is lost no more.

        Args:
            place: Of the one who appears, metres, shape [2].
            height: The same, metres.
            stamp: Now.
            at_door: Whether people come in there.
        """
        likely: list[tuple[float, int]] = []
        for index, lost in enumerate(self._lost):
            unseen, apart = stamp - lost.track.seen, float(np.linalg.norm(place - lost.place))
            differs = unlike(apart, height - lost.height, unseen)
            if differs is not None and not (at_door and _expected(apart, unseen) < ENTERING):
                likely.append((differs, index))
        return self._lost.pop(min(likely)[1]).track if likely else None


def unlike(apart: float, taller: float, unseen: int) -> float | None:
    """How unlike somebody unseen is to somebody who appears, squared standard deviations; None if they are two.

    Args:
        apart: Metres between them.
        taller: The difference of their heights, metres.
        unseen: For how long, nanoseconds.
    """
    reach, off = _reach(unseen), taller / TALLER
    return (2 * apart / reach) ** 2 + off**2 if apart < reach and abs(off) < 3 else None


def _expected(apart: float, unseen: int) -> float:
    """Density with which somebody unseen is expected so far from their last place, per square metre."""
    sigma = _reach(unseen) / 2
    return float(np.exp(-((apart / sigma) ** 2) / 2) / (2 * np.pi * sigma**2))


def _reach(unseen: int) -> float:
    """Metres that somebody may be away from where they were."""
    return STEP + WALKING * unseen / NANOSECONDS
