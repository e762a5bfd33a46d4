"""Changes of single scales -> weight events of a fixture.

Goods may lie across scales that touch: changes of neighbours, of one sign and with their halves at one moment, are
one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Fixture, Scale
from storegraph.units import NANOSECONDS

from .model import PlateChange, WeighingSettings

Movement = tuple[PlateChange, ...]
"""Changes that belong together, by scale id."""


def neighbours(fixture: Fixture, settings: WeighingSettings) -> dict[str, frozenset[str]]:
    """The scales of a fixture that may carry goods together with each scale."""
    near: dict[str, frozenset[str]] = {}
    for shelf in fixture.shelves:
        scales = [scale.id for scale in shelf.scales]
        for scale, touching in zip(scales, (_gaps(shelf.scales) <= settings.adjacency).tolist(), strict=True):
            near[scale] = frozenset(compress(scales, touching)) - {scale}
    return near


def _gaps(scales: Sequence[Scale]) -> NDArray[np.float64]:
    """Distances between rectangles along the axis in which they are further apart, metres, shape [scale, scale]."""
    begin = np.array([scale.position for scale in scales]).reshape(-1, 2)
    end = begin + np.array([scale.size for scale in scales]).reshape(-1, 2)
    between = np.maximum(begin[:, np.newaxis], begin) - np.minimum(end[:, np.newaxis], end)
    gaps: NDArray[np.float64] = between.max(axis=2)
    return gaps


class Grouping:
    """Holds the changes of a fixture until it is clear which belong together."""

    def __init__(self, near: dict[str, frozenset[str]], settings: WeighingSettings) -> None:
        self._near = near
        self._same_course = round(settings.same_course * NANOSECONDS)
        self._partner_wait = round(settings.partner_wait * NANOSECONDS)
        self._waiting: list[PlateChange] = []

    @property
    def waiting(self) -> bool:
        """Whether changes are held."""
        return bool(self._waiting)

    def add(self, change: PlateChange) -> None:
        """Takes in a change that settled."""
        self._waiting.append(change)

    def release(self, now: int, moving: dict[str, float]) -> list[Movement]:
        """Gives the movements that nothing can join any more, by their first scale.

        Args:
            now: Time of the last sample that was looked at, nanoseconds since the Unix epoch.
            moving: Scales that have left their level by enough to be an event and not settled, and how far they are
                from it, grams.
        """
        released = []
        for movement in self._movements():
            if not any(self._may_be_joined(change, now, moving) for change in movement):
                released.append(movement)
                for change in movement:
                    self._waiting.remove(change)
        return released

    def _movements(self) -> list[Movement]:
        """The connected components of what waits."""
        movements: list[Movement] = []
        left = sorted(self._waiting, key=lambda change: change.scale)
        while left:
            component = [left.pop(0)]
            for change in component:
                joined = [other for other in left if self._belong_together(change, other)]
                component.extend(joined)
                left = [other for other in left if other not in joined]
            movements.append(tuple(sorted(component, key=lambda change: change.scale)))
        return movements

    def _belong_together(self, one: PlateChange, other: PlateChange) -> bool:
        return (
            other.scale in self._near[one.scale]
            and (one.delta > 0) == (other.delta > 0)
            and abs(one.middle - other.middle) <= self._same_course
        )

    def _may_be_joined(self, change: PlateChange, now: int, moving: dict[str, float]) -> bool:
        if now - change.decided >= self._partner_wait:
            return False
        near = self._near[change.scale]
        return any(scale in near and deviation * change.delta > 0 for scale, deviation in moving.items())
