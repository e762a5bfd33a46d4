"""A shop in which it is in doubt who took something."""

from __future__ import annotations

import math

from shop_ledger import BREAD, MINUTE, NINE, WATER, ShopLedger, line, receipt

from storegraph.ledger.review.evidence import EvidenceWriter
from storegraph.observations import (
    Action,
    Candidate,
    Holding,
    Hypothesis,
    Interaction,
    ItemCount,
    ItemsProbability,
    Share,
)
from storegraph.store.model import Product

DOUBT = "who: 1 60%, 2 40%"


def taking(product: Product, event: str = "e1", payer: str = "1", stamp: int = NINE + MINUTE) -> Interaction:
    """1 or 2 took something; nobody knows how far 2's hand was away."""
    items = (ItemCount(product.gtin, 1),)
    return Interaction(
        stamp=stamp,
        event_id=event,
        begin=stamp,
        end=stamp + 2 * 10**9,
        fixture="G1",
        scales=("G1.1",),
        delta=-500.0,
        sigma=2.0,
        who=(Candidate("1", 0.6, 0.05), Candidate("2", 0.4, math.nan)),
        what=(ItemsProbability(items, 1.0),),
        action=(1.0, 0.0, 0.0),
        hypotheses=(Hypothesis("1", Action.TAKE, items, 0.6), Hypothesis("2", Action.TAKE, items, 0.4)),
        holdings=(Holding(payer, product.gtin, (0.4, 0.6), (Share("1", 0.6),), (event,)),),
    )


def two_shoppers(shop: ShopLedger) -> ShopLedger:
    """1 has left with a bread that 2 may have taken; 2 has left with a water."""
    shop.enter("1", "card1")
    shop.enter("2", "card2")
    evidence = EvidenceWriter(shop.engine, "corner")
    evidence.note(taking(BREAD))
    evidence.write()
    shop.leave(receipt("1", line(BREAD, 1, DOUBT)))
    shop.leave(receipt("2", line(WATER)))
    return shop
