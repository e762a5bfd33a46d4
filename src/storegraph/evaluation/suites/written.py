"""What people left with, as somebody wrote it down beside a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from storegraph.evaluation.receipts import TruthError
from storegraph.observations import Receipt
from storegraph.store.model import Part, Store
from storegraph.store.part_file import load_part
from storegraph.store.problem import Problem, nearest, shown
from storegraph.units import NANOSECONDS

WITHIN = 10.0
"""Seconds between the time that somebody wrote down and the passage of the gate. A clock on the wall or in a film is
read to the second and goes wrong by a few; who came in next is told apart by the order, also within that time.
"""

Goods = Mapping[str, Annotated[int, Field(ge=1)]]
"""How many of each product, by GTIN."""


class WrittenVisit(Part):
    """A party's stay.

    Attributes:
        name: For people; unique.
        entered: When the first of them came in: ISO 8601, in the time zone of the store where it names none.
        goods: What they left with.
    """

    name: Annotated[str, Field(min_length=1)]
    entered: str
    goods: Goods


class WrittenTruth(Part):
    """The truth of a recording: one of the two.

    Attributes:
        receipts: Shopper id, as receipts have it, to what they left with. Every shopper pays alone.
        visits: Everybody who came, by when they came in.
    """

    receipts: Mapping[str, Goods] | None = None
    visits: tuple[WrittenVisit, ...] | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed, and who is who.

    Attributes:
        goods: Payer to what they left with.
        payer: Under which name `goods` has the shopper of a receipt.
    """

    goods: Mapping[str, Mapping[str, int]]
    payer: Callable[[Receipt], str]


def load_written(path: Path, store: Store) -> WrittenTruth:
    """Reads and checks what somebody wrote down.

    Args:
        path: JSON, or YAML.
        store: That the recording is of.

    Raises:
        TruthError: It cannot be read, or has problems; all of them are told at once.
    """
    if not path.exists():
        raise TruthError(
            f"{path}: is not there, and no folder {path.with_suffix('').name}; it says what everybody left with, as "
            '{"visits": [{"name": "ann", "entered": "2026-11-23T10:00:06", "goods": {GTIN: count}}]}'
        )
    return load_part(path, WrittenTruth, TruthError, partial(_problems_in, store=store))


def owed_by(truth: WrittenTruth, receipts: Sequence[Receipt], store: Store) -> Owed:
    """Which receipts are whose.

    Parties are those who came in when it was written down, all together as near as can be. Receipts of a party of whom
    nothing was written keep the party's name.
    """
    if truth.visits is None:
        return Owed(truth.receipts or {}, lambda receipt: receipt.shopper_id)
    from scipy.optimize import linear_sum_assignment  # takes a second to import: not before anything is compared

    came: dict[str, int] = {}
    for receipt in receipts:
        came[_party(receipt)] = min(receipt.entered, came.get(_party(receipt), receipt.entered))
    written = [_stamp(visit.entered, store) for visit in truth.visits]
    parties = list(came)
    apart = np.abs(np.subtract.outer(np.array(written, dtype=float), np.array([came[party] for party in parties])))
    near = apart <= WITHIN * NANOSECONDS
    rows, columns = linear_sum_assignment(np.where(near, apart, len(parties) * 2 * WITHIN * NANOSECONDS))
    names = {
        parties[column]: truth.visits[row].name for row, column in zip(rows, columns, strict=True) if near[row, column]
    }
    goods = {visit.name: visit.goods for visit in truth.visits}
    return Owed(goods, lambda receipt: names.get(_party(receipt), _party(receipt)))


def _party(receipt: Receipt) -> str:
    """Who pays together; one who belongs to nobody alone."""
    return receipt.party or receipt.shopper_id


def _stamp(entered: str, store: Store) -> int:
    """Nanoseconds since the Unix epoch; to the microsecond.

    Raises:
        ValueError: It is no time.
    """
    time = datetime.fromisoformat(entered)
    local = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(store.time_zone))
    return round(local.timestamp() * 1e6) * 1000


def _problems_in(truth: WrittenTruth, store: Store) -> Iterator[Problem]:
    if (truth.receipts is None) == (truth.visits is None):
        yield Problem((), "has both receipts and visits, or neither; it takes one of them")
    for shopper, goods in (truth.receipts or {}).items():
        yield from _unknown(goods, ("receipts", shopper), store)
    names: set[str] = set()
    for index, visit in enumerate(truth.visits or ()):
        place = ("visits", index)
        yield from _unknown(visit.goods, (*place, "goods"), store)
        if visit.name in names:
            yield Problem((*place, "name"), f"{shown(visit.name)} is there twice; who comes again takes another name")
        names.add(visit.name)
        try:
            _stamp(visit.entered, store)
        except ValueError:
            text = f"{shown(visit.entered)} is no time; write it as 2026-11-23T10:00:06, or with +01:00 behind"
            yield Problem((*place, "entered"), text)


def _unknown(goods: Goods, place: tuple[str | int, ...], store: Store) -> Iterator[Problem]:
    gtins = {product.gtin for product in store.catalogue}
    for gtin in goods:
        if gtin not in gtins:
            yield Problem((*place, gtin), f"is no product of {store.id}{nearest(gtin, gtins)}; take its GTIN")
