"""Tells silent and stuck scales from live ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleCondition
from storegraph.units import NANOSECONDS

from .model import WeighingSettings


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """A scale became unusable, or gives readings again.

    Attributes:
        column: Which scale of the stream.
        condition: What it is now.
        since: Time of the first sample of the new condition, nanoseconds since the Unix epoch.
    """

    column: int
    condition: ScaleCondition
    since: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """A stretch of usable blocks of a scale that is watched.

    Attributes:
        block: Number of the first.
        since: Its first sample, nanoseconds since the Unix epoch.
    """

    block: int
    since: int


class Health:
    """Keeps the time since when each scale of a stream has given nothing, always the same, or something usable.

    Only scales with something to tell cost more than vector arithmetic.

    Attributes:
        condition: Of each scale, as last reported.
        blind: Scales of which the newest block has readings for less than half of its samples.
    """

    def __init__(self, condition: list[ScaleCondition], settings: WeighingSettings) -> None:
        self.condition = condition
        self.blind: list[int] = []
        self._silent_after = round(settings.silent_after * NANOSECONDS)
        self._stuck_after = round(settings.stuck_after * NANOSECONDS)
        self._number = 0
        self._missing: dict[int, int] = {}
        self._constant_since = np.zeros(len(condition), np.int64)
        self._none_stuck_before = 0
        self._stuck = {column for column, known in enumerate(condition) if known == ScaleCondition.STUCK}
        self._unusable = set(range(len(condition)))
        self._recovering: dict[int, Recovery] = {}

    def update(
        self, times: NDArray[np.int64], finite: NDArray[np.bool_] | None, square: NDArray[np.float64]
    ) -> list[ConditionChange]:
        """Takes in one block.

        Args:
            times: Of its samples, nanoseconds since the Unix epoch, shape [sample].
            finite: Where there are readings, shape [sample, scale]; None: everywhere.
            square: Mean square of what they are away from the sample before the block, shape [scale].

        Returns:
            Scales that are silent or stuck from now on, by column.
        """
        self._number += 1
        first, last = int(times[0]), int(times[-1])
        if self._number == 1:
            self._constant_since.fill(first)
        if np.count_nonzero(square) == len(square):
            self._constant_since.fill(last)
        else:
            self._constant_since[square != 0.0] = last
        changes = []
        self.blind = []
        if finite is None:
            self._missing = {}
        else:
            self._missing = self._find_missing(times, finite)
            self._constant_since[self.blind] = last
        if self._unusable or self._recovering:
            self._watch(first, last)
        if self._missing:
            changes += self._report(self._missing, last - self._silent_after, ScaleCondition.SILENT)
        if last >= self._none_stuck_before:
            changes += self._find_stuck(last)
        return changes

    def recover(self, blocks: int) -> tuple[list[int], list[ConditionChange]]:
        """Ends the watch over scales that were usable for so many blocks in a row.

        Returns:
            Their columns, and those among them that had been silent or stuck.
        """
        if not self._recovering:
            return [], []
        latest = self._number - blocks + 1
        ready = sorted(column for column, recovery in self._recovering.items() if recovery.block <= latest)
        back = [
            ConditionChange(column, ScaleCondition.OK, self._recovering[column].since)
            for column in ready
            if self.condition[column]
        ]
        for column in ready:
            del self._recovering[column]
            self.condition[column] = ScaleCondition.OK
        self._stuck.difference_update(ready)
        return ready, back

    def _watch(self, first: int, last: int) -> None:
        """Follows the scales that are not in use, through a block from its first to its last sample."""
        bad = {column for column in self._stuck if self._constant_since[column] < last}.union(self.blind)
        for column in bad & self._recovering.keys():
            self._lose(column)
        for column in self._unusable - bad:
            self._recovering[column] = Recovery(self._number, first)
        self._unusable &= bad

    def _lose(self, column: int) -> None:
        self._recovering.pop(column, None)
        self._unusable.add(column)

    def _find_missing(self, times: NDArray[np.int64], finite: NDArray[np.bool_]) -> dict[int, int]:
        """Since when the scales that have no newest reading have none."""
        length = len(times)
        readings = finite.sum(axis=0)
        trailing = np.where(readings == 0, length, np.argmax(finite[::-1], axis=0))
        self.blind = np.flatnonzero(2 * readings < length).tolist()
        since = {}
        for column in np.flatnonzero(trailing).tolist():
            begins = int(times[length - trailing[column]])
            since[column] = self._missing.get(column, begins) if readings[column] == 0 else begins
        return since

    def _find_stuck(self, last: int) -> list[ConditionChange]:
        """Looks for stuck scales, and notes until when there can be no other."""
        constant = np.flatnonzero(self._constant_since <= last - self._stuck_after).tolist()
        since = {column: int(self._constant_since[column]) for column in constant}
        changes = self._report(since, last - self._stuck_after, ScaleCondition.STUCK)
        others = [int(begun) for column, begun in enumerate(self._constant_since) if column not in self._stuck]
        self._none_stuck_before = min(others, default=last) + self._stuck_after
        return changes

    def _report(self, since: dict[int, int], at_most: int, condition: ScaleCondition) -> list[ConditionChange]:
        changes = []
        for column, begun in since.items():
            worse = self.condition[column] == ScaleCondition.OK or condition == ScaleCondition.SILENT
            if begun <= at_most and worse and self.condition[column] != condition:
                self.condition[column] = condition
                (self._stuck.add if condition == ScaleCondition.STUCK else self._stuck.discard)(column)
                self._lose(column)
                changes.append(ConditionChange(column, condition, begun))
        return changes
