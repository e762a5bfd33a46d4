"""What hands and goods are like is learnt from movements that leave no doubt, and from what people find out."""

from __future__ import annotations

import math

from storegraph.observations import Action, Items, Verdict

from .hands import HandEvidence
from .published import Told
from .report import Slot
from .weights import UnitWeights

NO_DOUBT = 0.95
"""What is at least so likely may be learnt from."""


class Learning:
    """Learns how far hands are from the goods that they move, and what goods weigh.

    Args:
        hands: How hands relate to goods.
        weights: What goods weigh.
    """

    def __init__(self, hands: HandEvidence, weights: UnitWeights) -> None:
        self._hands = hands
        self._weights = weights

    def movement(self, told: Told) -> None:
        """Takes in a movement if it leaves no doubt."""
        best = told.hypotheses[0]
        if best.probability >= NO_DOUBT:
            told.learnt = True
            self._learn(told.slot, best.shopper_id, best.action, best.items)

    def verdict(self, told: Told, verdict: Verdict) -> None:
        """Takes in what a person has found out about a movement that was in doubt, once."""
        if not told.learnt:
            told.learnt = True
            if (verdict.action is Action.TAKE) == (told.slot.part.delta < 0):
                self._learn(told.slot, verdict.shopper_id, verdict.action, verdict.items)

    def _learn(self, slot: Slot, shopper_id: str, action: Action, items: Items) -> None:
        if action is Action.NONE or not slot.part.delta or slot.people > 1:
            return
        distance = slot.distances.get(shopper_id, math.nan)
        if not math.isnan(distance):
            self._hands.learn(distance)
        if len(items) == 1 and items[0].gtin:
            (item,) = items
            self._weights.learn(item.gtin, item.count, abs(slot.part.delta), slot.part.sigma)
