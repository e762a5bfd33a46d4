"""Hands of two people that meet away from the shelves: something may change hands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Shopper, Shoppers
from storegraph.store.geometry import ScaleGeometry

from .model import HandSettings
from .people import People
from .sightings import WRISTS

SHOULDERS = ("left_shoulder", "right_shoulder")

REACHED_OUT = 0.3
"""Metres from the middle of somebody's shoulders to the wrist, as seen from above: who gives or takes something reaches
out. A hanging hand is 0.2 m away, half the breadth of shoulders."""

AWAY = 0.2
"""Metres from the space over the scales, at least: nearer, two hands are there for the goods."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Hands of two who pay apart were close to each other, reached out.

    Attributes:
        one: A shopper.
        other: Another one, whose id comes after it.
        begin: First frame in which they were, nanoseconds since the Unix epoch.
        end: The last one.
    """

    one: str
    other: str
    begin: int
    end: int


class Meetings:
    """Follows hands that meet.

    Of 864 times that hands of two came as close as `HandSettings.meeting` in the simulated shops, seen by the tracker,
    13 were long, reached out and away from the shelves; in 10 of those something changed hands, and in no others.
    Seven were of two who pay apart, four of them hand-overs.

    Args:
        geometry: Where the scales' goods are.
        people: Who pays with whom, and who is staff.
        settings: What is assumed of hands.
    """

    def __init__(self, geometry: ScaleGeometry, people: People, settings: HandSettings) -> None:
        self._geometry = geometry
        self._people = people
        self._settings = settings
        self._open: dict[tuple[str, str], Meeting] = {}

    def see(self, snapshot: Shoppers) -> Iterator[Meeting]:
        """Takes in where everybody is; gives the meetings that are over, by their begin."""
        held_out = {
            shopper.shopper_id: wrists
            for shopper in snapshot.shoppers
            if len(wrists := self._held_out(snapshot.joints, shopper))
        }
        for one, other in combinations(sorted(held_out), 2):
            if self._pay_apart(one, other) and self._meet(held_out[one], held_out[other]):
                known = self._open.get((one, other))
                begin = known.begin if known else snapshot.stamp
                self._open[one, other] = Meeting(one, other, begin, snapshot.stamp)
        for pair, meeting in list(self._open.items()):
            if meeting.end < snapshot.stamp - self._settings.pause:
                del self._open[pair]
                if meeting.end - meeting.begin >= self._settings.dwell:
                    yield meeting

    def _held_out(self, joints: tuple[str, ...], shopper: Shopper) -> Floats:
        """Wrists that are reached out, shape [N, 3]; none where no shoulder is known."""
        places = np.where(shopper.confidence[:, None] >= self._settings.min_confidence, shopper.positions, np.nan)
        shoulders = places[[joints.index(name) for name in SHOULDERS if name in joints]]
        wrists = places[[joints.index(name) for name in WRISTS if name in joints]].astype(np.float64)
        known = shoulders[np.isfinite(shoulders[:, 0])]
        if not len(known):
            return wrists[:0]
        away = np.linalg.norm(wrists[:, :2] - known[:, :2].mean(axis=0), axis=1)
        reached_out: Floats = wrists[away >= REACHED_OUT]  # NaN is not
        return reached_out

    def _pay_apart(self, one: str, other: str) -> bool:
        people = self._people
        return not (people.in_one_party(one, other) or people.is_crew(one) or people.is_crew(other))

    def _meet(self, ours: Floats, theirs: Floats) -> bool:
        """Whether two wrists are close to each other, and to no shelf."""
        near = np.linalg.norm(ours[:, None] - theirs[None], axis=2) <= self._settings.meeting
        between = ((ours[:, None] + theirs[None]) / 2)[near]
        return len(between) > 0 and bool((self._geometry.distance_to_volumes(between).min(axis=1) > AWAY).any())
