"""What is kept about people, why, how long, and how it goes: the one table, and the job that does what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, false, func, or_, select, update

from storegraph.ledger.policy import RetentionPolicy
from storegraph.ledger.receipts.schema import ADDRESS, LAST_FOUR, MAIL, REMEMBERED_ADDRESS
from storegraph.ledger.retail.schema import DELIVERY
from storegraph.ledger.review.schema import HOLDING, INTERACTION
from storegraph.ledger.settlement.opening import OPENING
from storegraph.units import NANOSECONDS

from .facts import CartChanged
from .projections import PROJECTIONS
from .schema import BILL, CARD, ENTRY, VISIT

DAY = 86_400 * NANOSECONDS

OPEN = ("open", "admitted", "in review", "due", "bad debt")
"""States in which a bill is still needed, however old it is."""

Eraser = Callable[[Connection, str, int], int]
"""Erases of a store what is older than a moment, nanoseconds since the Unix epoch; says how much that was. Of what
hangs on a card, what belongs to an erased card goes, too, however young it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept.

    Attributes:
        what: In words.
        where: Tables, or columns as `table.column`.
        why: What it is needed for.
        days: How long, by policy.
        then: What becomes of it.
        erase: How. None: the writer of the books has to be told, for it may hold it in memory.
        of_card: It hangs on a card, and goes with it.
    """

    what: str
    where: tuple[str, ...]
    why: str
    days: Callable[[RetentionPolicy], int]
    then: str
    erase: Eraser | None
    of_card: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run of the job has erased.

    Attributes:
        counts: How much of each thing that is kept, by its name in words.
        tokens: Of cards whose time is over, which the writer of the books has to erase.
    """

    counts: Mapping[str, int]
    tokens: tuple[str, ...]


def enforce(engine: Engine, store: str, policy: RetentionPolicy, now: int) -> Erased:
    """Erases what a store has kept as long as it may.

    Args:
        engine: The books.
        store: Whose.
        policy: How long.
        now: Nanoseconds since the Unix epoch.
    """
    with engine.begin() as connection:
        counts = {
            kept.what: kept.erase(connection, store, now - kept.days(policy) * DAY)
            for kept in KEPT
            if kept.erase is not None
        }
        tokens = _idle_tokens(connection, store, now - policy.card * DAY)
    return Erased(counts, tokens)


def forget_erased(engine: Engine, store: str) -> None:
    """Erases what hung on cards that were erased: to be called after each `EraseCard` that was written."""
    with engine.begin() as connection:
        for kept in KEPT:
            if kept.of_card and kept.erase is not None:
                kept.erase(connection, store, 0)


def exported(engine: Engine, store: str, token: str) -> dict[str, Any] | None:
    """Everything that is kept about whose token this is, by table, as plain data; None where nothing is."""
    with engine.connect().execution_options(reading=True) as connection:
        card = connection.execute(select(CARD).where(CARD.c.store == store, CARD.c.token == token)).mappings().first()
        if card is None:
            return None
        mine = select(BILL.c.bill).where(BILL.c.store == store, BILL.c.card == card["card"])
        visits = select(VISIT.c.visit).where(VISIT.c.store == store, VISIT.c.bill.in_(mine))
        parties = select(BILL.c.party).where(BILL.c.store == store, BILL.c.card == card["card"])
        of_visits = select(VISIT.c.shopper).where(VISIT.c.store == store, VISIT.c.bill.in_(mine))
        shoppers = list(connection.execute(of_visits).scalars())
        whose: list[tuple[Table, ColumnElement[bool]]] = [
            *((table, table.c.bill.in_(mine)) for table, *_ in PROJECTIONS),
            (ENTRY, ENTRY.c.stream.in_(mine)),
            (ADDRESS, ADDRESS.c.visit.in_(visits)),
            (REMEMBERED_ADDRESS, REMEMBERED_ADDRESS.c.card == card["card"]),
            (LAST_FOUR, LAST_FOUR.c.card == card["card"]),
            (MAIL, MAIL.c.bill.in_(mine)),
            (DELIVERY, DELIVERY.c.bill.in_(mine)),
            (HOLDING, or_(HOLDING.c.payer.in_(parties), HOLDING.c.payer.in_(shoppers))),
            (INTERACTION, or_(false(), *map(_tells_of, shoppers))),
        ]
        tables = {
            table.name: [
                dict(row)
                for row in connection.execute(
                    select(table).where(table.c.store == store, condition).order_by(*table.primary_key)
                ).mappings()
            ]
            for table, condition in whose
        }
    return {"card": dict(card), **tables}


