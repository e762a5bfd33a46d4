"""A shop of four plates for tests: people stand in it as they are told, plates change, and attribution tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from storegraph.attribution.model import AttributionSettings
from storegraph.attribution.stage import AttributionStage
from storegraph.observations import (
    Action,
    FacingStock,
    GateEvent,
    Holding,
    Interaction,
    ItemCount,
    Observation,
    Passage,
    ScaleChange,
    Shopper,
    Shoppers,
    ShopperState,
    Verdict,
    WeightEvent,
)
from storegraph.store.model import Facing, Fixture, Product, Scale, Shelf, Store

SECOND = 1_000_000_000
WATER, JUICE, GUM, MYSTERY = "4006381333931", "4012345678901", "2000000000008", "2000000000015"
STORE = Store(
    id="corner",
    name="Corner",
    currency="EUR",
    time_zone="Europe/Berlin",
    fixtures=(
        Fixture(
            id="G1",
            position=(0, 0, 0),
            size=(1.2, 0.4, 2),
            shelves=(
                Shelf(
                    id="G1.S1",
                    height=1.0,
                    clearance=0.4,
                    scales=tuple(Scale(id=f"G1.S1.P{n + 1}", position=(0.3 * n, 0), size=(0.3, 0.4)) for n in range(4)),
                ),
            ),
        ),
    ),
    facings=(
        Facing(gtin=WATER, scales=("G1.S1.P1",)),
        Facing(gtin=JUICE, scales=("G1.S1.P2",)),
        Facing(gtin=GUM, scales=("G1.S1.P3",)),
        Facing(gtin=MYSTERY, scales=("G1.S1.P4",)),
    ),
    catalogue=(
        Product(gtin=WATER, name="Water", price=100, unit_weight=620, unit_weight_sigma=5),
        Product(gtin=JUICE, name="Juice", price=200, unit_weight=1050, unit_weight_sigma=8),
        Product(gtin=GUM, name="Gum", price=50, unit_weight=30, unit_weight_sigma=1),
        Product(gtin=MYSTERY, name="No weight yet", price=50),
    ),
)
JOINTS = ("head", "left_wrist", "right_wrist", "left_elbow", "right_elbow", "left_shoulder", "right_shoulder")
PLATE = {n: np.array([0.3 * n - 0.15, 0.0, 1.2]) for n in range(1, 5)}
"""Just before the goods on each plate."""
FAR = np.array([5.0, -3.0, 1.0])


def figure(shopper: str, right_wrist: np.ndarray, unseen: Iterable[str] = ()) -> Shopper:
    """Somebody who stands half a metre before their right hand, the left hand by the side."""
    body = right_wrist - np.array([0, 0.5, 0])

    def at(*offset: float) -> np.ndarray:
        return body + np.array(offset)

    places = {
        "head": at(0, 0, 0.4),
        "left_wrist": at(-0.3, 0, -0.3),
        "right_wrist": right_wrist,
        "left_elbow": at(-0.3, 0, 0),
        "right_elbow": right_wrist - np.array([0, 0.25, 0]),
        "left_shoulder": at(-0.2, 0, 0.2),
        "right_shoulder": at(0.2, 0, 0.2),
    }
    positions = np.array([places[name] if name not in set(unseen) else [np.nan] * 3 for name in JOINTS], np.float32)
    seen = np.isfinite(positions).all(axis=1).astype(np.float32)
    return Shopper(shopper, ShopperState.TRACKED, positions, np.zeros((0, 6), np.float32), seen)


def snapshots(begin: float, end: float, people: Iterable[Shopper]) -> list[Shoppers]:
    """Fifteen snapshots a second of people who hold still."""
    frames = np.arange(round(begin * 15), round(end * 15) + 1)
    return [Shoppers(int(frame * SECOND // 15), JOINTS, tuple(people)) for frame in frames]


def event(second: float, changes: Mapping[int, float], sigma: float = 2.0) -> WeightEvent:
    """A change of some plates that lasts half a second from `second` on, decided half a second later."""
    begin = round(second * SECOND)
    parts = tuple(ScaleChange(f"G1.S1.P{plate}", delta, sigma) for plate, delta in changes.items())
    return WeightEvent(
        stamp=begin + SECOND,
        event_id=f"{parts[0].scale}@{begin}",
        fixture="G1",
        begin=begin,
        end=begin + SECOND // 2,
        changes=parts,
        cross_talk=(),
        delta=sum(changes.values()),
        sigma=sigma,
    )


class Visit:
    """A stage, and what has been going on before it."""

    def __init__(self, store: Store = STORE, settings: AttributionSettings = AttributionSettings()) -> None:
        self.stage = AttributionStage(store, settings)
        self.now = 0.0
        self.last: dict[str, Interaction] = {}
        self.holdings: dict[tuple[str, str], Holding] = {}
        self.stock: dict[str, FacingStock] = {}

    def see(self, changes: Mapping[int, float], *people: Shopper, sigma: float = 2.0) -> Interaction:
        """People stand as they do for three seconds, and in the middle the plates change, by one movement."""
        (interaction,) = self.see_all(changes, *people, sigma=sigma)
        return interaction

    def see_all(self, changes: Mapping[int, float], *people: Shopper, sigma: float = 2.0) -> list[Interaction]:
        """The same, by any number of movements; what it tells of earlier ones is in `last`."""
        for snapshot in snapshots(self.now, self.now + 3, people):
            assert list(self.stage.process(snapshot)) == []
        told = self.note(self.stage.process(event(self.now + 1, changes, sigma)))
        self.now += 4
        return [each for each in told if isinstance(each, Interaction) and each.revision == 0]

    def judge(self, event_id: str, shopper: str, action: Action, *items: tuple[str, int]) -> list[Observation]:
        """A person tells what a movement was; gives what follows from it."""
        what = tuple(ItemCount(gtin, count) for gtin, count in items)
        return self.note(self.stage.process(Verdict(round(self.now * SECOND), event_id, shopper, action, what)))

    def note(self, observations: Iterable[Observation]) -> list[Observation]:
        """Keeps what was told."""
        told = list(observations)
        self.stock.update((each.key, each) for each in told if isinstance(each, FacingStock))
        interactions = [each for each in told if isinstance(each, Interaction)]
        for interaction in interactions:
            expected = self.last[interaction.event_id].revision + 1 if interaction.event_id in self.last else 0
            assert interaction.revision == expected
            self.last[interaction.event_id] = interaction
            self.holdings.update({(holding.party, holding.gtin): holding for holding in interaction.holdings})
        return told

    def count(self, party: str, gtin: str) -> list[float]:
        """Probabilities of how many a party holds, to a tenth, up to the last that is likely."""
        holding = self.holdings.get((party, gtin))
        rounded = [round(probability, 1) for probability in holding.counts] if holding else [1.0]
        while not rounded[-1]:
            rounded.pop()
        return rounded

    def leave(self, shopper: str) -> None:
        exit_ = GateEvent(round(self.now * SECOND), "front", Passage.EXIT, "", "", shopper, False)
        assert list(self.stage.process(exit_)) == []


def best(interaction: Interaction) -> tuple[str, Action, tuple[ItemCount, ...]]:
    first = interaction.hypotheses[0]
    return first.shopper_id, first.action, first.items


def entering(shopper: str, party: str = "", credential: str = "tok") -> GateEvent:
    return GateEvent(0, "front", Passage.ENTRY, credential, party, shopper, False)
