"""Which registers of a unit to ask for, and the weights in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from pymodbus.client.mixin import ModbusClientMixin

from .model import NUMBER_REGISTERS, ModbusScale, ModbusUnit

MOST_REGISTERS = 125
"""Registers that one answer has room for (MODBUS Application Protocol V1.1b3, 6.3 and 6.4)."""


@dataclass(frozen=True, slots=True)
class Request:
    """Registers that are read at once.

    Attributes:
        first: Register.
        count: Registers.
        scales: Whose readings stand in them.
    """

    first: int
    count: int
    scales: tuple[ModbusScale, ...]


def requests_of(unit: ModbusUnit) -> tuple[Request, ...]:
    """As few requests as read all scales of a unit, with at most `unit.gap` registers between two that are wanted."""
    width = NUMBER_REGISTERS[unit.type]
    blocks: list[list[ModbusScale]] = []
    for scale in sorted(unit.scales, key=lambda scale: scale.first_register):
        end = scale.first_register + width
        if blocks:
            gap = scale.first_register - (blocks[-1][-1].first_register + width)
            if gap <= unit.gap and end - blocks[-1][0].first_register <= MOST_REGISTERS:
                blocks[-1].append(scale)
                continue
        blocks.append([scale])
    return tuple(_request(block, width) for block in blocks)


def weights_in(unit: ModbusUnit, request: Request, registers: Sequence[int]) -> list[float]:
    """The readings in an answer.

    A reading that is no number, outside the unit's limits, or an integer at the end of its range is none: at the end of
    its range a converter is clipped, and transmitters put error codes there.

    Args:
        unit: That answered.
        request: What it was asked.
        registers: As many as were asked for, each 0 to 65535.

    Returns:
        Grams by scale of the request; NaN where there is no weight.
    """
    return [_weight(unit, _number(unit, scale.first_register - request.first, registers)) for scale in request.scales]


def _request(block: list[ModbusScale], width: int) -> Request:
    first = block[0].first_register
    return Request(first, block[-1].first_register + width - first, tuple(block))


def _number(unit: ModbusUnit, place: int, registers: Sequence[int]) -> float:
    words = registers[place : place + NUMBER_REGISTERS[unit.type]]
    kind = ModbusClientMixin.DATATYPE[unit.type.upper()]
    return cast(float, ModbusClientMixin.convert_from_registers(words, kind, unit.word_order))


def _weight(unit: ModbusUnit, number: float) -> float:
    if not math.isfinite(number):
        return math.nan
    if unit.type != "float32":
        ends = np.iinfo(unit.type)
        if number == ends.max or (number == ends.min and ends.min < 0):
            return math.nan
    grams = number * unit.factor
    too_light = unit.least is not None and grams < unit.least
    too_heavy = unit.most is not None and grams > unit.most
    return math.nan if too_light or too_heavy else grams
