"""Goods that change hands: no scale tells of it, so both that they did and that they did not is followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .histories import Cluster, History, likeliest
from .meetings import Meeting
from .model import Held, SearchSettings, Thing, Where

Passing = tuple[Thing, Held]
"""A thing that may change hands, and who would hold it then."""


@dataclass(frozen=True, slots=True, eq=False)
class InHands:
    """What two who met held of a cluster then.

    Attributes:
        cluster: As it was.
        end: Of the meeting, nanoseconds since the Unix epoch.
        passing: What may have changed hands, for each history of the cluster.
    """

    cluster: Cluster
    end: int
    passing: tuple[tuple[Passing, ...], ...]

    @property
    def most(self) -> int:
        """How many things they may have held together, at most."""
        return max(map(len, self.passing))


def in_hands(cluster: Cluster, meeting: Meeting) -> InHands:
    """What two who met held of a cluster, in each of its histories."""
    return InHands(cluster, meeting.end, tuple(tuple(_passing(history, meeting)) for history in cluster.histories))


def handed_over(held: InHands, each: float, search: SearchSettings) -> Cluster:
    """What may have happened in a cluster after a meeting, at which at most one thing changes hands.

    Args:
        held: What the two who met held of it.
        each: Probability of each thing that one of them holds to be the one.
        search: How many histories are kept.
    """
    followed = [
        (after.weight, after)
        for history, passing in zip(held.cluster.histories, held.passing, strict=True)
        for after in _after(history, passing, each)
    ]
    kept = likeliest(followed, search.beam, search.negligible)
    histories = [History(weight, history.things, history.moves) for weight, history in kept]
    return Cluster(histories, max(held.cluster.newest, held.end))


def _after(history: History, passing: tuple[Passing, ...], each: float) -> Iterator[History]:
    """A history in which nothing changed hands, and one for each thing that may have."""
    yield History(history.weight * (1 - each * len(passing)), history.things, history.moves)
    for thing, taker in passing:
        yield History(history.weight * each, {**history.things, thing.thing_id: (thing, taker)}, history.moves)


def _passing(history: History, meeting: Meeting) -> Iterator[Passing]:
    """Goods that one of two held when they met, and who would hold them then."""
    one, other = Held(meeting.one), Held(meeting.other)
    takers: dict[Where, Held] = {one: other, other: one}
    for thing, where in history.things.values():
        if thing.gtin is not None and thing.since < meeting.begin and where in takers:
            yield thing, takers[where]
