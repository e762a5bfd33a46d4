"""Whether the store is open: who decided so, since when, and who may enter.

It moves no money, so it is no entry of the chain; every decision stays as a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Engine, Table, Text, select

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.schema import METADATA
from storegraph.ledger.errors import RefusedError

OPENING = Table(
    "opening",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("opening", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Since when the store is open, open to staff only, or closed; nanoseconds since the Unix epoch."""


class Opening(StrEnum):
    """Who may enter."""

    OPEN = "open"
    CREW = "crew"  # only staff
    CLOSED = "closed"  # nobody


@dataclass(frozen=True, slots=True)
class Opened:
    """How the store is.

    Attributes:
        opening: Who may enter.
        since: Nanoseconds since the Unix epoch; 0 where nobody has ever decided, which is open.
        by: Who decided.
        reason: For the record.
    """

    opening: Opening = Opening.OPEN
    since: int = 0
    by: str = ""
    reason: str = ""


def opening_of(engine: Engine, store: str) -> Opened:
    """How a store is by the last decision."""
    query = select(OPENING).where(OPENING.c.store == store).order_by(OPENING.c.since.desc()).limit(1)
    with engine.connect().execution_options(reading=True) as connection:
        row = connection.execute(query).one_or_none()
    return Opened() if row is None else Opened(Opening(row.opening), row.since, row.by, row.reason)


def set_opening(engine: Engine, store: str, decided: Opened) -> None:
    """Notes a decision.

    Raises:
        RefusedError: It is older than the last one, or holds what may be a card number.
    """
    if looks_like_card_number(decided.by) or looks_like_card_number(decided.reason):
        raise RefusedError("who decides, or why, looks like a card number; write a name")
    known = opening_of(engine, store)
    if decided.since <= known.since:
        raise RefusedError(f"the store is {known.opening} since {known.since}; {decided.since} is not later")
    row = {"since": decided.since, "opening": decided.opening.value, "by": decided.by, "reason": decided.reason}
    with engine.begin() as connection:
        connection.execute(OPENING.insert().values(store=store, **row))
