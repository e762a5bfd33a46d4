"""Registers and weights: what is asked of a unit, and what its numbers mean."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.sensors.scales.model import NUMBER_REGISTERS, ModbusScale, ModbusUnit
from storegraph.sensors.scales.registers import MOST_REGISTERS, requests_of, weights_in

LETTERS = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "float32": "f"}
"""What `struct` calls the kinds of numbers."""


def unit(kind: str, *first_registers: int, **options: object) -> ModbusUnit:
    scales = tuple(ModbusScale(scale=f"S{at}", first_register=at) for at in first_registers)
    return ModbusUnit.model_validate({"unit": 1, "type": kind, "scales": scales, **options})


def words(kind: str, number: float, word_order: str = "big") -> list[int]:
    packed = struct.pack(f">{LETTERS[kind]}", number)
    found = list(struct.unpack(f">{len(packed) // 2}H", packed))
    return found if word_order == "big" else found[::-1]


def weight(kind: str, number: float, **options: object) -> float:
    asked = unit(kind, 0, **options)
    (request,) = requests_of(asked)
    (grams,) = weights_in(asked, request, words(kind, number, asked.word_order))
    return grams


@pytest.mark.parametrize("word_order", ["big", "little"])
@pytest.mark.parametrize(
    ("kind", "number"), [("int16", -250), ("uint16", 65_000), ("int32", -70_000), ("uint32", 3_000_000_000)]
)
def test_whole_numbers_become_grams_by_their_factor(kind: str, number: int, word_order: str):
    assert weight(kind, number, factor=0.5, word_order=word_order) == number / 2


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(["big", "little"]))
def test_a_float_is_given_as_it_is(number: float, word_order: str):
    assert weight("float32", number, word_order=word_order) == number


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("float32", math.nan),
        ("float32", math.inf),
        ("int16", 32_767),
        ("int16", -32_768),
        ("uint16", 65_535),
        ("int32", -(2**31)),
    ],
)
def test_no_number_and_the_ends_of_an_integer_are_no_weight(kind: str, number: float):
    assert math.isnan(weight(kind, number))


def test_the_lower_end_of_a_number_without_sign_is_an_empty_scale():
    assert weight("uint16", 0) == 0


def test_a_weight_outside_the_limits_is_none_and_one_at_a_limit_is():
    limits = {"least": -100.0, "most": 5000.0}
    assert [weight("int16", number, **limits) for number in (-100, 0, 5000)] == [-100, 0, 5000]
    assert all(math.isnan(weight("int16", number, **limits)) for number in (-101, 5001))


def test_neighbours_are_read_at_once_and_what_lies_apart_is_not():
    spans = [(request.first, request.count) for request in requests_of(unit("int32", 0, 2, 10))]
    assert spans == [(0, 4), (10, 2)]


def test_a_gap_that_is_allowed_is_read_along():
    assert [(request.first, request.count) for request in requests_of(unit("int32", 10, 2, 0, gap=6))] == [(0, 12)]


@given(
    kind=st.sampled_from(sorted(NUMBER_REGISTERS)),
    places=st.sets(st.integers(0, 300), min_size=1, max_size=80),
    gap=st.integers(0, 10),
)
def test_every_scale_is_asked_for_once_and_every_answer_fits_a_frame(kind: str, places: set[int], gap: int):
    width = NUMBER_REGISTERS[kind]
    asked = unit(kind, *(place * width for place in places), gap=gap)
    requests = requests_of(asked)
    assert sorted(scale.scale for request in requests for scale in request.scales) == sorted(
        f"S{p * width}" for p in places
    )
    for request in requests:
        assert request.count <= MOST_REGISTERS
        assert all(0 <= scale.first_register - request.first <= request.count - width for scale in request.scales)


@given(places=st.sets(st.integers(0, 60), min_size=1, max_size=20), gap=st.integers(0, 10))
def test_each_scale_gets_its_own_number(places: set[int], gap: int):
    memory = {2 * place: 1000 * place + 7 for place in places}
    registers = [0] * 200
    for at, number in memory.items():
        registers[at : at + 2] = words("int32", number)
    asked = unit("int32", *memory, gap=gap)
    found = {}
    for request in requests_of(asked):
        weights = weights_in(asked, request, registers[request.first : request.first + request.count])
        found |= dict(zip((scale.first_register for scale in request.scales), weights, strict=True))
    assert found == memory
