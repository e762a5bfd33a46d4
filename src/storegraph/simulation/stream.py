"""What sensors say, in the order in which it is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import NamedTuple

from storegraph.observations import Observation


class Recorded(NamedTuple):
    """An observation, and when and where it was heard.

    Attributes:
        log_time: When it was received, nanoseconds since the Unix epoch; later than its stamp by the latency.
        topic: Relative name.
        observation: Of the kind that the topic carries.
    """

    log_time: int
    topic: str
    observation: Observation


def in_order(streams: Iterable[Iterable[Recorded]]) -> Iterator[Recorded]:
    """One stream of several, each of them by log time; of one moment, by topic."""
    return merge(*streams, key=lambda recorded: recorded[:2])
