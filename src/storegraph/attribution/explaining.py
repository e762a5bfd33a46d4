"""WHAT and WHICH ACTION: every way to explain a change of weight, given what has happened before."""

from __future__ import annotations

from collections.abc import Sequence

from storegraph.observations import Action, ItemCount, WeightEvent

from .blurring import Blurring
from .gains import Gains
from .ground import Ground, possible
from .histories import Placed, Step, Way
from .losses import Losses
from .model import Held, Move, Presence, Whereabouts
from .people import People
from .sightings import Sightings

UNRELATED = 0.01
"""What explains an event so much worse than the best is left out where it would tie the event to others, which then
would have to be followed together: in a full store everybody holds something of the same weight. It moves a
probability by half of what is told again (`search.told_again`)."""


class Explainer:
    """Weighs every movement that a place, the carts and the people allow against a change of weight.

    Args:
        ground: What explanations rest on.
        sightings: Whose hands met.
        people: Who pays with whom, and who is staff.
    """

    def __init__(self, ground: Ground, sightings: Sightings, people: People) -> None:
        self._ground = ground
        self._losses = Losses(ground)
        self._gains = Gains(ground, sightings, people)
        self._blurring = Blurring(ground)

    def planned(self, scale: str) -> str | None:
        """The product that belongs on a scale; None where none does."""
        return self._ground.planned.get(scale)

    def concerned(
        self, part: WeightEvent, presences: Sequence[Presence], things: Sequence[Placed], alone: Sequence[Way]
    ) -> set[str]:
        """Ids of the things that an event has to do with: its explanation hangs on where they are.

        Args:
            part: What changed at once on neighbouring scales.
            presences: Who may have done it.
            things: All there are.
            alone: The ways that do not hang on any.
        """
        near = possible(presences)
        kind = self._losses if part.delta < 0 else self._gains
        found = list(kind.concerned(part, near, things))
        least = UNRELATED * max(weight for weight, _ in (*alone, *found))
        likely = (thing.thing_id for weight, together in found if weight >= least for thing in together)
        return self._blurring.concerned(part, near, things).union(likely)

    def alone(self, part: WeightEvent, presences: Sequence[Presence]) -> list[Way]:
        """The ways to explain a part of an event that do not hang on where things are; always that no goods moved.

        Args:
            part: What changed at once on neighbouring scales.
            presences: Who may have done it.
        """
        kind = self._losses if part.delta < 0 else self._gains
        return [way for way in kind.alone(part, possible(presences)) if way[0] > 0]

    def of_things(self, part: WeightEvent, presences: Sequence[Presence], things: Whereabouts) -> list[Way]:
        """The other ways.

        Args:
            part: What changed at once on neighbouring scales.
            presences: Who may have done it.
            things: Where things are by now, in one history.
        """
        near = possible(presences)
        kind = self._losses if part.delta < 0 else self._gains
        ways = [*kind.of_things(part, near, things), *self._blurring.of_things(part, near, things)]
        return [way for way in ways if way[0] > 0]

    def unweighed(self, part: WeightEvent, shopper_id: str, things: Whereabouts) -> list[Way]:
        """All ways to explain a hand over a scale that cannot weigh, of which nothing else is known.

        Args:
            part: What would have been weighed.
            shopper_id: Whose hand.
            things: Where things are by now, in one history.
        """
        reached = self._ground.settings.reached
        scales = tuple(change.scale for change in part.changes)
        steps = [Step(1 - reached, Move(shopper_id, Action.NONE, (), scales))]
        for gtin in self._ground.shares(part):
            weight = self._ground.weights.of(gtin)
            grams, spread = (weight.mean, weight.spread) if weight else (0.0, self._ground.heaviest)
            (taken,) = self._ground.weights.things(part.event_id, part.begin, grams, spread, ((gtin, 1),))
            take = Move(shopper_id, Action.TAKE, (ItemCount(gtin, 1),), scales)
            steps.append(Step(reached, take, (), ((taken, Held(shopper_id)),)))
        home = [thing for thing, where in things.values() if where == Held(shopper_id)]
        for thing in sorted(home, key=lambda each: each.thing_id):
            if thing.gtin in self._ground.shares(part):
                back = Move(shopper_id, Action.PUT_BACK, (ItemCount(thing.gtin or "", 1),), scales)
                steps.append(Step(reached, back, (thing.thing_id,)))
        return [(step.weight, (step,)) for step in steps]
