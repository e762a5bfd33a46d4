"""Change points of one scale: when a departure from the level became a new level, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEDIAN_LENGTH = 5
"""Samples of the running median under which begin and end are looked for: it takes out spikes of two samples and
keeps edges."""

REST = 0.1
"""A reading that stays within its noise for so long rests, seconds: longer than half a swing of ringing at 5 Hz, so
that passing through the level is not resting."""


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
    """When a change happened, as indices into the readings it was looked for in.

    Attributes:
        begin: The last sample that rested on the level before; None: it left that level before the first of them.
        middle: Half of the change was done.
        end: The first sample after it that rests on the level after.
    """

    begin: int | None
    middle: int
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


def course(readings: Floats, before: float, after: float, band: float, rate: float) -> Course:
    """Follows a change through the readings around it.

    Args:
        readings: Up to the plateau after the change, grams, shape [sample].
        before: Level before, grams.
        after: Level after, grams.
        band: How far a resting reading strays from either, grams.
        rate: Samples per second.

    Returns:
        Begin and end around the last time that half of the change was passed. The middle is where a sudden step of
        the same area would be: it uses every sample between begin and end, so noise moves it little.
    """
    smooth = running_median(readings)
    length = max(1, round(REST * rate))
    done = (smooth - before) / (after - before)
    short = np.flatnonzero(done < 0.5)
    passed = int(short[-1]) + 1 if len(short) else 0
    begin = last_rest(smooth[:passed], before, band, length) if passed >= length else None
    rest = first_rest(smooth[passed:], after, band, length) if len(smooth) - passed >= length else None
    end = min(passed + (rest or 0), len(smooth) - 1)
    progress = np.clip(done[begin or 0 : end], 0.0, 1.0)
    return Course(begin, end - round(float(np.add.reduce(progress))), end)


def running_median(readings: Floats) -> Floats:
    """Median of five samples around each, the ends repeated, shape [sample]: steps stay, short spikes go."""
    half = MEDIAN_LENGTH // 2
    padded = np.concatenate((np.full(half, readings[0]), readings, np.full(half, readings[-1])))
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_LENGTH)
    median: Floats = np.sort(windows, axis=1)[:, half]
    return median
