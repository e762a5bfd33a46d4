"""What every stage is to the graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from storegraph.observations import Observation


class Stage(Protocol):
    """A pure stage: observations in, observations out; no ROS, no clock, no thread, no file.

    It is called in event-time order only. What it gives carries stamps no earlier than what it was last told, or than
    its `delay` before that if it is `Delaying`, so the order holds for the stages that follow.
    """

    def process(self, observation: Any) -> Iterable[Observation]:
        """Takes the next observation; gives what follows from it."""
        ...

    def advance(self, stamp: int) -> Iterable[Observation]:
        """Everything with an earlier stamp has been processed; gives what was due before `stamp` (nanoseconds)."""
        ...

    def finish(self) -> Iterable[Observation]:
        """No more will come; gives what can still be concluded."""
        ...


@runtime_checkable
class Delaying(Protocol):
    """A stage that tells of a moment only when it knows what came after it.

    Attributes:
        delay: What it gives carries stamps at most so much earlier than what it was last told, nanoseconds.
    """

    delay: int


@runtime_checkable
class Doubting(Protocol):
    """A stage that wants to know when data was lost on the way to it."""

    def doubt(self, stamp: int) -> Iterable[Observation]:
        """Data was lost: what is not concluded yet is in doubt.

        Args:
            stamp: Everything with an earlier one has been processed, nanoseconds; before all stamps, if nothing has.
        """
        ...
