"""Hands in the space over scales that cannot weigh: what is taken there, no weight tells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from storegraph.observations import Shopper, Shoppers
from storegraph.store.geometry import ScaleGeometry

from .model import HandSettings
from .sightings import WRISTS

OVER = 0.06
"""Metres from the space over a scale: a wrist that is nearer is over it. Nine of ten wrists that moved goods were
(`HandSettings.wrist` has the measurement)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A hand was over a scale that cannot weigh.

    Attributes:
        shopper_id: Whose.
        scale: Over which.
        fixture: On which fixture.
        begin: First frame in which it was there, nanoseconds since the Unix epoch.
        end: The last one.
        hand_distance: The least from the wrist to the space over the scale, metres.
    """

    shopper_id: str
    scale: str
    fixture: str
    begin: int
    end: int
    hand_distance: float


class Reaches:
    """Follows hands over scales that cannot weigh.

    A hand is over the scale whose space is nearest to the wrist, of all scales of the fixture. One that only passes by
    moves nothing there, and neither does one that rests there.

    Args:
        geometry: Where the scales' goods are.
        settings: What is assumed of hands.
    """

    def __init__(self, geometry: ScaleGeometry, settings: HandSettings) -> None:
        self._geometry = geometry
        self._settings = settings
        self._fixture_of = dict(zip(geometry.scales, geometry.fixtures, strict=True))
        self._blind: set[str] = set()
        self._around = geometry.select(())
        self._open: dict[tuple[str, str], Reach] = {}

    def set_blind(self, scale: str, blind: bool) -> None:
        """Notes whether a scale cannot weigh."""
        if scale in self._fixture_of:
            (self._blind.add if blind else self._blind.discard)(scale)
            fixtures = {self._fixture_of[each] for each in self._blind}
            self._around = self._geometry.select({each for each, at in self._fixture_of.items() if at in fixtures})

    def see(self, snapshot: Shoppers) -> Iterator[Reach]:
        """Takes in where everybody is; gives the reaches that are over, by their begin."""
        if self._blind:
            for shopper in snapshot.shoppers:
                for scale, distance in self._over(snapshot.joints, shopper).items():
                    self._note(snapshot.stamp, shopper.shopper_id, scale, distance)
        for name, reach in list(self._open.items()):
            if reach.end < snapshot.stamp - self._settings.pause:
                del self._open[name]
                if self._settings.dwell <= reach.end - reach.begin <= self._settings.resting:
                    yield reach

    def _note(self, stamp: int, shopper_id: str, scale: str, distance: float) -> None:
        known = self._open.get((shopper_id, scale))
        begin, nearest = (known.begin, min(known.hand_distance, distance)) if known else (stamp, distance)
        self._open[shopper_id, scale] = Reach(shopper_id, scale, self._fixture_of[scale], begin, stamp, nearest)

    def _over(self, joints: tuple[str, ...], shopper: Shopper) -> dict[str, float]:
        """The scales that cannot weigh and that a shopper's wrists are over, and how far each is."""
        columns = [joints.index(name) for name in WRISTS if name in joints]
        columns = [each for each in columns if shopper.confidence[each] >= self._settings.min_confidence]
        found: dict[str, float] = {}
        if columns:
            distances = self._around.distance_to_volumes(shopper.positions[columns].astype(np.float64))
            for of_wrist in np.where(np.isnan(distances), math.inf, distances):
                nearest = int(of_wrist.argmin())
                scale = self._around.scales[nearest]
                if scale in self._blind and of_wrist[nearest] <= OVER:
                    found[scale] = min(found.get(scale, math.inf), float(of_wrist[nearest]))
        return found
