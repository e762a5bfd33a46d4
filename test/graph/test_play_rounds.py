"""A bag that is played again is later, and about other people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import numpy as np
import pytest

from storegraph import observations
from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import decode
from storegraph.graph.interfaces import interfaces
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.rounds import IDENTITIES, TIMES, message_in_round
from storegraph.observations import (
    Candidate,
    GateEvent,
    Interaction,
    Observation,
    Passage,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
)

HOUR = 3600 * 1_000_000_000


def packed(topic: str, observation: Observation) -> BagMessage:
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    data = interfaces().serialize_cdr(message, conversion.message_type)
    return BagMessage(topic, 77, conversion.message_type, bytes(data))


def again(topic: str, observation: Observation) -> Any:
    """What an observation has become in the second round, an hour later."""
    played = message_in_round(packed(topic, observation), 2, HOUR)
    assert played.log_time == 77 + HOUR
    return decode(played)


def test_the_first_round_is_what_was_recorded() -> None:
    message = packed("gate/events", GateEvent(5, "front", Passage.ENTRY, "token", "p", "7", False))
    assert message_in_round(message, 1, 0) is message


def test_who_enters_again_is_somebody_else() -> None:
    event = again("gate/events", GateEvent(5, "front", Passage.ENTRY, "token", "p", "7", False))
    assert event == GateEvent(5 + HOUR, "front", Passage.ENTRY, "token", "p#2", "7#2", False)


def test_who_is_not_known_stays_unknown() -> None:
    assert again("gate/events", GateEvent(5, "front", Passage.EXIT, "", "", "", False)).shopper_id == ""


def test_who_is_seen_is_who_entered() -> None:
    nowhere = np.zeros((1, 3), np.float32)
    shopper = Shopper("7", ShopperState.TRACKED, nowhere, np.zeros((0, 6), np.float32), np.ones(1, np.float32))
    seen = again("shoppers", Shoppers(5, ("neck",), (shopper,)))
    assert (seen.stamp, seen.shoppers[0].shopper_id) == (5 + HOUR, "7#2")


def test_readings_are_the_same_but_later() -> None:
    grams = np.arange(6, dtype=np.float32).reshape(3, 2)
    samples = again("scales/G1/samples", ScaleSamples(5, "G1", 60.0, ("a", "b"), grams))
    assert samples.stamp == 5 + HOUR
    np.testing.assert_array_equal(samples.grams, grams)


def test_every_moment_of_an_observation_is_later() -> None:
    interaction = Interaction(
        stamp=9,
        event_id="e",
        begin=7,
        end=8,
        fixture="G1",
        scales=("a",),
        delta=-5.0,
        sigma=1.0,
        who=(Candidate("7", 1.0, 0.1),),
        what=(observations.ItemsProbability((), 1.0),),
        action=(1.0, 0.0, 0.0),
        hypotheses=(observations.Hypothesis("7", observations.Action.TAKE, (), 1.0),),
    )
    later = again("interactions", interaction)
    assert (later.stamp, later.begin, later.end) == (9 + HOUR, 7 + HOUR, 8 + HOUR)
    assert (later.event_id, later.who[0].shopper_id, later.hypotheses[0].shopper_id) == ("e#2", "7#2", "7#2")


def described(kind: type) -> Iterator[tuple[str, str, str]]:
    """The fields of an observation with what its docstring says of them."""
    text = " ".join((kind.__doc__ or "").split())
    for field in fields(kind):
        if f" {field.name}: " in text:
            yield field.name, str(get_type_hints(kind)[field.name]), text.split(f" {field.name}: ")[1].split(". ")[0]


@pytest.mark.parametrize("kind", [kind for kind in vars(observations).values() if is_dataclass(kind)])
def test_no_moment_and_no_identity_of_any_observation_is_forgotten(kind: type) -> None:
    for name, annotation, meaning in described(kind):
        assert (annotation == "<class 'int'>" and "nanoseconds" in meaning.lower()) == (name in TIMES), name
        assert (name.endswith("_id") or name == "party") == (name in IDENTITIES), name


def test_of_what_the_graph_does_not_know_the_header_is_shifted() -> None:
    picture = b"\0\1\0\0" + (5).to_bytes(4, "little") + (7).to_bytes(4, "little") + b"rest"
    message = BagMessage("cameras/a/image/compressed", 77, "sensor_msgs/msg/CompressedImage", picture)
    later = message_in_round(message, 3, HOUR + 1)
    assert later.data == b"\0\1\0\0" + (3605).to_bytes(4, "little") + (8).to_bytes(4, "little") + b"rest"


def test_what_cannot_be_read_is_played_as_it_is() -> None:
    message = BagMessage("gate/events", 77, "storegraph_msgs/msg/GateEvent", b"\0\1\0\0\7")
    assert message_in_round(message, 2, HOUR) == BagMessage(
        "gate/events", 77 + HOUR, message.message_type, message.data
    )
