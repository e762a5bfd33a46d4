"""What all conversions share: times, headers, and the error of the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from storegraph.errors import StoregraphError
from storegraph.observations import Observation
from storegraph.units import NANOSECONDS

MAP_FRAME = "map"

Message = Any
"""A message of either world: only its fields matter."""

Types = Mapping[str, Callable[..., Message]]
"""Message classes by full name ("std_msgs/msg/Header")."""


class MessageError(StoregraphError):
    """A message says something impossible; it is refused before any stage sees it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one kind of observation travels.

    Attributes:
        message_type: Full name of the message.
        to_message: From an observation, with the classes to use.
        from_message: From a message.
    """

    message_type: str
    to_message: Callable[[Types, Any], Message]
    from_message: Callable[[Message], Observation]


def to_time(types: Types, stamp: int) -> Message:
    """Nanoseconds since the epoch as `builtin_interfaces/Time`."""
    return types["builtin_interfaces/msg/Time"](sec=stamp // NANOSECONDS, nanosec=stamp % NANOSECONDS)


def from_time(time: Message) -> int:
    """`builtin_interfaces/Time` as nanoseconds since the epoch."""
    return int(time.sec) * NANOSECONDS + int(time.nanosec)


def to_header(types: Types, stamp: int, frame: str) -> Message:
    """A `std_msgs/Header`."""
    return types["std_msgs/msg/Header"](stamp=to_time(types, stamp), frame_id=frame)