def _tells_of(shopper: str) -> ColumnElement[bool]:
    return INTERACTION.c.told.contains(f'"shopper_id":"{shopper}"', autoescape=True)


# ---- Erasers ---------------------------------------------------------------------------------------------------------


def _erase_carts(connection: Connection, store: str, before: int) -> int:
    mine = (ENTRY.c.store == store, ENTRY.c.kind == CartChanged.KIND, ENTRY.c.body.is_not(None))
    old = select(VISIT.c.bill).where(VISIT.c.store == store, VISIT.c.left < before)
    return connection.execute(update(ENTRY).where(*mine, ENTRY.c.stream.in_(old)).values(body=None)).rowcount


def _erase_bills(connection: Connection, store: str, before: int) -> int:
    """Those of whoever left before a moment, of which nothing is open."""
    left = or_(BILL.c.last_left < before, (BILL.c.state == "denied") & (BILL.c.opened < before))
    old = select(BILL.c.bill).where(BILL.c.store == store, left, BILL.c.state.not_in(OPEN))
    names = list(connection.execute(old).scalars())
    if names:
        connection.execute(update(ENTRY).where(ENTRY.c.store == store, ENTRY.c.stream.in_(names)).values(body=None))
        for table, *_ in PROJECTIONS:
            connection.execute(delete(table).where(table.c.store == store, table.c.bill.in_(names)))
        connection.execute(delete(DELIVERY).where(DELIVERY.c.store == store, DELIVERY.c.bill.in_(names)))
    return len(names)


def _erase_addresses(connection: Connection, store: str, before: int) -> int:
    nobodys = select(VISIT.c.visit).where(VISIT.c.store == store, VISIT.c.bill.in_(_nobodys_bills(store)))
    old = or_(ADDRESS.c.given < before, ADDRESS.c.visit.in_(nobodys))
    return connection.execute(delete(ADDRESS).where(ADDRESS.c.store == store, old)).rowcount


def _erase_mails(connection: Connection, store: str, before: int) -> int:
    """What a mail server answers may name the address."""
    left = select(BILL.c.bill).where(BILL.c.store == store, BILL.c.last_left < before)
    known = select(BILL.c.bill).where(BILL.c.store == store)
    old = or_(MAIL.c.bill.in_(left), MAIL.c.bill.in_(_nobodys_bills(store)), MAIL.c.bill.not_in(known))
    ended = (MAIL.c.store == store, MAIL.c.state != "waiting")
    return connection.execute(delete(MAIL).where(*ended, old)).rowcount


def _erase_of_cards(table: Table) -> Eraser:
    def erase(connection: Connection, store: str, before: int) -> int:
        needed = select(CARD.c.card).where(CARD.c.store == store, CARD.c.token.is_not(None), CARD.c.last_seen >= before)
        return connection.execute(delete(table).where(table.c.store == store, table.c.card.not_in(needed))).rowcount

    return erase


def _erase_evidence(connection: Connection, store: str, before: int) -> int:
    old = (delete(table).where(table.c.store == store, table.c.stamp < before) for table in (INTERACTION, HOLDING))
    return sum(connection.execute(each).rowcount for each in old)


