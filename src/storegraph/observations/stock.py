"""What lies on the shelves, as far as that can be known."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Things that lie in a facing where they do not belong.

    Attributes:
        gtin: As in the catalogue; empty for what the catalogue does not know or is not the shop's.
        probability: That at least one lies there.
        expected: How many lie there, in expectation.
    """

    gtin: str
    probability: float
    expected: float


@dataclass(frozen=True, slots=True)
class FacingStock:
    """What lies in a facing by now, as far as that follows from what was taken, put back and restocked.

    Where the store file does not tell how many lay there at the beginning, `counts` is about the change since then:
    below zero where more left than came.

    Attributes:
        stamp: Of what it was concluded from last, nanoseconds since the Unix epoch.
        fixture: Fixture id.
        scales: Under the facing, at least one.
        gtin: The product that belongs here; empty where none does.
        counted: Whether the store file tells how many lay here at the beginning.
        least: The count that `counts` begins with.
        counts: Probability of each count from `least` on; they sum to one.
        misplaced: What lies here and does not belong here, by GTIN.
    """

    stamp: int
    fixture: str
    scales: tuple[str, ...]
    gtin: str
    counted: bool
    least: int
    counts: tuple[float, ...]
    misplaced: tuple[Misplaced, ...] = ()

    @property
    def key(self) -> str:
        """The facing, by its first scale."""
        return self.scales[0]

    @property
    def expected(self) -> float:
        """How many lie there in expectation; where they were not counted, the change since the beginning."""
        return math.fsum(count * probability for count, probability in enumerate(self.counts, self.least))

    @property
    def empty(self) -> float:
        """Probability that none of the product is left; NaN where they were not counted."""
        return self.counts[0] if self.counted and self.least == 0 else 0.0 if self.counted else math.nan
