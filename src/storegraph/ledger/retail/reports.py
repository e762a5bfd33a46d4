"""What was sold when, and what was lost: rows for spreadsheets, from the books as they stand.

Every row is a frozen dataclass whose docstring says what its columns are. Amounts are minor units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from storegraph.ledger.books.schema import BILL, LINE, VISIT
from storegraph.units import NANOSECONDS

from .closing import begin_of, end_of


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold of a product in an hour.

    Attributes:
        day: When people left with it, in the store's time zone.
        hour: Of that day, 0 to 23; where the clock is set back, the two hours of one number are one row.
        gtin: As in the catalogue.
        name: As in the catalogue.
        items: Charged.
        amount: Price of them, less reductions; without tax where taxes come on top.
        purchases: With this product.
    """

    day: date
    hour: int
    gtin: str
    name: str
    items: int
    amount: int
    purchases: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What left a store unpaid, or came back and was not sold again.

    Attributes:
        day: When people left with it, in the store's time zone.
        gtin: As in the catalogue.
        name: As in the catalogue.
        payer: Who was to pay: `card`, `cash`, `unknown` for who came in behind others.
        doubt: Why it was in doubt; empty where it was not.
        shrink: Items that are gone and not paid.
        wasted: Items that came back and were not sold again.
        amount: Price of both; 0 for what has no price.
    """

    day: date
    gtin: str
    name: str
    payer: str
    doubt: str
    shrink: int
    wasted: int
    amount: int


def sales(connection: Connection, store: str, zone: ZoneInfo, first: date, last: date) -> list[Sale]:
    """Sales of some days by hour and product.

    Args:
        connection: To the books.
        store: Whose.
        zone: Of the store.
        first: Day.
        last: Day, which counts, too.
    """
    groups: defaultdict[tuple[date, int, str, str], list[Any]] = defaultdict(list)
    for row in _lines(connection, store, zone, first, last, LINE.c.charged > 0):
        left = _local(row.left, zone)
        groups[left.date(), left.hour, row.gtin, row.name].append(row)
    return [
        Sale(
            *(day, hour, gtin, name),
            items=sum(row.charged for row in rows),
            amount=sum(max(row.charged * (row.unit_price or 0) - row.reduced, 0) for row in rows),
            purchases=len({row.bill for row in rows}),
        )
        for (day, hour, gtin, name), rows in sorted(groups.items(), key=itemgetter(0))
    ]


def losses(connection: Connection, store: str, zone: ZoneInfo, first: date, last: date) -> list[Loss]:
    """Losses of some days by product and reason; the arguments are those of `sales`."""
    groups: defaultdict[tuple[date, str, str, str, str], list[Any]] = defaultdict(list)
    for row in _lines(connection, store, zone, first, last, LINE.c.shrink + LINE.c.wasted > 0):
        groups[_local(row.left, zone).date(), row.gtin, row.name, row.payer, row.doubt].append(row)
    return [
        Loss(
            *(day, gtin, name, payer, doubt),
            shrink=sum(row.shrink for row in rows),
            wasted=sum(row.wasted for row in rows),
            amount=sum((row.shrink + row.wasted) * (row.unit_price or 0) for row in rows),
        )
        for (day, gtin, name, payer, doubt), rows in sorted(groups.items(), key=itemgetter(0))
    ]


def _local(stamp: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(stamp // NANOSECONDS, zone)


def _lines(connection: Connection, store: str, zone: ZoneInfo, first: date, last: date, which: Any) -> Iterator[Any]:
    """Lines of those who left on some days, with their visit and bill."""
    names = ("bill", "gtin", "name", "unit_price", "charged", "shrink", "wasted", "reduced", "doubt")
    query = (
        select(*(LINE.c[name] for name in names), VISIT.c.left, BILL.c.payer)
        .join(BILL, (BILL.c.store == LINE.c.store) & (BILL.c.bill == LINE.c.bill))
        .join(VISIT, (VISIT.c.store == LINE.c.store) & (VISIT.c.visit == LINE.c.visit))
        .where(LINE.c.store == store, which)
        .where(VISIT.c.left >= begin_of(first, zone), VISIT.c.left < end_of(last, zone))
    )
    return iter(connection.execute(query))
