"""Weight events as messages."""

from __future__ import annotations

import math
from collections.abc import Iterable

from storegraph.observations import ScaleChange, WeightEvent

from .base import Message, MessageError, Types, from_time, to_header, to_time


def weight_event_to_message(types: Types, event: WeightEvent) -> Message:
    """`WeightEvent` to its message."""
    change = types["storegraph_msgs/msg/ScaleChange"]

    def changes(parts: Iterable[ScaleChange]) -> list[Message]:
        return [change(scale=part.scale, delta=part.delta, sigma=part.sigma) for part in parts]

    return types["storegraph_msgs/msg/WeightEvent"](
        header=to_header(types, event.stamp, event.fixture),
        event_id=event.event_id,
        begin=to_time(types, event.begin),
        end=to_time(types, event.end),
        changes=changes(event.changes),
        cross_talk=changes(event.cross_talk),
        delta=event.delta,
        sigma=event.sigma,
    )


def weight_event_from_message(message: Message) -> WeightEvent:
    """`WeightEvent` from its message.

    Raises:
        MessageError: It names no scale, ends before it begins, or its weight is no number.
    """

    def changes(parts: Iterable[Message]) -> tuple[ScaleChange, ...]:
        return tuple(ScaleChange(part.scale, float(part.delta), float(part.sigma)) for part in parts)

    event = WeightEvent(
        stamp=from_time(message.header.stamp),
        event_id=message.event_id,
        fixture=message.header.frame_id,
        begin=from_time(message.begin),
        end=from_time(message.end),
        changes=changes(message.changes),
        cross_talk=changes(message.cross_talk),
        delta=float(message.delta),
        sigma=float(message.sigma),
    )
    if not event.changes:
        raise MessageError(f"WeightEvent {event.event_id}: changes is empty; an event names the scales that changed")
    if not event.begin <= event.end <= event.stamp:
        raise MessageError(f"WeightEvent {event.event_id}: begin, end and stamp are not in this order")
    if not (math.isfinite(event.delta) and math.isfinite(event.sigma) and event.sigma > 0):
        raise MessageError(
            f"WeightEvent {event.event_id}: delta {event.delta} g with sigma {event.sigma} g is no measurement"
        )
    return event
