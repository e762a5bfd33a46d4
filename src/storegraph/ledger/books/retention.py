"""What is kept about people, why, how long, and how it goes: the one table, and the job that does what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, or_, select, update

from storegraph.ledger.policy import RetentionPolicy
from storegraph.units import NANOSECONDS

from .facts import CartChanged
from .projections import PROJECTIONS
from .schema import BILL, CARD, ENTRY, VISIT

DAY = 86_400 * NANOSECONDS

OPEN = ("open", "admitted", "in review", "due", "bad debt")
"""States in which a bill is still needed, however old it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept.

    Attributes:
        what: In words.
        where: Tables and columns.
        why: What it is needed for.
        days: How long, by policy.
        then: What becomes of it.
    """

    what: str
    where: str
    why: str
    days: Callable[[RetentionPolicy], int]
    then: str


KEPT = (
    Kept(
        what="token of a card or app",
        where="card.token",
        why="charging it at the exit, recognising its party, refusing whom it is blocked for or who owes",
        days=lambda policy: policy.card,
        then="erased after the card's last visit; the number that the books know it by stays, as nobody's",
    ),
    Kept(
        what="what was in a cart while its shopper was inside",
        where="entry.body of `cart changed`",
        why="explaining a receipt that is complained about",
        days=lambda policy: policy.cart,
        then="erased after the visit; its digest stays in the chain",
    ),
    Kept(
        what="bills: who of a party entered and left when, lines, reviews, payments",
        where="entry.body; bill, visit, line, task, step",
        why="accounts, taxes, refunds and disputes",
        days=lambda policy: policy.bill,
        then="erased after the last one left; digests stay in the chain",
    ),
)
"""Everything that the books keep about people. No name, picture or card number is among it. The addresses of receipts
stand in `storegraph.ledger.receipts.schema`, and are not in this table yet."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run of the job has erased, and which cards it found to be erased."""

    carts: int
    bills: int
    tokens: tuple[str, ...]


def enforce(engine: Engine, store: str, policy: RetentionPolicy, now: int) -> Erased:
    """Erases the carts and bills of a store whose time is over.

    Args:
        engine: The books.
        store: Whose.
        policy: How long.
        now: Nanoseconds since the Unix epoch.

    Returns:
        What was erased; and the tokens of cards whose time is over, which the writer of the books has to erase, for it
        may hold them in memory.
    """
    with engine.begin() as connection:
        carts = _erase_carts(connection, store, now - policy.cart * DAY)
        bills = _erase_bills(connection, store, now - policy.bill * DAY)
        tokens = _idle_tokens(connection, store, now - policy.card * DAY)
    return Erased(carts, bills, tokens)


def _old_bills(store: str, before: int) -> Any:
    """The bills of those who left before a moment, of which nothing is open."""
    left = or_(BILL.c.last_left < before, (BILL.c.state == "denied") & (BILL.c.opened < before))
    return select(BILL.c.bill).where(BILL.c.store == store, left, BILL.c.state.not_in(OPEN))


def _erase_carts(connection: Connection, store: str, before: int) -> int:
    mine = (ENTRY.c.store == store, ENTRY.c.kind == CartChanged.KIND, ENTRY.c.body.is_not(None))
    old = select(VISIT.c.bill).where(VISIT.c.store == store, VISIT.c.left < before)
    return connection.execute(update(ENTRY).where(*mine, ENTRY.c.stream.in_(old)).values(body=None)).rowcount


def _erase_bills(connection: Connection, store: str, before: int) -> int:
    names = list(connection.execute(_old_bills(store, before)).scalars())
    if names:
        connection.execute(update(ENTRY).where(ENTRY.c.store == store, ENTRY.c.stream.in_(names)).values(body=None))
        for table, _ in PROJECTIONS:
            connection.execute(delete(table).where(table.c.store == store, table.c.bill.in_(names)))
    return len(names)


def _idle_tokens(connection: Connection, store: str, before: int) -> tuple[str, ...]:
    needed = select(BILL.c.card).where(BILL.c.store == store, BILL.c.state.in_(OPEN))
    idle = select(CARD.c.token).where(
        CARD.c.store == store, CARD.c.token.is_not(None), CARD.c.last_seen < before, CARD.c.card.not_in(needed)
    )
    return tuple(connection.execute(idle.order_by(CARD.c.card)).scalars())


def exported(engine: Engine, store: str, token: str) -> dict[str, Any] | None:
    """Everything that is kept about whose token this is, as plain data; None where nothing is."""
    with engine.connect().execution_options(reading=True) as connection:
        card = connection.execute(select(CARD).where(CARD.c.store == store, CARD.c.token == token)).mappings().first()
        if card is None:
            return None
        mine = select(BILL.c.bill).where(BILL.c.store == store, BILL.c.card == card["card"])
        tables = {
            table.name: [
                dict(row)
                for row in connection.execute(
                    select(table).where(table.c.store == store, table.c.bill.in_(mine)).order_by(*table.primary_key)
                ).mappings()
            ]
            for table, _ in PROJECTIONS
        }
    return {"card": dict(card), **tables}
