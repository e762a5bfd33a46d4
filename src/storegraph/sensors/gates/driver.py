"""What every gate driver is to the node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from storegraph.observations import GateEvent

from .admission import EntryAnswer, EntryRequest


@dataclass(frozen=True, slots=True)
class GateCondition:
    """What is known of the way to a gate at a moment.

    Attributes:
        connected: Whether passages can come.
        text: How it is; where it is not connected, why, and what to do.
        refused: Reports that could not be used, since the beginning.
        last_refusal: Why the last of them; empty where there was none.
    """

    connected: bool
    text: str
    refused: int = 0
    last_refusal: str = ""


class GateDriver(Protocol):
    """Reads one gate.

    It is used by one thread and never makes it wait. All times are nanoseconds since the Unix epoch; `now` is what the
    store's clock shows.
    """

    def open(self) -> None:
        """Begins to listen. A gate that is away is no error: it is waited for."""
        ...

    def close(self) -> None:
        """Listens no more; what happens from now on is kept where the gate can keep it."""
        ...

    def events(self, now: int) -> Iterator[GateEvent]:
        """What has come since the last call. An event is taken as delivered once the next one is asked for."""
        ...

    def requests(self, now: int) -> Iterator[EntryRequest]:
        """Who has come to the gate since the last call, and waits for an answer."""
        ...

    def answer(self, request: EntryRequest, answer: EntryAnswer) -> None:
        """Tells the gate whether to open."""
        ...

    def watermark(self, now: int) -> int:
        """The stamp before which nothing more is expected; `BEGINNING` where that is not known, `END` after the end.

        It is asked after `events` with the same `now`.
        """
        ...

    def clock(self, now: int) -> int:
        """What the gate's clock shows: now, or where a recording is."""
        ...

    @property
    def condition(self) -> GateCondition:
        """How it is, for those who look after the store."""
        ...
