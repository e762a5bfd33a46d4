"""A recording played again and again: every round later than the one before, and with other people."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from storegraph.units import NANOSECONDS

from .bag import BagMessage
from .decoding import decode
from .definitions import definition_of
from .interfaces import interfaces
from .messages import CONVERSIONS, MessageError
from .topics import topic_of

TIMES = {"stamp", "begin", "end", "entered", "left", "since"}
"""Fields of observations that are moments."""

IDENTITIES = {"shopper_id", "party", "visit_id", "event_id"}
"""Fields of observations that name somebody, or something that happened, once."""

STAMP_SECONDS, STAMP_NANOSECONDS = slice(4, 8), slice(8, 12)
"""Of a header at the beginning of a CDR message, after its encapsulation."""

T = TypeVar("T")


def message_in_round(message: BagMessage, number: int, shift: int) -> BagMessage:
    """A message as it is played in a round.

    Its log time and all moments in it are later; ids of shoppers, parties, visits and events end in `#<round>`, because
    an id is never used again. Of what the graph does not know, only the header's stamp is changed; what cannot be
    read is left as it is.

    Args:
        message: As it was recorded.
        number: Of the round, the first is 1: as it was recorded.
        shift: How much later, nanoseconds.
    """
    if number == 1:
        return message
    return replace(message, log_time=message.log_time + shift, data=_data_in_round(message, number, shift))


def _data_in_round(message: BagMessage, number: int, shift: int) -> bytes:
    if topic_of(message.topic) is None:
        return _with_later_header(message, shift)
    try:
        observation = _in_round(decode(message), shift, f"#{number}")
    except MessageError:
        return message.data
    fresh = CONVERSIONS[type(observation)].to_message(interfaces().types, observation)
    return bytes(interfaces().serialize_cdr(fresh, message.message_type))


def _in_round(value: T, shift: int, suffix: str) -> T:
    """A dataclass of observations with later times and other ids, and so all that it holds."""
    changed: dict[str, Any] = {}
    for field in fields(value):  # type: ignore[arg-type]
        held = getattr(value, field.name)
        if field.name in TIMES:
            changed[field.name] = held + shift
        elif field.name in IDENTITIES and held:
            changed[field.name] = held + suffix
        elif isinstance(held, tuple) and held and is_dataclass(held[0]):
            changed[field.name] = tuple(_in_round(each, shift, suffix) for each in held)
    return replace(value, **changed)  # type: ignore[type-var]


def _with_later_header(message: BagMessage, shift: int) -> bytes:
    """The bytes of a message with the stamp of its header shifted, where it begins with one."""
    if not definition_of(message.message_type).text.lstrip().startswith("std_msgs/Header header"):
        return message.data
    order: Literal["little", "big"] = "little" if message.data[1] == 1 else "big"
    seconds = int.from_bytes(message.data[STAMP_SECONDS], order, signed=True)
    stamp = seconds * NANOSECONDS + int.from_bytes(message.data[STAMP_NANOSECONDS], order) + shift
    data = bytearray(message.data)
    data[STAMP_SECONDS] = (stamp // NANOSECONDS).to_bytes(4, order, signed=True)
    data[STAMP_NANOSECONDS] = (stamp % NANOSECONDS).to_bytes(4, order)
    return bytes(data)
