"""What reads scales, whatever the hardware."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Protocol

from storegraph.observations import ScaleSamples
from storegraph.store.model import Store

from .batching import columns_of
from .model import ContactReport, ModbusScales, ScaleDevice, ScaleSettings

STOPPED_WITHIN = 1.0
"""Seconds within which a driver sees that it shall stop; a name server that hangs may hold it up longer."""


def fixtures_of(device: ScaleDevice, store: Store) -> set[str]:
    """The fixtures that a device may give samples of."""
    return set(columns_of({claim.name for claim in device.claims(store) if claim.kind == "scale"}, store))


class ScaleDriver(Protocol):
    """Reads the scales of one device, in one thread; another may ask for `reports`."""

    @property
    def fixtures(self) -> tuple[str, ...]:
        """Whose scales it reads."""
        ...

    @property
    def in_order(self) -> bool:
        """Whether a message begins no earlier than the last sample of the one before it of the same fixture."""
        ...

    @property
    def reports(self) -> tuple[ContactReport, ...]:
        """How everything that is asked for readings does."""
        ...

    def run(self, stop: Event) -> Iterator[ScaleSamples | ContactReport]:
        """Reads until `stop` is set, or there is nothing more to read.

        Hardware that fails is no error: its readings are NaN, and it is asked again.

        Yields:
            Readings in the order of their stamps for each fixture, and a report whenever a state changes.
        """
        ...


def scale_driver(device: ScaleDevice, store: Store, settings: ScaleSettings, folder: Path) -> ScaleDriver:
    """The driver of a device.

    Args:
        device: From the sensors file.
        store: The store it is in.
        settings: Of its node.
        folder: That relative paths are taken from.

    Raises:
        StoregraphError: A recording cannot be read, or the environment lacks a name that the address has.
    """
    if isinstance(device, ModbusScales):
        from .modbus import ModbusDriver  # pymodbus is loaded where there is a bus, bags where there is a recording

        return ModbusDriver(device, store, settings)
    from .recorded import RecordedDriver

    return RecordedDriver(device, store, folder)
