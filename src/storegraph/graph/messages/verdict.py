"""Verdicts as messages."""

from __future__ import annotations

from storegraph.observations import Action, ItemCount, Verdict

from .base import MAP_FRAME, Message, MessageError, Types, from_time, to_header


def verdict_to_message(types: Types, verdict: Verdict) -> Message:
    """`Verdict` to its message."""
    item_count = types["storegraph_msgs/msg/ItemCount"]
    return types["storegraph_msgs/msg/Verdict"](
        header=to_header(types, verdict.stamp, MAP_FRAME),
        event_id=verdict.event_id,
        shopper_id=verdict.shopper_id,
        action=int(verdict.action),
        items=[item_count(gtin=item.gtin, count=item.count) for item in verdict.items],
    )


def verdict_from_message(message: Message) -> Verdict:
    """`Verdict` from its message.

    Raises:
        MessageError: It names no action.
    """
    if message.action not in list(Action):
        raise MessageError(f"Verdict {message.event_id}: action {message.action} is none; it takes 0, 1 or 2")
    return Verdict(
        from_time(message.header.stamp),
        message.event_id,
        message.shopper_id,
        Action(message.action),
        tuple(ItemCount(item.gtin, int(item.count)) for item in message.items),
    )
