"""WHAT and WHICH ACTION: every way to explain a change of weight, given what has happened before."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from storegraph.observations import Action, ItemCount, Items, WeightEvent
from storegraph.store.model import Store

from .histories import Step, Way
from .model import Borne, Held, Lying, Move, Presence, PriorSettings, Thing, Where, Whereabouts
from .people import People
from .sightings import Sightings
from .weights import UnitWeights

POSSIBLE = 1e-4
"""Who fits an event this much worse than the best did not do it."""

FAR_OFF = 5.0
"""Standard errors beyond which a thing is not looked at for a weight, unless a disturbance explains it."""

FEW = 3
"""Different things that one person puts back in one movement; a hand holds hardly more."""


class Explainer:
    """Weighs every movement that a place, the carts and the people allow against a change of weight.

    Args:
        store: The planogram.
        weights: What goods weigh.
        settings: What people are likely to do.
        sightings: Whose hands met.
        people: Who pays with whom, and who is staff.
        heaviest: Weights that nothing is known of are spread evenly up to this, grams.
        disturbance: Standard deviation of a disturbed weight, grams.
    """

    def __init__(
        self,
        store: Store,
        weights: UnitWeights,
        settings: PriorSettings,
        sightings: Sightings,
        people: People,
        heaviest: float,
        disturbance: float,
    ) -> None:
        known = store.products()
        self._planned = {
            scale: facing.gtin for facing in store.facings for scale in facing.scales if facing.gtin in known
        }
        self._weights = weights
        self._settings = settings
        self._sightings = sightings
        self._people = people
        self._heaviest = heaviest
        self._disturbance = disturbance

    def planned(self, scale: str) -> str | None:
        """The product that belongs on a scale; None where none does."""
        return self._planned.get(scale)

    def concerned(
        self,
        part: WeightEvent,
        presences: Sequence[Presence],
        things: Sequence[tuple[Thing, frozenset[Where]]],
    ) -> set[str]:
        """Ids of the things that may have to do with an event: its explanation hangs on where they are."""
        scales = {change.scale for change in part.changes}
        found = self._concerned_by_both(part, presences, things)
        if part.delta < 0:
            here = (thing.thing_id for thing, places in things if any(Lying(scale) in places for scale in scales))
            return found.union(here) if self._settings.contents else found
        found.update(thing.thing_id for thing, places in things if any(Borne(scale) in places for scale in scales))
        near = {presence.shopper_id for presence in _possible(presences)}
        held: defaultdict[str, list[Thing]] = defaultdict(list)
        for thing, places in things:
            if thing.gtin is not None and thing.grams - FAR_OFF * thing.sigma <= part.delta + self._disturbance:
                for where in places:
                    if isinstance(where, Held):
                        held[where.shopper_id].append(thing)
        for shopper_id, theirs in held.items():
            for together in _handfuls(theirs, FEW if shopper_id in near else 1):
                if self._fits(part, together):
                    found.update(thing.thing_id for thing in together)
        return found

    def steps(self, part: WeightEvent, presences: Sequence[Presence], things: Whereabouts) -> list[Way]:
        """All ways to explain a part of an event; always at least that no goods moved.

        Args:
            part: What changed at once on neighbouring scales.
            presences: Who may have done it.
            things: Where things are by now, in one history.
        """
        near = _possible(presences)
        single = self._losses(part, near, things) if part.delta < 0 else self._gains(part, near, things)
        ways: list[Way] = [(step.weight, (step,)) for step in single]
        if part.delta < 0:
            ways += self._takings_together(part, near)
        ways += self._blurred(part, near, things)
        return [way for way in ways if way[0] > 0]

    def unweighed(self, part: WeightEvent, shopper_id: str, things: Whereabouts) -> list[Way]:
        """All ways to explain a hand over a scale that cannot weigh, of which nothing else is known.

        Args:
            part: What would have been weighed.
            shopper_id: Whose hand.
            things: Where things are by now, in one history.
        """
        reached = self._settings.reached
        scales = tuple(change.scale for change in part.changes)
        steps = [Step(1 - reached, Move(shopper_id, Action.NONE, (), scales))]
        for gtin in self._shares(part):
            weight = self._weights.of(gtin)
            grams, spread = (weight.mean, weight.spread) if weight else (0.0, self._heaviest)
            (taken,) = self._weights.things(part.event_id, part.begin, grams, spread, ((gtin, 1),))
            take = Move(shopper_id, Action.TAKE, (ItemCount(gtin, 1),), scales)
            steps.append(Step(reached, take, (), ((taken, Held(shopper_id)),)))
        home = [thing for thing, where in things.values() if where == Held(shopper_id)]
        for thing in sorted(home, key=lambda each: each.thing_id):
            if thing.gtin in self._shares(part):
                back = Move(shopper_id, Action.PUT_BACK, (ItemCount(thing.gtin or "", 1),), scales)
                steps.append(Step(reached, back, (thing.thing_id,)))
        return [(step.weight, (step,)) for step in steps]

    # ---- Losses ------------------------------------------------------------------------------------------------------

    def _losses(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Step]:
        scales = tuple(change.scale for change in part.changes)
        for weight, items, taken in self._takings(part):
            for presence in near:
                move = Move(presence.shopper_id, Action.TAKE, items, scales)
                yield Step(
                    presence.ratio * weight, move, (), tuple((each, Held(presence.shopper_id)) for each in taken)
                )
        for presence in near:
            nothing = presence.ratio * self._settings.nothing / self._heaviest
            load = self._no_goods(part, presence)
            borne = ((load, Borne(_main_scale(part))),) if self._settings.contents else ()
            yield Step(nothing, Move(presence.shopper_id, Action.NONE, (), scales), (), borne)
        if self._settings.contents:
            yield from self._found(part, near, things, scales)
            yield from self._found_beside(part, near, things, scales)

    def _takings_together(self, part: WeightEvent, near: Sequence[Presence]) -> Iterator[Way]:
        """Two people take of one product from one place at one moment."""
        settings = self._settings
        scales = tuple(change.scale for change in part.changes)
        pairs = [pair for pair in combinations(near, 2) if all(each.shopper_id for each in pair)]
        for gtin, share in self._shares(part).items() if pairs else ():
            for count in range(2, FEW + 2) if self._weights.of(gtin) else ():
                counts = ((gtin, count),)
                likely = share * settings.together * self._weights.density_of(-part.delta, part.sigma, counts)
                likely *= settings.another ** (count - 2)
                things = self._weights.things(part.event_id, part.begin, -part.delta, part.sigma, counts)
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
        settings = self._settings
        shares = self._shares(part)

        def taking(prior: float, counts: tuple[tuple[str, int], ...]) -> tuple[float, Items, tuple[Thing, ...]]:
            weight = prior * self._weights.density_of(-part.delta, part.sigma, counts)
            things = self._weights.things(part.event_id, part.begin, -part.delta, part.sigma, counts)
            return weight, _items(counts), things

        for gtin, share in shares.items():
            most = settings.most if self._weights.of(gtin) else 1
            for count in range(1, most + 1):
                yield taking(share * settings.another ** (count - 1), ((gtin, count),))
        for one, other in combinations(sorted(shares), 2):
            yield taking(settings.mixed * shares[one] * shares[other], ((one, 1), (other, 1)))
        unknown = Thing(f"{part.event_id}#?", "", -part.delta, part.sigma, part.begin)
        yield settings.unknown / self._heaviest, (ItemCount("", 1),), (unknown,)

    def _found(
        self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """Things that lie here without belonging here."""
        lying = [thing for thing, where in things.values() if isinstance(where, Lying) and where.scale in scales]
        for together in _handfuls(lying, 2):
            expected = [(thing.grams, thing.sigma) for thing in together]
            likely = self._weights.density(-part.delta, part.sigma, expected)
            likely *= self._settings.another ** (len(together) - 1)
            goods = [thing for thing in together if thing.gtin is not None]
            foreign = [thing for thing in together if thing.gtin is None]
            items = _items(Counter(thing.gtin or "" for thing in goods).items())
            for presence in near:
                prior = self._settings.misplaced if goods else 1.0
                if any(thing.owner != presence.shopper_id for thing in foreign):
                    prior *= self._settings.anothers
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
        for thing, (gtin, share) in product(lying, self._shares(part).items()):
            weight = self._weights.of(gtin)
            if weight is None:
                continue
            expected = [(thing.grams, thing.sigma), (weight.mean, weight.spread)]
            likely = self._weights.density(-part.delta, part.sigma, expected)
            likely *= share * self._settings.misplaced * self._settings.mixed
            (other,) = self._weights.things(part.event_id, part.begin, weight.mean, weight.spread, ((gtin, 1),))
            items = _items(Counter((thing.gtin or "", gtin)).items())
            for presence in near:
                moved = tuple((each, Held(presence.shopper_id)) for each in (thing, other))
                yield Step(presence.ratio * likely, Move(presence.shopper_id, Action.TAKE, items, scales), (), moved)

    # ---- Gains -------------------------------------------------------------------------------------------------------

    def _gains(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Step]:
        scales = tuple(change.scale for change in part.changes)
        held: defaultdict[str, list[Thing]] = defaultdict(list)
        for thing, where in things.values():
            if isinstance(where, Held) and thing.gtin is not None:
                held[where.shopper_id].append(thing)
        for presence in near:
            shopper_id = presence.shopper_id
            nothing = presence.ratio * self._settings.nothing / self._heaviest
            moved = ((self._no_goods(part, presence), Lying(_main_scale(part))),) if self._settings.contents else ()
            yield Step(nothing, Move(shopper_id, Action.NONE, (), scales), (), moved)
            yield from self._let_go(part, presence, things, scales)
            if not self._settings.carts:
                yield from self._restockings(part, presence, 1.0, scales)
                continue
            for together in _handfuls(held[shopper_id], FEW):
                if self._fits(part, together):
                    yield self._put_back(part, presence, together, 1.0, scales)
            for other in held:
                if other != shopper_id:
                    for thing in held[other]:
                        if self._fits(part, (thing,)):
                            prior = self._handed(thing, other, shopper_id)
                            yield self._put_back(part, presence, (thing,), prior, scales)
            restocked = 1.0 if self._people.is_crew(shopper_id) else self._settings.restocked
            yield from self._restockings(part, presence, restocked, scales)

    def _let_go(
        self, part: WeightEvent, presence: Presence, things: Whereabouts, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """A hand that bore a part of the load lets go of it."""
        for thing, where in things.values():
            if isinstance(where, Borne) and where.scale in scales:
                prior = 1.0 if thing.owner == presence.shopper_id else self._settings.anothers
                likely = self._weights.density(part.delta, part.sigma, [(thing.grams, thing.sigma)])
                move = Move(presence.shopper_id, Action.NONE, (), scales)
                yield Step(presence.ratio * prior * likely, move, (thing.thing_id,))

    def _put_back(
        self, part: WeightEvent, presence: Presence, together: Sequence[Thing], prior: float, scales: tuple[str, ...]
    ) -> Step:
        settings = self._settings
        home = {self._planned.get(scale) for scale in scales}
        kinds = Counter(thing.gtin or "" for thing in together)
        for gtin in kinds:
            if gtin not in home:
                prior *= settings.elsewhere
        prior *= settings.another ** (len(together) - len(kinds)) * settings.mixed ** (len(kinds) - 1)
        likely = self._weights.density(part.delta, part.sigma, [(thing.grams, thing.sigma) for thing in together])
        astray = tuple(thing for thing in together if thing.gtin not in home) if settings.contents else ()
        weighed = self._weighed_again(part, together)
        return Step(
            presence.ratio * prior * likely,
            Move(presence.shopper_id, Action.PUT_BACK, _items(kinds.items()), scales),
            tuple(thing.thing_id for thing in together if thing not in astray),
            tuple((weighed.get(thing.thing_id, thing), Lying(_main_scale(part))) for thing in astray),
        )

    def _weighed_again(self, part: WeightEvent, together: Sequence[Thing]) -> dict[str, Thing]:
        """A single thing is known better after it has been weighed a second time."""
        if len(together) != 1 or abs(part.delta - together[0].grams) > FAR_OFF * math.hypot(
            part.sigma, together[0].sigma
        ):
            return {}
        (thing,) = together
        ours, new = 1 / thing.sigma**2, 1 / part.sigma**2
        grams = (thing.grams * ours + part.delta * new) / (ours + new)
        return {thing.thing_id: Thing(thing.thing_id, thing.gtin, grams, (ours + new) ** -0.5, thing.since)}

    def _handed(self, thing: Thing, giver: str, taker: str) -> float:
        """How likely what one took is in another's hand."""
        if giver and self._people.in_one_party(giver, taker):
            return self._settings.handed_in_party
        met = self._sightings.met(giver, taker)
        if not giver or not taker or (met is not None and met >= thing.since):
            return self._settings.handed
        return self._settings.found

    def _restockings(
        self, part: WeightEvent, presence: Presence, prior: float, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """Goods that nobody took come onto their shelf."""
        for gtin, share in self._shares(part).items():
            weight = self._weights.of(gtin)
            if weight is None:
                continue
            about = round(part.delta / weight.mean)
            for count in range(max(1, about - 1), about + 2):
                likely = self._weights.density_of(part.delta, part.sigma, ((gtin, count),))
                move = Move(presence.shopper_id, Action.PUT_BACK, (ItemCount(gtin, count),), scales)
                yield Step(presence.ratio * prior * share * likely * 0.5 ** (count - 1), move)

    # ---- A gain and a loss -------------------------------------------------------------------------------------------

    def _blurred(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Way]:
        """One puts back what belongs here, and one takes of it, so close that weighing sees the difference only."""
        shares = self._shares(part)
        scales = tuple(change.scale for change in part.changes)
        people = [presence for presence in near if presence.shopper_id]
        for giver in people:
            home = [
                thing for thing, where in things.values() if where == Held(giver.shopper_id) and thing.gtin in shares
            ]
            for together, (gtin, share), count in product(_handfuls(home, 2), shares.items(), (1, 2)):
                expected = self._difference(together, gtin, count)
                if expected is None or not self._fits_difference(part, expected):
                    continue
                likely = share * self._settings.blurred * self._settings.another ** (len(together) + count - 2)
                likely *= self._weights.density(part.delta, part.sigma, expected)
                weight = self._weights.of(gtin)
                assert weight is not None
                taken = self._weights.things(
                    part.event_id, part.begin, count * weight.mean, weight.spread, ((gtin, count),)
                )
                back = Move(
                    giver.shopper_id,
                    Action.PUT_BACK,
                    _items(Counter(thing.gtin or "" for thing in together).items()),
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

    def _concerned_by_both(
        self,
        part: WeightEvent,
        presences: Sequence[Presence],
        things: Sequence[tuple[Thing, frozenset[Where]]],
    ) -> set[str]:
        shares = self._shares(part)
        near = _possible(presences)
        found: set[str] = set()
        for presence in near if len(near) > 2 else ():
            home = [thing for thing, places in things if Held(presence.shopper_id) in places and thing.gtin in shares]
            for together, gtin, count in product(_handfuls(home, 2), shares, (1, 2)):
                expected = self._difference(together, gtin, count)
                if expected is not None and self._fits_difference(part, expected):
                    found.update(thing.thing_id for thing in together)
        return found

    def _difference(self, back: Sequence[Thing], gtin: str, taken: int) -> list[tuple[float, float]] | None:
        """What is put back less what is taken: expected grams and standard deviations; None where it is not known."""
        weight = self._weights.of(gtin)
        if weight is None:
            return None
        spread = math.sqrt(taken) * weight.spread
        return [*((thing.grams, thing.sigma) for thing in back), (-taken * weight.mean, spread)]

    def _fits_difference(self, part: WeightEvent, expected: Sequence[tuple[float, float]]) -> bool:
        off = part.delta - sum(mean for mean, _ in expected)
        return abs(off) <= FAR_OFF * math.hypot(part.sigma, *(spread for _, spread in expected)) + self._disturbance

    # ---- Both --------------------------------------------------------------------------------------------------------

    def _no_goods(self, part: WeightEvent, presence: Presence) -> Thing:
        """What is no goods of the shop, and makes such a change."""
        name = f"{part.event_id}#!{presence.shopper_id}"
        return Thing(name, None, abs(part.delta), part.sigma, part.begin, presence.shopper_id)

    def _shares(self, part: WeightEvent) -> dict[str, float]:
        """The planned products of the scales that changed, each with its share of the change."""
        total = sum(abs(change.delta) for change in part.changes)
        shares: defaultdict[str, float] = defaultdict(float)
        for change in part.changes:
            planned = self._planned.get(change.scale)
            if planned is not None:
                shares[planned] += abs(change.delta) / total if total else 1 / len(part.changes)
        return dict(shares)

    def _fits(self, part: WeightEvent, together: Sequence[Thing]) -> bool:
        """Whether a weight may be that of these things."""
        off = abs(part.delta) - sum(thing.grams for thing in together)
        error = math.hypot(part.sigma, *(thing.sigma for thing in together))
        return abs(off) <= FAR_OFF * error + self._disturbance


def _possible(presences: Sequence[Presence]) -> list[Presence]:
    """Those who may have done it: not those who fit much worse than the best."""
    best = max(presence.ratio for presence in presences)
    return [presence for presence in presences if presence.ratio >= POSSIBLE * best]


def _handfuls(things: Sequence[Thing], most: int) -> Iterator[tuple[Thing, ...]]:
    """Every choice of up to `most` of some things."""
    for count in range(1, min(most, len(things)) + 1):
        yield from combinations(things, count)


def _items(counts: Iterable[tuple[str, int]]) -> Items:
    return tuple(ItemCount(gtin, count) for gtin, count in sorted(counts))


def _main_scale(part: WeightEvent) -> str:
    """The scale that changed most."""
    return max(part.changes, key=lambda change: (abs(change.delta), change.scale)).scale
