"""Goods that came and went, or went and came back, before their scale had settled between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .changes import Floats, running_median

LIGHTER_REST = 0.2
"""What is lighter must rest for so long, seconds: longer than half a swing of ringing at 3 Hz, the slowest measured."""

HEAVIER_REST = 0.3
"""What is heavier must rest for so long, seconds: most of the unsteadiness of a hand's force lies below 4 Hz, and some
of it in any quarter of a second (Taylor, Christou and Enoka, J Neurophysiol 90, 2003)."""

STEADY = 0.25
"""And it must keep within this share of the unsteadiness that marks a hand. A force that wanders by 1.7 % once in a
second moves by 1 % in `HEAVIER_REST` even where it turns: twice what this allows."""

RINGING = 0.008
"""Amplitude with which a plate rings after a sudden load, as a share of it. Measured: 5 g after 623 g."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A rest of a scale beyond the levels before and after.

    Attributes:
        level: Where it rested, grams.
        first: Index of the first reading of the rest.
        last: Index of the last one.
    """

    level: float
    first: int
    last: int


def turn(
    readings: Floats, levels: tuple[float, float], least: float, band: float, tremor: float, rate: float
) -> Turn | None:
    """Finds goods in what came and went.

    A hand can press on a shelf, so what was heavier must have been steadier than a hand. It can make a shelf lighter
    only by lifting goods, so what was lighter must have rested.

    Args:
        readings: From the level before to that after, grams, shape [sample].
        levels: Before and after, grams.
        least: The rest lies at least so far from both, grams.
        band: How far a resting reading strays from its level without ringing, grams.
        tremor: Relative unsteadiness that marks a hand.
        rate: Samples per second.

    Returns:
        The rest that is furthest from both levels; None where there is none.
    """
    smooth = running_median(readings)
    best, found = 0.0, None
    for heavier, seconds in ((False, LIGHTER_REST), (True, HEAVIER_REST)):
        length = max(1, round(seconds * rate))
        if len(smooth) < length:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(smooth, length)
        rested = windows.mean(axis=1)
        beyond = rested - max(levels) if heavier else min(levels) - rested
        strays = STEADY * tremor * beyond if heavier else band + RINGING * beyond
        rests = (beyond >= least) & (np.ptp(windows, axis=1) <= 2 * strays)
        beyond = np.where(rests, beyond, 0.0)
        first = int(beyond.argmax())
        if beyond[first] > best:
            best, found = float(beyond[first]), Turn(float(rested[first]), first, first + length - 1)
    return found
