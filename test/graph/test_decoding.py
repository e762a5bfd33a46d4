"""The decoder promises the same as decoding each message by itself, whatever came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import Decoder, decode
from storegraph.graph.interfaces import interfaces
from storegraph.graph.messages import CONVERSIONS, MessageError
from storegraph.observations import ScaleSamples

TYPE = "storegraph_msgs/msg/ScaleSamples"


def message_of(samples: ScaleSamples, topic: str = "scales/G1/samples") -> BagMessage:
    message = CONVERSIONS[ScaleSamples].to_message(interfaces().types, samples)
    return BagMessage(topic, 1, TYPE, bytes(interfaces().serialize_cdr(message, TYPE)))


@st.composite
def batches(draw: st.DrawFn) -> BagMessage:
    scales = draw(st.sampled_from([("P1",), ("P1", "P2"), ("P1", "P2x"), ("long name of a scale", "P2")]))
    shape = (draw(st.integers(1, 3)), len(scales))
    grams = np.array(draw(st.lists(st.floats(width=32), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])))
    samples = ScaleSamples(
        draw(st.integers(0, 2**31 * 10**9 - 1)),
        draw(st.sampled_from(["G1", "G10", ""])),
        draw(st.sampled_from([60.0, 80.0])),
        scales,
        grams.astype(np.float32).reshape(shape),
    )
    message = message_of(samples, draw(st.sampled_from(["scales/G1/samples", "scales/G2/samples"])))
    damage = draw(st.sampled_from([None] * 5 + [*range(0, len(message.data), 3)]))
    if damage is None:
        return message
    return replace(
        message, data=message.data[:damage] + bytes([message.data[damage] ^ 255]) + message.data[damage + 1 :]
    )


def told(decoder: Decoder | None, message: BagMessage) -> tuple[object, ...]:
    """All that a message says, or how it is refused."""
    try:
        samples = decoder.decode(message) if decoder else decode(message)
    except MessageError as error:
        return (str(error),)
    assert isinstance(samples, ScaleSamples)
    return samples.stamp, samples.fixture, samples.rate, samples.scales, samples.grams.shape, samples.grams.tobytes()


@given(st.lists(batches(), max_size=8))
def test_a_recording_is_decoded_as_each_message_by_itself(messages: list[BagMessage]) -> None:
    decoder = Decoder()
    assert [told(decoder, message) for message in messages] == [told(None, message) for message in messages]


def test_a_batch_of_another_length_is_decoded_too() -> None:
    decoder = Decoder()
    for length in (12, 12, 7, 1):
        samples = ScaleSamples(5, "G1", 60.0, ("P1", "P2"), np.ones((length, 2), np.float32))
        assert told(decoder, message_of(samples)) == told(None, message_of(samples))


def test_a_batch_without_readings_is_refused_also_after_others() -> None:
    decoder = Decoder()
    full = message_of(ScaleSamples(5, "G1", 60.0, ("P1",), np.ones((2, 1), np.float32)))
    empty = message_of(ScaleSamples(5, "G1", 60.0, ("P1",), np.ones((0, 1), np.float32)))
    decoder.decode(full)
    assert told(decoder, empty) == told(None, empty)
    assert "do not fill" in str(told(None, empty)[0])
