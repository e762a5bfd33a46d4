"""What a node tells its operators once a second (REP-107), and what it is concluded from. No clock is read here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated

import numpy as np

from storegraph.settings import Live, Range
from storegraph.units import NANOSECONDS

REMEMBERED = 512
"""Messages of a topic that rates and delays are taken from: some seconds of the busiest."""


class Level(IntEnum):
    """How things are; the values are those of `diagnostic_msgs/DiagnosticStatus`."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True, slots=True)
class Status:
    """What a node says of one side of itself.

    Attributes:
        level: How it is.
        name: Of the side, in a word or two.
        message: How it is, in words.
        values: Figures by name.
    """

    level: Level
    name: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DiagnosticsSettings:
    """When a node calls its inputs ailing. Nothing is dropped for it.

    Attributes:
        silent_warning: A sensor's topic without messages for so long is told.
        delay_warning: A topic whose messages come so long after their stamps is told.
        skew_warning: A topic whose stamps lie so far ahead of this machine's clock is told, and topics of one kind
            whose delays differ by so much.
    """

    silent_warning: Annotated[float, Range(0.1, 3600.0, "s"), Live()] = 5.0
    delay_warning: Annotated[float, Range(0.01, 3600.0, "s"), Live()] = 3.0
    skew_warning: Annotated[float, Range(0.001, 3600.0, "s"), Live()] = 0.1


class Delays:
    """When the messages of a topic came or went, and how long after their stamps.

    One thread may note while another asks.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self.count = 0

    def note(self, now: int, stamp: int) -> None:
        """A message of this stamp came or went now; both nanoseconds of one clock."""
        self._seen.append((now, now - stamp))
        self.count += 1

    @property
    def last(self) -> int | None:
        """When the last message came, nanoseconds; None where none has."""
        return self._seen[-1][0] if self._seen else None

    def rate(self, now: int) -> float:
        """Messages a second since the oldest remembered one."""
        if len(self._seen) < 2 or now <= self._seen[0][0]:
            return 0.0
        return len(self._seen) * NANOSECONDS / (now - self._seen[0][0])

    def quantiles(self, *shares: float) -> list[float]:
        """Quantiles of the delays, seconds; empty where nothing has come."""
        if not self._seen:
            return []
        delays = [delay for _, delay in list(self._seen)]
        return [float(each) for each in np.quantile(delays, shares) / NANOSECONDS]

    @property
    def least(self) -> float | None:
        """The least delay, seconds: what the way takes at best, less how far the sender's clock is ahead."""
        return min(delay for _, delay in list(self._seen)) / NANOSECONDS if self._seen else None


def rates(inputs: Mapping[str, Delays], measured: frozenset[str], now: int, since: int, limit: float) -> Status:
    """How often the inputs come, and which sensors are silent.

    Args:
        inputs: By topic.
        measured: Those that are never silent for long while their sensor lives.
        now: Nanoseconds.
        since: When the node joined its topics, nanoseconds.
        limit: Seconds of silence that are told.
    """
    silent = {
        name: (now - max(inputs[name].last or since, since)) / NANOSECONDS
        for name in sorted(measured)
        if now - max(inputs[name].last or since, since) > limit * NANOSECONDS
    }
    told = "; ".join(f"{name} has been silent for {seconds:.0f} s" for name, seconds in silent.items())
    values = {f"{name} [Hz]": f"{delays.rate(now):.2f}" for name, delays in inputs.items()}
    return Status(Level.WARN if silent else Level.OK, "rates", told or "all sensors speak", values)


def delays(topics: Mapping[str, Delays], name: str, limit: float) -> Status:
    """How long after their stamps messages come or go.

    Args:
        topics: By topic.
        name: Of the status.
        limit: Seconds of delay that are told.
    """
    found = {topic: entry.quantiles(0.5, 0.95, 0.99) for topic, entry in topics.items()}
    slow = [topic for topic, quantiles in found.items() if quantiles and quantiles[0] > limit]
    values = {
        f"{topic} p50/p95/p99 [s]": "/".join(f"{each:.3f}" for each in quantiles)
        for topic, quantiles in found.items()
        if quantiles
    }
    told = f"more than {limit:g} s behind: {', '.join(slow)}" if slow else "in time"
    return Status(Level.WARN if slow else Level.OK, name, told, values)


def clocks(inputs: Mapping[str, Delays], family: Mapping[str, str], limit: float) -> Status:
    """Whether the clocks that stamp the inputs go together.

    A delay less than nothing, or sensors of one kind whose least delays differ, come from clocks and not from the way.

    Args:
        inputs: By topic.
        family: The kind of each topic; those of one kind are compared.
        limit: Seconds of difference that are told.
    """
    least = {name: delays.least for name, delays in inputs.items()}
    known = {name: value for name, value in least.items() if value is not None}
    ahead = [f"{name} is {-value:.3f} s ahead of this machine" for name, value in known.items() if value < -limit]
    apart = list(_apart(known, family, limit))
    values = {f"{name} [s]": f"{value:.4f}" for name, value in known.items()}
    told = "; ".join(ahead + apart)
    return Status(Level.WARN if told else Level.OK, "clocks", told or "no skew seen", values)


def _apart(least: Mapping[str, float], family: Mapping[str, str], limit: float) -> Iterator[str]:
    kinds: dict[str, dict[str, float]] = {}
    for name, value in least.items():
        kinds.setdefault(family[name], {})[name] = value
    for values in kinds.values():
        first, last = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
        if values[last] - values[first] > limit:
            yield f"{last} is {values[last] - values[first]:.3f} s behind {first}"
