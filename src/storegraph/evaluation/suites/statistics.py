"""How sure a figure is that was counted from some visits, and whether two such figures differ."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Part

Counts = NDArray[np.float64]
"""What was counted in each visit, shape [visit, kind of count]."""

Z = 1.959964
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""

RESAMPLES = 2000
"""Of a bootstrap; the ends of a 95 % interval then rest on fifty of them each (Efron and Tibshirani, 1993, ch. 13)."""


class Estimate(Part):
    """A share, and its 95 % confidence interval.

    Attributes:
        value: 0 to 1.
        low: Lower end.
        high: Upper end.
        of: How many there were.
    """

    value: float
    low: float
    high: float
    of: int


def share(count: int, of: int) -> Estimate | None:
    """A counted share with Wilson's interval; None of nothing."""
    if not of:
        return None
    low, high = wilson(count / of, of)
    return Estimate(value=count / of, low=low, high=high, of=of)


def wilson(value: float, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, 1927), also right at 0 and 1.

    Args:
        value: The share, 0 to 1.
        of: How many independent ones it was counted from, at least one.
    """
    spread = 1 + Z**2 / of
    middle = (value + Z**2 / (2 * of)) / spread
    half = Z / spread * math.sqrt(value * (1 - value) / of + Z**2 / (4 * of**2))
    # At 0 and 1 an end is the share itself, but for rounding.
    return min(max(0.0, middle - half), value), max(min(1.0, middle + half), value)


def bootstrapped(counts: Counts, ratio: Callable[[Counts], Counts], of: int) -> Estimate | None:
    """A ratio of sums over visits with the percentile interval of a bootstrap over visits; None where there are none.

    Visits that are all alike, as those without a mistake, give the same resample every time. That they are few does not
    show then; Wilson's interval for so many visits stands in, as if each were right or wrong as a whole.

    Args:
        counts: Of each visit.
        ratio: From sums, shape [resample, kind of count], to figures, shape [resample]; NaN where there is none.
        of: How many there were of what is told of.
    """
    value = ratio(counts.sum(axis=0, keepdims=True))[0]
    if math.isnan(value):
        return None
    figures = ratio(resampled(counts))
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    if math.isclose(low, high):
        low, high = wilson(float(value), int(np.isfinite(ratio(counts)).sum()))
    return Estimate(value=float(value), low=float(low), high=float(high), of=of)


def resampled(counts: Counts) -> Counts:
    """Sums over as many visits drawn with replacement, shape [resample, kind of count]; always the same draws."""
    visits = len(counts)
    drawn = np.random.default_rng(0).multinomial(visits, np.full(visits, 1 / visits), RESAMPLES)
    sums: Counts = drawn @ counts
    return sums


def mcnemar(better: int, worse: int) -> float:
    """Probability of so uneven a change or a more uneven one, if either way were equally likely.

    McNemar's test, exact (McNemar, 1947): of visits that are right before and after, or wrong both times, nothing
    follows.

    Args:
        better: Visits that are right now and were wrong.
        worse: Visits that are wrong now and were right.
    """
    from scipy.stats import binomtest  # takes seconds to import, and only who compares needs it

    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
