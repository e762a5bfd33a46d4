"""What the scales of one stream read lately: sample by sample for seconds, and block by block for longer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from storegraph.units import NANOSECONDS

from .history import History
from .noise import WINDOW, Floats
from .stream import Block, hold

RAW_MEMORY = 4.0
"""Readings kept to look for the begin of a change in, seconds; the begin of a slower one is known to a block."""

LONGEST_LOOK_BACK = 60
"""Blocks of levels kept (9 s): longer than a slow pick-up, so that a neighbour's level before it is known."""

INSIDE, MEAN, READING, LEVEL = range(4)
"""What is kept of a block: the variance inside it, its mean, the level reading at its end, and the level before it."""


class Readings:
    """The newest readings of the scales of one stream, and statistics of their blocks.

    Args:
        count: Scales.
        rate: Samples per second.
        length: Samples in a block.
        blocks: How many blocks will be looked back at, at least; `LONGEST_LOOK_BACK` can always be.
    """

    def __init__(self, count: int, rate: float, length: int, blocks: int) -> None:
        taper = np.sin(np.pi * (np.arange(WINDOW * length) + 0.5) / (WINDOW * length)) ** 2
        self._taper = (taper / taper.sum())[:, np.newaxis]
        self._length = length
        self._block = length / rate
        self._tapered = np.zeros((WINDOW * length, count))
        self._powers = np.zeros((2, length, count))
        self._statistics = np.zeros((6, count))
        self._samples = 0
        self._raw = raw = max(WINDOW * length, round(RAW_MEMORY * rate))
        self._times: History[np.int64] = History(raw, (), np.int64)
        self._grams: History[np.float64] = History(raw, (count,))
        self._blocks: History[np.float64] = History(max(LONGEST_LOOK_BACK, blocks), (4, count))

    @property
    def squares(self) -> Floats:
        """Of deviation and drift in the newest block, and the variance inside it, grams squared, shape [3, scale]."""
        squares: Floats = self._statistics[:3]
        return squares

    def add(self, block: Block, level: Floats) -> tuple[NDArray[np.bool_] | None, Floats]:
        """Takes in one block.

        Args:
            block: The next one.
            level: Of each scale before it, grams.

        Returns:
            Where it has readings, shape [sample, scale], None: everywhere; and the mean square of what they are away
            from the sample before the block, shape [scale].
        """
        previous = self._grams.ago(0)
        grams, finite = block.grams, None
        mean, square = self._moments(grams, previous)
        if not math.isfinite(mean.dot(mean)):
            finite = np.isfinite(grams)
            grams = hold(grams, finite, previous)
            mean, square = self._moments(grams, previous)
        row = self._statistics[2:]  # shares the variance inside the block with `squares`
        np.add(mean, previous, out=row[MEAN])
        np.subtract(square, mean * mean, out=row[INSIDE])
        self._samples += self._length
        self._times.append(block.times)
        self._grams.append(grams)
        np.multiply(self._taper, self._grams.last(WINDOW * self._length), out=self._tapered)
        np.add.reduce(self._tapered, out=row[READING])
        row[LEVEL] = level
        self._blocks.push(row)
        deviations = self._statistics[:2]
        np.subtract(row[READING], level, out=deviations[0])
        np.subtract(row[MEAN], self._blocks.ago(WINDOW - 1)[MEAN], out=deviations[1])
        deviations *= deviations
        return finite, square

    def _moments(self, grams: Floats, origin: Floats) -> tuple[Floats, Floats]:
        """Mean of the readings and of their squares, both about an origin, each of shape [scale]."""
        powers = self._powers
        np.subtract(grams, origin, out=powers[0])
        np.multiply(powers[0], powers[0], out=powers[1])
        moments = np.add.reduce(powers, axis=1)
        moments /= self._length
        return moments[0], moments[1]

    def level_reading(self, ago: int = 0) -> Floats:
        """Level readings of the block that came so many blocks before the newest, grams, shape [scale]."""
        reading: Floats = self._blocks.ago(ago)[READING]
        return reading

    def vibration(self) -> Floats:
        """Variance inside the newest blocks, grams squared, shape [scale]."""
        vibration: Floats = np.add.reduce(self._blocks.last(WINDOW)[:, INSIDE]) / WINDOW
        return vibration

    def blocks(self, count: int) -> Floats:
        """What is kept of the newest blocks, shape [block, 4, scale]: `INSIDE`, `MEAN`, `READING`, `LEVEL`."""
        return self._blocks.last(count)

    def away(self, begin: int) -> Floats:
        """How far readings have been from their levels at a moment since then, grams, shape [block, scale]."""
        since = self._ago(begin)
        away: Floats = self._blocks.last(since + 1)[:, READING] - self._blocks.ago(since)[LEVEL]
        return away

    def between(self, begin: int, end: int) -> Floats:
        """Level readings from one moment to another, grams, shape [block, scale]."""
        first, last = self._ago(begin), self._ago(end)
        readings: Floats = self._blocks.last(first + 1)[: first + 1 - last, READING]
        return readings

    def _ago(self, moment: int) -> int:
        """How many blocks ago the last block was over at a moment; the oldest that is kept for moments before it."""
        blocks = (int(self._times.ago(0)) - moment) / NANOSECONDS / self._block
        return min(max(0, math.ceil(blocks)), LONGEST_LOOK_BACK - 1)

    def times(self, count: int) -> NDArray[np.int64]:
        """Of the newest samples, nanoseconds since the Unix epoch, shape [sample]."""
        return self._times.last(count)

    def samples(self, column: int) -> tuple[NDArray[np.int64], Floats]:
        """Times and grams of all samples of a scale that are kept, each of shape [sample]."""
        kept = min(self._samples, self._raw)
        grams: Floats = self._grams.last(kept)[:, column]
        return self._times.last(kept), grams
