"""WHAT and WHICH ACTION: from the weight change to the goods that may have moved."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from storegraph.observations import Action, ItemCount, Items, WeightEvent
from storegraph.store.model import Product, Store

from .contents import Contents
from .model import GoodsSettings, Movement


class GoodsEvidence:
    """Weighs every movement of goods that the place and the carts allow against the weight change.

    Args:
        store: The catalogue.
        settings: What is assumed.
    """

    def __init__(self, store: Store, settings: GoodsSettings) -> None:
        self._products = store.products()
        self._settings = settings

    def movements(self, event: WeightEvent, contents: Contents, shopper_ids: Iterable[str]) -> list[Movement]:
        """All movements that can explain an event; always at least that no goods moved.

        Args:
            event: The weight event.
            contents: What lies where and who holds what.
            shopper_ids: Who may have put something back.
        """
        found = [self._nothing(event, contents)]
        if event.delta < 0:
            found += self._takings(event, contents)
        else:
            for shopper_id in shopper_ids:
                found += self._put_backs(event, contents, shopper_id)
        return [movement for movement in found if movement.weight > 0]

    def _takings(self, event: WeightEvent, contents: Contents) -> Iterator[Movement]:
        settings = self._settings
        priors = self._priors(event, contents)
        yield Movement(Action.TAKE, (ItemCount("", 1),), settings.unknown / settings.heaviest)
        for gtin, prior in priors.items():
            for count, repeated in self._counts(self._products[gtin]):
                items = (ItemCount(gtin, count),)
                yield Movement(
                    Action.TAKE, items, prior * repeated * self._likelihood(-event.delta, event.sigma, items)
                )
        for one, other in combinations(sorted(priors), 2):
            both = (ItemCount(one, 1), ItemCount(other, 1))
            prior = settings.mixed * priors[one] * priors[other]
            yield Movement(Action.TAKE, both, prior * self._likelihood(-event.delta, event.sigma, both))

    def _put_backs(self, event: WeightEvent, contents: Contents, shopper_id: str) -> Iterator[Movement]:
        home = {contents.planned(change.scale) for change in event.changes}
        for gtin, held in contents.cart(shopper_id).items():
            place = 1.0 if gtin in home else self._settings.elsewhere
            for count, repeated in self._counts(self._products.get(gtin)):
                having = min(max(held - (count - 1), 0.0), 1.0)  # of the last of them: none is held twice
                items = (ItemCount(gtin, count),)
                weight = place * having * repeated * self._likelihood(event.delta, event.sigma, items)
                yield Movement(Action.PUT_BACK, items, weight, shopper_id)

    def _nothing(self, event: WeightEvent, contents: Contents) -> Movement:
        """No goods moved: a thing that is not the shop's was set down or taken up again, or the scale erred."""
        density = 1 / self._settings.heaviest
        weight = self._settings.nothing * density
        for change in event.changes:
            for thing, there in contents.foreign(change.scale):
                weight += there * _normal(event.delta, -thing, math.hypot(event.sigma, self._settings.absolute_spread))
        return Movement(Action.NONE, (), weight)

    def _priors(self, event: WeightEvent, contents: Contents) -> dict[str, float]:
        """How likely each product is to be taken here, before its weight is looked at."""
        total = sum(abs(change.delta) for change in event.changes)
        priors: defaultdict[str, float] = defaultdict(float)
        for change in event.changes:
            share = abs(change.delta) / total if total else 1 / len(event.changes)
            planned = contents.planned(change.scale)
            if planned is not None:
                priors[planned] += share
            for gtin, count in contents.misplaced(change.scale).items():
                priors[gtin] += share * self._settings.misplaced * min(1.0, count)
        return {gtin: prior for gtin, prior in priors.items() if gtin in self._products}

    def _counts(self, product: Product | None) -> Iterator[tuple[int, float]]:
        """How many may move at once, with the prior of each; one only where the weight cannot tell."""
        most = self._settings.most if product and product.unit_weight else 1
        for count in range(1, most + 1):
            yield count, self._settings.another ** (count - 1)

    def _likelihood(self, weight: float, sigma: float, items: Items) -> float:
        """Density of a measured weight, per gram, were these the goods."""
        expected, variance = 0.0, sigma * sigma
        for item in items:
            product = self._products.get(item.gtin)
            if product is None or product.unit_weight is None:
                return 1 / self._settings.heaviest
            expected += item.count * product.unit_weight
            variance += item.count * self._spread(product) ** 2
        return _normal(weight, expected, math.sqrt(variance))

    def _spread(self, product: Product) -> float:
        """Standard deviation of one item's weight, grams."""
        if product.unit_weight_sigma is not None:
            return product.unit_weight_sigma
        return self._settings.relative_spread * (product.unit_weight or 0.0) + self._settings.absolute_spread


def _normal(value: float, mean: float, sigma: float) -> float:
    """Density of the normal distribution."""
    return math.exp(-0.5 * ((value - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
