"""The sensors file: what hardware stands behind the ids of a store file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from storegraph.store.errors import StoreError
from storegraph.store.model import Store
from storegraph.store.problem import KeyPath, Problem, dotted, listed, nearest, shown
from storegraph.store.source import Source
from storegraph.store.structure import problems_of_structure

from .cameras.model import CameraDevice
from .errors import SensorError, SensorsFileError
from .gates.model import GATE_DRIVERS, GateDevice
from .scales.model import SCALE_DRIVERS, ScaleDevice

Device = CameraDevice | ScaleDevice | GateDevice
"""Anything that a sensors file lists; its `claims` say what it stands for in the store."""

SECTIONS: Mapping[str, type[Device] | Mapping[str, type[Device]]] = {
    "cameras": CameraDevice,
    "scales": SCALE_DRIVERS,
    "gates": GATE_DRIVERS,
}
"""What the devices of each section are; where there are several drivers, by the word for the driver."""

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Sensors:
    """The devices of a store.

    Attributes:
        path: The file; relative paths in it are taken from its folder.
        cameras: What takes pictures.
        scales: What reads scales.
        gates: What reads gates.
    """

    path: Path
    cameras: tuple[CameraDevice, ...] = ()
    scales: tuple[ScaleDevice, ...] = ()
    gates: tuple[GateDevice, ...] = ()

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the devices, by the node that reads them."""
        return {
            "camera": tuple(device.camera for device in self.cameras),
            "scales": tuple(device.name for device in self.scales),
            "gate": tuple(device.gate for device in self.gates),
        }

    def camera_device(self, camera: str) -> CameraDevice:
        """What stands behind a camera.

        Raises:
            SensorError: Nothing does.
        """
        return self._named("cameras", {device.camera: device for device in self.cameras}, camera)

    def scale_device(self, name: str) -> ScaleDevice:
        """The scale device of a name.

        Raises:
            SensorError: There is none.
        """
        return self._named("scales", {device.name: device for device in self.scales}, name)

    def _named(self, section: str, devices: Mapping[str, D], name: str) -> D:
        if name not in devices:
            known = f"{nearest(name, devices)}; {section} are {listed(devices)}"
            raise SensorError(f"{self.path}: {section} has no {shown(name)}{known}")
        return devices[name]


def load_sensors(path: Path | str, store: Store) -> Sensors:
    """Reads and checks a sensors file.

    Args:
        path: The file, YAML in UTF-8.
        store: The store it is about.

    Returns:
        The devices, in the order of the file; each fits the store, and they do not get in each other's way.

    Raises:
        SensorError: No file is named.
        SensorsFileError: The file cannot be read, or has problems; all of them are told at once.
    """
    if not str(path):
        raise SensorError("parameter sensors is not set; it names the sensors file")
    try:
        source = Source(Path(path))
    except StoreError as error:
        raise SensorsFileError(error.problems) from None
    devices, problems = _devices(source.data)
    problems += source.problems
    problems += _unfounded_claims(devices, store)
    if problems:
        raise SensorsFileError(_placed(problems, source))
    sections: dict[str, Any] = {
        section: tuple(device for place, device in devices.items() if place[0] == section) for section in SECTIONS
    }
    return Sensors(source.path, **sections)


def _devices(data: Any) -> tuple[dict[KeyPath, Device], list[Problem]]:
    """The devices that are as their models promise, by place; and what is wrong with the others."""
    devices: dict[KeyPath, Device] = {}
    problems: list[Problem] = []
    if not isinstance(data, dict):
        return {}, [Problem((), f"{shown(data)} must be a mapping of keys to values; keys are {', '.join(SECTIONS)}")]
    for section, entries in data.items():
        if section not in SECTIONS:
            text = f"is no key here{nearest(section, SECTIONS)}; keys are {', '.join(SECTIONS)}"
            problems.append(Problem((section,), text))
        elif not isinstance(entries, tuple):
            problems.append(Problem((section,), f"{shown(entries)} must be a list"))
        else:
            for index, entry in enumerate(entries):
                try:
                    devices[section, index] = _device(section, entry)
                except _WrongDeviceError as error:
                    problems += [Problem((section, index, *found.path), found.text) for found in error.problems]
    return devices, problems


class _WrongDeviceError(Exception):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)


def _device(section: str, entry: Any) -> Device:
    model = SECTIONS[section]
    if isinstance(model, Mapping):
        if not isinstance(entry, dict):
            raise _WrongDeviceError([Problem((), f"{shown(entry)} must be a mapping of keys to values")])
        driver = entry.get("driver")
        if "driver" not in entry:
            raise _WrongDeviceError([Problem(("driver",), f"is missing; it is one of {', '.join(model)}")])
        if not isinstance(driver, str) or driver not in model:
            close = nearest(driver, model) if isinstance(driver, str) else ""
            text = f"{shown(driver)} is no driver{close}; drivers are {', '.join(model)}"
            raise _WrongDeviceError([Problem(("driver",), text)])
        model = model[driver]
    try:
        return model.model_validate(entry, strict=True)
    except ValidationError as error:
        raise _WrongDeviceError(problems_of_structure(error, model)) from None


def _unfounded_claims(devices: Mapping[KeyPath, Device], store: Store) -> Iterator[Problem]:
    """What the store does not have, and what two devices claim; the latter is told once of the second device."""
    first: dict[tuple[str, str, str], KeyPath] = {}
    told: set[tuple[KeyPath, KeyPath]] = set()
    for place, device in devices.items():
        for claim in device.claims(store):
            path = (*place, *claim.path)
            if claim.known is not None and claim.name not in claim.known:
                text = f"is no {claim.kind} of the store{nearest(claim.name, claim.known)}"
                yield Problem(path, f"{shown(claim.name)} {text}; there are {listed(claim.known)}")
            other = first.setdefault((str(place[0]), claim.kind, claim.name), path)
            if other != path and (place, other[:2]) not in told:
                told.add((place, other[:2]))
                yield Problem(path, f"{claim.kind} {shown(claim.name)} is taken by {dotted(other)}; one device has it")


def _placed(problems: Iterable[Problem], source: Source) -> list[str]:
    """Problems as lines, in the order of the file."""
    lines = {
        (source.line(problem.path), f"{source.path}:{source.line(problem.path)}: {problem}") for problem in problems
    }
    return [line for _, line in sorted(lines)]
