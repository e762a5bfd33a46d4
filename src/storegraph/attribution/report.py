"""From histories to what is published of a weight event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from storegraph.observations import (
    Action,
    Candidate,
    Holding,
    Hypothesis,
    Interaction,
    Items,
    ItemsProbability,
    WeightEvent,
)

from .histories import Moves

Answer = TypeVar("Answer", str, Items, Action)


@dataclass(frozen=True, slots=True)
class Slot:
    """A movement in a weight event, which is published as one interaction.

    Attributes:
        event_id: Of the interaction.
        part: What changed.
        place: Which one of those who moved goods there at once this is about.
        people: How many did.
        distances: Mean distance of each shopper's nearer hand, metres.
    """

    event_id: str
    part: WeightEvent
    place: int
    people: int
    distances: Mapping[str, float]

    def of(self, moves: Moves) -> Moves:
        """The movements of an explanation that this may be; where it has another number of them there, each."""
        scales = {change.scale for change in self.part.changes}
        here = tuple(move for move in moves if not scales.isdisjoint(move.scales))
        return here[self.place : self.place + 1] if len(here) == self.people else here


def slots_of(
    event_id: str, moves: Moves, parts: Mapping[tuple[str, ...], tuple[WeightEvent, Mapping[str, float]]]
) -> list[Slot]:
    """The movements of an event's likeliest explanation.

    Args:
        event_id: The event.
        moves: Its likeliest explanation.
        parts: Scales to what changed on them, and each shopper's hand distance.
    """
    slots: list[Slot] = []
    for scales in dict.fromkeys(move.scales for move in moves):
        people = sum(move.scales == scales for move in moves)
        part, distances = parts[scales]
        for place in range(people):
            name = event_id if len(moves) == 1 else f"{event_id}/{scales[0]}" + (f".{place + 1}" if people > 1 else "")
            slots.append(Slot(name, part, place, people, distances))
    return slots


def event_of(interaction_id: str) -> str:
    """The weight event of an interaction; names of scales have no slash."""
    return interaction_id.partition("/")[0]


def joint(slot: Slot, explanations: Mapping[Moves, float]) -> list[Hypothesis]:
    """Joint probabilities of who, action and items of one movement, by falling probability.

    Where an explanation has another number of movements there, it counts for each of them in equal parts.
    """
    found: dict[tuple[str, Action, Items], float] = {}
    for moves, probability in explanations.items():
        here = slot.of(moves)
        for move in here:
            name = move.shopper_id, move.action, move.items
            found[name] = found.get(name, 0.0) + probability / len(here)
    hypotheses = [Hypothesis(*name, probability) for name, probability in found.items()]
    return sorted(hypotheses, key=lambda each: (-each.probability, each.shopper_id, each.action, each.items))


def interaction(
    slot: Slot,
    hypotheses: Sequence[Hypothesis],
    stamp: int,
    revision: int,
    holdings: tuple[Holding, ...],
    reported: int,
) -> Interaction:
    """What is published of one movement.

    Args:
        slot: The movement.
        hypotheses: All of them, by falling probability.
        stamp: Of what it was concluded from, nanoseconds.
        revision: How often it was published before.
        holdings: What people hold, as far as it has changed.
        reported: Joint explanations published.
    """
    part = slot.part
    actions = dict(_marginal((each.action, each.probability) for each in hypotheses))
    return Interaction(
        stamp=stamp,
        event_id=slot.event_id,
        begin=part.begin,
        end=part.end,
        fixture=part.fixture,
        scales=tuple(change.scale for change in part.changes),
        delta=part.delta / slot.people,
        sigma=part.sigma,
        who=tuple(
            Candidate(shopper_id, probability, slot.distances.get(shopper_id, float("nan")))
            for shopper_id, probability in _marginal((each.shopper_id, each.probability) for each in hypotheses)
        ),
        what=tuple(
            ItemsProbability(items, probability)
            for items, probability in _marginal((each.items, each.probability) for each in hypotheses)
        ),
        action=(actions.get(Action.TAKE, 0.0), actions.get(Action.PUT_BACK, 0.0), actions.get(Action.NONE, 0.0)),
        hypotheses=tuple(hypotheses[:reported]),
        revision=revision,
        holdings=holdings,
    )


def difference(one: Iterable[Hypothesis], other: Iterable[Hypothesis]) -> float:
    """How far two sets of hypotheses are apart: the total variation between them, 0 to 1."""
    ours = {(each.shopper_id, each.action, each.items): each.probability for each in one}
    theirs = {(each.shopper_id, each.action, each.items): each.probability for each in other}
    return sum(abs(ours.get(name, 0.0) - theirs.get(name, 0.0)) for name in {**ours, **theirs}) / 2


def _marginal(answers: Iterable[tuple[Answer, float]]) -> list[tuple[Answer, float]]:
    """Probabilities of equal answers together, by falling probability."""
    sums: dict[Answer, float] = {}
    for answer, probability in answers:
        sums[answer] = sums.get(answer, 0.0) + probability
    return sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
