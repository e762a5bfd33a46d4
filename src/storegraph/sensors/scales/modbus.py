"""Load-cell transmitters on a Modbus connection, asked in turn."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleSamples
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .batching import Batching, columns_of
from .bus import Bus, NoAnswerError, NoConnectionError
from .contact import Contact
from .model import ContactReport, ContactState, ModbusScales, ModbusUnit, ScaleSettings
from .registers import Request, requests_of, weights_in


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit while it is read: how it does, and what is asked of it for which columns of a sample."""

    unit: ModbusUnit
    contact: Contact
    requests: tuple[tuple[Request, list[int]], ...]


class ModbusDriver:
    """Asks all units of a bus in turn, at an even rate.

    A sample is stamped with the middle of the time from the first question to the last answer. Where the bus is slower
    than the rate, samples are left out: they are NaN. So are the readings of a unit while it does not answer.

    Args:
        device: The bus and its units.
        store: Whose scales they are.
        settings: How long to wait between tries.

    Raises:
        SensorError: The environment lacks a name that the address has.
    """

    def __init__(self, device: ModbusScales, store: Store, settings: ScaleSettings) -> None:
        self._device = device
        self._columns = columns_of({entry.scale for unit in device.units for entry in unit.scales}, store)
        names = [name for scales in self._columns.values() for name in scales]
        column = {name: place for place, name in enumerate(names)}
        self._width = len(names)
        self._bus = Bus(device)
        self._connection = Contact(device.address, settings)
        self._units = [
            _Unit(
                unit,
                Contact(f"unit {unit.unit}", settings, device.rate),
                tuple((request, [column[entry.scale] for entry in request.scales]) for request in requests_of(unit)),
            )
            for unit in device.units
        ]
        self._news: list[ContactReport] = []

    @property
    def fixtures(self) -> tuple[str, ...]:
        """Whose scales the units read."""
        return tuple(self._columns)

    @property
    def in_order(self) -> bool:
        """They are, unless the clock of this machine is set back."""
        return True

    @property
    def reports(self) -> tuple[ContactReport, ...]:
        """The connection's, then the units'; without a connection no unit answers."""
        connection = self._connection.report
        units = [unit.contact.report for unit in self._units]
        if connection.state is ContactState.SILENT:
            units = [replace(unit, state=ContactState.SILENT, reason="there is no connection") for unit in units]
        return (connection, *units)

    def run(self, stop: Event) -> Iterator[ScaleSamples | ContactReport]:
        """Reads until `stop` is set."""
        rate = self._device.rate
        batching = Batching(self._columns, rate, self._device.samples)
        begun, place = None, -1
        try:
            while not stop.is_set():
                taken, grams = self._sample(stop)
                begun = taken if begun is None else begun
                place = max(place + 1, round((taken - begun) * rate / NANOSECONDS))
                news, self._news = self._news, []
                yield from news
                yield from batching.add(place, taken + time.time_ns() - time.monotonic_ns(), grams)
                due = begun + round((place + 1) * NANOSECONDS / rate)
                stop.wait(max(0, due - time.monotonic_ns()) / NANOSECONDS)
        finally:
            self._bus.close()

    def _sample(self, stop: Event) -> tuple[int, NDArray[np.float32]]:
        """One reading of every scale, grams, NaN where there is none; and when they were taken, on the steady clock."""
        grams = np.full(self._width, np.nan, np.float32)
        begin = end = None
        for unit in self._units:
            if not unit.contact.due(time.monotonic_ns()):
                continue
            if stop.is_set() or not self._connected():
                break
            asked = time.monotonic_ns()
            if self._ask(unit, grams):
                begin, end = asked if begin is None else begin, time.monotonic_ns()
        now = time.monotonic_ns()
        return ((begin or now) + (end or now)) // 2, grams

    def _connected(self) -> bool:
        """Whether there is a connection; makes one if it is time to try."""
        if self._bus.is_open or not self._connection.due(time.monotonic_ns()):
            return self._bus.is_open
        try:
            self._bus.open()
        except NoConnectionError as error:
            self._note(self._connection, self._connection.failed(str(error), time.monotonic_ns()))
            return False
        self._note(self._connection, self._connection.answered())
        return True

    def _ask(self, unit: _Unit, grams: NDArray[np.float32]) -> bool:
        """Puts the readings of one unit into a sample; whether it gave them."""
        try:
            for request, columns in unit.requests:
                weights = weights_in(unit.unit, request, self._bus.read(unit.unit, request))
                unit.contact.refused += sum(map(math.isnan, weights))
                grams[columns] = weights
        except NoAnswerError as error:
            self._note(unit.contact, unit.contact.failed(str(error), time.monotonic_ns()))
            return False
        self._note(unit.contact, unit.contact.answered())
        return True

    def _note(self, contact: Contact, changed: bool) -> None:
        if changed:
            self._news.append(contact.report)
