"""Every way to explain a gain of weight by one movement: what somebody held, or new goods, or nothing."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from storegraph.observations import Action, ItemCount, WeightEvent

from .ground import FAR_OFF, FEW, Ground, items_of, main_scale
from .histories import Placed, Step, Way
from .model import Borne, Held, Lying, Move, Presence, Thing, Where, Whereabouts
from .people import People
from .sightings import Sightings


class Gains:
    """Explains gains of weight.

    Args:
        ground: What explanations rest on.
        sightings: Whose hands met.
        people: Who pays with whom, and who is staff.
    """

    def __init__(self, ground: Ground, sightings: Sightings, people: People) -> None:
        self._ground = ground
        self._sightings = sightings
        self._people = people

    def alone(self, part: WeightEvent, near: Sequence[Presence]) -> Iterator[Way]:
        """The ways that do not hang on where things are.

        Args:
            part: What changed.
            near: Who may have done it.
        """
        settings = self._ground.settings
        scales = tuple(change.scale for change in part.changes)
        for presence in near:
            yield self._ground.nothing(part, presence, Lying)
            crew = self._people.is_crew(presence.shopper_id) or not settings.carts
            for step in self._restockings(part, presence, 1.0 if crew else settings.restocked, scales):
                yield step.weight, (step,)

    def of_things(self, part: WeightEvent, near: Sequence[Presence], things: Whereabouts) -> Iterator[Way]:
        """The ways in which something comes that somebody held, or in which a hand lets go.

        Args:
            part: What changed.
            near: Who may have done it.
            things: Where things are by now, in one history.
        """
        scales = tuple(change.scale for change in part.changes)
        held = self._held((thing, (where,)) for thing, where in things.values()) if self._ground.settings.carts else {}
        for presence in near:
            for step in self._let_go(part, presence, things, scales):
                yield step.weight, (step,)
            for holder, theirs in held.items():
                for together in self._ground.fitting(part, theirs, FEW if holder == presence.shopper_id else 1):
                    prior = self._passed(together[0], holder, presence.shopper_id)
                    step = self._put_back(part, presence, together, prior, scales)
                    yield step.weight, (step,)

    def concerned(
        self, part: WeightEvent, near: Sequence[Presence], things: Sequence[Placed]
    ) -> Iterator[tuple[float, tuple[Thing, ...]]]:
        """What may have come or been let go, with the greatest weight that its explanation can have.

        Args:
            part: What changed.
            near: Who may have done it.
            things: All there are.
        """
        scales = tuple(change.scale for change in part.changes)
        ratio_of = {presence.shopper_id: presence.ratio for presence in near}
        likely = {(thing.thing_id, where): share for thing, places in things for where, share in places.items()}
        for thing, places in things:
            borne = math.fsum(
                probability
                for where, probability in places.items()
                if isinstance(where, Borne) and where.scale in scales
            )
            if borne:
                weight = max(self._letting_go(part, thing, name) * ratio for name, ratio in ratio_of.items())
                yield weight * borne, (thing,)
        for holder, theirs in self._held(things).items():
            for together in self._ground.fitting(part, theirs, FEW if holder in ratio_of else 1):
                weight = ratio_of.get(holder, 0.0)
                if len(together) == 1:
                    weight = max(self._passed(together[0], holder, name) * ratio for name, ratio in ratio_of.items())
                weight *= min(likely[thing.thing_id, Held(holder)] for thing in together)
                yield weight * self._fitting(part, together, scales), together

    def _held(self, things: Iterable[tuple[Thing, Iterable[Where]]]) -> dict[str, list[Thing]]:
        """The goods that each shopper may hold."""
        held: defaultdict[str, list[Thing]] = defaultdict(list)
        for thing, places in things:
            for where in places if thing.gtin is not None else ():
                if isinstance(where, Held):
                    held[where.shopper_id].append(thing)
        return held

    def _let_go(
        self, part: WeightEvent, presence: Presence, things: Whereabouts, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """A hand that bore a part of the load lets go of it."""
        for thing, where in things.values():
            if isinstance(where, Borne) and where.scale in scales:
                move = Move(presence.shopper_id, Action.NONE, (), scales)
                weight = presence.ratio * self._letting_go(part, thing, presence.shopper_id)
                yield Step(weight, move, (thing.thing_id,))

    def _letting_go(self, part: WeightEvent, thing: Thing, shopper_id: str) -> float:
        """How well it explains a gain that somebody's hand has let go of what it bore, or another's."""
        prior = 1.0 if thing.owner == shopper_id else self._ground.settings.anothers
        return prior * self._ground.weights.density(part.delta, part.sigma, [(thing.grams, thing.sigma)])

    def _put_back(
        self, part: WeightEvent, presence: Presence, together: Sequence[Thing], prior: float, scales: tuple[str, ...]
    ) -> Step:
        home = {self._ground.planned.get(scale) for scale in scales}
        kinds = Counter(thing.gtin or "" for thing in together)
        astray = tuple(thing for thing in together if thing.gtin not in home) if self._ground.settings.contents else ()
        weighed = self._weighed_again(part, together)
        return Step(
            presence.ratio * prior * self._fitting(part, together, scales),
            Move(presence.shopper_id, Action.PUT_BACK, items_of(kinds.items()), scales),
            tuple(thing.thing_id for thing in together if thing not in astray),
            tuple((weighed.get(thing.thing_id, thing), Lying(main_scale(part))) for thing in astray),
        )

    def _fitting(self, part: WeightEvent, together: Sequence[Thing], scales: tuple[str, ...]) -> float:
        """How well a put-back of some things at a place explains a gain, by whomever."""
        settings = self._ground.settings
        home = {self._ground.planned.get(scale) for scale in scales}
        kinds = {thing.gtin for thing in together}
        prior = settings.elsewhere ** len(kinds - home)
        prior *= settings.another ** (len(together) - len(kinds)) * settings.mixed ** (len(kinds) - 1)
        return prior * self._ground.weights.density(
            part.delta, part.sigma, [(thing.grams, thing.sigma) for thing in together]
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

    def _passed(self, thing: Thing, giver: str, taker: str) -> float:
        """How likely what one took is in a hand, their own or another's."""
        settings = self._ground.settings
        if giver == taker:
            return 1.0
        if giver and self._people.in_one_party(giver, taker):
            return settings.handed_in_party
        met = self._sightings.met(giver, taker)
        if not giver or not taker or (met is not None and met >= thing.since):
            return settings.handed
        return settings.found

    def _restockings(
        self, part: WeightEvent, presence: Presence, prior: float, scales: tuple[str, ...]
    ) -> Iterator[Step]:
        """Goods that nobody took come onto their shelf."""
        for gtin, share in self._ground.shares(part).items():
            weight = self._ground.weights.of(gtin)
            if weight is None:
                continue
            about = round(part.delta / weight.mean)
            for count in range(max(1, about - 1), about + 2):
                likely = self._ground.weights.density_of(part.delta, part.sigma, ((gtin, count),))
                move = Move(presence.shopper_id, Action.PUT_BACK, (ItemCount(gtin, count),), scales)
                yield Step(presence.ratio * prior * share * likely * 0.5 ** (count - 1), move)
