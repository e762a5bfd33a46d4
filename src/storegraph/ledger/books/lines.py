"""Finding a line, or the bill of a visit, by its name."""

from __future__ import annotations

from sqlalchemy import Connection, select

from .bill import Bill
from .charge import Charge
from .record import bills
from .schema import LINE, VISIT


def bill_of_visit(connection: Connection, store: str, visit: str) -> Bill | None:
    """The bill that a visit is on; None where it is not known."""
    name = select(VISIT.c.bill).where(VISIT.c.store == store, VISIT.c.visit == visit)
    return next(iter(bills(connection, store, list(connection.execute(name).scalars())).values()), None)


def charge_of_line(connection: Connection, store: str, line: str) -> Charge | None:
    """What became of a line; None where it is not known."""
    name = select(LINE.c.bill).where(LINE.c.store == store, LINE.c.line == line)
    found = bills(connection, store, list(connection.execute(name).scalars()))
    return next((bill.charges[line] for bill in found.values()), None)
