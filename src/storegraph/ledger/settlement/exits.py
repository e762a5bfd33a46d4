"""Exits that no gate has told, and none will: a track was lost, a gate was blind, a node died without its journal."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, func, select

from storegraph.ledger.books.schema import BILL, VISIT
from storegraph.ledger.policy import VisitPolicy, nanoseconds

from .inputs import GiveUpVisit
from .opening import Opened, Opening

TOO_LONG = "no exit was told for too long"
CLOSED = "no exit was told, and the store is closed"


def exits_given_up(
    engine: Engine, store: str, currency: str, policy: VisitPolicy, opened: Opened, now: int
) -> Iterator[GiveUpVisit]:
    """The visits whose exit is not waited for any longer, each as of when that came to be.

    Args:
        engine: The books.
        store: Whose.
        currency: Of the store, ISO 4217.
        policy: How long an exit is waited for.
        opened: Whether the store is closed, and since when.
        now: Event time, nanoseconds since the Unix epoch.
    """
    since = func.coalesce(VISIT.c.entered, BILL.c.opened)  # who was never seen to enter is here since their first cart
    of_bill = (BILL.c.store == VISIT.c.store) & (BILL.c.bill == VISIT.c.bill)
    query = select(VISIT.c.visit, since.label("since")).join(BILL, of_bill)
    inside = query.where(VISIT.c.store == store, BILL.c.state == "open", VISIT.c.left.is_(None))
    with engine.connect().execution_options(reading=True) as connection:
        visits = list(connection.execute(inside.order_by(since, VISIT.c.visit)))
    for visit in visits:
        until, reason = visit.since + nanoseconds(policy.longest), TOO_LONG
        empty = opened.since + nanoseconds(policy.after_closing)
        if opened.opening is Opening.CLOSED and visit.since <= empty < until:
            until, reason = empty, CLOSED
        if until <= now:
            yield GiveUpVisit(until, visit.visit, currency, reason)
