"""The clusters of events that are open: what may have happened in them can still change."""

from __future__ import annotations

from collections.abc import Iterator, Set

from .histories import Cluster, Placed
from .model import SearchSettings
from .people import People


class Clusters:
    """Keeps the open clusters by number, and finds those that an event has to do with.

    Args:
        settings: When a cluster is final.
        people: Who pays with whom.
    """

    def __init__(self, settings: SearchSettings, people: People) -> None:
        self._settings = settings
        self._people = people
        self._open: dict[int, Cluster] = {}
        self._made = 0

    def __iter__(self) -> Iterator[Cluster]:
        return iter(self._open.values())

    def __getitem__(self, number: int) -> Cluster:
        return self._open[number]

    def items(self) -> list[tuple[int, Cluster]]:
        """All of them by number, as they are now."""
        return list(self._open.items())

    def number_of(self, event_id: str) -> int | None:
        """The number of an event's cluster; None where it is final."""
        return next((number for number, cluster in self._open.items() if event_id in cluster.events), None)

    def add(self, cluster: Cluster) -> int:
        """Takes in a cluster; gives its number."""
        self._made += 1
        self._open[self._made] = cluster
        return self._made

    def replace(self, number: int, cluster: Cluster) -> None:
        """More is known of a cluster."""
        self._open[number] = cluster

    def drop(self, number: int) -> None:
        """Nothing is left of a cluster."""
        del self._open[number]

    def things(self) -> list[Placed]:
        """Every thing, and where it may be."""
        return [entry for cluster in self._open.values() for entry in cluster.things.values()]

    def take_out(self, things: Set[str], events: Set[str]) -> dict[int, Cluster]:
        """Takes out the clusters of some things and events, by number: they become one."""
        numbers = [
            number
            for number, cluster in self._open.items()
            if not things.isdisjoint(cluster.things) or not events.isdisjoint(cluster.events)
        ]
        return {number: self._open.pop(number) for number in numbers}

    def due(self, stamp: int, waiting: Set[str]) -> Iterator[tuple[int, Cluster]]:
        """The clusters that are final: everybody who may have to do with it has left, or it is too old.

        Args:
            stamp: Now, nanoseconds since the Unix epoch.
            waiting: Parties who may still do something.
        """
        search = self._settings
        for number, cluster in list(self._open.items()):
            holders = {self._people.party(shopper_id) for shopper_id, _ in cluster.held}
            too_old = cluster.newest < stamp - search.lag
            if not too_old and (cluster.newest >= stamp - search.settle or not waiting.isdisjoint(holders)):
                continue
            if cluster.events:  # else it is final already: what lies about is all there is of it
                yield number, cluster
