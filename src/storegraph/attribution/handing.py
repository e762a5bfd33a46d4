"""Goods that change hands: no scale tells of it, so both that they did and that they did not is followed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .histories import Cluster, History
from .meetings import Meeting
from .model import Held, SearchSettings, Thing, Where


def most_in_hands(cluster: Cluster, meeting: Meeting) -> int:
    """How many things of a cluster two who meet may hold together, at most."""
    return max(len(list(_passed(history, meeting))) for history in cluster.histories)


def handed_over(cluster: Cluster, meeting: Meeting, each: float, search: SearchSettings) -> Cluster:
    """What may have happened in a cluster after a meeting, at which at most one thing changes hands.

    Args:
        cluster: As it was.
        meeting: Of two who may hold something of it.
        each: Probability of each thing that one of them holds to be the one.
        search: How many histories are kept.
    """
    followed = sorted(
        (after for history in cluster.histories for after in _after(history, meeting, each)),
        key=lambda history: -history.weight,
    )
    kept = [one for one in followed[: search.beam] if one.weight > search.negligible * followed[0].weight]
    total = math.fsum(history.weight for history in kept)
    histories = [History(history.weight / total, history.things, history.moves) for history in kept]
    return Cluster(histories, max(cluster.newest, meeting.end))


def _after(history: History, meeting: Meeting, each: float) -> Iterator[History]:
    """A history in which nothing changed hands, and one for each thing that may have."""
    passed = list(_passed(history, meeting))
    yield History(history.weight * (1 - each * len(passed)), history.things, history.moves)
    for thing, taker in passed:
        yield History(history.weight * each, {**history.things, thing.thing_id: (thing, taker)}, history.moves)


def _passed(history: History, meeting: Meeting) -> Iterator[tuple[Thing, Held]]:
    """Goods that one of two held when they met, and who would hold them then."""
    one, other = Held(meeting.one), Held(meeting.other)
    takers: dict[Where, Held] = {one: other, other: one}
    for thing, where in history.things.values():
        if thing.gtin is not None and thing.since < meeting.begin and where in takers:
            yield thing, takers[where]
