"""Carts and receipts as messages."""

from __future__ import annotations

from collections.abc import Iterable

from storegraph.observations import Cart, CartLine, Receipt

from .base import MAP_FRAME, Message, Types, from_time, to_header, to_time


def _lines_to_message(types: Types, lines: Iterable[CartLine]) -> list[Message]:
    cart_line = types["storegraph_msgs/msg/CartLine"]
    return [
        cart_line(
            gtin=line.gtin,
            name=line.name,
            count=line.count,
            priced=line.unit_price is not None,
            unit_price=line.unit_price or 0,
            confidence=line.confidence,
            doubt=line.doubt,
        )
        for line in lines
    ]


def _lines_from_message(messages: Iterable[Message]) -> tuple[CartLine, ...]:
    return tuple(
        CartLine(
            gtin=line.gtin,
            name=line.name,
            count=int(line.count),
            unit_price=int(line.unit_price) if line.priced else None,
            confidence=float(line.confidence),
            doubt=line.doubt,
        )
        for line in messages
    )


def cart_to_message(types: Types, cart: Cart) -> Message:
    """`Cart` to its message."""
    return types["storegraph_msgs/msg/Cart"](
        header=to_header(types, cart.stamp, MAP_FRAME),
        visit_id=cart.visit_id,
        shopper_id=cart.shopper_id,
        party=cart.party,
        lines=_lines_to_message(types, cart.lines),
        currency=cart.currency,
        total=cart.total,
    )


def cart_from_message(message: Message) -> Cart:
    """`Cart` from its message."""
    return Cart(
        stamp=from_time(message.header.stamp),
        visit_id=message.visit_id,
        shopper_id=message.shopper_id,
        party=message.party,
        lines=_lines_from_message(message.lines),
        currency=message.currency,
    )


def receipt_to_message(types: Types, receipt: Receipt) -> Message:
    """`Receipt` to its message."""
    return types["storegraph_msgs/msg/Receipt"](
        header=to_header(types, receipt.stamp, MAP_FRAME),
        visit_id=receipt.visit_id,
        shopper_id=receipt.shopper_id,
        party=receipt.party,
        gate=receipt.gate,
        entered=to_time(types, receipt.entered),
        left=to_time(types, receipt.left),
        derived=receipt.derived,
        lines=_lines_to_message(types, receipt.lines),
        currency=receipt.currency,
        total=receipt.total,
        in_doubt=receipt.in_doubt,
        doubt=receipt.doubt,
    )


def receipt_from_message(message: Message) -> Receipt:
    """`Receipt` from its message."""
    return Receipt(
        stamp=from_time(message.header.stamp),
        visit_id=message.visit_id,
        shopper_id=message.shopper_id,
        party=message.party,
        gate=message.gate,
        entered=from_time(message.entered),
        left=from_time(message.left),
        derived=bool(message.derived),
        lines=_lines_from_message(message.lines),
        currency=message.currency,
        doubt=message.doubt,
    )
