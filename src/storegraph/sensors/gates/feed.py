"""The gates of a store as one feed, in which a passage is there once, and none comes too late unnoticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storegraph.graph.merge import BEGINNING
from storegraph.graph.operator import Promise
from storegraph.observations import GateEvent

from .driver import GateDriver

REMEMBERED = 1000
"""Events known again when they are sent twice: a broker sends again what was under way when a link was cut, by default
20 messages (Mosquitto's max_inflight_messages)."""


class GateFeed:
    """Several gates, one topic: who reads it knows one watermark, so a promise is the least of all gates'.

    Args:
        drivers: By gate id.
    """

    def __init__(self, drivers: Mapping[str, GateDriver]) -> None:
        self.drivers = drivers
        self.passed = dict.fromkeys(drivers, 0)
        """Events given, by gate."""
        self.late = dict.fromkeys(drivers, 0)
        """Of these, how many were overdue."""
        self._given: dict[tuple[int, str], None] = {}
        self._newest: tuple[int, str] | None = None
        self._promised = BEGINNING

    def events(self, now: int) -> Iterator[GateEvent]:
        """What has come from all gates since the last call, each event once, as `GateDriver.events`."""
        for gate, driver in self.drivers.items():
            for event in driver.events(now):
                identity = (event.stamp, event.key)
                if identity in self._given:
                    continue
                yield event
                self.passed[gate] += 1
                self.late[gate] += driver.overdue(event.stamp, now)
                self._newest = max(self._newest or identity, identity)
                self._given[identity] = None
                if len(self._given) > REMEMBERED:
                    del self._given[next(iter(self._given))]

    def promise(self, now: int) -> Promise | None:
        """What can be said of all gates that could not be said before; None where that is nothing.

        While one of them cannot be heard nothing is promised, for its passages are yet to come.
        """
        watermark = min((driver.watermark(now) for driver in self.drivers.values()), default=BEGINNING)
        if watermark <= self._promised:
            return None
        self._promised = watermark
        return Promise(watermark, self._newest)
