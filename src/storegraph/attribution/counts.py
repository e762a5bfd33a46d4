"""Distributions over whole numbers, as probabilities by number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

CERTAIN = 1e-9
"""What is less likely than that is left out."""

Counts = Mapping[int, float]

NONE: Counts = {0: 1.0}
"""Certainly none."""


def summed(distributions: Iterable[Counts]) -> dict[int, float]:
    """The distribution of the sum of independent numbers, from the least to the greatest."""
    total: dict[int, float] = dict(NONE)
    for distribution in distributions:
        together: defaultdict[int, float] = defaultdict(float)
        for count, probability in total.items():
            for other, its_probability in distribution.items():
                together[count + other] += probability * its_probability
        likely = {count: together[count] for count in sorted(together) if together[count] >= CERTAIN}
        scale = sum(likely.values())
        total = {count: probability / scale for count, probability in likely.items()}
    return total
