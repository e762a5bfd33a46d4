"""What lies on the shelves as messages."""

from __future__ import annotations

import numpy as np

from storegraph.observations import FacingStock, Misplaced

from .base import MAP_FRAME, Message, MessageError, Types, from_time, to_header


def facing_stock_to_message(types: Types, stock: FacingStock) -> Message:
    """`FacingStock` to its message."""
    misplaced = types["storegraph_msgs/msg/Misplaced"]
    return types["storegraph_msgs/msg/FacingStock"](
        header=to_header(types, stock.stamp, MAP_FRAME),
        fixture=stock.fixture,
        scales=list(stock.scales),
        gtin=stock.gtin,
        counted=stock.counted,
        least=stock.least,
        counts=np.array(stock.counts, dtype=np.float64),
        misplaced=[
            misplaced(gtin=each.gtin, probability=each.probability, expected=each.expected) for each in stock.misplaced
        ],
    )


def facing_stock_from_message(message: Message) -> FacingStock:
    """`FacingStock` from its message.

    Raises:
        MessageError: It names no scale, or has no counts.
    """
    if not message.scales:
        raise MessageError(f"FacingStock of {message.fixture}: scales is empty; a facing has at least one")
    if not len(message.counts):
        raise MessageError(f"FacingStock of {message.scales[0]}: counts is empty; there is at least one count")
    return FacingStock(
        stamp=from_time(message.header.stamp),
        fixture=message.fixture,
        scales=tuple(message.scales),
        gtin=message.gtin,
        counted=bool(message.counted),
        least=int(message.least),
        counts=tuple(map(float, message.counts)),
        misplaced=tuple(
            Misplaced(each.gtin, float(each.probability), float(each.expected)) for each in message.misplaced
        ),
    )
