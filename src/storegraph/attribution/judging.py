"""What a person has found out about a movement is an observation: only histories in which it was so are followed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from storegraph.observations import Action, Verdict

from .histories import Cluster, History, Moves
from .model import Borne, Held, Move, Thing, Whereabouts
from .report import Slot
from .weights import UnitWeights

SURE = 1 - 1e-9
"""A verdict of what is so likely tells nothing new; the rest are errors of rounding."""


def judged(cluster: Cluster, event_id: str, slot: Slot, verdict: Verdict, weights: UnitWeights) -> Cluster | None:
    """What may have happened in a cluster, given what a person says of one of its movements.

    Where a history that has been dropped, or was never thought of, is what they say, all are corrected: what was taken
    is not what had been concluded, and who had been thought to have taken it does not hold it.

    Args:
        cluster: Of the event.
        event_id: The weight event.
        slot: The movement.
        verdict: What they say of it.
        weights: What goods weigh.

    Returns:
        None where the verdict says nothing new, or what the scale contradicts.
    """
    agreeing = [
        (history, history.weight * _agreement(slot.of(history.moves[event_id]), verdict))
        for history in cluster.histories
    ]
    total = math.fsum(weight for _, weight in agreeing)
    if total >= SURE:
        return None
    if total > 0:
        agreeing.sort(key=lambda entry: -entry[1])
        return Cluster(
            [History(weight / total, each.things, each.moves) for each, weight in agreeing if weight], cluster.newest
        )
    if verdict.action is Action.PUT_BACK or slot.part.delta > 0:
        return None
    taken = _taken(slot, verdict, weights)
    return Cluster([_corrected(each, event_id, slot, verdict, taken) for each in cluster.histories], cluster.newest)


def _agreement(moves: Sequence[Move], verdict: Verdict) -> float:
    """Share of the movements that may be meant of which a verdict says what a history says."""
    said = verdict.shopper_id, verdict.action, verdict.items
    return sum((move.shopper_id, move.action, move.items) == said for move in moves) / len(moves) if moves else 0.0


def _taken(slot: Slot, verdict: Verdict, weights: UnitWeights) -> tuple[Thing, ...]:
    """The things that a person says were taken."""
    counts = [(item.gtin, item.count) for item in verdict.items]
    part = slot.part
    return weights.things(part.event_id, part.begin, -part.delta, part.sigma, counts) if counts else ()


def _corrected(history: History, event_id: str, slot: Slot, verdict: Verdict, taken: Sequence[Thing]) -> History:
    """A history in which a loss was something else than it says."""
    moves = history.moves[event_id]
    wrong = slot.of(moves)
    things = dict(history.things)
    for move in wrong:
        for thing_id in list(_moved_by(move, event_id, things)):
            del things[thing_id]
    things.update((thing.thing_id, (thing, Held(verdict.shopper_id))) for thing in taken)
    scales = tuple(change.scale for change in slot.part.changes)
    really = Move(verdict.shopper_id, verdict.action, verdict.items, scales)
    others: Moves = tuple(move for move in moves if move not in wrong)
    return History(history.weight, things, {**history.moves, event_id: (*others, really)})


def _moved_by(move: Move, event_id: str, things: Whereabouts) -> Iterator[str]:
    """Ids of the things that a loss of weight is said to have been, as far as they are still where it took them.

    Of several of one product in one hand the event's own come first; where those have moved on, another one is missing.
    """
    if move.action is Action.NONE:
        yield from (
            name for name, (_, where) in things.items() if isinstance(where, Borne) and _known_by(event_id, name)
        )
    for item in move.items:
        held = [
            name
            for name, (thing, where) in things.items()
            if where == Held(move.shopper_id) and thing.gtin == item.gtin
        ]
        yield from sorted(held, key=lambda name: (not _known_by(event_id, name), name))[: item.count]


def _known_by(event_id: str, thing_id: str) -> bool:
    """Whether a thing is known since an event, or since a part of it."""
    return thing_id.startswith((f"{event_id}#", f"{event_id}/"))