def _erase_openings(connection: Connection, store: str, before: int) -> int:
    """All but the last decision, which still holds."""
    last = select(func.max(OPENING.c.since)).where(OPENING.c.store == store).scalar_subquery()
    old = (OPENING.c.store == store, OPENING.c.since < before, OPENING.c.since < last)
    return connection.execute(delete(OPENING).where(*old)).rowcount


def _nobodys_bills(store: str) -> Any:
    """The bills of cards that were erased."""
    erased = select(CARD.c.card).where(CARD.c.store == store, CARD.c.token.is_(None))
    return select(BILL.c.bill).where(BILL.c.store == store, BILL.c.card.in_(erased))


def _idle_tokens(connection: Connection, store: str, before: int) -> tuple[str, ...]:
    needed = select(BILL.c.card).where(BILL.c.store == store, BILL.c.state.in_(OPEN))
    idle = select(CARD.c.token).where(
        CARD.c.store == store, CARD.c.token.is_not(None), CARD.c.last_seen < before, CARD.c.card.not_in(needed)
    )
    return tuple(connection.execute(idle.order_by(CARD.c.card)).scalars())


KEPT = (
    Kept(
        what="token of a card or app",
        where=("card.token",),
        why="charging it at the exit, recognising its party, refusing whom it is blocked for or who owes",
        days=lambda policy: policy.card,
        then="erased after the card's last visit; the number that the books know it by stays, as nobody's",
        erase=None,
    ),
    Kept(
        what="last four digits of a card",
        where=("last_four",),
        why="finding a receipt again without an account",
        days=lambda policy: policy.card,
        then="erased with the card's token",
        erase=_erase_of_cards(LAST_FOUR),
        of_card=True,
    ),
    Kept(
        what="mail address of a card",
        where=("remembered_address",),
        why="sending the card's receipts there, by its owner's consent",
        days=lambda policy: policy.card,
        then="erased with the card's token, and whenever the consent is withdrawn",
        erase=_erase_of_cards(REMEMBERED_ADDRESS),
        of_card=True,
    ),
    Kept(
        what="mail address of a visit",
        where=("address",),
        why="sending the visit's receipt, and the one that replaces it after a complaint",
        days=lambda policy: policy.address,
        then="erased after it was given",
        erase=_erase_addresses,
        of_card=True,
    ),
    Kept(
        what="what became of a mail",
        where=("mail",),
        why="trying again, and telling the shop what could not be delivered",
        days=lambda policy: policy.address,
        then="erased after the last one of the bill left",
        erase=_erase_mails,
        of_card=True,
    ),
    Kept(
        what="what was in a cart while its shopper was inside",
        where=("entry.body",),
        why="explaining a receipt that is complained about",
        days=lambda policy: policy.cart,
        then="erased after the visit; its digest stays in the chain",
        erase=_erase_carts,
    ),
    Kept(
        what="bills: who of a party entered and left when, lines, reviews, payments, and who was told of them",
        where=("entry.body", *(table.name for table, *_ in PROJECTIONS), "delivery"),
        why="accounts, taxes, refunds and disputes, and telling the retailer's systems of each once",
        days=lambda policy: policy.bill,
        then="erased after the last one left; digests stay in the chain",
        erase=_erase_bills,
    ),
    Kept(
        what="evidence: what the graph said of the goods, and of who moved them",
        where=("interaction", "holding"),
        why="reviews and disputes of lines",
        days=lambda policy: policy.evidence,
        then="erased after it was said",
        erase=_erase_evidence,
    ),
    Kept(
        what="who of the staff opened and closed the store",
        where=("opening",),
        why="the record of the shop",
        days=lambda policy: policy.bill,
        then="erased but for the last time",
        erase=_erase_openings,
    ),
)
"""Everything that the books keep about people. No name, picture or card number is among it."""

ABOUT_NOBODY = ("access_token", "delivery_cursor", "head", "mail_cursor")
"""Tables that hold nothing about people. Every table of the ledger is here or in `KEPT`."""
