"""Change points of one scale: when a departure from the level became a new level, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEDIAN_LENGTH = 5
"""Samples of the running median under which begin and end are looked for: it takes out spikes of two samples and keeps edges."""

REST = 0.1
"""A reading that stays within its noise for so long rests, seconds: longer than half a swing of ringing at 5 Hz, so that
passing through the level is not resting."""


class Outcome(Enum):
    """How a departure ended."""

    RETURNED = "returned"
    DRIFTED = "drifted"
    CHANGED = "changed"


@dataclass(slots=True)
class Departure:
    """A scale has left its level and not yet found a new one.

    Attributes:
        opened: Number of the block in which it was noticed.
        begun: Number of the block in which it began.
        begin: Nanoseconds since the Unix epoch.
        level: The level before, grams.
        variance: Of `level` and a reading together, without vibration, grams squared.
    """

    opened: int
    begun: int
    begin: int
    level: float
    variance: float


@dataclass(frozen=True, slots=True)
class Course:
    """Begin, middle and end of a change, as indices into the readings it was looked for in; None: before the first of them."""

    begin: int | None
    middle: int | None
    end: int


def last_rest(readings: Floats, level: float, band: float, length: int) -> int | None:
    """Where a reading last rested.

    Args:
        readings: Grams, shape [sample].
        level: Grams.
        band: The reading rests while it is at most so far from the level, grams.
        length: It rests only if it does so for so many samples.

    Returns:
        Index of the last sample of the last such stretch; None where there is none.
    """
    ends = np.flatnonzero(_stretches(readings, level, band, length))
    return int(ends[-1]) + length - 1 if len(ends) else None


def first_rest(readings: Floats, level: float, band: float, length: int) -> int | None:
    """Index of the first sample of the first stretch in which a reading rests; arguments as of `last_rest`."""
    begins = np.flatnonzero(_stretches(readings, level, band, length))
    return int(begins[0]) if len(begins) else None


def _stretches(readings: Floats, level: float, band: float, length: int) -> NDArray[np.bool_]:
    """Where a stretch begins, shape [sample - length + 1]."""
    within = np.concatenate(([0], np.cumsum(np.abs(readings - level) <= band)))
    stretches: NDArray[np.bool_] = within[length:] - within[:-length] == length
    return stretches


def course(readings: Floats, before: float, after: float, bands: tuple[float, float], rate: float) -> Course:
    """Follows a change through the readings around it.

    Args:
        readings: Up to the plateau after the change, grams, shape [sample].
        before: Level before, grams.
        after: Level after, grams.
        bands: How far a resting reading strays from either, grams.
        rate: Samples per second.

    Returns:
        Begin: the last sample that rested on the level before. Middle: the last time half of the
        change was passed. End: the first sample after it that rests on the level after.
    """
    smooth = running_median(readings)
    length = max(1, round(REST * rate))
    done = (smooth - before) / (after - before)
    short = np.flatnonzero(done < 0.5)
    if not len(short):
        return Course(None, None, 0)
    middle = min(int(short[-1]) + 1, len(smooth) - 1)
    begin = last_rest(smooth[:middle], before, bands[0], length) if middle >= length else None
    rest = first_rest(smooth[middle:], after, bands[1], length) if len(smooth) - middle >= length else None
    return Course(begin, middle, middle + (rest or 0))


def running_median(readings: Floats) -> Floats:
    """Median of five samples around each, the ends repeated, shape [sample]; keeps steps, takes out spikes of two samples."""
    half = MEDIAN_LENGTH // 2
    padded = np.concatenate((np.full(half, readings[0]), readings, np.full(half, readings[-1])))
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_LENGTH)
    median: Floats = np.median(windows, axis=1)
    return median
