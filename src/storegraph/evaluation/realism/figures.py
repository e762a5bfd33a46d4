"""Figures of two recordings, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW = 5
"""Of fewer values the range is not known. Their median is compared with the extremes of the other side, because one
value in five of the very same kind lies beyond its 10th and 90th percentile."""

TOLERANCE = 1e-6
"""Values of exact figures (a resolution, a rate) agree to so much of themselves."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is measured in a recording.

    Attributes:
        name: In a few words.
        unit: Empty for a share.
        of: What there is a value of: "plate", "event".
    """

    name: str
    unit: str
    of: str


Figures = dict[Quantity, Floats]
"""Every value of each quantity, shape [value]; in the order in which they are told."""


class Verdict(Enum):
    """What a comparison comes to."""

    INSIDE = "inside"
    LOWER = "too low"
    HIGHER = "too high"
    UNKNOWN = "not comparable"


@dataclass(frozen=True, slots=True)
class Range:
    """How the values of a quantity are distributed.

    Attributes:
        count: How many there are.
        least: The smallest.
        low: 10th percentile.
        median: 50th percentile.
        high: 90th percentile.
        most: The largest.
    """

    count: int
    least: float
    low: float
    median: float
    high: float
    most: float

    @classmethod
    def of(cls, values: Floats) -> Range:
        """Of at least one value."""
        return cls(len(values), *np.percentile(values, [0, 10, 50, 90, 100]).tolist())

    def holds(self, other: Range) -> bool:
        """Whether the median of another range lies in this one."""
        low, high = (self.low, self.high) if other.count >= FEW else (self.least, self.most)
        slack = TOLERANCE * abs(other.median)
        return low - slack <= other.median <= high + slack


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity in both recordings.

    Attributes:
        quantity: Which.
        real: Of the real recording; None: it has none.
        simulated: Of the simulated one; None: it has none.
    """

    quantity: Quantity
    real: Range | None
    simulated: Range | None

    @property
    def verdict(self) -> Verdict:
        """Inside, where each median lies in the other's range; of fewer than `FEW` values there is no range."""
        if self.real is None or self.simulated is None:
            return Verdict.UNKNOWN
        ranges = [(self.real, self.simulated), (self.simulated, self.real)]
        tested = [(one, other) for one, other in ranges if one.count >= FEW]
        if not tested:
            return Verdict.UNKNOWN
        if all(one.holds(other) for one, other in tested):
            return Verdict.INSIDE
        return Verdict.LOWER if self.simulated.median < self.real.median else Verdict.HIGHER


def compare(real: Figures, simulated: Figures) -> list[Comparison]:
    """Every quantity of either recording, in their order."""

    def ranged(figures: Figures, quantity: Quantity) -> Range | None:
        values = figures.get(quantity, np.empty(0))
        values = values[np.isfinite(values)]
        return Range.of(values) if len(values) else None

    return [
        Comparison(quantity, ranged(real, quantity), ranged(simulated, quantity))
        for quantity in dict.fromkeys([*real, *simulated])
    ]
