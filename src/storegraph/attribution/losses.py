"""Every way to explain a loss of weight by one movement: taking what belongs there, what lies there, or nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from storegraph.observations import Action, ItemCount, Items, WeightEvent

from .ground import FEW, Ground, handfuls, items_of
from .histories import Placed, Step, Way
from .model import Borne, Held, Lying, Move, Presence, Thing, Whereabouts


class Losses:
    """Explains losses of weight.

    Args:
        ground: What explanations rest on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def alone(self, part: WeightEvent, near: Sequence[Presence]) -> Iterator[Way]:
        """The ways that do not hang on where things are.

        Args:
            part: What changed.
            near: Who may have done it.
        """
        scales = tuple(change.scale for change in part.changes)
        for weight, items, taken in self._takings(part):
            for presence in near:
                move = Move(presence.shopper_id, Action.TAKE, items, scales)
                moved = tuple((each, Held(presence.shopper_id)) for each in taken)
                yield presence.ratio * weight, (Step(presence.ratio * weight, move, (), moved),)
        for presence in near:
            yield self._ground.nothing(part, presence, Borne)
        yield from self._takings_together(part, near)

    def concerned(
        self, part: WeightEvent, near: Sequence[Presence], things: Iterable[Placed]
    ) -> Iterator[tuple[float, tuple[Thing, ...]]]:
        """What may lie here without belonging here, with the greatest weight that an explanation by it can have.

        Args:
            part: What changed.
            near: Who may have done it.
            things: All there are.
        """
        scales = {change.scale for change in part.changes}
        ratio = max(presence.ratio for presence in near)
        for thing, places in things if self._ground.settings.contents else ():
            here = math.fsum(
                probability
                for where, probability in places.items()
                if isinstance(where, Lying) and where.scale in scales
            )
            if here:
                fitting = self._ground.weights.density(0.0, part.sigma, [(0.0, thing.sigma)])
                yield here * ratio * fitting, (thing,)

    def of_things(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Way]:
        """The ways in which something goes that lies here without belonging here.

        Args:
            part: What changed.
            near: Who may have done it.
            things: Where things are by now, in one history.
        """
        if self._ground.settings.contents:
            scales = tuple(change.scale for change in part.changes)
            for step in self._found(part, near, things, scales):
                yield step.weight, (step,)
            for step in self._found_beside(part, near, things, scales):
                yield step.weight, (step,)

    def _takings_together(self, part: WeightEvent, near: Sequence[Presence]) -> Iterator[Way]:
        """Two people take of one product from one place at one moment."""
        settings = self._ground.settings
        scales = tuple(change.scale for change in part.changes)
        pairs = [pair for pair in combinations(near, 2) if all(each.shopper_id for each in pair)]
        for gtin, share in self._ground.shares(part).items() if pairs else ():
            for count in range(2, FEW + 2) if self._ground.weights.of(gtin) else ():
                counts = ((gtin, count),)
                likely = share * settings.together * self._ground.weights.density_of(-part.delta, part.sigma, counts)
                likely *= settings.another ** (count - 2)
                if not likely:
                    continue
                things = self._ground.weights.things(part.event_id, part.begin, -part.delta, part.sigma, counts)
                for (one, other), first in product(pairs, range(1, count)):
                    steps = tuple(
                        Step(
                            1.0,
                            Move(each.shopper_id, Action.TAKE, (ItemCount(gtin, len(theirs)),), scales),
                            (),
                            tuple((thing, Held(each.shopper_id)) for thing in theirs),
                        )
                        for each, theirs in ((one, things[:first]), (other, things[first:]))
                    )
                    yield one.ratio * other.ratio * likely, steps

    def _takings(self, part: WeightEvent) -> Iterator[tuple[float, Items, tuple[Thing, ...]]]:
        """Goods taken from where they are planned, or that nobody knew of."""
        settings = self._ground.settings
        shares = self._ground.shares(part)

        def taking(prior: float, counts: tuple[tuple[str, int], ...]) -> tuple[float, Items, tuple[Thing, ...]]:
            weight = prior * self._ground.weights.density_of(-part.delta, part.sigma, counts)
            things = self._ground.weights.things(part.event_id, part.begin, -part.delta, part.sigma, counts)
            return weight, items_of(counts), things

        for gtin, share in shares.items():
            most = settings.most if self._ground.weights.of(gtin) else 1
            for count in range(1, most + 1):
                yield taking(share * settings.another ** (count - 1), ((gtin, count),))
        for one, other in combinations(sorted(shares), 2):
            yield taking(settings.mixed * shares[one] * shares[other], ((one, 1), (other, 1)))
        unknown = Thing(f"{part.event_id}#?", "", -part.delta, part.sigma, part.begin)
        yield settings.unknown / self._ground.heaviest, (ItemCount("", 1),), (unknown,)

    def _found(
        self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """Things that lie here without belonging here."""
        lying = [thing for thing, where in things.values() if isinstance(where, Lying) and where.scale in scales]
        for together in handfuls(lying, 2):
            expected = [(thing.grams, thing.sigma) for thing in together]
            likely = self._ground.weights.density(-part.delta, part.sigma, expected)
            likely *= self._ground.settings.another ** (len(together) - 1)
            goods = [thing for thing in together if thing.gtin is not None]
            foreign = [thing for thing in together if thing.gtin is None]
            items = items_of(Counter(thing.gtin or "" for thing in goods).items())
            for presence in near:
                prior = self._ground.settings.misplaced if goods else 1.0
                if any(thing.owner != presence.shopper_id for thing in foreign):
                    prior *= self._ground.settings.anothers
                yield Step(
                    presence.ratio * prior * likely,
                    Move(presence.shopper_id, Action.TAKE if items else Action.NONE, items, scales),
                    tuple(thing.thing_id for thing in foreign),
                    tuple((thing, Held(presence.shopper_id)) for thing in goods),
                )

    def _found_beside(
        self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """Something that lies here without belonging here, and one of what does."""
        lying = [
            thing
            for thing, where in things.values()
            if isinstance(where, Lying) and where.scale in scales and thing.gtin is not None
        ]
        for thing, (gtin, share) in product(lying, self._ground.shares(part).items()):
            weight = self._ground.weights.of(gtin)
            if weight is None:
                continue
            expected = [(thing.grams, thing.sigma), (weight.mean, weight.spread)]
            likely = self._ground.weights.density(-part.delta, part.sigma, expected)
            likely *= share * self._ground.settings.misplaced * self._ground.settings.mixed
            (other,) = self._ground.weights.things(part.event_id, part.begin, weight.mean, weight.spread, ((gtin, 1),))
            items = items_of(Counter((thing.gtin or "", gtin)).items())
            for presence in near:
                moved = tuple((each, Held(presence.shopper_id)) for each in (thing, other))
                yield Step(presence.ratio * likely, Move(presence.shopper_id, Action.TAKE, items, scales), (), moved)
