"""Promises as messages: how far a topic has come, beside every topic that a node computes."""

from __future__ import annotations

from storegraph.units import NANOSECONDS

from .interfaces import interfaces
from .merge import END
from .messages import Message, Types, from_time, to_header, to_time
from .operator import Promise

WATERMARK = "storegraph_msgs/msg/Watermark"
SUFFIX = "/watermark"
END_SECONDS = 2**31 - 1
"""As `Watermark.END`."""


def watermark_name(topic: str) -> str:
    """The topic of the promises about a topic."""
    return topic + SUFFIX


def promise_to_message(types: Types, promise: Promise) -> Message:
    """A promise as `Watermark`."""
    stamp = END_SECONDS * NANOSECONDS if promise.watermark == END else max(promise.watermark, 0)
    last_stamp, last_key = promise.newest or (0, "")
    return types[WATERMARK](
        header=to_header(types, stamp, ""),
        last_stamp=to_time(types, last_stamp),
        last_key=last_key,
        losses=promise.losses,
    )


def promise_to_bytes(promise: Promise) -> bytes:
    """A promise as the bytes it travels as."""
    return bytes(interfaces().serialize_cdr(promise_to_message(interfaces().types, promise), WATERMARK))


def promise_from_message(message: Message) -> Promise:
    """A promise from `Watermark`."""
    ended = message.header.stamp.sec == END_SECONDS
    last_stamp = from_time(message.last_stamp)
    return Promise(
        watermark=END if ended else from_time(message.header.stamp),
        newest=(last_stamp, message.last_key) if last_stamp else None,
        losses=int(message.losses),
    )
