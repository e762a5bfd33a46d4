"""A gain and a loss at one place, so close that weighing sees their difference only."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from storegraph.observations import Action, ItemCount, WeightEvent

from .ground import FAR_OFF, Ground, handfuls, items_of
from .histories import Placed, Step, Way
from .model import Held, Move, Presence, Thing, Whereabouts


class Blurring:
    """Explains a change of weight by one who puts back what belongs there and another one who takes of it.

    Args:
        ground: What explanations rest on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of_things(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Way]:
        """One puts back what belongs here, and one takes of it, so close that weighing sees the difference only."""
        shares = self._ground.shares(part)
        scales = tuple(change.scale for change in part.changes)
        people = [presence for presence in near if presence.shopper_id]
        for giver in people:
            home = [
                thing for thing, where in things.values() if where == Held(giver.shopper_id) and thing.gtin in shares
            ]
            for together, (gtin, share), count in product(handfuls(home, 2), shares.items(), (1, 2)):
                expected = self._difference(together, gtin, count)
                if expected is None or not self._fits_difference(part, expected):
                    continue
                settings = self._ground.settings
                likely = share * settings.blurred * settings.another ** (len(together) + count - 2)
                likely *= self._ground.weights.density(part.delta, part.sigma, expected)
                weight = self._ground.weights.of(gtin)
                assert weight is not None
                taken = self._ground.weights.things(
                    part.event_id, part.begin, count * weight.mean, weight.spread, ((gtin, count),)
                )
                back = Move(
                    giver.shopper_id,
                    Action.PUT_BACK,
                    items_of(Counter(thing.gtin or "" for thing in together).items()),
                    scales,
                )
                for taker in people:
                    if taker.shopper_id == giver.shopper_id:
                        continue
                    moved = tuple((thing, Held(taker.shopper_id)) for thing in taken)
                    take = Move(taker.shopper_id, Action.TAKE, (ItemCount(gtin, count),), scales)
                    yield (
                        giver.ratio * taker.ratio * likely,
                        (Step(1.0, back, tuple(thing.thing_id for thing in together)), Step(1.0, take, (), moved)),
                    )

    def concerned(self, part: WeightEvent, near: Sequence[Presence], things: Sequence[Placed]) -> set[str]:
        """Ids of the things that may have been put back so."""
        shares = self._ground.shares(part)
        found: set[str] = set()
        for presence in near if len(near) > 2 else ():
            home = [thing for thing, places in things if Held(presence.shopper_id) in places and thing.gtin in shares]
            for together, gtin, count in product(handfuls(home, 2), shares, (1, 2)):
                expected = self._difference(together, gtin, count)
                if expected is not None and self._fits_difference(part, expected):
                    found.update(thing.thing_id for thing in together)
        return found

    def _difference(self, back: Sequence[Thing], gtin: str, taken: int) -> list[tuple[float, float]] | None:
        """What is put back less what is taken: expected grams and standard deviations; None where it is not known."""
        weight = self._ground.weights.of(gtin)
        if weight is None:
            return None
        spread = math.sqrt(taken) * weight.spread
        return [*((thing.grams, thing.sigma) for thing in back), (-taken * weight.mean, spread)]

    def _fits_difference(self, part: WeightEvent, expected: Sequence[tuple[float, float]]) -> bool:
        off = part.delta - sum(mean for mean, _ in expected)
        return (
            abs(off) <= FAR_OFF * math.hypot(part.sigma, *(spread for _, spread in expected)) + self._ground.disturbance
        )
