"""What lies where, and who holds what, in expected counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from storegraph.observations import Action, Hypothesis, ItemCount, WeightEvent
from storegraph.store.model import Store

Counts = defaultdict[str, float]
"""Expected counts by GTIN."""


class Contents:
    """Follows the goods: the planogram, goods lying elsewhere than planned, things that are not the shop's, and carts.

    Every explanation of an event changes the expected counts by its probability, so a doubtful put-back leaves the
    item half here and half there until something shows which.

    Args:
        store: The planogram.
    """

    def __init__(self, store: Store) -> None:
        self._planned = {
            scale: facing.gtin for facing in store.facings for scale in facing.scales if facing.gtin is not None
        }
        self._misplaced: defaultdict[str, Counts] = defaultdict(_no_counts)
        self._foreign: defaultdict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
        self._carts: defaultdict[str, Counts] = defaultdict(_no_counts)

    def planned(self, scale: str) -> str | None:
        """The product that belongs on a scale; None where none does."""
        return self._planned.get(scale)

    def misplaced(self, scale: str) -> Mapping[str, float]:
        """Expected counts, by GTIN, of goods that lie on a scale without belonging there."""
        return self._misplaced.get(scale, {})

    def foreign(self, scale: str) -> Iterable[tuple[float, float]]:
        """Weight in grams and probability of things that lie on a scale and are not the shop's."""
        return self._foreign.get(scale, {}).values()

    def cart(self, shopper_id: str) -> Mapping[str, float]:
        """Expected counts, by GTIN, of what a shopper holds."""
        return self._carts.get(shopper_id, {})

    def forget(self, shopper_id: str) -> None:
        """The shopper has left, and what they hold with them."""
        self._carts.pop(shopper_id, None)

    def update(self, event: WeightEvent, hypotheses: Iterable[Hypothesis]) -> None:
        """Moves the goods of an event, by the probability of each explanation."""
        place = main_scale(event)
        for hypothesis in hypotheses:
            if hypothesis.action is Action.NONE:
                self._move_foreign(event, place, hypothesis.probability)
            for item in hypothesis.items:
                self._move(place, hypothesis, item)

    def _move(self, place: str, hypothesis: Hypothesis, item: ItemCount) -> None:
        moved = hypothesis.probability * item.count
        away = -moved if hypothesis.action is Action.TAKE else moved
        if item.gtin != self.planned(place) and item.gtin:
            _add(self._misplaced[place], item.gtin, away)
        if hypothesis.shopper_id:
            _add(self._carts[hypothesis.shopper_id], item.gtin, -away)

    def _move_foreign(self, event: WeightEvent, place: str, probability: float) -> None:
        """A lasting gain without goods is a thing set down; a loss takes away the thing that fits best."""
        things = self._foreign[place]
        if event.delta > 0:
            things[event.event_id] = (event.delta, probability)
        elif things:
            name = min(things, key=lambda name: abs(things[name][0] + event.delta))
            weight, there = things.pop(name)
            if there > probability:
                things[name] = (weight, there - probability)


def main_scale(event: WeightEvent) -> str:
    """The scale that changed most."""
    return max(event.changes, key=lambda change: (abs(change.delta), change.scale)).scale


def _no_counts() -> Counts:
    return defaultdict(float)


def _add(counts: Counts, gtin: str, amount: float) -> None:
    """Adds to an expected count, which never falls below nothing."""
    left = counts[gtin] + amount
    if left > 1e-9:
        counts[gtin] = left
    else:
        counts.pop(gtin)
