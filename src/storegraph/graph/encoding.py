"""Observations to the bytes they travel as; `decoding` is the other way."""

from __future__ import annotations

from storegraph.observations import Observation

from .interfaces import interfaces
from .messages import CONVERSIONS


def encode(observation: Observation) -> bytes:
    """An observation as its message, in CDR.

    Filled up to a multiple of four bytes, as it is on the wire (RTPS 2.5, 9.4.2.12), so that what a live graph gave and
    what a replay gives are the same bytes.
    """
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    data = bytes(interfaces().serialize_cdr(message, conversion.message_type))
    return data + bytes(-len(data) % 4)
