"""Finding a receipt again, without an account: by the card's last four digits and the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import BILL
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS, YEARS

from .schema import LAST_FOUR


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A bill by which somebody knows theirs again.

    Attributes:
        bill: Its name.
        left: When the last one left, at the store.
        goods: What they left with, as far as it is charged or waits for a person.
        owed: With tax, minor units.
        state: In a word.
    """

    bill: str
    left: str
    goods: str
    owed: int
    state: str


def found_rows(found: Iterable[Bill], store: Store) -> list[FoundRow]:
    """A row a bill."""
    return [_row(bill, ZoneInfo(store.time_zone)) for bill in found]


def bills_of_day(connection: Connection, store: Store, last_four: str, day: date) -> tuple[Bill, ...]:
    """The bills of all cards with these last digits whose party left on a day, by when they left.

    Args:
        connection: To the books.
        store: Where.
        last_four: Digits; several cards may share them.
        day: In the store's time zone.
    """
    if day.year not in YEARS:
        return ()
    zone = ZoneInfo(store.time_zone)
    begin = _stamp(datetime.combine(day, time(), zone))
    end = _stamp(datetime.combine(day + timedelta(days=1), time(), zone))
    query = (
        select(BILL.c.bill)
        .join(LAST_FOUR, (LAST_FOUR.c.store == BILL.c.store) & (LAST_FOUR.c.card == BILL.c.card))
        .where(BILL.c.store == store.id, LAST_FOUR.c.digits == last_four)
        .where(BILL.c.last_left >= begin, BILL.c.last_left < end)
        .order_by(BILL.c.last_left, BILL.c.bill)
    )
    names = [row.bill for row in connection.execute(query)]
    found = bills(connection, store.id, names)
    return tuple(found[name] for name in names if name in found)


def _row(bill: Bill, zone: ZoneInfo) -> FoundRow:
    left = datetime.fromtimestamp((bill.last_left or 0) // NANOSECONDS, zone)
    counts = [(each.charged + each.waiting, each.line.name or each.line.gtin) for each in bill.charges.values()]
    goods = ", ".join(f"{count} x {name}" for count, name in counts if count)
    return FoundRow(bill.bill, f"{left:%Y-%m-%d %H:%M}", goods, bill.owed, bill.state)


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp()) * NANOSECONDS
