"""What a sensors file says about scales, what their node is set to, and what is known of the reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from storegraph.settings import Span
from storegraph.store.model import Identifier, Part, PositiveFloat, Store
from storegraph.units import NANOSECONDS

from ..address import Address
from ..claim import Claim

NUMBER_REGISTERS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2}
"""Kinds of numbers that transmitters offer, and how many registers of 16 bits each takes."""

BATCH_SPAN = 0.16
"""Seconds of samples in a message, where nobody says otherwise: ten samples at 60 Hz. It delays every weight event."""

_ADDRESS = re.compile(r"(tcp|rtu\+tcp)://(\[[0-9A-Fa-f:]+\]|[^/:@\[\]\s]+)(:(?P<port>[0-9]+))?|rtu:///\S+")


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        raise ValueError("is not allowed; it takes a letter, then letters, digits or _, together at most 64")
    return name


def _modbus_address(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if not found or int(found["port"] or 0) > 65_535:
        raise ValueError("is not allowed; it takes tcp://HOST[:PORT], rtu+tcp://HOST[:PORT] or rtu:///DEVICE")
    return address


NodeName = Annotated[str, AfterValidator(_name)]
"""A name that may stand in a ROS node's name."""

Register = Annotated[int, Field(ge=0, le=0xFFFF)]
"""An address as it goes over the wire, from 0: what manuals call register 40001 or 30001 is 0."""


class RecordedScales(Part):
    """Scales whose readings were recorded before.

    Attributes:
        name: Unique among the scale devices; the node is `scales_<name>`.
        driver: This one.
        bag: The recording; a relative path is taken from the folder of the sensors file.
        stamps: `shifted`: the recording happens now; `kept`: the stamps are those of the recording.
        fixtures: Whose scales; none: of every fixture of the store.
    """

    name: NodeName
    driver: Literal["recorded"]
    bag: str
    stamps: Literal["shifted", "kept"] = "shifted"
    fixtures: tuple[Identifier, ...] = ()

    def claims(self, store: Store) -> Iterator[Claim]:
        """The name, the fixtures and their scales."""
        yield Claim(("name",), "name", self.name)
        known = tuple(fixture.id for fixture in store.fixtures)
        place = {name: ("fixtures", index) for index, name in enumerate(self.fixtures)}
        for name, path in place.items():
            yield Claim(path, "fixture", name, known)
        for fixture in store.fixtures:
            if not self.fixtures or fixture.id in place:
                for scale in (scale for shelf in fixture.shelves for scale in shelf.scales):
                    yield Claim(place.get(fixture.id, ("driver",)), "scale", scale.id)


class ModbusScale(Part):
    """Where one scale stands in the registers of a unit.

    Attributes:
        scale: Scale id, as in the store file.
        first_register: Its first register.
    """

    scale: Identifier
    first_register: Register


