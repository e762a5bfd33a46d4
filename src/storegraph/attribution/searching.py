"""Every way to explain one weight event in each history, as far as it may have to do with what was before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set

from storegraph.observations import WeightEvent

from .explaining import UNRELATED, Explainer
from .histories import History, Placed, Way
from .model import Presence, PriorSettings, Where
from .parting import Parts, likely, partings, together


class EventSearch:
    """One weight event: its parts, who may have done them, and with which things it may have to do.

    Args:
        event: As weighing tells it.
        explainer: Explains parts of it.
        priors: What people are likely to do.
    """

    def __init__(self, event: WeightEvent, explainer: Explainer, priors: PriorSettings) -> None:
        self._explainer = explainer
        self._priors = priors
        self._partings = list(partings(event))
        self._presences: dict[str, tuple[Presence, ...]] = {}
        self._alone: dict[str, list[Way]] = {}
        self._concerned: dict[str, set[str]] = {}
        self._known: dict[tuple[str, frozenset[tuple[str, Where]]], list[Way]] = {}
        self._likely: list[Parts] = []

    @property
    def parts(self) -> dict[str, WeightEvent]:
        """All parts of any parting, by their ids."""
        return {part.event_id: part for parts in self._partings for part in parts}

    def concerned(self, presences: Mapping[str, tuple[Presence, ...]], things: Sequence[Placed]) -> set[str]:
        """Ids of the things that the event may have to do with.

        Args:
            presences: Who may have done each part, by its id.
            things: All there are.
        """
        self._presences.update(presences)
        for event_id, part in self.parts.items():
            alone = self._alone[event_id] = self._explainer.alone(part, presences[event_id])
            self._concerned[event_id] = self._explainer.concerned(part, presences[event_id], things, alone)
        return set().union(*self._concerned.values())

    def by_the_same(self, who: Mapping[str, float]) -> bool:
        """Whether one person may well have made this and another movement at the same time.

        Args:
            who: Probability of each shopper to have made the other one; empty ids are nobody who is tracked.
        """
        return any(
            math.fsum(presence.ratio * who.get(presence.shopper_id, 0.0) for presence in found if presence.shopper_id)
            >= UNRELATED * math.fsum(presence.ratio for presence in found)
            for found in self._presences.values()
        )

    def begin(self, histories: Sequence[History]) -> None:
        """Decides which partings are followed.

        Args:
            histories: By falling probability; the likeliest one decides.
        """
        self._likely = likely(self._partings, lambda part: self._ways_of(part, histories[0]), self._priors)

    def ways(self, history: History, meanwhile: Set[str], least: float) -> Iterator[Way]:
        """The ways to explain the event in a history.

        Args:
            history: One of those that it began with.
            meanwhile: Ids of the events that went on at the same time.
            least: Those of less weight need not be found.
        """
        busy = {move.shopper_id for event_id in meanwhile for move in history.moves.get(event_id, ())} - {""}
        for parts in self._likely:
            found = [self._ways_of(part, history) for part in parts]
            for weight, steps in together(parts, found, self._priors, least):
                both = any(step.move.shopper_id in busy for step in steps)
                yield weight * (self._priors.busy if both else 1.0), steps

    def hands(self) -> dict[tuple[str, ...], tuple[WeightEvent, Mapping[str, float]]]:
        """The parts that are followed and how far each shopper's hand was, metres, by their scales."""
        return {
            tuple(change.scale for change in part.changes): (
                part,
                {presence.shopper_id: presence.hand_distance for presence in self._presences[part.event_id]},
            )
            for parts in self._likely
            for part in parts
        }

    def _ways_of(self, part: WeightEvent, history: History) -> Sequence[Way]:
        """Of one part, by falling weight; histories in which what it hangs on is in the same places share them."""
        concerned = self._concerned[part.event_id]
        things = {name: history.things[name] for name in concerned if name in history.things}
        key = part.event_id, frozenset((name, where) for name, (_, where) in things.items())
        if key not in self._known:
            ordered = dict(sorted(things.items()))
            of_things = self._explainer.of_things(part, self._presences[part.event_id], ordered)
            self._known[key] = sorted([*self._alone[part.event_id], *of_things], key=lambda way: -way[0])
        return self._known[key]
