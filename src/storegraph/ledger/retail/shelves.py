"""What lies on the shelves, for people who fill and tidy them: rows of what the graph says of each facing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from storegraph.observations import FacingStock
from storegraph.store.model import Store


@dataclass(frozen=True, slots=True)
class ShelfStock:
    """What lies in a facing.

    Attributes:
        fixture: Fixture id.
        scale: The first one under the facing; it names it.
        gtin: What belongs there; empty where nothing does.
        name: As in the catalogue.
        expected: How many lie there, on average over all that may have happened; where nobody has counted, the change.
        empty: Probability that none is left; nothing where nobody has counted.
    """

    fixture: str
    scale: str
    gtin: str
    name: str
    expected: float
    empty: float | None


@dataclass(frozen=True, slots=True)
class Untidy:
    """Things to be taken away from where they do not belong.

    Attributes:
        fixture: Fixture id.
        scale: The first one under the facing in which they lie.
        belongs: Name of what belongs there; empty where nothing does.
        gtin: Of what lies there; empty where it is not known, or not the shop's.
        name: As in the catalogue.
        probability: That at least one lies there.
        expected: How many, on average over all that may have happened.
    """

    fixture: str
    scale: str
    belongs: str
    gtin: str
    name: str
    probability: float
    expected: float


def shelf_stock(told: Iterable[FacingStock], store: Store) -> list[ShelfStock]:
    """What lies in each facing by what was told of it last, the emptiest first.

    Args:
        told: In order of time.
        store: For the names.
    """
    rows = [
        ShelfStock(
            *(each.fixture, each.key, each.gtin, _name(store, each.gtin)),
            expected=each.expected,
            empty=None if math.isnan(each.empty) else each.empty,
        )
        for each in _newest(told)
    ]
    return sorted(rows, key=lambda row: (-(row.empty or 0.0), row.expected, row.fixture, row.scale))


def untidy(told: Iterable[FacingStock], store: Store) -> list[Untidy]:
    """What lies where it does not belong, the surest first; the arguments are those of `shelf_stock`."""
    rows = [
        Untidy(
            *(each.fixture, each.key, _name(store, each.gtin), wrong.gtin, _name(store, wrong.gtin)),
            probability=wrong.probability,
            expected=wrong.expected,
        )
        for each in _newest(told)
        for wrong in each.misplaced
    ]
    return sorted(rows, key=lambda row: (-row.probability, row.fixture, row.scale, row.gtin))


def _newest(told: Iterable[FacingStock]) -> Iterable[FacingStock]:
    return {(each.fixture, each.key): each for each in told}.values()


def _name(store: Store, gtin: str) -> str:
    product = store.products().get(gtin)
    return product.name if product else ""
