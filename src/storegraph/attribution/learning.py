"""What hands and goods are like is learnt from movements that leave no doubt, and from what people find out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from storegraph.observations import Action, Hypothesis, Items, Verdict

from .hands import HandEvidence
from .report import Slot
from .weights import UnitWeights

NO_DOUBT = 0.95
"""What is at least so likely may be learnt from."""

DOUBTED = 1000
"""Movements in doubt that are remembered until a person has looked: a line waits for a day (`review.within`), in which
a small shop has some hundred."""


class Learning:
    """Learns how far hands are from the goods that they move, and what goods weigh.

    Args:
        hands: How hands relate to goods.
        weights: What goods weigh.
    """

    def __init__(self, hands: HandEvidence, weights: UnitWeights) -> None:
        self._hands = hands
        self._weights = weights
        self._doubted: dict[str, Slot] = {}

    def movement(self, slot: Slot, hypotheses: Sequence[Hypothesis]) -> None:
        """Takes in a movement: what leaves no doubt at once, any other when a person has looked."""
        best = hypotheses[0]
        if best.probability >= NO_DOUBT:
            self._learn(slot, best.shopper_id, best.action, best.items)
            return
        self._doubted[slot.event_id] = slot
        while len(self._doubted) > DOUBTED:
            del self._doubted[next(iter(self._doubted))]

    def verdict(self, verdict: Verdict) -> None:
        """Takes in what a person has found out about a movement that was in doubt, once."""
        slot = self._doubted.pop(verdict.event_id, None)
        if slot is not None and (verdict.action is Action.TAKE) == (slot.part.delta < 0):
            self._learn(slot, verdict.shopper_id, verdict.action, verdict.items)

    def _learn(self, slot: Slot, shopper_id: str, action: Action, items: Items) -> None:
        if action is Action.NONE or not slot.part.delta or slot.people > 1:
            return
        distance = slot.distances.get(shopper_id, math.nan)
        if not math.isnan(distance):
            self._hands.learn(distance)
        if len(items) == 1 and items[0].gtin:
            (item,) = items
            self._weights.learn(item.gtin, item.count, abs(slot.part.delta), slot.part.sigma)
