"""What lies in every facing: how many of what belongs there, and what does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from storegraph.observations import Action, FacingStock, Misplaced
from storegraph.store.model import Store

from .counts import NONE, Counts, summed
from .histories import Cluster, History
from .model import Lying

Key = TypeVar("Key", str, tuple[str, str])

NOTICED = 0.02
"""Probability from which on something is said to lie in a wrong place; after every gain of weight there is some chance
that it was no goods at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """A facing, or a scale that is under none.

    Attributes:
        fixture: Fixture id.
        scales: Under it, at least one.
        gtin: What belongs there; empty where nothing does.
        counted: How many lay there at the beginning; None where nobody has counted.
    """

    fixture: str
    scales: tuple[str, ...]
    gtin: str
    counted: int | None


@dataclass(frozen=True, slots=True)
class Shelved:
    """What the events of one cluster have done to places, by their names.

    Attributes:
        changes: How many of what belongs there came, below zero where some left.
        misplaced: How many of what does not belong there lie there, by product.
    """

    changes: Mapping[str, Counts]
    misplaced: Mapping[str, Mapping[str, Counts]]


class Stock:
    """Keeps what lies in every facing, as a distribution.

    Clusters are independent of each other, so the changes that they made to one facing are convolved. Those of final
    clusters are kept as one distribution, beside what each did as long as a person may still judge it.

    Args:
        store: The planogram, and how many lie in each facing at the beginning where that has been counted.
    """

    def __init__(self, store: Store) -> None:
        fixture_of = {scale.id: each.id for each in store.fixtures for shelf in each.shelves for scale in shelf.scales}
        places = [
            Place(fixture_of[facing.scales[0]], facing.scales, facing.gtin or "", facing.stock)
            for facing in store.facings
        ]
        planned = {scale for place in places for scale in place.scales}
        places += [Place(fixture_of[scale], (scale,), "", None) for scale in fixture_of if scale not in planned]
        self._places = {place.scales[0]: place for place in places}
        self._place_of = {scale: place.scales[0] for place in places for scale in place.scales}
        self._open: dict[int, Shelved] = {}
        self._settled: dict[int, Mapping[str, Counts]] = {}
        self._forgotten: dict[str, Counts] = {}
        self._final: dict[str, Counts] = {}

    def follow(self, number: int, cluster: Cluster, replaced: Iterable[int] = ()) -> tuple[str, ...]:
        """Takes in what may have happened in a cluster by now.

        Args:
            number: The cluster's.
            cluster: As it is now.
            replaced: Numbers of clusters that it has come from.

        Returns:
            Names of the places that it bears on.
        """
        before = [self._open.pop(each) for each in replaced]
        now = self._open[number] = self._shelved(cluster)
        moves = (move for moves in cluster.histories[0].moves.values() for move in moves)
        names = {self._place_of[scale] for move in moves for scale in move.scales if scale in self._place_of}
        return tuple(sorted(names.union(*(shelved.misplaced for shelved in (*before, now)))))

    def settle(self, number: int) -> None:
        """A cluster is final: no event will revise its changes."""
        self._settled[number] = self._open.pop(number).changes
        for name, counts in self._settled[number].items():
            self._final[name] = summed((self._final.get(name, NONE), counts))

    def judge(self, number: int, cluster: Cluster) -> tuple[str, ...]:
        """A person has told what happened in a final cluster; gives the names of the places that it bears on."""
        before = self._settled[number]
        now = self._settled[number] = self._shelved(cluster).changes
        names = tuple(sorted({*before, *now}))
        for name in names:
            settled = [changes[name] for changes in self._settled.values() if name in changes]
            self._final[name] = summed((self._forgotten.get(name, NONE), *settled))
        return names

    def forget(self, number: int) -> None:
        """Nobody can judge a cluster any more."""
        for name, counts in self._settled.pop(number).items():
            self._forgotten[name] = summed((self._forgotten.get(name, NONE), counts))

    def of(self, name: str, stamp: int) -> FacingStock:
        """What lies in a place.

        Args:
            name: Its first scale.
            stamp: Of what it is concluded from, nanoseconds since the Unix epoch.
        """
        place = self._places[name]
        changes = [shelved.changes[name] for shelved in self._open.values() if name in shelved.changes]
        counts: Counts = summed((self._final.get(name, NONE), *changes))
        if place.counted is not None:
            counts = _at_least_none(counts, place.counted)
        least = min(counts)
        return FacingStock(
            stamp=stamp,
            fixture=place.fixture,
            scales=place.scales,
            gtin=place.gtin,
            counted=place.counted is not None,
            least=least,
            counts=tuple(counts.get(count, 0.0) for count in range(least, max(counts) + 1)),
            misplaced=self._misplaced(name),
        )

    def _misplaced(self, name: str) -> tuple[Misplaced, ...]:
        found: defaultdict[str, list[Counts]] = defaultdict(list)
        for shelved in self._open.values():
            for gtin, counts in shelved.misplaced.get(name, {}).items():
                found[gtin].append(counts)
        together = {gtin: summed(found[gtin]) for gtin in sorted(found)}
        return tuple(
            Misplaced(gtin, 1 - counts.get(0, 0.0), sum(count * share for count, share in counts.items()))
            for gtin, counts in together.items()
            if 1 - counts.get(0, 0.0) >= NOTICED
        )

    def _shelved(self, cluster: Cluster) -> Shelved:
        changed = [(history.weight, self._changed(history)) for history in cluster.histories]
        lying = [(history.weight, self._lying(history)) for history in cluster.histories]
        misplaced: defaultdict[str, dict[str, Counts]] = defaultdict(dict)
        for (name, gtin), counts in _marginals(lying).items():
            misplaced[name][gtin] = counts
        return Shelved(_marginals(changed), misplaced)

    def _changed(self, history: History) -> Counter[str]:
        """How many of its product came to each place in a history."""
        change: Counter[str] = Counter()
        for moves in history.moves.values():
            for move in moves:
                if move.action is not Action.NONE:
                    for item in move.items:
                        home = self._home(item.gtin, move.scales)
                        if home is not None:
                            change[home] += item.count if move.action is Action.PUT_BACK else -item.count
        return change

    def _home(self, gtin: str, scales: Iterable[str]) -> str | None:
        """The first place under some scales where a product belongs."""
        names = (self._place_of[scale] for scale in scales)
        return next((name for name in names if gtin and self._places[name].gtin == gtin), None)

    def _lying(self, history: History) -> Counter[tuple[str, str]]:
        """How many of which product lie in each place in a history without belonging there."""
        lying = ((thing.gtin or "", where) for thing, where in history.things.values())
        return Counter((self._place_of[where.scale], gtin) for gtin, where in lying if isinstance(where, Lying))


