"""The gates of a store as one feed, in which a passage is there once, and none comes too late unnoticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storegraph.graph.merge import BEGINNING
from storegraph.graph.operator import Promise
from storegraph.observations import GateEvent

from .driver import GateDriver
from .model import GateSettings

REMEMBERED = 1000
"""Events known again when they are sent twice: a broker sends again what was under way when a link was cut, by default
20 messages (Mosquitto's max_inflight_messages)."""


class GateFeed:
    """Several gates, one topic: who reads it knows one watermark, so a promise is the least of all gates'.

    Args:
        drivers: By gate id.
        settings: How those who read wait for promises.
    """

    def __init__(self, drivers: Mapping[str, GateDriver], settings: GateSettings) -> None:
        self.drivers = drivers
        self.passed = dict.fromkeys(drivers, 0)
        """Events given, by gate."""
        self.late = dict.fromkeys(drivers, 0)
        """Of these, how many those who read may have been past: no merge drops one that is not counted here."""
        self._settings = settings
        self._given: dict[tuple[int, str], None] = {}
        self._newest: tuple[int, str] | None = None
        self._promised = BEGINNING
        self._promised_at = BEGINNING
        self._passed_over = BEGINNING

    def events(self, now: int) -> Iterator[GateEvent]:
        """What has come from all gates since the last call, each event once, as `GateDriver.events`."""
        for gate, driver in self.drivers.items():
            for event in driver.events(now):
                identity = (event.stamp, event.key)
                if identity in self._given:
                    continue
                yield event
                self.passed[gate] += 1
                self.late[gate] += event.stamp < self._reached(now, driver.clock(now))
                self._newest = identity
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
        self._passed_over = self._reached(now, min(driver.clock(now) for driver in self.drivers.values()))
        self._promised, self._promised_at = watermark, now
        return Promise(watermark, self._newest)

    def _reached(self, now: int, clock: int) -> int:
        """The stamp that those who read may have reached; `clock` is what the gates' clock shows.

        While they wait for promises it is the last one. When none has come for so long that the topic is passed over,
        it follows from the other topics, and does not go back with the next promise.
        """
        if now - self._promised_at <= self._settings.idle_after - self._settings.promise_lag:
            return max(self._promised, self._passed_over)
        return clock - self._settings.allowed_lateness
