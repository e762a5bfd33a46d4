"""Who took or put back what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

from storegraph.observations import (
    Action,
    Candidate,
    GateEvent,
    Hypothesis,
    Interaction,
    Items,
    ItemsProbability,
    Observation,
    Passage,
    Shoppers,
    WeightEvent,
)
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Store

from .contents import Contents
from .goods import GoodsEvidence
from .hands import HandEvidence
from .model import AttributionSettings, Movement, Presence
from .parting import Parts, partings, share_density

Answer = TypeVar("Answer", str, Items, Action)


class AttributionStage:
    """Explains each weight event by who did what with which goods.

    All explanations that the place, the carts and the people allow are weighed against each other jointly: WHO by the
    hands, WHAT by the weight and the place, WHICH ACTION by the sign and the carts. What is reported are the joint
    probabilities and their three marginals; what lies where and who holds what follows in expectation.

    Args:
        store: Where goods lie, and what they weigh.
        settings: What is assumed.
    """

    def __init__(self, store: Store, settings: AttributionSettings = AttributionSettings()) -> None:
        self._settings = settings
        self._hands = HandEvidence(ScaleGeometry.of(store), settings.hands)
        self._goods = GoodsEvidence(store, settings.goods)
        self._contents = Contents(store)
        self._history: deque[Shoppers] = deque()

    def process(self, observation: Shoppers | WeightEvent | GateEvent) -> Iterator[Observation]:
        """Takes the next observation; a weight event gives an interaction, or one for each movement in it."""
        match observation:
            case Shoppers():
                self._remember(observation)
            case WeightEvent():
                for part in self._told_apart(observation):
                    yield self._explain(part)
            case GateEvent(passage=Passage.EXIT):
                self._contents.forget(observation.shopper_id)

    def advance(self, stamp: int) -> Iterator[Observation]:
        """Nothing waits for time here."""
        yield from ()

    def finish(self) -> Iterator[Observation]:
        """Nothing is held back."""
        yield from ()

    def _remember(self, snapshot: Shoppers) -> None:
        self._history.append(snapshot)
        while self._history[0].stamp < snapshot.stamp - self._settings.history:
            self._history.popleft()

    def _told_apart(self, event: WeightEvent) -> Parts:
        """An event, or the movements in it if several that came at one time explain it better than one."""
        return max(partings(event), key=self._evidence) if len(event.changes) > 1 else (event,)

    def _evidence(self, parts: Parts) -> float:
        """How well these movements together explain an event: prior times likelihood, per gram of each scale."""
        evidence = self._settings.goods.apart ** (len(parts) - 1)
        for part in parts:
            presences, movements = self._possible(part)
            people = len(presences) - 1 + self._settings.hands.untracked
            explained = sum(weight for weight, _, _ in _pairs(presences, movements))
            evidence *= explained / people * share_density(part)
        return evidence

    def _possible(self, event: WeightEvent) -> tuple[tuple[Presence, ...], list[Movement]]:
        """Who may have done it, and what may have moved."""
        presences = self._hands.presences(event, self._history)
        shopper_ids = [presence.shopper_id for presence in presences]
        return presences, self._goods.movements(event, self._contents, shopper_ids)

    def _explain(self, event: WeightEvent) -> Interaction:
        presences, movements = self._possible(event)
        hypotheses = self._joint(presences, movements)
        self._contents.update(event, hypotheses)
        distances = {presence.shopper_id: presence.hand_distance for presence in presences}
        actions = dict(_marginal((each.action, each.probability) for each in hypotheses))
        return Interaction(
            stamp=event.stamp,
            event_id=event.event_id,
            begin=event.begin,
            end=event.end,
            fixture=event.fixture,
            scales=tuple(change.scale for change in event.changes),
            delta=event.delta,
            sigma=event.sigma,
            who=tuple(
                Candidate(shopper_id, probability, distances[shopper_id])
                for shopper_id, probability in _marginal((each.shopper_id, each.probability) for each in hypotheses)
            ),
            what=tuple(
                ItemsProbability(items, probability)
                for items, probability in _marginal((each.items, each.probability) for each in hypotheses)
            ),
            action=(
                actions.get(Action.TAKE, 0.0),
                actions.get(Action.PUT_BACK, 0.0),
                actions.get(Action.NONE, 0.0),
            ),
            hypotheses=tuple(hypotheses[: self._settings.reported]),
        )

    def _joint(self, presences: Iterable[Presence], movements: Iterable[Movement]) -> list[Hypothesis]:
        """All pairs of a person and a movement, by falling probability, without the negligible ones."""
        weighed = list(_pairs(presences, movements))
        least = self._settings.goods.negligible * sum(weight for weight, _, _ in weighed)
        kept = [entry for entry in weighed if entry[0] >= least]
        total = sum(weight for weight, _, _ in kept)
        hypotheses = [
            Hypothesis(shopper_id, movement.action, movement.items, weight / total)
            for weight, shopper_id, movement in kept
        ]
        return sorted(hypotheses, key=lambda each: (-each.probability, each.shopper_id, each.action, each.items))


def _pairs(presences: Iterable[Presence], movements: Iterable[Movement]) -> Iterator[tuple[float, str, Movement]]:
    """Every person with every movement that they can have made, and its weight: not normalised."""
    movements = tuple(movements)
    for presence in presences:
        for movement in movements:
            if movement.shopper_id in (None, presence.shopper_id):
                yield presence.ratio * movement.weight, presence.shopper_id, movement


def _marginal(answers: Iterable[tuple[Answer, float]]) -> list[tuple[Answer, float]]:
    """Probabilities of equal answers together, by falling probability."""
    sums: dict[Answer, float] = {}
    for answer, probability in answers:
        sums[answer] = sums.get(answer, 0.0) + probability
    return sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
