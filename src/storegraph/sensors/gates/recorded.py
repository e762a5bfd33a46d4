"""Gates whose passages were recorded before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.merge import BEGINNING, END
from storegraph.graph.messages import MessageError
from storegraph.graph.topics import GATE_EVENTS
from storegraph.observations import GateEvent
from storegraph.store.model import Store

from .admission import EntryAnswer, EntryRequest
from .driver import GateCondition
from .model import RecordedGate


class RecordedDriver:
    """Plays the passages of one gate from a bag, at its pace, as `GateDriver`.

    Args:
        device: Which bag, and how.
        store: Whose gates were recorded.
        folder: That a relative path is taken from.

    Raises:
        BagError: The bag cannot be read.
    """

    def __init__(self, device: RecordedGate, store: Store, folder: Path) -> None:
        self._device = device
        self._path = folder / device.bag
        self._refused = 0
        self._last_refusal = ""
        with BagReader(self._path, store.id) as reader:
            self._start = reader.span[0]
            self._passages = tuple(self._recorded(reader))
        self.open()

    def open(self) -> None:
        """Begins at the beginning."""
        stamps = (event.stamp for _, event in reversed(self._passages))
        self._waiting = deque(self._passages)
        self._least = deque(reversed(list(accumulate(stamps, min))))
        self._begun: int | None = None

    def close(self) -> None:
        """Nothing has to be given back."""

    def events(self, now: int) -> Iterator[GateEvent]:
        """The passages that were recorded by this time after the beginning, which is the first call."""
        if self._begun is None:
            self._begun = now
        while self._waiting and self._waiting[0][0] <= self._position(now):
            _, event = self._waiting.popleft()
            self._least.popleft()
            yield replace(event, stamp=event.stamp + self._shift)

    def requests(self, now: int) -> Iterator[EntryRequest]:
        """None: who came in has come in."""
        return iter(())

    def answer(self, request: EntryRequest, answer: EntryAnswer) -> None:
        """Nobody has asked."""

    def watermark(self, now: int) -> int:
        """The least stamp to come, but no later than the recording has come: others wait for it no less."""
        if self._begun is None:
            return BEGINNING
        if not self._least:
            return END
        return min(self._least[0], self._position(now)) + self._shift

    def clock(self, now: int) -> int:
        """Where the recording is."""
        return self._position(now) + self._shift

    @property
    def condition(self) -> GateCondition:
        """Whether there are passages to come."""
        text = f"{self._path} {'is being played' if self._waiting else 'has no more passages'}"
        return GateCondition(True, text, self._refused, self._last_refusal)

    @property
    def _shift(self) -> int:
        """What is added to the stamps, nanoseconds."""
        return self._begun - self._start if self._begun is not None and self._device.stamps == "shifted" else 0

    def _position(self, now: int) -> int:
        """How far the recording has come, nanoseconds of its own clock."""
        assert self._begun is not None
        return self._start + now - self._begun

    def _recorded(self, reader: BagReader) -> Iterator[tuple[int, GateEvent]]:
        """When each passage of the gate was recorded, and what."""
        for message in reader.messages(reader.names_of(GATE_EVENTS)):
            try:
                event = decode(message)
            except MessageError as error:
                self._refused += 1
                self._last_refusal = str(error)
                continue
            assert isinstance(event, GateEvent)
            if event.gate == self._device.gate:
                yield message.log_time, event
