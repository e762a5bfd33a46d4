"""Observations to the bytes they travel as; `decoding` is the other way."""

from __future__ import annotations

from storegraph.observations import Observation

from .interfaces import interfaces
from .messages import CONVERSIONS


def encode(observation: Observation) -> bytes:
    """An observation as its message, in CDR."""
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    return bytes(interfaces().serialize_cdr(message, conversion.message_type))
