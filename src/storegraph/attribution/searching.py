"""Every way to explain one weight event in each history, as far as it may have to do with what was before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from storegraph.observations import WeightEvent

from .explaining import Explainer
from .histories import History, Way
from .model import Presence, PriorSettings, Thing, Where
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
        self._concerned: dict[str, set[str]] = {}
        self._known: dict[tuple[str, frozenset[tuple[str, Where]]], list[Way]] = {}
        self._likely: list[Parts] = []

    @property
    def parts(self) -> dict[str, WeightEvent]:
        """All parts of any parting, by their ids."""
        return {part.event_id: part for parts in self._partings for part in parts}

    def concerned(
        self, presences: Mapping[str, tuple[Presence, ...]], things: Iterable[tuple[Thing, frozenset[Where]]]
    ) -> set[str]:
        """Ids of the things that the event may have to do with.

        Args:
            presences: Who may have done each part, by its id.
            things: All there are, with all the places where they may be.
        """
        self._presences.update(presences)
        known = list(things)
        for event_id, part in self.parts.items():
            self._concerned[event_id] = self._explainer.concerned(part, presences[event_id], known)
        return set().union(*self._concerned.values())

    def ways(self, histories: Sequence[History], meanwhile: Set[str]) -> list[Iterator[Way]]:
        """All ways to explain the event, for each history.

        Args:
            histories: By falling probability; the likeliest one decides which partings are followed.
            meanwhile: Ids of the events that went on at the same time.
        """
        self._likely = likely(self._partings, lambda part: self._ways_of(part, histories[0]), self._priors)
        return [self._of_history(history, meanwhile) for history in histories]

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

    def _of_history(self, history: History, meanwhile: Set[str]) -> Iterator[Way]:
        busy = {move.shopper_id for event_id in meanwhile for move in history.moves.get(event_id, ())} - {""}
        for parts in self._likely:
            found = [self._ways_of(part, history) for part in parts]
            for weight, steps in together(parts, found, self._priors):
                both = any(step.move.shopper_id in busy for step in steps)
                yield weight * (self._priors.busy if both else 1.0), steps

    def _ways_of(self, part: WeightEvent, history: History) -> list[Way]:
        """Of one part; histories in which the things that it hangs on are in the same places share them."""
        concerned = self._concerned[part.event_id]
        things = {name: history.things[name] for name in concerned if name in history.things}
        key = part.event_id, frozenset((name, where) for name, (_, where) in things.items())
        if key not in self._known:
            ordered = dict(sorted(things.items()))
            self._known[key] = self._explainer.steps(part, self._presences[part.event_id], ordered)
        return self._known[key]
