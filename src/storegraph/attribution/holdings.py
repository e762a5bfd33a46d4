"""How many of a product a party holds: a distribution, from all histories at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from storegraph.observations import Holding, Share

from .counts import summed
from .histories import Cluster
from .model import Held
from .people import People


def holding(party: str, gtin: str, clusters: Iterable[Cluster], people: People, events: tuple[str, ...]) -> Holding:
    """What a party holds of a product.

    Clusters are independent of each other, so their counts are convolved.

    Args:
        party: Who pays together.
        gtin: The product.
        clusters: In which somebody of the party may have taken some.
        people: Who pays with whom.
        events: What it rests on.
    """
    of_each: list[dict[int, float]] = []
    expected: defaultdict[str, float] = defaultdict(float)
    for cluster in clusters:
        here: defaultdict[int, float] = defaultdict(float)
        for history in cluster.histories:
            held = 0
            for thing, where in history.things.values():
                if thing.gtin == gtin and isinstance(where, Held) and people.party(where.shopper_id) == party:
                    held += 1
                    expected[where.shopper_id] += history.weight
            here[held] += history.weight
        of_each.append(here)
    counts = summed(of_each)
    shares = tuple(Share(shopper_id, expected[shopper_id]) for shopper_id in sorted(expected))
    return Holding(party, gtin, tuple(counts.get(count, 0.0) for count in range(max(counts) + 1)), shares, events)
