"""What the services of the ledger's node ask of the books: their requests as inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import TaxPolicy
from storegraph.ledger.settlement.inputs import DecideAge, OfBill, Together
from storegraph.store.model import Product

from .deciding import Decision, Moved, told_by
from .returning import told_of


def review_asked(
    engine: Engine, store: str, products: Mapping[str, Product], taxes: TaxPolicy, request: Any, now: int
) -> Together:
    """Of a `ResolveReview`.

    Args:
        engine: The books.
        store: Store id.
        products: The catalogue by GTIN.
        taxes: Of the policy.
        request: As it came.
        now: Event time, nanoseconds since the Unix epoch.

    Raises:
        RefusedError: It must not be done.
    """
    decision = Decision(
        request=request.request,
        line=request.line,
        count=int(request.count),
        by=request.by,
        reason=request.reason,
        unit_price=int(request.unit_price) if request.priced else None,
        lost=bool(request.lost),
        moved=[Moved(each.visit_id, each.gtin, int(each.count)) for each in request.moved],
    )
    with engine.connect().execution_options(reading=True) as connection:
        return told_by(connection, store, decision, products, taxes, now)


def refund_asked(engine: Engine, store: str, request: Any, now: int) -> OfBill:
    """Of a `Refund`; arguments and errors as of `review_asked`."""
    if len(request.counts) not in (0, len(request.lines)):
        raise RefusedError(f"bill {request.bill}: {len(request.counts)} counts for {len(request.lines)} lines")
    lines = (
        [f"{line}={count}" for line, count in zip(request.lines, request.counts, strict=True)]
        if len(request.counts)
        else list(request.lines)
    )
    with engine.connect().execution_options(reading=True) as connection:
        return told_of(
            connection,
            store,
            request.bill,
            lines,
            int(request.amount) or None,
            bool(request.wasted),
            request.request,
            request.by,
            request.reason,
            now,
        )


def given_back(bill: Bill) -> int:
    """What a `Refund` is answered with: what was given back of a bill, or is about to be, minor units."""
    return bill.refunded + max(bill.paid - bill.owed, 0)


def age_asked(request: Any, now: int) -> DecideAge:
    """Of an `ApproveAge`."""
    return DecideAge(now, request.request, request.visit_id, bool(request.approved), request.by)
