"""How many of a product a party holds: a distribution, from all histories at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from storegraph.observations import Holding, Share

from .counts import summed
from .histories import Cluster
from .model import Held
from .people import People

Name = tuple[str, str]
"""A party and a product."""


def names_held(cluster: Cluster, people: People) -> set[Name]:
    """Parties and the products that they may hold by what happened in a cluster; staff hold nothing that is billed."""
    return {
        (people.party(shopper_id), gtin)
        for shopper_id, gtin in cluster.held
        if shopper_id and not people.is_crew(shopper_id)
    }


def holdings(
    names: Set[Name],
    clusters: Iterable[Cluster],
    people: People,
    events_of: Callable[[Cluster], Mapping[str, Sequence[str]]],
) -> list[Holding]:
    """What parties hold of products, in the order of their names.

    Clusters are independent of each other, so their counts are convolved.

    Args:
        names: Parties and products.
        clusters: All there are.
        people: Who pays with whom.
        events_of: Interactions of a cluster in which each product may have been moved, in the order of time.
    """
    of_each: defaultdict[Name, list[dict[int, float]]] = defaultdict(list)
    expected: defaultdict[Name, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    events: defaultdict[Name, list[str]] = defaultdict(list)
    for cluster in clusters:
        here: dict[Name, defaultdict[int, float]] = {
            name: defaultdict(float) for name in names_held(cluster, people) & names
        }
        if not here:
            continue
        by_product = events_of(cluster)
        for history in cluster.histories:
            counts: Counter[Name] = Counter()
            for thing, where in history.things.values():
                if isinstance(where, Held) and thing.gtin is not None:
                    name = people.party(where.shopper_id), thing.gtin
                    if name in here:
                        counts[name] += 1
                        expected[name][where.shopper_id] += history.weight
            for name, together in here.items():
                together[counts[name]] += history.weight
        for name, together in here.items():
            of_each[name].append(together)
            events[name] += by_product.get(name[1], ())
    return [_holding(name, of_each[name], expected[name], events[name]) for name in sorted(names)]


def _holding(
    name: Name, of_each: Iterable[Mapping[int, float]], expected: Mapping[str, float], events: Iterable[str]
) -> Holding:
    counts = summed(of_each)
    shares = tuple(Share(shopper_id, expected[shopper_id]) for shopper_id in sorted(expected))
    return Holding(*name, tuple(counts.get(count, 0.0) for count in range(max(counts) + 1)), shares, tuple(events))
