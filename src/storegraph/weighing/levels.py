"""The levels of the scales of one stream, and how they follow the readings of scales that rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .model import WeighingSettings
from .noise import WINDOW, Floats

LAG = WINDOW + 1
"""Blocks by which the level follows the readings: no sample of the present window is in the level that it is compared
with."""


@dataclass(frozen=True, slots=True)
class Youth:
    """A level that does not follow the readings yet, or follows them faster than others because it rests on few.

    Attributes:
        since: Number of the block in which it was set.
        support: How many independent readings it rested on then.
    """

    since: int
    support: float

    def support_at(self, number: int) -> float:
        """Independent readings that it rests on by the block of a number."""
        return self.support + max(0, number - self.since - LAG) / WINDOW


class Levels:
    """A level for each scale; it follows the readings while its scale rests.

    Args:
        count: Scales.
        block: Seconds.
        settings: `level_memory` is used.

    Attributes:
        grams: The levels, shape [scale].
        resting: Which scales rest, shape [scale].
    """

    def __init__(self, count: int, block: float, settings: WeighingSettings) -> None:
        self.grams = np.zeros(count)
        self.resting = np.zeros(count, np.bool_)
        self._following = np.zeros(count)
        self._young: dict[int, Youth] = {}
        self._steady = block / settings.level_memory

    def follow(self, number: int, readings: Floats) -> None:
        """Takes in one block.

        Args:
            number: Of the block.
            readings: Level readings of the block `LAG` before it, grams, shape [scale].
        """
        self._age(number)
        self.grams += self._following * (readings - self.grams)

    def rest(self, column: int, level: float, support: float, number: int) -> None:
        """A scale rests at a new level, which rests on so many independent readings, from a block on."""
        self.grams[column] = level
        self.resting[column] = True
        self._following[column] = 0.0
        self._young[column] = Youth(number, support)

    def leave(self, column: int, number: int) -> float:
        """A scale does not rest any more.

        Returns:
            The variance of its level and a reading together, as a multiple of that of an old level and a reading.
        """
        self.resting[column] = False
        self._following[column] = 0.0
        youth = self._young.pop(column, None)
        return 1.0 if youth is None else 1.0 + 1.0 / youth.support_at(number)

    def _age(self, number: int) -> None:
        """Lets young levels follow as the mean of the readings they rest on, until they are as sluggish as others."""
        for column, youth in list(self._young.items()):
            if youth.since < number - LAG:
                gain = 1.0 / (WINDOW * youth.support_at(number))
                self._following[column] = max(self._steady, gain)
                if gain <= self._steady:
                    del self._young[column]
