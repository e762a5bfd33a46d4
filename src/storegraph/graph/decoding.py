"""From the bytes in a bag to observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from storegraph.observations import Observation, ScaleSamples
from storegraph.units import NANOSECONDS

from .bag import BagMessage
from .interfaces import interfaces
from .messages import CONVERSIONS, MessageError
from .topics import topic_of


def decode(message: BagMessage) -> Observation:
    """The observation in a message.

    Raises:
        MessageError: The message says something impossible, or is cut off.
    """
    topic = topic_of(message.topic)
    if topic is None:
        raise MessageError(f"{message.topic}: the graph has no such topic")
    try:
        return CONVERSIONS[topic.carries].from_message(interfaces().deserialize_cdr(message.data, message.message_type))
    except MessageError as error:
        raise MessageError(f"{message.topic}: {error}") from error
    except Exception as error:  # rosbags raises whatever the bytes led it to: struct, index, value and assertion errors
        raise MessageError(f"{message.topic}: {len(message.data)} bytes are no {message.message_type}") from error


ENCAPSULATION = slice(0, 4)
STAMP = slice(4, 12)
"""Where CDR (OMG DDSI-RTPS 2.5, 10.2) puts the byte order and, in a message that begins with a header, its stamp."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What every message of one publisher of scale samples has in common.

    Attributes:
        before: The byte order.
        between: All bytes from the stamp to the number of readings: fixture, rate and scales.
        samples: The message they were learnt from.
    """

    before: bytes
    between: bytes
    samples: ScaleSamples


class Decoder:
    """Decodes the messages of a recording one after the other, as `decode` does, but knows again what they repeat.

    A batch of scale samples names its scales, seventy strings that are the same in every batch of a fixture and cost
    more than its readings. Where all bytes between stamp and readings are those of the batch before, so is their
    meaning.
    """

    def __init__(self) -> None:
        self._patterns: dict[str, _Pattern] = {}

    def decode(self, message: BagMessage) -> Observation:
        """The observation in a message.

        Raises:
            MessageError: The message says something impossible, or is cut off.
        """
        pattern = self._patterns.get(message.topic)
        if pattern is not None and (samples := _repeated(pattern, message.data)) is not None:
            return samples
        observation = decode(message)
        if isinstance(observation, ScaleSamples) and _little_endian(message.data):
            readings = 4 + observation.grams.nbytes
            between = message.data[STAMP.stop : len(message.data) - readings]
            self._patterns[message.topic] = _Pattern(message.data[ENCAPSULATION], between, observation)
        return observation


def _little_endian(data: bytes) -> bool:
    return data[1] == 1


def _repeated(pattern: _Pattern, data: bytes) -> ScaleSamples | None:
    """The samples in a message that repeats the pattern; None where it does not, or not to the last byte."""
    start = STAMP.stop + len(pattern.between)
    if not data.startswith(pattern.between, STAMP.stop) or data[ENCAPSULATION] != pattern.before:
        return None
    scales = len(pattern.samples.scales)
    count = int.from_bytes(data[start : start + 4], "little")
    if count == 0 or count % scales or len(data) != start + 4 + 4 * count:
        return None
    seconds = int.from_bytes(data[4:8], "little", signed=True)
    return ScaleSamples(
        stamp=seconds * NANOSECONDS + int.from_bytes(data[8:12], "little"),
        fixture=pattern.samples.fixture,
        rate=pattern.samples.rate,
        scales=pattern.samples.scales,
        grams=np.frombuffer(data, "<f4", count, start + 4).reshape(-1, scales),
    )
