"""Finding a receipt again, without an account: by the card's last four digits and the day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import BILL
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .schema import LAST_FOUR


def bills_of_day(connection: Connection, store: Store, last_four: str, day: date) -> tuple[Bill, ...]:
    """The bills of all cards with these last digits whose party left on a day, by when they left.

    Several cards may share four digits; who looks at them in the shop sees the time and the goods.

    Args:
        connection: To the books.
        store: Where.
        last_four: Digits.
        day: In the store's time zone.
    """
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


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp()) * NANOSECONDS
