"""A replay of ten seconds in the corner shop, made by hand, and its truth."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from storegraph.evaluation.replayed import Replayed
from storegraph.observations import (
    COCO_17,
    Action,
    Candidate,
    Cart,
    CartLine,
    Hypothesis,
    Interaction,
    ItemCount,
    ItemsProbability,
    Receipt,
    ScaleCondition,
    ScaleFault,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
)
from storegraph.simulation.script import Credential
from storegraph.simulation.truth import Frames, Happened, TrueMovement, TruePerson, Truth
from storegraph.store.file import load_store
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

BEGIN = 1_773_478_800 * NANOSECONDS
COFFEE, PLATE = "9520000100162", "G1.2.5"
NASTY = "<script>alert('&amp;')</script> \"Röst\""
WHO = "<b>7f</b>"


def at(second: float) -> int:
    return BEGIN + round(second * NANOSECONDS)


def corner() -> Store:
    """The corner shop, with a product that has a nasty name."""
    store = load_store(Path(__file__).resolve().parents[3] / "config" / "stores" / "corner.yaml")
    catalogue = tuple(
        product.model_copy(update={"name": NASTY}) if product.gtin == COFFEE else product for product in store.catalogue
    )
    return store.model_copy(update={"catalogue": catalogue})


def walking(second: float) -> np.ndarray:
    """Somebody on their way along the wall, 20 cm a second, whose left wrist is not seen."""
    joints = np.full((17, 3), (2.0 + second / 5, 3.5, 1.0), np.float32)
    joints[COCO_17.index("left_wrist")] = np.nan
    return joints


def snapshots() -> tuple[Shoppers, ...]:
    """Somebody is there from second 1 to 8."""
    return tuple(
        Shoppers(at(tenth / 10), COCO_17, (seen(tenth / 10),) if 10 <= tenth <= 80 else ()) for tenth in range(100)
    )


def seen(second: float) -> Shopper:
    return Shopper(WHO, ShopperState.TRACKED, walking(second), np.zeros((0, 6), np.float32), np.ones(17, np.float32))


def took(second: float) -> Interaction:
    items = (ItemCount(COFFEE, 1),)
    return Interaction(
        at(second + 1),
        f"{second}",
        at(second),
        at(second + 0.4),
        "G1",
        (PLATE,),
        -517.0,
        1.5,
        (Candidate(WHO, 0.97, 0.05), Candidate("", 0.03, float("nan"))),
        (ItemsProbability(items, 0.99996), ItemsProbability((), 0.00004)),
        (0.99996, 0.0, 0.00004),
        (Hypothesis(WHO, Action.TAKE, items, 0.96996), Hypothesis("", Action.TAKE, items, 0.03)),
    )


def replayed(*, empty: bool = False) -> Replayed:
    if empty:
        return Replayed(at(0), at(10), (), (), (), (), ())
    lines = (
        CartLine(COFFEE, NASTY, 1, 649, 0.97, ""),
        CartLine("", "", 1, None, 0.4, f"who: {WHO} 60%; what: <i>unknown</i>"),
    )
    return Replayed(
        at(0),
        at(10),
        snapshots(),
        (took(3),),
        (Cart(at(4), "v1", WHO, "p1", lines, "EUR"),),
        (Receipt(at(9), "v1", WHO, "p1", "front", at(1), at(8), False, lines, "EUR"),),
        (ScaleFault(at(4), "F1", "F1.1.4", ScaleCondition.SILENT, at(2)),),
    )


def samples() -> list[ScaleSamples]:
    grams = np.where(np.arange(600) < 200, 4000.0, 3483.0).astype(np.float32)[:, None]
    return [
        ScaleSamples(at(second), "G1", 60.0, (PLATE,), grams[60 * second : 60 * second + 60]) for second in range(10)
    ]


def truth(*, taken: tuple[tuple[str, float], ...] = (("ann", 3.1),)) -> Truth:
    """Ann walks, and she or others, who are nowhere, take coffee at these seconds."""
    names = tuple(dict.fromkeys(["ann", *(actor for actor, _ in taken)]))
    people = tuple(
        TruePerson(
            name=name, party=name, credential=Credential.APP, token=name, stature=1.7, age=30, entered=at(1), left=at(8)
        )
        for name in names
    )
    movements = tuple(
        TrueMovement(
            begin=at(second),
            end=at(second + 0.3),
            actor=actor,
            hand="left",
            action="take",
            goods={COFFEE: 1},
            items=(),
            facings=(),
            loads={PLATE: -517.0},
            restocking=False,
        )
        for actor, second in taken
    )
    counts = Counter(actor for actor, _ in taken)
    owed = {name: {COFFEE: counts[name]} if name in counts else {} for name in names}
    happened = Happened(
        scenario="by hand",
        seed=0,
        store="corner",
        versions={},
        begin=at(0),
        end=at(10),
        people=people,
        movements=movements,
        pushes=(),
        transfers=(),
        kiosk=(),
        faults=(),
        stock_begin=(),
        stock_end=(),
        receipts=owed,
        parties=owed,
    )
    stamps = np.array([at(frame / 30) for frame in range(300)], np.int64)
    joints = np.full((300, len(names), 17, 3), np.nan, np.float32)
    joints[30:240, 0] = [walking(frame / 30) for frame in range(30, 240)]
    return Truth(happened, Frames(stamps, names, joints))
