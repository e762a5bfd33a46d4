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
        """Takes the next observation; a weight event gives an interaction."""
        match observation:
            case Shoppers():
                self._remember(observation)
            case WeightEvent():
                yield self._explain(observation)
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

    def _explain(self, event: WeightEvent) -> Interaction:
        presences = self._hands.presences(event, self._history)
        movements = self._goods.movements(event, self._contents, [presence.shopper_id for presence in presences])
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
        weighed = [
            (presence.ratio * movement.weight, presence.shopper_id, movement)
            for presence in presences
            for movement in movements
            if movement.shopper_id in (None, presence.shopper_id)
        ]
        least = self._settings.goods.negligible * sum(weight for weight, _, _ in weighed)
        kept = [entry for entry in weighed if entry[0] >= least]
        total = sum(weight for weight, _, _ in kept)
        hypotheses = [
            Hypothesis(shopper_id, movement.action, movement.items, weight / total)
            for weight, shopper_id, movement in kept
        ]
        return sorted(hypotheses, key=lambda each: (-each.probability, each.shopper_id, each.action, each.items))


def _marginal(answers: Iterable[tuple[Answer, float]]) -> list[tuple[Answer, float]]:
    """Probabilities of equal answers together, by falling probability."""
    sums: dict[Answer, float] = {}
    for answer, probability in answers:
        sums[answer] = sums.get(answer, 0.0) + probability
    return sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