class ModbusUnit(Part):
    """A load-cell transmitter on a bus, with one or several channels.

    Attributes:
        unit: Its address on the bus.
        registers: Which table the readings stand in.
        type: Of the number that a reading is.
        word_order: Of a number of two registers: which half comes first. Bytes in a register are always big-endian.
        factor: Grams for a reading of one.
        least: Lighter readings are none, grams.
        most: Heavier readings are none, grams.
        gap: Registers between two scales that are read along at most, to need one request instead of two. 0 where the
            transmitter refuses a request that touches registers it does not have.
        scales: At least one.
    """

    unit: Annotated[int, Field(ge=0, le=255)]
    registers: Literal["holding", "input"] = "holding"
    type: Literal["int16", "uint16", "int32", "uint32", "float32"]
    word_order: Literal["big", "little"] = "big"
    factor: PositiveFloat = 1.0
    least: float | None = None
    most: float | None = None
    gap: Annotated[int, Field(ge=0, le=100)] = 0
    scales: Annotated[tuple[ModbusScale, ...], Field(min_length=1)]

    @field_validator("most")
    @classmethod
    def _above_least(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get("least")
        if most is not None and least is not None and most <= least:
            raise ValueError(f"is not more than least, {least:g}")
        return most

    @field_validator("scales")
    @classmethod
    def _apart(cls, scales: tuple[ModbusScale, ...], info: ValidationInfo) -> tuple[ModbusScale, ...]:
        width = NUMBER_REGISTERS.get(info.data.get("type", ""), 1)
        ordered = sorted(scales, key=lambda scale: scale.first_register)
        for one, other in pairwise(ordered):
            if other.first_register < one.first_register + width:
                where = f"{one.scale} from {one.first_register} and {other.scale} from {other.first_register}"
                raise ValueError(f"has {where}, but each takes {width} register{'s'[: width - 1]}")
        return scales


class ModbusScales(Part):
    """Transmitters on one Modbus connection.

    Attributes:
        name: Unique among the scale devices; the node is `scales_<name>`.
        driver: This one.
        address: `tcp://HOST[:PORT]` for Modbus TCP (port 502 unless said otherwise); `rtu+tcp://HOST[:PORT]` for RTU
            frames through a serial device server; `rtu:///DEVICE` for a serial port.
        rate: Samples a second of every scale.
        batch: Samples in a message; none: as many as come in `BATCH_SPAN`.
        timeout: How long a unit may take to answer, seconds. 0.3 s: the longest answer, 255 bytes, takes 0.29 s at
            9600 baud.
        baud_rate: Of a serial port, bits a second. This and the next as in "MODBUS over serial line", V1.02, 2.5.1.
        parity: Of a serial port.
        stop_bits: Of a serial port.
        units: At least one.
    """

    name: NodeName
    driver: Literal["modbus"]
    address: Annotated[Address, AfterValidator(_modbus_address)]
    rate: Annotated[float, Field(ge=0.1, le=1000)]
    batch: Annotated[int, Field(ge=1, le=1000)] | None = None
    timeout: Annotated[float, Field(ge=0.01, le=0.9)] = 0.3
    baud_rate: Annotated[int, Field(ge=300, le=921_600)] = 19_200
    parity: Literal["even", "odd", "none"] = "even"
    stop_bits: Literal[1, 2] = 1
    units: Annotated[tuple[ModbusUnit, ...], Field(min_length=1)]

    @property
    def samples(self) -> int:
        """In a message."""
        return self.batch or max(1, round(BATCH_SPAN * self.rate))

    @field_validator("units")
    @classmethod
    def _each_once(cls, units: tuple[ModbusUnit, ...]) -> tuple[ModbusUnit, ...]:
        for unit in units:
            if sum(other.unit == unit.unit for other in units) > 1:
                raise ValueError(f"has unit {unit.unit} twice; a bus has every unit once")
        return units

    def claims(self, store: Store) -> Iterator[Claim]:
        """The name and the scales."""
        yield Claim(("name",), "name", self.name)
        known = tuple(scale.id for fixture in store.fixtures for shelf in fixture.shelves for scale in shelf.scales)
        for place, unit in enumerate(self.units):
            for index, entry in enumerate(unit.scales):
                yield Claim(("units", place, "scales", index, "scale"), "scale", entry.scale, known)


ScaleDevice = ModbusScales | RecordedScales
"""What reads scales."""

SCALE_DRIVERS: Mapping[str, type[ScaleDevice]] = {"modbus": ModbusScales, "recorded": RecordedScales}
"""By the word for it in the sensors file."""


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """What a scale node is set to.

    Attributes:
        retry_after: A unit that does not answer is asked again after this; then after twice as long, and so on.
        retry_at_most: The longest time between two tries.
    """

    retry_after: Annotated[int, Span(0.1, 60.0)] = NANOSECONDS
    retry_at_most: Annotated[int, Span(0.1, 3600.0)] = 30 * NANOSECONDS


class ContactState(Enum):
    """Whether something answers."""

    UNTRIED = "has not been tried yet"
    ANSWERING = "answers"
    SILENT = "does not answer"
    ENDED = "has come to its end"


@dataclass(frozen=True, slots=True)
class ContactReport:
    """What is known at a moment of something that is asked for readings: a connection, a unit, a recording.

    Attributes:
        name: What it is, for people.
        state: Whether it answers.
        answers: Since the beginning.
        failures: Questions without a usable answer.
        refused: Readings that are no weight.
        reason: Of the last failure, and what to do; empty where there was none.
        rate: Answers a second that it should give; None where no rate is asked of it.
    """

    name: str
    state: ContactState
    answers: int
    failures: int
    refused: int
    reason: str
    rate: float | None = None
