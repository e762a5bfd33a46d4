"""Observations travel as messages without loss, and the edge refuses what is impossible."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from storegraph.graph.interfaces import interfaces
from storegraph.graph.messages import CONVERSIONS, MessageError
from storegraph.observations import (
    Action,
    Candidate,
    Cart,
    CartLine,
    FacingStock,
    GateEvent,
    Hypothesis,
    Interaction,
    ItemCount,
    ItemsProbability,
    Keypoints,
    Misplaced,
    Observation,
    Passage,
    PersonKeypoints,
    Receipt,
    ScaleChange,
    ScaleCondition,
    ScaleFault,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
    Verdict,
    WeightEvent,
)

stamps = st.integers(0, (2**31 - 1) * 1_000_000_000)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
probabilities = st.floats(0, 1)
floats32 = st.floats(width=32)


@st.composite
def scale_samples(draw: st.DrawFn) -> ScaleSamples:
    scales = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    grams = draw(arrays(np.float32, (draw(st.integers(1, 5)), len(scales)), elements=floats32))
    rate = draw(st.floats(0.5, 1000, width=32))
    return ScaleSamples(draw(stamps), draw(names), rate, tuple(scales), grams)


@st.composite
def snapshots(draw: st.DrawFn) -> Shoppers:
    joints = tuple(draw(st.lists(names, max_size=4, unique=True)))
    shopper_ids = draw(st.lists(names.filter(bool), max_size=3, unique=True))

    def shopper(shopper_id: str) -> Shopper:
        covariances = draw(st.sampled_from([0, len(joints)]))
        return Shopper(
            shopper_id,
            draw(st.sampled_from(ShopperState)),
            draw(arrays(np.float32, (len(joints), 3), elements=floats32)),
            draw(arrays(np.float32, (covariances, 6), elements=floats32)),
            draw(arrays(np.float32, (len(joints),), elements=floats32)),
        )

    return Shoppers(draw(stamps), joints, tuple(shopper(each) for each in shopper_ids))


@st.composite
def keypoints(draw: st.DrawFn) -> Keypoints:
    joints = tuple(draw(st.lists(names, max_size=4, unique=True)))

    def person() -> PersonKeypoints:
        return PersonKeypoints(
            draw(floats32),
            draw(arrays(np.float32, 4, elements=floats32)),
            draw(arrays(np.float32, (len(joints), 2), elements=floats32)),
            draw(arrays(np.float32, len(joints), elements=floats32)),
        )

    size = st.integers(1, 10_000)
    people = tuple(person() for _ in range(draw(st.integers(0, 3))))
    return Keypoints(draw(stamps), draw(names.filter(bool)), draw(size), draw(size), joints, people)


changes = st.lists(st.builds(ScaleChange, names, numbers, numbers), min_size=1, max_size=3).map(tuple)
items = st.lists(st.builds(ItemCount, names, st.integers(1, 99)), max_size=3).map(tuple)
lines = st.lists(
    st.builds(CartLine, names, names, st.integers(1, 99), st.none() | st.integers(0, 10**6), probabilities, names),
    max_size=3,
).map(tuple)


@st.composite
def weight_events(draw: st.DrawFn) -> WeightEvent:
    begin, end, stamp = sorted(draw(st.tuples(stamps, stamps, stamps)))
    sigma = draw(st.floats(1e-3, 1e3))
    return WeightEvent(stamp, draw(names), draw(names), begin, end, draw(changes), draw(changes), draw(numbers), sigma)


interactions = st.builds(
    Interaction,
    stamps,
    names,
    stamps,
    stamps,
    names,
    st.lists(names, max_size=3).map(tuple),
    numbers,
    numbers,
    st.lists(st.builds(Candidate, names, probabilities, numbers | st.just(math.nan)), max_size=3).map(tuple),
    st.lists(st.builds(ItemsProbability, items, probabilities), max_size=3).map(tuple),
    st.tuples(probabilities, probabilities, probabilities),
    st.lists(st.builds(Hypothesis, names, st.sampled_from(Action), items, probabilities), min_size=1, max_size=3).map(
        tuple
    ),
)

stocks = st.builds(
    FacingStock,
    stamps,
    names,
    st.lists(names, min_size=1, max_size=3).map(tuple),
    names,
    st.booleans(),
    st.integers(-1000, 1000),
    st.lists(probabilities, min_size=1, max_size=4).map(tuple),
    st.lists(st.builds(Misplaced, names, probabilities, numbers), max_size=2).map(tuple),
)

verdicts = st.builds(
    Verdict,
    stamps,
    names,
    names,
    st.sampled_from(Action),
    st.lists(st.builds(ItemCount, names, st.integers(1, 9)), max_size=2).map(tuple),
)

observations = st.one_of(
    stocks,
    verdicts,
    scale_samples(),
    snapshots(),
    keypoints(),
    weight_events(),
    interactions,
    st.builds(ScaleFault, stamps, names, names, st.sampled_from(ScaleCondition), since=stamps),
    st.builds(GateEvent, stamps, names, st.sampled_from(Passage), names, names, names, st.booleans()),
    st.builds(Cart, stamps, names, names, names, lines, st.just("EUR")),
    st.builds(Receipt, stamps, names, names, names, names, stamps, stamps, st.booleans(), lines, st.just("EUR")),
)


def same(one: Any, other: Any) -> bool:
    """Equal to the bit, arrays and NaN included."""
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)


@settings(deadline=None)  # the first one reads the definitions
@given(observations)
def test_an_observation_survives_the_way_through_its_message_to_the_bit(observation: Observation) -> None:
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    data = interfaces().serialize_cdr(message, conversion.message_type)
    received = conversion.from_message(interfaces().deserialize_cdr(data, conversion.message_type))
    assert same(received, observation)


def message_of(observation: Observation, **changed: Any) -> tuple[Any, Any]:
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    for name, value in changed.items():
        setattr(message, name, value)
    return conversion, message


SAMPLES = ScaleSamples(1, "G1", 60.0, ("G1.S1.P1", "G1.S1.P2"), np.zeros((3, 2), np.float32))
EVENT = WeightEvent(9, "e", "G1", 3, 5, (ScaleChange("G1.S1.P1", -10.0, 1.0),), (), -10.0, 1.0)
STOCK = FacingStock(1, "G1", ("G1.S1.P1",), "", False, -1, (0.5, 0.5))
SHOPPER = Shopper(
    "7", ShopperState.TRACKED, np.zeros((1, 3), np.float32), np.zeros((0, 6), np.float32), np.ones(1, np.float32)
)


@pytest.mark.parametrize(
    ("observation", "changed", "told"),
    [
        (SAMPLES, {"rate": 0.0}, "rate 0.0"),
        (Verdict(1, "e", "7", Action.TAKE, ()), {"action": 9}, "Verdict e: action 9 is none"),
        (SAMPLES, {"rate": math.nan}, "rate nan"),
        (SAMPLES, {"grams": np.zeros(5, np.float32)}, "5 readings do not fill samples of 2 scales"),
        (SAMPLES, {"scales": ["P", "P"]}, "each once"),
        (SAMPLES, {"scales": []}, "must be named"),
        (EVENT, {"changes": []}, "changes is empty"),
        (EVENT, {"sigma": 0.0}, "no measurement"),
        (EVENT, {"delta": math.inf}, "no measurement"),
        (replace(EVENT, begin=6), {}, "not in this order"),
        (STOCK, {"scales": []}, "has at least one"),
        (STOCK, {"counts": np.zeros(0)}, "at least one count"),
        (Shoppers(1, ("nose", "neck"), (SHOPPER,)), {}, "do not fit 2 joints"),
        (Shoppers(1, ("nose",), (SHOPPER, SHOPPER)), {}, "each once"),
        (GateEvent(1, "front", Passage.EXIT, "", "", "7", False), {"passage": 7}, "neither 0 (entry) nor 1 (exit)"),
    ],
)
def test_an_impossible_message_is_refused_in_words(
    observation: Observation, changed: dict[str, Any], told: str
) -> None:
    conversion, message = message_of(observation, **changed)
    with pytest.raises(MessageError) as refusal:
        conversion.from_message(message)
    assert told in str(refusal.value)


def test_shoppers_in_another_frame_are_refused() -> None:
    conversion, message = message_of(Shoppers(1, (), ()))
    message.header.frame_id = "odom"
    with pytest.raises(MessageError, match="odom"):
        conversion.from_message(message)


def test_keypoints_of_no_camera_are_refused() -> None:
    conversion, message = message_of(Keypoints(1, "north", 640, 360, (), ()))
    message.header.frame_id = "map"
    with pytest.raises(MessageError, match="<camera>_optical_frame"):
        conversion.from_message(message)


def test_keypoints_that_do_not_fit_their_joints_are_refused() -> None:
    person = PersonKeypoints(0.5, np.zeros(4, np.float32), np.zeros((2, 2), np.float32), np.zeros(1, np.float32))
    conversion, message = message_of(Keypoints(1, "north", 640, 360, ("nose", "left_eye"), (person,)))
    with pytest.raises(MessageError, match="4 coordinates and 1 scores do not fit 2 joints"):
        conversion.from_message(message)
