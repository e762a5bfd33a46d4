"""Scales whose readings were recorded: a bag, played at its own pace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

from storegraph.graph.bag import BagMessage, BagReader
from storegraph.graph.decoding import Decoder
from storegraph.graph.messages import MessageError
from storegraph.graph.topics import SCALE_SAMPLES
from storegraph.observations import ScaleSamples
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from ..errors import SensorError
from .model import ContactReport, ContactState, RecordedScales


class RecordedDriver:
    """Plays the scale samples of a bag once.

    Args:
        device: Which bag, and how.
        store: The store it was recorded in.
        folder: That a relative path is taken from.

    Raises:
        BagError: The bag cannot be read.
        SensorError: It has no samples of these fixtures.
    """

    def __init__(self, device: RecordedScales, store: Store, folder: Path) -> None:
        self._device = device
        self._path = folder / device.bag
        self._namespace = store.id
        wanted = device.fixtures or tuple(fixture.id for fixture in store.fixtures)
        with BagReader(self._path, self._namespace) as reader:
            held = reader.names_of(SCALE_SAMPLES)
        missing = [fixture for fixture in wanted if SCALE_SAMPLES.of(fixture) not in held]
        if missing and (device.fixtures or len(missing) == len(wanted)):
            what = f"samples of the scales of {', '.join(missing)}"
            raise SensorError(f"{self._path}: holds no {what}; `storegraph info {self._path}` shows what it holds")
        self._fixtures = tuple(fixture for fixture in wanted if fixture not in missing)
        self._report = ContactReport(str(self._path), ContactState.UNTRIED, 0, 0, 0, "")

    @property
    def fixtures(self) -> tuple[str, ...]:
        """Those of the device that the bag has samples of."""
        return self._fixtures

    @property
    def in_order(self) -> bool:
        """Not known: a recording has its messages in the order in which they arrived."""
        return False

    @property
    def reports(self) -> tuple[ContactReport, ...]:
        """The bag's; an answer is a message."""
        return (self._report,)

    def run(self, stop: Event) -> Iterator[ScaleSamples | ContactReport]:
        """Plays the bag from its beginning.

        Raises:
            BagError: It is damaged inside.
        """
        decoder = Decoder()
        begun, now = time.monotonic(), time.time_ns()
        shift: int | None = None
        with BagReader(self._path, self._namespace) as reader:
            yield from self._becomes(ContactState.ANSWERING)
            for message in reader.messages([SCALE_SAMPLES.of(fixture) for fixture in self._fixtures]):
                shift = now - message.log_time if shift is None else shift
                due = begun + (message.log_time + shift - now) / NANOSECONDS
                if stop.wait(max(0.0, due - time.monotonic())):
                    return
                yield from self._samples(decoder, message, shift if self._device.stamps == "shifted" else 0)
        yield from self._becomes(ContactState.ENDED)

    def _samples(self, decoder: Decoder, message: BagMessage, shift: int) -> Iterator[ScaleSamples]:
        try:
            samples = decoder.decode(message)
        except MessageError as error:
            self._report = replace(self._report, failures=self._report.failures + 1, reason=str(error))
            return
        assert isinstance(samples, ScaleSamples)
        self._report = replace(self._report, answers=self._report.answers + 1)
        yield replace(samples, stamp=samples.stamp + shift)

    def _becomes(self, state: ContactState) -> Iterator[ContactReport]:
        self._report = replace(self._report, state=state)
        yield self._report
