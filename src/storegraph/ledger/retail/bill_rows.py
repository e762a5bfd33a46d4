"""Bills as rows for spreadsheets. Amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storegraph.ledger.books.schema import BILL

from .purchase import moment


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as it stands.

    Attributes:
        bill: Its name.
        opened: When the first one asked to come in, or did; UTC.
        left: When the last one left, UTC; empty while anybody is inside.
        state: In a word.
        payer: Who pays.
        owed: What is to be paid, with tax.
        paid: What the store has.
        in_doubt: Price of what waits for a person.
        currency: ISO 4217; empty before anybody has left.
    """

    bill: str
    opened: str
    left: str
    state: str
    payer: str
    owed: int
    paid: int
    in_doubt: int
    currency: str


def bill_rows(connection: Connection, store: str, state: str | None = None) -> list[BillRow]:
    """A row a bill, by when they were opened.

    Args:
        connection: To the books.
        store: Store id.
        state: Only bills in this state; None for all.
    """
    query = select(BILL).where(BILL.c.store == store).order_by(BILL.c.opened, BILL.c.bill)
    return [
        BillRow(
            bill=row.bill,
            opened=_told(row.opened),
            left=_told(row.last_left),
            state=row.state,
            payer=row.payer,
            owed=row.owed,
            paid=row.captured - row.refunded + row.cash,
            in_doubt=row.in_doubt,
            currency=row.currency,
        )
        for row in connection.execute(query if state is None else query.where(BILL.c.state == state))
    ]


def _told(stamp: int | None) -> str:
    then = moment(stamp)
    return "" if then is None else f"{then:%Y-%m-%d %H:%M:%S}"
