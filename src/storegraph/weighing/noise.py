"""What the reading of a resting scale does by itself, learnt while it rests.

A scale's level is read through a tapered window of three blocks. Two statistics decide: the *deviation* of that
reading from the level before, and the *drift* of the block means across the window. The model learns the variance of
exactly these two for every scale, so white noise, sway and quantisation are in it with the weight they have there,
and a standard error needs no assumption about their spectrum. Vibration comes and goes within a second, faster than a
variance can be learnt: its part is taken from the variance inside the newest blocks, times the small share of it that
the window lets through.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import WeighingSettings

Floats = NDArray[np.float64]

WINDOW = 3
"""Blocks in the window that a level is read from: one each for before, at and after its middle."""

VARIANCE_FLOOR = 0.36**2 / 12
"""Grams squared: that of rounding to 0.36 g, the coarsest steps measured. A reading can rest within one step for as
long as it is learnt."""

OUTLIER = 9.0
"""A square counts for at most so many variances (3 sigma): what is not noise must not become noise at once."""

CHI_SQUARE_MEDIAN = 0.455
"""Median of a squared standard normal variable."""

START_UP_DOUBT = 2.0
"""A variance learnt from the first seconds rests on a handful of independent readings: it is doubled, and falls as
more come."""


_ONE, _OUTLIER, _FLOOR = np.array(1.0), np.array(OUTLIER), np.array(VARIANCE_FLOOR)
"""As arrays: converting a number takes numpy half as long as computing with it, and every block does."""


def median(values: Floats) -> Floats:
    """Median along the first axis; `numpy.median` imports `numpy.ma` when first called (0.06 to 0.1 s).

    Args:
        values: Finite, shape [n, ...] with n at least 1.
    """
    ordered = np.sort(values, axis=0)
    middle: Floats = (ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2
    return middle


class NoiseModel:
    """Variances of the resting readings of many scales, grams squared, without vibration, each of shape [scale].

    No array is kept that is a view of another: pickling would part them.
    """

    def __init__(self, scales: int, block: float, settings: WeighingSettings) -> None:
        self._leaks = np.array([[settings.vibration_leak], [settings.vibration_drift], [0.0]])
        self._gain = block / settings.noise_memory
        self._gains = np.zeros(scales)
        self._variances = np.full((3, scales), VARIANCE_FLOOR)

    @property
    def deviation(self) -> Floats:
        """Of the level reading from the level before it."""
        deviation: Floats = self._variances[0]
        return deviation

    @property
    def drift(self) -> Floats:
        """Of the difference of the last and the first block mean of a window."""
        drift: Floats = self._variances[1]
        return drift

    @property
    def rest(self) -> Floats:
        """Inside a block; the vibration that is always there."""
        rest: Floats = self._variances[2]
        return rest

    def expected(self, vibration: Floats) -> Floats:
        """Variances of deviation, drift and inside a block under the vibration of the moment, shape [3, scale].

        Args:
            vibration: Variance inside the newest blocks, grams squared, shape [scale].
        """
        expected: Floats = self._leaks * vibration
        expected += self._variances
        return expected

    def learn(self, squares: Floats, expected: Floats) -> None:
        """Takes in one block; only scales that are attended to are learnt.

        The surprise is taken relative to what was expected, and counts by the share that is not vibration: what
        shakes teaches little about rest.

        Args:
            squares: Of deviation and drift, and the variance inside the block, shape [3, scale].
            expected: As `expected` gave it.
        """
        surprise = squares / expected
        np.minimum(surprise, _OUTLIER, out=surprise)
        surprise -= _ONE
        surprise *= self._gains
        surprise *= self._variances / expected
        surprise += _ONE
        self._variances *= surprise
        np.maximum(self._variances, _FLOOR, out=self._variances)

    def attend(self, column: int, resting: bool) -> None:
        """Learns a scale from now on while it rests, or leaves it alone."""
        self._gains[column] = self._gain if resting else 0.0

    def start(self, columns: list[int], levels: Floats, means: Floats, inside: Floats) -> None:
        """Learns scales from scratch.

        Args:
            columns: Which.
            levels: Their level readings while they were watched, shape [block, column].
            means: Their block means, same shape.
            inside: Their variances inside a block, same shape.
        """
        apart = WINDOW + 1
        between_levels = median((levels[apart:] - levels[:-apart]) ** 2) / 2
        between_means = median((means[WINDOW - 1 :] - means[: 1 - WINDOW]) ** 2)
        for variance, square in ((self.deviation, between_levels), (self.drift, between_means)):
            variance[columns] = np.maximum(START_UP_DOUBT * square / CHI_SQUARE_MEDIAN, VARIANCE_FLOOR)
        self.rest[columns] = np.maximum(median(inside), VARIANCE_FLOOR)
