"""Who of those followed went through a gate: what gates tell, bound to shoppers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from storegraph.observations import GateEvent, Passage

NEVER = 1e6
"""Seconds between an entry and somebody who cannot be meant by it."""


@dataclass(frozen=True, slots=True)
class _Comer:
    """Somebody who was seen to come in and is not told of yet; `came` in nanoseconds since the Unix epoch."""

    shopper_id: str
    gate: str
    came: int


class Passages:
    """Binds the entries that gates tell of to the people who are seen to come in, and tells who has left.

    A gate tells that somebody came in, and on which credential; the cameras see who. People who come in close to each
    other are bound together, so that the moments fit best. Whom no gate tells of has come in without a credential, and
    that is told as derived. An entry that nobody was seen to make is told of nobody.

    Args:
        window: What a gate tells and what the cameras see of it are at most so far apart, nanoseconds.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._entries: list[GateEvent] = []
        self._comers: list[_Comer] = []
        self._parties: dict[str, str] = {}
        self._concluded: list[tuple[str, int]] = []

    def tell(self, entry: GateEvent) -> None:
        """Takes in what a gate tells of somebody who came in."""
        self._entries.append(entry)

    def come_in(self, shopper_id: str, gate: str, came: int) -> None:
        """Takes in that somebody is seen inside who came in at a moment."""
        self._comers.append(_Comer(shopper_id, gate, came))

    def coming_in(self, shopper_id: str) -> bool:
        """Whether somebody was seen to come in and is not told of yet."""
        return any(comer.shopper_id == shopper_id for comer in self._comers)

    def is_told_of(self, shopper_id: str) -> bool:
        """Whether it has been told that somebody came in, and not that they left."""
        return shopper_id in self._parties

    def forget(self, shopper_id: str) -> None:
        """Takes back that somebody was seen to come in: there is no such person."""
        self._comers = [comer for comer in self._comers if comer.shopper_id != shopper_id]

    def await_somebody(self, gate: str) -> bool:
        """Whether a gate has lately told of somebody who came in and has not been bound to it."""
        return any(entry.gate == gate for entry in self._entries)

    def bind(self, now: int, leaving: str = "") -> Iterator[GateEvent]:
        """Tells who came in, once nothing else can be meant.

        Args:
            now: Everything up to this moment has been taken in, nanoseconds since the Unix epoch.
            leaving: A shopper for whom there is no time to wait.
        """
        due = [each for each in self._comers if now - each.came > self._window or each.shopper_id == leaving]
        pairs = self._pairs() if due else {}
        for comer in due:
            entry = pairs.get(comer.shopper_id)
            self._comers.remove(comer)
            if entry is None:
                entry = GateEvent(now, comer.gate, Passage.ENTRY, "", "", "", derived=True)
            else:
                self._entries.remove(entry)
            self._parties[comer.shopper_id] = entry.party
            yield replace(entry, stamp=now, shopper_id=comer.shopper_id)
        unseen = [entry for entry in self._entries if now - entry.stamp > 2 * self._window]
        for entry in unseen:
            self._entries.remove(entry)
            yield replace(entry, stamp=now)
        self._concluded = [each for each in self._concluded if now - each[1] <= self._window]

    def leave(self, shopper_id: str, gate: str, now: int, derived: bool) -> Iterator[GateEvent]:
        """Tells that somebody has left, after that they came in."""
        yield from self.bind(now, leaving=shopper_id)
        party = self._parties.pop(shopper_id, "")
        if derived:
            self._concluded.append((gate, now))
        yield GateEvent(now, gate, Passage.EXIT, "", party, shopper_id, derived)

    def is_known(self, exit_event: GateEvent) -> bool:
        """Whether an exit that a gate tells of was concluded before; each conclusion stands for one exit."""
        recent = (each for each in self._concluded if exit_event.stamp - each[1] <= self._window)
        known = next((each for each in recent if each[0] == exit_event.gate), None)
        if known is not None:
            self._concluded.remove(known)
        return known is not None

    def _pairs(self) -> dict[str, GateEvent]:
        """The entry of each comer for whom there is one: of all ways to pair them, the one that fits best."""
        apart = np.full((len(self._comers), len(self._entries)), NEVER)
        for row, comer in enumerate(self._comers):
            for column, entry in enumerate(self._entries):
                if entry.gate == comer.gate and abs(entry.stamp - comer.came) <= self._window:
                    apart[row, column] = abs(entry.stamp - comer.came) * 1e-9
        rows, columns = linear_sum_assignment(apart)
        return {
            self._comers[row].shopper_id: self._entries[column]
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if apart[row, column] < NEVER
        }
