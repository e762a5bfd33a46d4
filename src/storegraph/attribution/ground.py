"""What every explanation of a change of weight rests on: where goods belong, what they weigh, what people do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from storegraph.observations import Action, ItemCount, Items, WeightEvent
from storegraph.store.model import Store

from .histories import Step, Way
from .model import Borne, Lying, Move, Presence, PriorSettings, Thing, WeightSettings
from .weights import UnitWeights

POSSIBLE = 1e-4
"""Who fits an event this much worse than the best did not do it."""

FAR_OFF = 5.0
"""Standard errors beyond which a thing is not looked at for a weight, unless a disturbance explains it."""

FEW = 3
"""Different things that one person puts back in one movement; a hand holds hardly more."""


class Ground:
    """Where goods belong, what they weigh, and what people are likely to do.

    Args:
        store: The planogram.
        weights: What goods weigh.
        settings: What people are likely to do.
        weighing: How weights are judged.
    """

    def __init__(self, store: Store, weights: UnitWeights, settings: PriorSettings, weighing: WeightSettings) -> None:
        known = store.products()
        self.planned = {
            scale: facing.gtin for facing in store.facings for scale in facing.scales if facing.gtin in known
        }
        self.weights = weights
        self.settings = settings
        self.heaviest = weighing.heaviest
        self.disturbance = weighing.disturbance

    def nothing(self, part: WeightEvent, presence: Presence, place: type[Lying] | type[Borne]) -> Way:
        """Somebody changed a weight, but no goods came or went.

        Args:
            part: What changed.
            presence: Who it was.
            place: Where what is no goods is from then on; followed only if contents are.
        """
        weight = presence.ratio * self.settings.nothing / self.heaviest
        scales = tuple(change.scale for change in part.changes)
        moved = ((self._no_goods(part, presence), place(main_scale(part))),) if self.settings.contents else ()
        return weight, (Step(weight, Move(presence.shopper_id, Action.NONE, (), scales), (), moved),)

    def _no_goods(self, part: WeightEvent, presence: Presence) -> Thing:
        """What is no goods of the shop, and makes such a change."""
        name = f"{part.event_id}#!{presence.shopper_id}"
        return Thing(name, None, abs(part.delta), part.sigma, part.begin, presence.shopper_id)

    def shares(self, part: WeightEvent) -> dict[str, float]:
        """The planned products of the scales that changed, each with its share of the change."""
        total = sum(abs(change.delta) for change in part.changes)
        shares: defaultdict[str, float] = defaultdict(float)
        for change in part.changes:
            planned = self.planned.get(change.scale)
            if planned is not None:
                shares[planned] += abs(change.delta) / total if total else 1 / len(part.changes)
        return dict(shares)

    def fitting(self, part: WeightEvent, things: Sequence[Thing], most: int) -> Iterator[tuple[Thing, ...]]:
        """Every choice of up to `most` of some things whose weight may be that of a change."""
        grams = np.array([thing.grams for thing in things])
        variances = np.array([thing.sigma for thing in things]) ** 2
        for count in range(1, min(most, len(things)) + 1):
            choices = np.array(list(combinations(range(len(things)), count)))
            off = abs(part.delta) - grams[choices].sum(axis=1)
            error = np.sqrt(part.sigma**2 + variances[choices].sum(axis=1))
            for choice in choices[np.abs(off) <= FAR_OFF * error + self.disturbance].tolist():
                yield tuple(things[index] for index in choice)


def possible(presences: Sequence[Presence]) -> list[Presence]:
    """Those who may have done it: not those who fit much worse than the best."""
    best = max(presence.ratio for presence in presences)
    return [presence for presence in presences if presence.ratio >= POSSIBLE * best]


def handfuls(things: Sequence[Thing], most: int) -> Iterator[tuple[Thing, ...]]:
    """Every choice of up to `most` of some things."""
    for count in range(1, min(most, len(things)) + 1):
        yield from combinations(things, count)


def items_of(counts: Iterable[tuple[str, int]]) -> Items:
    """Products and how many of each, as they are told."""
    return tuple(ItemCount(gtin, count) for gtin, count in sorted(counts))


def main_scale(part: WeightEvent) -> str:
    """The scale that changed most."""
    return max(part.changes, key=lambda change: (abs(change.delta), change.scale)).scale
