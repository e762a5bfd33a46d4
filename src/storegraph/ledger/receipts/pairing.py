"""Who stands at the kiosk: found by the code that the gate showed, or by the card's last four digits."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, select

from storegraph.ledger.books.schema import BILL, VISIT

from .schema import LAST_FOUR

DIGITS = 4
"""Of a code, and of a card's end. Of 30 bills at one time two have the same code one time in 23; then their cards'
digits tell them apart."""


def code_of(bill: str) -> str:
    """The digits by which a bill is found while its party is inside."""
    number = int.from_bytes(blake2b(bill.encode(), digest_size=8).digest())
    return f"{number % 10**DIGITS:0{DIGITS}}"


def visits_inside(connection: Connection, store: str, digits: str) -> tuple[str, ...]:
    """For each bill with these digits of which somebody is inside, the visit of the first of them to enter.

    Args:
        connection: To the books.
        store: Where.
        digits: A code, or the last four of a card's number.
    """
    of_card = (LAST_FOUR.c.store == BILL.c.store) & (LAST_FOUR.c.card == BILL.c.card)
    query = (
        select(BILL.c.bill, VISIT.c.visit, LAST_FOUR.c.digits)
        .join(VISIT, (VISIT.c.store == BILL.c.store) & (VISIT.c.bill == BILL.c.bill))
        .outerjoin(LAST_FOUR, of_card)
        .where(VISIT.c.store == store, VISIT.c.left.is_(None))
        .order_by(VISIT.c.entered, VISIT.c.visit)
    )
    first: dict[str, str] = {}
    for row in connection.execute(query):
        if digits in (code_of(row.bill), row.digits):
            first.setdefault(row.bill, row.visit)
    return tuple(first.values())
