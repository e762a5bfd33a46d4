"""Gate events as messages."""

from __future__ import annotations

from storegraph.card_number import looks_like_card_number
from storegraph.observations import GateEvent, Passage

from .base import MAP_FRAME, Message, MessageError, Types, from_time, to_header


def gate_event_to_message(types: Types, event: GateEvent) -> Message:
    """`GateEvent` to its message."""
    return types["storegraph_msgs/msg/GateEvent"](
        header=to_header(types, event.stamp, MAP_FRAME),
        gate=event.gate,
        passage=int(event.passage),
        credential=event.credential,
        party=event.party,
        shopper_id=event.shopper_id,
        derived=event.derived,
    )


def gate_event_from_message(message: Message) -> GateEvent:
    """`GateEvent` from its message.

    Raises:
        MessageError: The passage is neither entry nor exit, or its credential looks like a card number.
    """
    if message.passage not in iter(Passage):
        raise MessageError(f"GateEvent at {message.gate}: passage {message.passage} is neither 0 (entry) nor 1 (exit)")
    if looks_like_card_number(message.credential):  # whoever wrote it: it goes no further, and is not repeated
        raise MessageError(
            f"GateEvent at {message.gate}: credential looks like a card number; send a token in its place"
        )
    return GateEvent(
        stamp=from_time(message.header.stamp),
        gate=message.gate,
        passage=Passage(message.passage),
        credential=message.credential,
        party=message.party,
        shopper_id=message.shopper_id,
        derived=bool(message.derived),
    )
