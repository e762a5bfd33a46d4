"""Histories: what may have happened so far, all events that hang together at once."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from .model import Held, Lying, Move, Thing, Where, Whereabouts

T = TypeVar("T")

Moves = tuple[Move, ...]
"""All of one event."""


Placed = tuple[Thing, Mapping[Where, float]]
"""A thing, and the probability of each place where it may be."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way to explain a part of an event.

    Attributes:
        weight: Prior times likelihood, per gram; only ratios between ways to explain the same part matter.
        move: Who did what.
        gone: Ids of things that are where they belong now, or taken away.
        moved: Things with where they are now.
    """

    weight: float
    move: Move
    gone: tuple[str, ...] = ()
    moved: tuple[tuple[Thing, Where], ...] = ()


Way = tuple[float, tuple[Step, ...]]
"""Steps at one moment, which together explain an event or a part of one, and their weight."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One way in which everything in a cluster of events may have happened. It is never changed: a step makes another.

    Attributes:
        weight: Probability among the histories of its cluster.
        things: Where things are after it.
        moves: The explanation of each event, by event id.
    """

    weight: float
    things: Whereabouts
    moves: Mapping[str, Moves]

    def after(self, weight: float, event_id: str, steps: Iterable[Step]) -> History:
        """This history and one event more."""
        things = dict(self.things)
        moves = []
        for step in steps:
            for thing_id in step.gone:
                things.pop(thing_id)
            for thing, where in step.moved:
                things[thing.thing_id] = thing, where
            moves.append(step.move)
        return History(weight, things, {**self.moves, event_id: tuple(moves)})


LEFT_ABOUT = 0.02
"""What is less likely to lie about when everybody has left is forgotten: after every gain of weight there is some
chance that it was no goods at all, and such chances would gather for ever."""

NOTHING_YET = History(1.0, {}, {})


@dataclass(frozen=True, eq=False)
class Cluster:
    """Events that may have to do with each other, and what may have happened in them.

    Attributes:
        histories: By falling probability; together they have probability one.
        newest: Stamp of its newest event, nanoseconds since the Unix epoch.
    """

    histories: Sequence[History]
    newest: int

    @cached_property
    def things(self) -> dict[str, Placed]:
        """Every thing with all the places where it may be, by its id."""
        found: dict[str, tuple[Thing, dict[Where, float]]] = {}
        for history in self.histories:
            for thing_id, (thing, where) in history.things.items():
                places = found.setdefault(thing_id, (thing, {}))[1]
                places[where] = places.get(where, 0.0) + history.weight
        return dict(found)

    @cached_property
    def held(self) -> frozenset[tuple[str, str]]:
        """Shoppers and products of which they may hold some; also those whom no camera saw."""
        return frozenset(
            (where.shopper_id, thing.gtin)
            for thing, places in self.things.values()
            for where in places
            if isinstance(where, Held) and thing.gtin is not None
        )

    def explanations(self, event_id: str) -> dict[Moves, float]:
        """What may have happened in one event, with probabilities, in the order of its likeliest history."""
        found: dict[Moves, float] = {}
        for history in self.histories:
            moves = history.moves[event_id]
            found[moves] = found.get(moves, 0.0) + history.weight
        return found

    @property
    def events(self) -> Iterable[str]:
        """Ids of its events, in the order in which they came."""
        return self.histories[0].moves.keys()


def joined(clusters: Sequence[Cluster], beam: int) -> list[History]:
    """The likeliest histories of several clusters together; what happened in one says nothing of another."""
    together = [NOTHING_YET]
    for cluster in clusters:
        # A pair (i, j) of two falling sequences has at least (i + 1) (j + 1) - 1 pairs before it.
        pairs = (
            (one, other) for i, one in enumerate(together) for other in cluster.histories[: max(beam // (i + 1), 0)]
        )
        best = heapq.nlargest(beam, pairs, key=lambda pair: pair[0].weight * pair[1].weight)
        together = [
            History(one.weight * other.weight, {**one.things, **other.things}, {**one.moves, **other.moves})
            for one, other in best
        ]
    return together


def extended(
    histories: Iterable[History],
    event_id: str,
    ways: Callable[[History, float], Iterable[Way]],
    beam: int,
    negligible: float,
) -> list[History]:
    """The likeliest histories after one event more.

    Args:
        histories: Before it, by falling probability.
        event_id: The event.
        ways: The ways to explain the event in a history; those of less than a given weight may be left out.
        beam: How many are kept.
        negligible: Those this much less likely than the likeliest are dropped.
    """
    kept: list[tuple[float, tuple[History, tuple[Step, ...]]]] = []
    least = 0.0
    for history in histories:
        more = [(history.weight * weight, (history, steps)) for weight, steps in ways(history, least / history.weight)]
        kept = heapq.nlargest(beam, [*kept, *more], key=lambda candidate: candidate[0])
        least = max(negligible * kept[0][0], kept[-1][0] if len(kept) == beam else 0.0)
    return [history.after(weight, event_id, steps) for weight, (history, steps) in likeliest(kept, beam, negligible)]


def likeliest(candidates: Iterable[tuple[float, T]], beam: int, negligible: float) -> list[tuple[float, T]]:
    """The likeliest of what may have happened, by falling probability; together they have probability one.

    Args:
        candidates: Each with its weight, at least one.
        beam: How many are kept.
        negligible: Those this much less likely than the likeliest are dropped.
    """
    best = heapq.nlargest(beam, candidates, key=lambda candidate: candidate[0])
    kept = [(weight, candidate) for weight, candidate in best if weight > negligible * best[0][0]]
    total = math.fsum(weight for weight, _ in kept)
    return [(weight / total, candidate) for weight, candidate in kept]


def finished(cluster: Cluster) -> list[History]:
    """What is left of a cluster when nobody in it can do anything any more: what lies about in the store."""
    left: dict[tuple[tuple[str, Lying], ...], tuple[float, Whereabouts]] = {}
    for history in cluster.histories:
        lying = {key: (thing, where) for key, (thing, where) in history.things.items() if isinstance(where, Lying)}
        name = tuple((key, where) for key, (_, where) in sorted(lying.items()) if isinstance(where, Lying))
        left[name] = left.get(name, (0.0, {}))[0] + history.weight, lying
    ordered = sorted((entry for entry in left.values() if entry[0] >= LEFT_ABOUT), key=lambda entry: -entry[0])
    total = math.fsum(weight for weight, _ in ordered)
    return [History(weight / total, things, {}) for weight, things in ordered]
