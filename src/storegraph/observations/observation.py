"""What all observations have in common."""

from __future__ import annotations

from typing import Protocol


class Observation(Protocol):
    """Something that was measured or concluded, at a moment.

    `stamp` and `key` together identify an observation within its topic: the event-time merger orders by them, and
    takes a second one with the same stamp and key for a copy of the first.
    """

    @property
    def stamp(self) -> int:
        """Event time, nanoseconds since the Unix epoch."""
        ...

    @property
    def key(self) -> str:
        """Tells apart observations of one topic with the same stamp; may be empty where there can be only one."""
        ...
