"""What was decided of lines and visits: when, what, by whom, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storegraph.ledger.books.facts import (
    AgeDecided,
    Corrected,
    Disputed,
    Expired,
    Fact,
    LineAdded,
    Recognised,
    Reduced,
    Returned,
    Reviewed,
    read,
)
from storegraph.ledger.books.schema import ENTRY
from storegraph.ledger.settlement.verdicts import POLICY

CUSTOMER = "the customer"
"""Who has disputed a line: nobody asks for their name."""

DECISIONS = (AgeDecided, Corrected, Disputed, Expired, LineAdded, Recognised, Reduced, Returned, Reviewed)


@dataclass(frozen=True, slots=True)
class Decided:
    """Something that was decided.

    Attributes:
        stamp: Nanoseconds since the Unix epoch.
        about: The line or visit.
        told: What, in words.
        by: Who.
        reason: As they gave it.
    """

    stamp: int
    about: str
    told: str
    by: str
    reason: str


def decided(connection: Connection, store: str, about: str = "") -> Iterator[Decided]:
    """What was decided, in that order.

    Args:
        connection: To the books.
        store: Store id.
        about: Only of this line or visit; empty for all.
    """
    query = select(ENTRY.c.stamp, ENTRY.c.kind, ENTRY.c.body).where(ENTRY.c.store == store, ENTRY.c.body.is_not(None))
    kinds = [kind.KIND for kind in DECISIONS]
    for row in connection.execute(query.where(ENTRY.c.kind.in_(kinds)).order_by(ENTRY.c.position)):
        for each in _decided(read(row.kind, row.body), row.stamp):
            if about in ("", each.about):
                yield each


def _decided(fact: Fact, stamp: int) -> Iterator[Decided]:
    match fact:
        case AgeDecided():
            yield Decided(stamp, fact.visit, "old enough" if fact.approved else "not old enough", fact.by, "")
        case Reviewed():
            yield Decided(stamp, fact.line, f"they have {fact.count}", fact.by, fact.reason)
        case Corrected():
            yield Decided(stamp, fact.line, f"charged {fact.count}", fact.by, fact.reason)
        case Disputed():
            yield Decided(stamp, fact.line, f"disputed, {fact.claim}: {fact.count} are right", CUSTOMER, "")
        case Expired():
            told = "charged" if fact.charged else "not charged: shrink"
            for line in fact.lines:
                yield Decided(stamp, line, told, POLICY, "nobody decided it in time")
        case LineAdded():
            told = f"they have {fact.line.count} x {fact.line.name or fact.line.gtin}, too"
            yield Decided(stamp, fact.line.line, told, fact.by, fact.reason)
        case Recognised() if fact.by:
            yield Decided(stamp, fact.visit, f"paid by {fact.payer}", fact.by, "")
        case Reduced():
            yield Decided(stamp, fact.line, f"{fact.amount} less", fact.by, fact.reason)
        case Returned():
            told = f"{fact.count} came back, {'wasted' if fact.wasted else 'on the shelf'}"
            yield Decided(stamp, fact.line, told, fact.by, fact.reason)