def apart(one: FacingStock, other: FacingStock) -> float:
    """How far two notions of one facing are apart: the total variation between counts, or what is misplaced more."""
    ours, theirs = dict(enumerate(one.counts, one.least)), dict(enumerate(other.counts, other.least))
    variation = sum(abs(ours.get(count, 0.0) - theirs.get(count, 0.0)) for count in {**ours, **theirs}) / 2
    lay, lie = ({each.gtin: each.expected for each in stock.misplaced} for stock in (one, other))
    return max(variation, *(abs(lay.get(gtin, 0.0) - lie.get(gtin, 0.0)) for gtin in {**lay, **lie}), 0.0)


def _marginals(histories: Sequence[tuple[float, Mapping[Key, int]]]) -> dict[Key, Counts]:
    """The distribution of each number over histories, given with their weights; a number that one lacks is none."""
    found: dict[Key, Counts] = {}
    for key in sorted({key for _, numbers in histories for key in numbers}):
        counts: defaultdict[int, float] = defaultdict(float)
        for weight, numbers in histories:
            counts[numbers.get(key, 0)] += weight
        found[key] = counts
    return found


def _at_least_none(counts: Counts, beginning: int) -> Counts:
    """How many are left of those counted at the beginning; where more left than there were, none is."""
    left: defaultdict[int, float] = defaultdict(float)
    for change in sorted(counts):
        left[max(beginning + change, 0)] += counts[change]
    return left
