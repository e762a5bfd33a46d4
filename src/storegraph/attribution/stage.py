"""Who took or put back what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import product

from storegraph.observations import (
    Action,
    FacingStock,
    GateEvent,
    Holding,
    Hypothesis,
    Interaction,
    Items,
    Observation,
    Passage,
    ScaleChange,
    ScaleCondition,
    ScaleFault,
    Shoppers,
    Verdict,
    WeightEvent,
)
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Store

from .explaining import Explainer, People, Way
from .hands import HandEvidence
from .histories import Cluster, History, extended, finished, joined
from .holdings import holding
from .model import AttributionSettings, Held, Presence, PriorSettings, Where
from .parting import Parts, partings, share_density
from .reaches import Reach, Reaches
from .report import Slot, difference, interaction, joint, slots_of
from .sightings import Sightings
from .stock import Stock, apart
from .weights import UnitWeights

NO_DOUBT = 0.95
"""What is at least so likely may be learnt from."""

DOUBTED = 1000
"""Movements in doubt that are remembered until a person has looked: a line waits for a day (`review.within`), in which
a small shop has some hundred."""

POOR = 1e-3
"""Partings of an event that explain it this much worse than the best are not followed."""

WAYS = 24
"""Ways to explain one of several parts of an event that are followed."""


@dataclass(slots=True)
class _Told:
    """What has been published of one movement."""

    slot: Slot
    hypotheses: list[Hypothesis]
    revision: int


class AttributionStage:
    """Explains weight events by who did what with which goods, all that hang together at once.

    Args:
        store: Where goods lie, and what they weigh.
        settings: What is assumed.
    """

    def __init__(self, store: Store, settings: AttributionSettings = AttributionSettings()) -> None:
        self._settings = settings
        self._sightings = Sightings(settings.history, settings.hands.meeting)
        geometry = ScaleGeometry.of(store)
        self._hands = HandEvidence(geometry, settings.hands)
        self._reaches = Reaches(geometry, settings.hands)
        self._reached: list[Reach] = []
        self._weights = UnitWeights(store, settings.weights)
        self._stock = Stock(store)
        self._explainer = Explainer(
            store,
            self._weights,
            settings.priors,
            self._sightings,
            settings.weights.heaviest,
            settings.weights.disturbance,
        )
        self._party_of: dict[str, str] = {}
        self._crew: set[str] = set()
        self._left: dict[str, int] = {}
        self._inside: set[str] = set()
        self._clusters: dict[int, Cluster] = {}
        self._clusters_made = 0
        self._told: dict[str, list[_Told]] = {}
        self._doubted: dict[str, Slot] = {}
        self._holdings: dict[tuple[str, str], Holding] = {}
        self._stocked: dict[str, FacingStock] = {}

    @property
    def remembered(self) -> int:
        """Weight events whose explanation may still change."""
        return len(self._told)

    def process(self, observation: Shoppers | WeightEvent | ScaleFault | GateEvent | Verdict) -> Iterator[Observation]:
        """Takes the next observation.

        A weight event gives an interaction, or one for each movement in it; then earlier ones that it tells more of;
        then the stock of facings where that has changed. A verdict gives nothing: the visit is over, and its books are
        put right by whoever decided; what goods weigh is learnt from it for what is still to come.
        """
        match observation:
            case Shoppers():
                self._sightings.see(observation)
                if self._settings.priors.reached:
                    self._reached += self._reaches.see(observation)
            case ScaleFault():
                self._reaches.set_blind(observation.scale, observation.condition is not ScaleCondition.OK)
            case WeightEvent():
                yield from self._explain(observation)
            case GateEvent(passage=Passage.ENTRY):
                self._enter(observation)
            case GateEvent(passage=Passage.EXIT):
                self._inside.discard(observation.shopper_id)
                self._left[observation.shopper_id] = observation.stamp
            case Verdict():
                self._learn_by(observation)

    def advance(self, stamp: int) -> Iterator[Observation]:
        """Judges the hands over scales that cannot weigh whose time has come."""
        while self._reached and self._reached[0].end + self._settings.hands.unweighed < stamp:
            reach = self._reached.pop(0)
            yield from self._explain_reach(reach, reach.end + self._settings.hands.unweighed)

    def finish(self) -> Iterator[Observation]:
        """Judges the hands that were over scales that cannot weigh last."""
        for reach in self._reached:
            yield from self._explain_reach(reach, reach.end + self._settings.hands.unweighed)
        self._reached = []

    def _enter(self, event: GateEvent) -> None:
        if not event.shopper_id:
            return
        self._inside.add(event.shopper_id)
        self._left.pop(event.shopper_id, None)
        if event.credential.startswith(self._settings.crew):
            self._crew.add(event.shopper_id)
        else:
            self._party_of[event.shopper_id] = event.party or event.shopper_id

    # ---- One event ---------------------------------------------------------------------------------------------------

    def _explain(self, event: WeightEvent) -> Iterator[Interaction | FacingStock]:
        self._settle(event.stamp)
        search = self._settings.search
        all_partings = list(partings(event))
        presences: dict[str, tuple[Presence, ...]] = {}
        for parts in all_partings:
            for part in parts:
                if part.event_id not in presences:
                    presences[part.event_id] = self._present(part)
        concerned = {
            part.event_id: self._concerned(part, presences[part.event_id]) for parts in all_partings for part in parts
        }
        meanwhile = self._meanwhile(event.begin, event.end)
        before = self._gathered(set().union(*concerned.values()), meanwhile)
        histories = joined(tuple(before.values()), search.beam)
        people = People(self._party_of, frozenset(self._crew))
        known: dict[tuple[str, frozenset[tuple[str, Where]]], list[Way]] = {}

        def ways_of(part: WeightEvent, history: History) -> list[Way]:
            things = {name: history.things[name] for name in concerned[part.event_id] if name in history.things}
            key = part.event_id, frozenset((name, where) for name, (_, where) in things.items())
            if key not in known:
                ordered = dict(sorted(things.items()))
                known[key] = self._explainer.steps(part, presences[part.event_id], ordered, people)
            return known[key]

        likely = self._likely(all_partings, lambda part: ways_of(part, histories[0]))

        def ways(history: History) -> Iterator[Way]:
            busy = {move.shopper_id for event_id in meanwhile for move in history.moves.get(event_id, ())} - {""}
            for parts in likely:
                found = [ways_of(part, history) for part in parts]
                for weight, steps in _together(parts, found, self._settings.priors):
                    both = any(step.move.shopper_id in busy for step in steps)
                    yield weight * (self._settings.priors.busy if both else 1.0), steps

        histories = extended(histories, event.event_id, map(ways, histories), search.beam, search.negligible)
        parts_and_hands = {
            tuple(change.scale for change in part.changes): (
                part,
                {presence.shopper_id: presence.hand_distance for presence in presences[part.event_id]},
            )
            for parts in likely
            for part in parts
        }
        yield from self._conclude(event, parts_and_hands, before, histories)

    def _explain_reach(self, reach: Reach, stamp: int) -> Iterator[Interaction | FacingStock]:
        """A hand over a scale that cannot weigh may have moved goods, if nothing was weighed that it did meanwhile."""
        if reach.shopper_id in self._crew or self._busy(reach):
            return
        nothing_known = self._settings.weights.heaviest
        event = WeightEvent(
            stamp=stamp,
            event_id=f"{reach.scale}@{reach.begin}:{reach.shopper_id}",
            fixture=reach.fixture,
            begin=reach.begin,
            end=reach.end,
            changes=(ScaleChange(reach.scale, 0.0, nothing_known),),
            cross_talk=(),
            delta=0.0,
            sigma=nothing_known,
        )
        planned = self._explainer.planned(reach.scale)
        held = {
            thing.thing_id
            for cluster in self._clusters.values()
            for thing, places in cluster.things.values()
            if planned and thing.gtin == planned and Held(reach.shopper_id) in places
        }
        before = self._gathered(held, set())
        histories = joined(tuple(before.values()), self._settings.search.beam)

        def ways(history: History) -> list[Way]:
            things = {name: history.things[name] for name in sorted(held) if name in history.things}
            return self._explainer.unweighed(event, reach.shopper_id, things)

        search = self._settings.search
        histories = extended(histories, event.event_id, map(ways, histories), search.beam, search.negligible)
        hands = {reach.shopper_id: reach.hand_distance}
        yield from self._conclude(event, {(reach.scale,): (event, hands)}, before, histories)

    def _busy(self, reach: Reach) -> bool:
        """Whether what a hand did in its reach was weighed on a scale beside."""
        pause = self._settings.hands.pause
        return any(
            told.slot.part.fixture == reach.fixture and told.hypotheses[0].shopper_id == reach.shopper_id
            for event_id in self._meanwhile(reach.begin - pause, reach.end + pause)
            for told in self._told[event_id]
        )

    def _gathered(self, things: Set[str], events: Set[str]) -> dict[int, Cluster]:
        """Takes out the clusters of some things and events, by number: they become one."""
        numbers = [
            number
            for number, cluster in self._clusters.items()
            if not things.isdisjoint(cluster.things) or not events.isdisjoint(cluster.events)
        ]
        return {number: self._clusters.pop(number) for number in numbers}

    def _conclude(
        self,
        event: WeightEvent,
        parts: Mapping[tuple[str, ...], tuple[WeightEvent, Mapping[str, float]]],
        before: Mapping[int, Cluster],
        histories: Sequence[History],
    ) -> Iterator[Interaction | FacingStock]:
        """Keeps the histories that an event has led to, and tells what is new."""
        cluster = Cluster(histories, event.stamp)
        self._clusters_made += 1
        self._clusters[self._clusters_made] = cluster
        slots = slots_of(event.event_id, histories[0].moves[event.event_id], parts)
        yield from self._tell(event, slots, tuple(before.values()), cluster)
        yield from self._tell_stock(event.stamp, self._stock.follow(self._clusters_made, cluster, before))

    def _meanwhile(self, begin: int, end: int) -> set[str]:
        """Ids of the events that went on in a stretch of time, nanoseconds."""
        return {
            event_id
            for event_id, told in self._told.items()
            if any(each.slot.part.end > begin and each.slot.part.begin < end for each in told)
        }

    def _present(self, part: WeightEvent) -> tuple[Presence, ...]:
        """Who may have done it, their shares adding up to what they are together."""
        scales = {change.scale for change in part.changes}
        decisive = self._settings.hands.decisive
        begin = max(part.begin, part.end - decisive) if part.delta < 0 else part.begin
        end = part.end if part.delta < 0 else min(part.end, part.begin + decisive)
        found = self._hands.presences(scales, begin, end, self._sightings, self._inside)
        people = len(found) - 1 + self._settings.hands.untracked
        return tuple(replace(presence, ratio=presence.ratio / people) for presence in found)

    def _concerned(self, part: WeightEvent, presences: Sequence[Presence]) -> set[str]:
        """Ids of the things that an event may have to do with."""
        things = [entry for cluster in self._clusters.values() for entry in cluster.things.values()]
        return self._explainer.concerned(part, presences, things)

    def _likely(self, all_partings: Sequence[Parts], ways_of: Callable[[WeightEvent], list[Way]]) -> list[Parts]:
        """The partings that are worth following."""
        if len(all_partings) == 1:
            return list(all_partings)
        evidence = [
            self._settings.priors.apart ** (len(parts) - 1)
            * math.prod(math.fsum(weight for weight, _ in ways_of(part)) * share_density(part) for part in parts)
            for parts in all_partings
        ]
        return [parts for parts, found in zip(all_partings, evidence, strict=True) if found >= POOR * max(evidence)]

    # ---- What is told ------------------------------------------------------------------------------------------------

    def _tell(
        self, event: WeightEvent, slots: list[Slot], before: Sequence[Cluster], cluster: Cluster
    ) -> Iterator[Interaction]:
        search = self._settings.search
        explanations = cluster.explanations(event.event_id)
        told = self._told[event.event_id] = [_Told(slot, joint(slot, explanations), 0) for slot in slots]
        self._learn(told)
        holdings = self._changed(before, cluster, told)
        for each in told:
            yield interaction(each.slot, each.hypotheses, event.stamp, 0, holdings, search.reported)
            holdings = ()
        for event_id in cluster.events if search.revising else ():
            if event_id == event.event_id:
                continue
            explanations = cluster.explanations(event_id)
            for each in self._told[event_id]:
                now = joint(each.slot, explanations)
                if difference(each.hypotheses, now) >= search.told_again:
                    each.hypotheses = now
                    each.revision += 1
                    yield interaction(each.slot, now, event.stamp, each.revision, (), search.reported)

    def _tell_stock(self, stamp: int, names: Iterable[str]) -> Iterator[FacingStock]:
        """What lies in some places, as far as it is not what was told last."""
        for name in names:
            now, before = self._stock.of(name, stamp), self._stocked.get(name)
            if before is None or apart(before, now) >= self._settings.search.told_again:
                self._stocked[name] = now
                yield now

    def _learn(self, told: Sequence[_Told]) -> None:
        """Takes in what leaves no doubt: how far hands are from goods, and what goods weigh."""
        for each in told:
            best = each.hypotheses[0]
            if best.probability < NO_DOUBT:
                self._doubted[each.slot.event_id] = each.slot
            else:
                self._learn_from(each.slot, best.shopper_id, best.action, best.items)
        while len(self._doubted) > DOUBTED:
            del self._doubted[next(iter(self._doubted))]

    def _learn_by(self, verdict: Verdict) -> None:
        """Takes in what a person has found out about a movement that was in doubt, once."""
        slot = self._doubted.pop(verdict.event_id, None)
        if slot is not None and (verdict.action is Action.TAKE) == (slot.part.delta < 0):
            self._learn_from(slot, verdict.shopper_id, verdict.action, verdict.items)

    def _learn_from(self, slot: Slot, shopper_id: str, action: Action, items: Items) -> None:
        if action is Action.NONE or not slot.part.delta or slot.people > 1:
            return
        distance = slot.distances.get(shopper_id, math.nan)
        if not math.isnan(distance):
            self._hands.learn(distance)
        if len(items) == 1 and items[0].gtin:
            (item,) = items
            self._weights.learn(item.gtin, item.count, abs(slot.part.delta), slot.part.sigma)

    def _changed(self, before: Sequence[Cluster], cluster: Cluster, told: Sequence[_Told]) -> tuple[Holding, ...]:
        """What parties hold, as far as it is not what was told last."""
        concerned = {name for each in (*before, cluster) for name in self._held_in(each)}
        if not self._settings.search.revising:
            hypotheses = [hypothesis for each in told for hypothesis in each.hypotheses]
            concerned &= {(self._party(each.shopper_id), item.gtin) for each in hypotheses for item in each.items}
        held_in = [(each, self._held_in(each)) for each in self._clusters.values()] if concerned else []
        found = []
        for party, gtin in sorted(concerned):
            clusters = [each for each, held in held_in if (party, gtin) in held]
            events = tuple(
                told.slot.event_id
                for each in clusters
                for event_id in each.events
                for told in self._told[event_id]
                if any(item.gtin == gtin for hypothesis in told.hypotheses for item in hypothesis.items)
            )
            now = holding(party, gtin, clusters, self._party_of, events)
            if now != self._holdings.get((party, gtin)):
                self._holdings[party, gtin] = now
                found.append(now)
        return tuple(found)

    def _held_in(self, cluster: Cluster) -> set[tuple[str, str]]:
        """Parties and the products that they may hold by what happened in a cluster."""
        return {
            (self._party(shopper_id), gtin)
            for shopper_id, gtin in cluster.held
            if shopper_id and shopper_id not in self._crew
        }

    def _party(self, shopper_id: str) -> str:
        """Who pays for what a shopper takes: themselves, if they were not seen to enter with others."""
        return self._party_of.get(shopper_id, shopper_id)

    # ---- The end -----------------------------------------------------------------------------------------------------

    def _settle(self, stamp: int) -> None:
        """Lets go of what is final: everybody who may have to do with it has left, or it is too old."""
        search = self._settings.search
        present = self._inside | self._sightings.seen_since(stamp - self._settings.hands.hidden) - self._left.keys()
        waiting = {self._party(shopper_id) for shopper_id in present}
        for shopper_id, left in self._left.items():
            if left >= stamp - search.settle:
                waiting.add(self._party(shopper_id))
        for number, cluster in list(self._clusters.items()):
            holders = {self._party(shopper_id) for shopper_id, _ in cluster.held}
            too_old = cluster.newest < stamp - search.lag
            if not too_old and (cluster.newest >= stamp - search.settle or not waiting.isdisjoint(holders)):
                continue
            if not cluster.events:
                continue  # it is final already: what lies about is all there is of it
            for event_id in cluster.events:
                del self._told[event_id]
            self._stock.settle(number)
            remaining = finished(cluster)
            if len(remaining) == 1 and not remaining[0].things:
                del self._clusters[number]
            else:
                self._clusters[number] = Cluster(remaining, cluster.newest)
                self._stock.follow(number, self._clusters[number])
        for shopper_id in [each for each, left in self._left.items() if left < stamp - search.settle]:
            del self._left[shopper_id]
            self._sightings.forget(shopper_id)


def _together(parts: Parts, found: Sequence[Sequence[Way]], priors: PriorSettings) -> Iterator[Way]:
    """Every choice of a way to explain each part of an event, but none that moves one thing twice."""
    if len(parts) == 1:
        scale = share_density(parts[0])
        for weight, steps in found[0]:
            yield weight * scale, steps
        return
    prior = priors.apart ** (len(parts) - 1) * math.prod(share_density(part) for part in parts)
    best = [sorted(ways, key=lambda way: -way[0])[:WAYS] for ways in found]
    for choice in product(*best):
        steps = tuple(step for _, chosen in choice for step in chosen)
        touched = [name for step in steps for name in (*step.gone, *(thing.thing_id for thing, _ in step.moved))]
        if len(touched) == len(set(touched)):
            people = [step.move.shopper_id for step in steps if step.move.shopper_id]
            again = priors.seen_twice ** (len(people) - len(set(people)))
            yield prior * again * math.prod(weight for weight, _ in choice), steps
