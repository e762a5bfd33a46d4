"""Who took or put back what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from storegraph.observations import (
    FacingStock,
    GateEvent,
    Interaction,
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

from .clusters import Clusters
from .explaining import Explainer
from .ground import Ground
from .handing import handed_over, in_hands
from .hands import HandEvidence
from .histories import Cluster, History, Way, extended, finished, joined
from .judging import judged
from .learning import Learning
from .meetings import Meeting, Meetings
from .model import AttributionSettings, Held, Presence
from .people import People
from .published import Published
from .reaches import Reach, Reaches
from .report import event_of, slots_of
from .searching import EventSearch
from .settled import Settled
from .sightings import Sightings
from .stock import Stock
from .weights import UnitWeights

NEVER = 2**63 - 1
"""Nanoseconds: later than every stamp."""


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
        self._learning = Learning(self._hands, self._weights)
        self._people = People(settings.crew)
        self._meetings = Meetings(geometry, self._people, settings.hands)
        self._met: list[Meeting] = []
        ground = Ground(store, self._weights, settings.priors, settings.weights)
        self._explainer = Explainer(ground, self._sightings, self._people)
        self._clusters = Clusters(settings.search, self._people)
        self._settled = Settled(settings.search.judged)
        self._stock = Stock(store)
        self._published = Published(settings.search, self._people)

    @property
    def remembered(self) -> int:
        """Weight events whose explanation may still change."""
        return len(self._published)

    def process(self, observation: Shoppers | WeightEvent | ScaleFault | GateEvent | Verdict) -> Iterator[Observation]:
        """Takes the next observation.

        A weight event gives an interaction, or one for each movement in it; then earlier ones that it tells more of;
        then the stock of facings where that has changed. A verdict is an observation as any: it gives what it changes
        of the interactions that are not final, and of stock. The books of the visit that it was about are put right by
        whoever decided.
        """
        match observation:
            case Shoppers():
                self._sightings.see(observation)
                if self._settings.priors.reached:
                    self._reached += self._reaches.see(observation)
                if self._settings.holder_pays:
                    self._met += self._meetings.see(observation)
            case ScaleFault():
                self._reaches.set_blind(observation.scale, observation.condition is not ScaleCondition.OK)
            case WeightEvent():
                yield from self._explain(observation)
            case GateEvent(passage=Passage.ENTRY):
                self._people.enter(observation)
            case GateEvent(passage=Passage.EXIT):
                self._people.leave(observation)
            case Verdict():
                yield from self._judge(observation)

    def advance(self, stamp: int) -> Iterator[Observation]:
        """Judges the hands over scales that cannot weigh, and those that met, whose time has come."""
        later = self._settings.hands.unweighed
        while self._reached and self._reached[0].end + later < stamp:
            reach = self._reached.pop(0)
            yield from self._explain_reach(reach, reach.end + later)
        while self._met and self._met[0].end + later < stamp:
            meeting = self._met.pop(0)
            yield from self._pass_on(meeting, meeting.end + later)

    def finish(self) -> Iterator[Observation]:
        """Judges the hands that were over scales that cannot weigh last, and those that met last."""
        yield from self.advance(NEVER)

    def _explain(self, event: WeightEvent) -> Iterator[Interaction | FacingStock]:
        """Follows every history by every way to explain an event."""
        self._settle(event.stamp)
        search = EventSearch(event, self._explainer, self._settings.priors)
        presences = {event_id: self._present(part) for event_id, part in search.parts.items()}
        concerned = search.concerned(presences, self._clusters.things())
        meanwhile = self._published.meanwhile(event.begin, event.end)
        related = {each for each in meanwhile if search.by_the_same(self._published.who(each))}
        before = self._clusters.take_out(concerned, related)
        histories = joined(tuple(before.values()), self._settings.search.beam)
        search.begin(histories)
        histories = self._extended(
            histories, event.event_id, lambda history, least: search.ways(history, meanwhile, least)
        )
        yield from self._conclude(event, search.hands(), before, histories)

    def _explain_reach(self, reach: Reach, stamp: int) -> Iterator[Interaction | FacingStock]:
        """A hand over a scale that cannot weigh may have moved goods, if nothing was weighed that it did meanwhile."""
        if self._people.is_crew(reach.shopper_id) or self._busy(reach):
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
            for thing, places in self._clusters.things()
            if planned and thing.gtin == planned and Held(reach.shopper_id) in places
        }
        before = self._clusters.take_out(held, set())
        histories = joined(tuple(before.values()), self._settings.search.beam)

        def ways(history: History, _: float) -> list[Way]:
            things = {name: history.things[name] for name in sorted(held) if name in history.things}
            return self._explainer.unweighed(event, reach.shopper_id, things)

        histories = self._extended(histories, event.event_id, ways)
        hands = {reach.shopper_id: reach.hand_distance}
        yield from self._conclude(event, {(reach.scale,): (event, hands)}, before, histories)

    def _pass_on(self, meeting: Meeting, stamp: int) -> Iterator[Interaction]:
        """Something that one of two held may have changed hands; what is told again is the last movement before."""
        met = {number: in_hands(cluster, meeting) for number, cluster in self._clusters.items()}
        each = self._settings.priors.passed / max(1, sum(held.most for held in met.values()))
        for number, held in met.items():
            if not held.most:
                continue
            known = held.cluster
            told = [told for event_id in known.events for told in self._published.of(event_id)]
            if told:
                cluster = handed_over(held, each, self._settings.search)
                self._clusters.replace(number, cluster)
                event_id = event_of(told[-1].slot.event_id)
                yield from self._published.retold(told[-1], event_id, known, cluster, self._clusters, stamp)

    def _extended(
        self, histories: list[History], event_id: str, ways: Callable[[History, float], Iterable[Way]]
    ) -> list[History]:
        """The likeliest histories with one event more."""
        search = self._settings.search
        return extended(histories, event_id, ways, search.beam, search.negligible)

    def _busy(self, reach: Reach) -> bool:
        """Whether what a hand did in its reach was weighed on a scale beside."""
        pause = self._settings.hands.pause
        return any(
            told.slot.part.fixture == reach.fixture and told.hypotheses[0].shopper_id == reach.shopper_id
            for event_id in self._published.meanwhile(reach.begin - pause, reach.end + pause)
            for told in self._published.of(event_id)
        )

    def _present(self, part: WeightEvent) -> tuple[Presence, ...]:
        """Who may have done it, their shares adding up to what they are together."""
        scales = {change.scale for change in part.changes}
        decisive = self._settings.hands.decisive
        begin = max(part.begin, part.end - decisive) if part.delta < 0 else part.begin
        end = part.end if part.delta < 0 else min(part.end, part.begin + decisive)
        inside, counted = self._people.inside, self._people.counted
        found = self._hands.presences(scales, begin, end, self._sightings, inside, counted=counted)
        people = len(found) - 1 + found[-1].ratio
        return tuple(replace(presence, ratio=presence.ratio / people) for presence in found)

    def _conclude(
        self,
        event: WeightEvent,
        parts: Mapping[tuple[str, ...], tuple[WeightEvent, Mapping[str, float]]],
        before: Mapping[int, Cluster],
        histories: Sequence[History],
    ) -> Iterator[Interaction | FacingStock]:
        """Keeps the histories that an event has led to, learns from it, and tells what is new."""
        cluster = Cluster(histories, event.stamp)
        number = self._clusters.add(cluster)
        slots = slots_of(event.event_id, histories[0].moves[event.event_id], parts)
        told = self._published.begin(event.event_id, slots, cluster)
        for each in told:
            self._learning.movement(each)
        holdings = self._published.holdings(tuple(before.values()), cluster, self._clusters, told)
        yield from self._published.first(told, event.stamp, holdings)
        yield from self._published.revised(cluster, event.event_id, event.stamp)
        yield from self._published.stock(self._stock, self._stock.follow(number, cluster, before), event.stamp)

    def _judge(self, verdict: Verdict) -> Iterator[Interaction | FacingStock]:
        """Takes in what a person has found out about a movement."""
        event_id = event_of(verdict.event_id)
        number = self._clusters.number_of(event_id)
        movements = self._settled.movements(event_id) if number is None else self._published.of(event_id)
        told = next((each for each in movements if each.slot.event_id == verdict.event_id), None)
        if told is None:
            return
        self._learning.verdict(told, verdict)
        known = self._settled.cluster(event_id) if number is None else self._clusters[number]
        cluster = judged(known, event_id, told.slot, verdict, self._weights)
        if cluster is None:
            return
        if number is None:
            names = self._stock.judge(self._settled.replace(event_id, cluster), cluster)
        else:
            self._clusters.replace(number, cluster)
            yield from self._published.retold(told, event_id, known, cluster, self._clusters, verdict.stamp)
            names = self._stock.follow(number, cluster, (number,))
        yield from self._published.stock(self._stock, names, verdict.stamp)

    def _settle(self, stamp: int) -> None:
        """Lets go of what is final; what lies about in the store is kept."""
        search = self._settings.search
        seen = self._sightings.seen_since(stamp - self._settings.hands.hidden)
        waiting = self._people.parties_since(stamp - search.settle, seen)
        for number, cluster in self._clusters.due(stamp, waiting):
            told = {event_id: self._published.settle(event_id) for event_id in cluster.events}
            self._stock.settle(number)
            for forgotten in self._settled.add(number, cluster, told):
                self._stock.forget(forgotten)
            remaining = finished(cluster)
            if len(remaining) == 1 and not remaining[0].things:
                self._clusters.drop(number)
            else:
                left = Cluster(remaining, cluster.newest)
                self._clusters.replace(number, left)
                self._stock.follow(number, left)
        for shopper_id in self._people.forget(stamp - search.settle):
            self._sightings.forget(shopper_id)
