"""Figures of two recordings, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW = 5
"""Of fewer values the range is not known: their 10th and 90th percentile would be single values."""

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
        low: 10th percentile.
        median: 50th percentile.
        high: 90th percentile.
    """

    count: int
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Range:
        """Of at least one value."""
        low, median, high = np.percentile(values, [10, 50, 90])
        return cls(len(values), float(low), float(median), float(high))

    def holds(self, value: float) -> bool:
        """Whether a value lies between the percentiles."""
        slack = TOLERANCE * abs(value)
        return self.low - slack <= value <= self.high + slack


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
        """Inside, where each median lies in the other's range; of fewer than `FEW` values only the median counts."""
        if self.real is None or self.simulated is None:
            return Verdict.UNKNOWN
        ranges = [(self.real, self.simulated), (self.simulated, self.real)]
        tested = [(one, other) for one, other in ranges if one.count >= FEW]
        if not tested:
            return Verdict.UNKNOWN
        if all(one.holds(other.median) for one, other in tested):
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
