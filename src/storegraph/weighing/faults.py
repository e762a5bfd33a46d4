"""Tells silent and stuck scales from live ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleCondition

from .model import WeighingSettings
from .stream import SECOND


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


class Health:
    """Keeps the time since when each scale of a stream has given nothing, always the same, or something usable.

    Only scales with something to keep cost more than vector arithmetic.

    Attributes:
        condition: Of each scale, as last reported.
        blind: Scales of which the newest block has readings for less than half of its samples.
    """

    def __init__(self, condition: list[ScaleCondition], settings: WeighingSettings) -> None:
        self.condition = condition
        self.blind: list[int] = []
        self._silent_after = round(settings.silent_after * SECOND)
        self._stuck_after = round(settings.stuck_after * SECOND)
        self._missing: dict[int, int] = {}
        self._constant: dict[int, int] = {}
        self._watched: dict[int, list[int]] = {column: [] for column in range(len(condition))}
        self._previous: int | None = None

    def update(
        self, times: NDArray[np.int64], finite: NDArray[np.bool_] | None, constant: list[int]
    ) -> list[ConditionChange]:
        """Takes in one block.

        Args:
            times: Of its samples, nanoseconds since the Unix epoch, shape [sample].
            finite: Where there are readings, shape [sample, scale]; None: everywhere.
            constant: Columns of the scales whose samples all equal the one before the block.

        Returns:
            Scales that are silent or stuck from now on, by column.
        """
        last = int(times[-1])
        if finite is None and not (constant or self._constant or self._missing or self._watched):
            self._previous = last
            return []
        first = int(times[0])
        self.blind = []
        self._missing = {} if finite is None else self._find_missing(times, finite)
        blind = set(self.blind)
        before = first if self._previous is None else self._previous
        self._constant = {c: self._constant.get(c, before) for c in constant if c not in blind}
        self._previous = last
        for column, blocks in self._watched.items():
            if column in blind or (column in self._constant and self.condition[column] == ScaleCondition.STUCK):
                blocks.clear()
            else:
                blocks.append(first)
        return [
            *self._report(self._missing, last - self._silent_after, ScaleCondition.SILENT),
            *self._report(self._constant, last - self._stuck_after, ScaleCondition.STUCK),
        ]

    def recover(self, blocks: int) -> tuple[list[int], list[ConditionChange]]:
        """Ends the watch over scales that were usable for so many blocks in a row.

        Returns:
            Their columns, and those among them that had been silent or stuck.
        """
        if not self._watched:
            return [], []
        ready = {column: seen[0] for column, seen in self._watched.items() if len(seen) >= blocks}
        back = [ConditionChange(c, ScaleCondition.OK, since) for c, since in ready.items() if self.condition[c]]
        for column in ready:
            del self._watched[column]
            self.condition[column] = ScaleCondition.OK
        return list(ready), back

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

    def _report(self, since: dict[int, int], at_most: int, condition: ScaleCondition) -> list[ConditionChange]:
        changes = []
        for column, begun in since.items():
            worse = self.condition[column] == ScaleCondition.OK or condition == ScaleCondition.SILENT
            if begun <= at_most and worse and self.condition[column] != condition:
                self.condition[column] = condition
                self._watched[column] = []
                changes.append(ConditionChange(column, condition, begun))
        return changes
