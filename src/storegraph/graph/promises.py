"""What a player may promise about the topics that it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from storegraph.observations import Observation

from .merge import END
from .operator import Promise
from .topics import GATE_EVENTS, PASSAGES

SPARSE = frozenset({GATE_EVENTS.name, PASSAGES.name})
"""Topics that speak only when something happens."""

REMEMBERED = 1000
"""Observations of a topic that are recognised when they come again, as in a merge: a recording may hold copies."""


class PlayedTopics:
    """Knows what has been played, and what is still to come."""

    def __init__(self) -> None:
        self._given: dict[str, dict[tuple[int, str], None]] = {}
        self._to_come: dict[str, list[int]] = {}
        self._frontier = 0

    def expect(self, stamps: Mapping[str, Sequence[int]], next_round: int | None = None) -> None:
        """Takes note of what is still to come.

        Args:
            stamps: Of each topic, in the order in which they will be played, nanoseconds since the Unix epoch.
            next_round: How much later all of it will come once more, nanoseconds; None for never.
        """
        for name, coming in stamps.items():
            again = [min(coming) + next_round] if coming and next_round is not None else []
            self._to_come[name] = list(accumulate([*again, *reversed(coming)], min))
        sparse = (least for name, least in self._to_come.items() if name in SPARSE)
        earliest = min((least[-1] for least in sparse if least), default=0)
        self._frontier = max(self._frontier, earliest)

    def play(self, name: str, observation: Observation) -> None:
        """Takes note of what is played."""
        if name in self._to_come:
            self._to_come[name].pop()
        given = self._given.setdefault(name, {})
        given.setdefault((observation.stamp, observation.key))
        if len(given) > REMEMBERED:
            del given[next(iter(given))]
        self._frontier = max(self._frontier, observation.stamp)

    def silence(self) -> Iterator[tuple[str, Promise]]:
        """Of topics that speak only when something happens: that nothing has happened that has not been played."""
        for name in SPARSE & self._to_come.keys():
            yield name, Promise(min([*self._to_come[name][-1:], self._frontier]), self._last_given(name))

    def measured(self, name: str, now: int) -> Promise | None:
        """Of a topic that speaks all the time: that nothing earlier follows what is still to come.

        Args:
            name: Of the topic; None is given for others.
            now: In the time of the recording, nanoseconds since the Unix epoch. A live sensor cannot promise beyond it,
                and a promise far ahead would have the other topics passed over.
        """
        if name in SPARSE or name not in self._to_come:
            return None
        return Promise(min([*self._to_come[name][-1:], now]), self._last_given(name))

    def end(self, name: str) -> Promise:
        """That nothing more will come on a topic."""
        return Promise(END, self._last_given(name))

    def _last_given(self, name: str) -> tuple[int, str] | None:
        """Of the observations that had not been played before, whatever their stamps: it arrives after all others."""
        return next(reversed(self._given.get(name, {})), None)
