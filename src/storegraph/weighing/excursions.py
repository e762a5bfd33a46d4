"""What goods did while their scale was away from its level, found in its readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .changes import Floats, course
from .model import PlateChange, WeighingSettings
from .turns import RINGING, Turn, turn

BAND = 2.0
"""A reading within so many standard deviations of a level rests on it: after the running median, which halves white
noise, four."""


@dataclass(frozen=True, slots=True, eq=False)
class Excursion:
    """The way of one scale from a level to the next.

    Attributes:
        scale: Which one.
        times: Of its newest readings, nanoseconds since the Unix epoch, shape [sample].
        grams: The readings, shape [sample].
        rate: Readings a second.
        begin: When it left its level, to a block, nanoseconds since the Unix epoch.
        before: The level that it left, grams.
        after: Where it is now, grams.
        variance: Of the difference of a reading and a level, grams squared.
        noise: Variance of readings, grams squared.
        outage: First and last moment of the last time in which readings were missing, nanoseconds since the Unix epoch.
        bridged: A change that seems to begin so long after an outage began with it, nanoseconds.
    """

    scale: str
    times: NDArray[np.int64]
    grams: Floats
    rate: float
    begin: int
    before: float
    after: float
    variance: float
    noise: float
    outage: tuple[int, int]
    bridged: int

    def changes(self, settings: WeighingSettings, changed: bool) -> Iterator[PlateChange]:
        """Goods that moved, or came and went, or nothing.

        Args:
            settings: What counts as a change.
            changed: Whether the level after is another than before.
        """
        turned = self._turn(settings)
        if turned is not None:
            # A short rest is no better known than a single reading, and rings.
            largest = max(abs(turned.level - self.before), abs(turned.level - self.after))
            doubt = (self.variance + self.noise + (RINGING * largest) ** 2) ** 0.5
            last = turned.last + 1
            yield self._change(self.begin, slice(0, last), self.before, turned.level, doubt)
            again = int(self.times[last - 1])
            yield self._change(again, slice(turned.first, None), turned.level, self.after, doubt)
        elif changed:
            yield self._change(self.begin, slice(0, None), self.before, self.after, self.variance**0.5)

    def _turn(self, settings: WeighingSettings) -> Turn | None:
        """The rest at which goods turned; none where readings are missing, which would rest."""
        if self.outage[1] >= self.begin:
            return None
        left = int(np.searchsorted(self.times, self.begin))
        found = turn(
            self.grams[left:],
            (self.before, self.after),
            least=max(settings.least_change, settings.certainty * (self.variance + self.noise) ** 0.5),
            band=BAND * self.noise**0.5,
            tremor=settings.tremor,
            rate=self.rate,
        )
        return None if found is None else Turn(found.level, left + found.first, left + found.last)

    def _change(self, begun: int, part: slice, before: float, after: float, sigma: float) -> PlateChange:
        """A change from one level to another, in a part of the readings."""
        times = self.times[part]
        found = course(self.grams[part], before, after, BAND * self.noise**0.5, self.rate)
        begin = begun if found.begin is None else int(times[found.begin])
        if self.outage[0] <= begin <= self.outage[1] + self.bridged:
            begin = self.outage[0]
        return PlateChange(
            scale=self.scale,
            begin=begin,
            middle=max(begin, int(times[found.middle])),
            end=max(begin, int(times[found.end])),
            decided=int(self.times[-1]),
            delta=after - before,
            sigma=sigma,
        )
