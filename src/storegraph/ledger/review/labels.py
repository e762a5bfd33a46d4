"""What people have decided, as labelled data: for evaluation, and for the stages that learn from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.facts import Corrected, EventJudged, LineAdded, Reviewed, read
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import ENTRY
from storegraph.ledger.settlement.verdicts import POLICY

from .evidence import evidence_of

OF_LINES = (Reviewed, Corrected, LineAdded)


def labels(connection: Connection, store: str) -> Iterator[dict[str, Any]]:
    """What people have decided, in the order in which they did.

    Two forms, told apart by their keys. `interaction`: what a weight event was; `shopper` did `action` with `items`.
    `line`: how many (`count`) of `gtin` the `visit` really left with, as the line stands now, and the `interactions`
    that it rests on, as far as they are kept. No label says who has decided.

    Args:
        connection: To the books.
        store: Store id.
    """
    kinds = [kind.KIND for kind in (EventJudged, *OF_LINES)]
    query = select(ENTRY.c.stream, ENTRY.c.stamp, ENTRY.c.kind, ENTRY.c.body)
    mine = (ENTRY.c.store == store, ENTRY.c.kind.in_(kinds), ENTRY.c.body.is_not(None))
    rows = list(connection.execute(query.where(*mine).order_by(ENTRY.c.position)))
    known = bills(connection, store, {row.stream for row in rows})
    lines: dict[str, tuple[Bill, int]] = {}
    for row in rows:
        fact = read(row.kind, row.body)
        match fact:
            case EventJudged():
                yield _of_event(fact, row.stamp)
            case LineAdded():
                lines[fact.line.line] = known[row.stream], row.stamp
            case Reviewed() | Corrected() if fact.by != POLICY:
                lines[fact.line] = known[row.stream], row.stamp
    for line, (bill, stamp) in lines.items():
        if not bill.charges[line].needs_review:  # a second person is still asked
            yield _of_line(connection, store, bill, line, stamp)


def _of_event(fact: EventJudged, stamp: int) -> dict[str, Any]:
    return {
        "interaction": fact.event,
        "shopper": fact.shopper,
        "action": fact.action,
        "items": dict(fact.items),
        "decided": stamp,
    }


def _of_line(connection: Connection, store: str, bill: Bill, line: str, stamp: int) -> dict[str, Any]:
    charge = bill.charges[line]
    evidence = evidence_of(connection, store, bill, charge)
    return {
        "line": line,
        "visit": charge.visit,
        "shopper": bill.visit(charge.visit).shopper,
        "gtin": charge.line.gtin,
        "count": charge.line.count - charge.void,
        "interactions": [each.event_id for each in evidence.interactions],
        "decided": stamp,
    }
