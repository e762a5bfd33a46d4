"""Weight events that are final, as long as a person may still say what they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .histories import LEFT_ABOUT, Cluster, History
from .published import Told


@dataclass(slots=True)
class _Kept:
    number: int
    cluster: Cluster
    told: Mapping[str, Sequence[Told]]


class Settled:
    """Keeps what was settled last. What lies about in the store is kept elsewhere, and is not corrected.

    Args:
        most: Weight events kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of_event: dict[str, _Kept] = {}

    def movements(self, event_id: str) -> Sequence[Told]:
        """What has been published of a weight event; none where it is not kept."""
        return self._of_event[event_id].told[event_id] if event_id in self._of_event else ()

    def cluster(self, event_id: str) -> Cluster:
        """What may have happened in an event's cluster; no things are in it."""
        return self._of_event[event_id].cluster

    def add(self, number: int, cluster: Cluster, told: Mapping[str, Sequence[Told]]) -> list[int]:
        """Takes in a cluster that is final.

        Args:
            number: The cluster's.
            cluster: As it ended.
            told: What has been published of each of its events.

        Returns:
            Numbers of the clusters that are forgotten for it.
        """
        kept = _Kept(number, _likely(cluster), told)
        self._of_event.update(dict.fromkeys(told, kept))
        forgotten = []
        while len(self._of_event) > self._most:
            oldest = next(iter(self._of_event.values()))
            for event_id in oldest.told:
                del self._of_event[event_id]
            forgotten.append(oldest.number)
        return forgotten

    def replace(self, event_id: str, cluster: Cluster) -> int:
        """More is known of an event's cluster; gives its number."""
        kept = self._of_event[event_id]
        kept.cluster = cluster
        return kept.number


def _likely(cluster: Cluster) -> Cluster:
    """What may have happened, without what is not likely."""
    least = LEFT_ABOUT * cluster.histories[0].weight
    likely = [History(each.weight, {}, each.moves) for each in cluster.histories if each.weight >= least]
    total = sum(each.weight for each in likely)
    return Cluster([History(each.weight / total, {}, each.moves) for each in likely], cluster.newest)
