"""What has been published, and what of it is not true any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from storegraph.observations import FacingStock, Holding, Hypothesis, Interaction

from .histories import Cluster
from .holdings import holdings, names_held
from .model import SearchSettings
from .people import People
from .report import Slot, difference, interaction, joint
from .stock import Stock, apart


@dataclass(slots=True)
class Told:
    """What has been published of one movement.

    Attributes:
        slot: The movement.
        hypotheses: All that may have been it, by falling probability.
        revision: How often it was published before.
        learnt: Whether it has been learnt from.
    """

    slot: Slot
    hypotheses: list[Hypothesis]
    revision: int = 0
    learnt: bool = False


class Published:
    """Keeps what has been published of weight events, of what parties hold, and of what lies in places.

    Args:
        settings: What is told again.
        people: Who pays with whom.
    """

    def __init__(self, settings: SearchSettings, people: People) -> None:
        self._settings = settings
        self._people = people
        self._told: dict[str, list[Told]] = {}
        self._holdings: dict[tuple[str, str], Holding] = {}
        self._stocked: dict[str, FacingStock] = {}

    def __len__(self) -> int:
        """Weight events whose explanation may still change."""
        return len(self._told)

    def of(self, event_id: str) -> Sequence[Told]:
        """The movements of a weight event; none of one that is final, or was never told."""
        return self._told.get(event_id, ())

    def begin(self, event_id: str, slots: Iterable[Slot], cluster: Cluster) -> Sequence[Told]:
        """Takes in the movements of an event that is new."""
        explanations = cluster.explanations(event_id)
        self._told[event_id] = [Told(slot, joint(slot, explanations)) for slot in slots]
        return self._told[event_id]

    def settle(self, event_id: str) -> Sequence[Told]:
        """Lets go of a weight event that is final; gives its movements."""
        return self._told.pop(event_id)

    def meanwhile(self, begin: int, end: int) -> set[str]:
        """Ids of the weight events that went on in a stretch of time, nanoseconds."""
        return {
            event_id
            for event_id, told in self._told.items()
            if any(each.slot.part.end > begin and each.slot.part.begin < end for each in told)
        }

    def who(self, event_id: str) -> dict[str, float]:
        """Probability of each shopper to have made a movement of a weight event, the greatest of all movements."""
        found: dict[str, float] = {}
        for told in self._told[event_id]:
            here: defaultdict[str, float] = defaultdict(float)
            for each in told.hypotheses:
                here[each.shopper_id] += each.probability
            found.update((name, max(found.get(name, 0.0), probability)) for name, probability in here.items())
        return found

    def first(self, told: Iterable[Told], stamp: int, holdings: tuple[Holding, ...]) -> Iterator[Interaction]:
        """A new event's interactions; the first one of them tells what parties hold now."""
        for each in told:
            yield interaction(each.slot, each.hypotheses, stamp, 0, holdings, self._settings.reported)
            holdings = ()

    def revised(self, cluster: Cluster, new: str, stamp: int) -> Iterator[Interaction]:
        """The interactions of a cluster that what is new has changed."""
        for event_id in cluster.events if self._settings.revising else ():
            if event_id == new:
                continue
            explanations = cluster.explanations(event_id)
            for each in self._told[event_id]:
                now = joint(each.slot, explanations)
                if difference(each.hypotheses, now) >= self._settings.told_again:
                    each.hypotheses = now
                    each.revision += 1
                    yield interaction(each.slot, now, stamp, each.revision, (), self._settings.reported)

    def retold(
        self,
        told: Told,
        event_id: str,
        before: Cluster,
        cluster: Cluster,
        clusters: Iterable[Cluster],
        stamp: int,
    ) -> Iterator[Interaction]:
        """A movement of which more is known by no movement, with what parties hold now; then what else that changes.

        Args:
            told: The movement.
            event_id: The weight event.
            before: Its cluster as it was.
            cluster: As it is now.
            clusters: All there are.
            stamp: From when on it counts, nanoseconds since the Unix epoch.
        """
        told.hypotheses = joint(told.slot, cluster.explanations(event_id))
        told.revision += 1
        holdings = self.holdings((before,), cluster, clusters, (told,))
        yield interaction(told.slot, told.hypotheses, stamp, told.revision, holdings, self._settings.reported)
        yield from self.revised(cluster, "", stamp)

    def holdings(
        self, before: Sequence[Cluster], cluster: Cluster, clusters: Iterable[Cluster], told: Sequence[Told]
    ) -> tuple[Holding, ...]:
        """What parties hold, as far as it is not what was told last.

        Args:
            before: The clusters that have become one.
            cluster: That one.
            clusters: All there are now.
            told: What is new.
        """
        concerned = {name for each in (*before, cluster) for name in names_held(each, self._people)}
        if not self._settings.revising:
            hypotheses = [hypothesis for each in told for hypothesis in each.hypotheses]
            concerned &= {
                (self._people.party(each.shopper_id), item.gtin) for each in hypotheses for item in each.items
            }
        found = []
        for now in holdings(concerned, clusters, self._people, self._by_product) if concerned else ():
            if now != self._holdings.get((now.party, now.gtin)):
                self._holdings[now.party, now.gtin] = now
                found.append(now)
        return tuple(found)

    def stock(self, stock: Stock, names: Iterable[str], stamp: int) -> Iterator[FacingStock]:
        """What lies in some places, as far as it is not what was told last."""
        for name in names:
            now, before = stock.of(name, stamp), self._stocked.get(name)
            if before is None or apart(before, now) >= self._settings.told_again:
                self._stocked[name] = now
                yield now

    def _by_product(self, cluster: Cluster) -> Mapping[str, Sequence[str]]:
        """Interactions of a cluster in which goods of each product may have been moved."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for event_id in cluster.events:
            for told in self._told[event_id]:
                for gtin in {item.gtin for hypothesis in told.hypotheses for item in hypothesis.items}:
                    found[gtin].append(told.slot.event_id)
        return found
