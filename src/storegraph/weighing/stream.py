"""Messages of any length -> blocks of one length."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleSamples
from storegraph.units import NANOSECONDS

from .model import WeighingSettings

CLOCK_ROUNDING = 1_000
"""Stamps that differ by no more come from rounding, nanoseconds; so a stream has the same times however it is cut."""

LEAST_BLOCK = 4
"""Samples in a block at least; below 27 Hz blocks become longer."""


def samples_per_block(rate: float, settings: WeighingSettings) -> int:
    """Length of a block in samples."""
    return max(LEAST_BLOCK, round(settings.block * rate))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive readings.

    Attributes:
        times: Nanoseconds since the Unix epoch, shape [sample].
        grams: Shape [sample, scale]; NaN where there is no reading.
    """

    times: NDArray[np.int64]
    grams: NDArray[np.float64]


class SampleStream:
    """The readings of the scales that share messages.

    Blocks are counted from the first sample of the stream, so they do not depend on how it is cut into messages.
    Missing time is filled with NaN, but for no longer than it takes to see that the stream is silent.

    Attributes:
        rate: Samples per second.
        blocks: Complete blocks that wait to be processed.
        end: Where the samples end, missing ones included, nanoseconds since the Unix epoch.
        heard: Where the readings end.
        silent: Nothing came for `silent_after`.

    Args:
        scales: How many.
        columns: Where they are in messages; None where messages hold these scales and no others.
        rate: Samples per second.
        stamp: Of the first message, nanoseconds since the Unix epoch.
        settings: `block`, `silent_after` and `jitter` are used.
    """

    def __init__(
        self, scales: int, columns: list[int] | None, rate: float, stamp: int, settings: WeighingSettings
    ) -> None:
        self.rate = rate
        self.blocks: deque[Block] = deque()
        self.end = self.heard = stamp
        self.silent = False
        self._columns = columns
        self._count = scales
        self._length = samples_per_block(rate, settings)
        self._jitter = round(settings.jitter * NANOSECONDS)
        self._silent_after = settings.silent_after
        self._anchor, self._counted = stamp, 0
        self._filled = 0
        self._filling = self._empty_block()

    def append(self, samples: ScaleSamples) -> None:
        """Adds a message; what it repeats of the past is left out."""
        grams = samples.grams
        late = samples.stamp - self.end
        if late > self._jitter and not self.silent:
            self._fill(round(late * self.rate / NANOSECONDS))
        elif late < -self._jitter:
            grams = grams[min(len(grams), -int(late * self.rate // NANOSECONDS)) :]
        if not len(grams):
            return
        start = max(samples.stamp, self.end) if late < -self._jitter else samples.stamp
        if abs(start - self.end) > CLOCK_ROUNDING or self._counted == 0:
            self._anchor, self._counted = start, 0
        self._add(grams if self._columns is None else grams[:, self._columns])
        self.heard, self.silent = self.end, False

    @property
    def reached(self) -> int:
        """End of the first block that waits, or, where there is none, of what there is of it."""
        return int(self.blocks[0].times[-1]) if self.blocks else self.end

    def fall_silent(self) -> None:
        """Notes that nothing came for so long that the scales are silent; the stream holds up nobody any more."""
        if not self.silent:
            self.silent = True
            self._fill(int(self._silent_after * self.rate) + 1 + self._length)

    def _fill(self, missing: int) -> None:
        if missing > 0:
            self._add(np.full((missing, self._count), np.nan))

    def _empty_block(self) -> Block:
        return Block(np.empty(self._length, np.int64), np.empty((self._length, self._count)))

    def _add(self, grams: NDArray[np.floating]) -> None:
        since_anchor = np.arange(self._counted, self._counted + len(grams) + 1) * (NANOSECONDS / self.rate)
        times = self._anchor + np.rint(since_anchor).astype(np.int64)
        self._counted += len(grams)
        self.end = int(times[-1])
        added = 0
        while added < len(grams):
            more = min(self._length - self._filled, len(grams) - added)
            self._filling.times[self._filled : self._filled + more] = times[added : added + more]
            self._filling.grams[self._filled : self._filled + more] = grams[added : added + more]
            self._filled += more
            added += more
            if self._filled == self._length:
                self.blocks.append(self._filling)
                self._filled, self._filling = 0, self._empty_block()


def hold(grams: NDArray[np.float64], finite: NDArray[np.bool_], previous: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fills gaps with the reading before them.

    Args:
        grams: Shape [sample, scale].
        finite: Where `grams` holds readings.
        previous: Reading before the first sample, shape [scale].
    """
    rows = np.arange(1, len(grams) + 1)[:, np.newaxis]
    latest = np.maximum.accumulate(np.where(finite, rows, 0), axis=0)
    return np.take_along_axis(np.vstack((previous, grams)), latest, axis=0)
