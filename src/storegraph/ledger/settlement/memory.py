"""What a writer knows of the books of its store: read when it is first needed, and kept up with what is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, bindparam, func, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.record import CARD_STREAM, bills
from storegraph.ledger.books.schema import BILL, CARD, ENTRY, VISIT
from storegraph.ledger.books.statements import Row

from .naming import Names

REMEMBERED = 20_000
"""Bills kept in memory, some kilobytes each; beyond it all are forgotten and read again when needed."""


@dataclass(slots=True)
class Card:
    """What is known of a card.

    Attributes:
        card: Its number.
        token: That it stands for; None when it was erased.
        standing: What it may do.
        first_seen: Nanoseconds since the Unix epoch.
        last_seen: Nanoseconds since the Unix epoch.
    """

    card: str
    token: str | None
    standing: str
    first_seen: int
    last_seen: int

    def row(self) -> Row:
        """As in the table `card`, but for the store."""
        return {name: getattr(self, name) for name in self.__slots__}


class Memory:
    """What is known of the books of one store.

    Args:
        store: Store id.

    Attributes:
        position: Of the last entry that it knows of.
        bills: By name.
        bill_of_visit: The name of the bill that a visit is on.
        cards: By token.
        debts: What cards owe, minor units, by number; of those that are judged just now.
        card_keys: Idempotency keys of all entries in the stream of a card, in order.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        in_store = {table: table.c.store == store for table in (CARD, VISIT, BILL, ENTRY)}
        self._cards = select(*(CARD.c[name] for name in Card.__slots__)).where(in_store[CARD], _among(CARD.c.token))
        self._visits = select(VISIT.c.visit, VISIT.c.bill).where(in_store[VISIT], _among(VISIT.c.visit))
        self._by_age = {
            column: select(BILL.c[column], BILL.c.bill)
            .where(in_store[BILL], _among(BILL.c[column]))
            .order_by(BILL.c.opened, BILL.c.bill)
            for column in ("party", "card")
        }
        self._debts = select(BILL.c.card, func.sum(BILL.c.debt)).where(in_store[BILL], _among(BILL.c.card))
        self._keys = select(ENTRY.c.stream, ENTRY.c.key).where(in_store[ENTRY], _among(ENTRY.c.stream))
        self.forget()

    def forget(self) -> None:
        """Forgets everything; it is read again when it is needed."""
        self.position = -1
        self.bills: dict[str, Bill] = {}
        self.bill_of_visit: dict[str, str] = {}
        self.cards: dict[str, Card] = {}
        self.debts: dict[str, int] = {}
        self.card_keys: dict[str, list[str]] = {}
        self._newest: dict[tuple[str, str], str | None] = {}

    def begin(self, position: int) -> None:
        """Forgets everything when the chain ends elsewhere than known: somebody else has written, too."""
        if position != self.position or len(self.bills) > REMEMBERED:
            self.forget()

    def newest(self, column: str, value: str) -> Bill | None:
        """The newest bill of a party, or of a card's number."""
        return self.bills.get(self._newest.get((column, value)) or "") if value else None

    def take(self, bill: Bill) -> None:
        """Remembers a bill as it is now."""
        self.bills[bill.bill] = bill
        for visit in bill.visits:
            self.bill_of_visit[visit] = bill.bill
        for column, value in (("party", bill.party), ("card", bill.card)):
            newest = self.newest(column, value)
            if value and (newest is None or (newest.opened, newest.bill) <= (bill.opened, bill.bill)):
                self._newest[column, value] = bill.bill

    def fetch(self, connection: Connection, names: Collection[Names]) -> None:
        """Reads what some inputs are about, as far as it is not known: one query a table."""
        self._fetch_cards(connection, {name.token for name in names if name.token})
        self._fetch_visits(connection, {name.visit for name in names if name.visit})
        cards = {self.cards[name.token].card for name in names if name.token in self.cards}
        parties = {name.party for name in names if name.party}
        needed = {name.bill for name in names if name.bill}
        needed |= {self.bill_of_visit[name.visit] for name in names if name.visit in self.bill_of_visit}
        needed |= self._fetch_newest(connection, "party", parties) | self._fetch_newest(connection, "card", cards)
        self._fetch_bills(connection, needed)

    def fetch_judged(self, connection: Connection, tokens: Collection[str]) -> None:
        """Reads what is to be known of cards that may be refused, or whose standing may be changed."""
        judged = {self.cards[token].card for token in tokens if token in self.cards}
        self._fetch_debts(connection, judged)
        self._fetch_card_keys(connection, {f"{CARD_STREAM}{card}" for card in judged})

    def _fetch_cards(self, connection: Connection, tokens: set[str]) -> None:
        unknown = tokens - self.cards.keys()
        if unknown:
            for row in connection.execute(self._cards, {AMONG: list(unknown)}):
                self.cards[row.token] = Card(*row)

    def _fetch_visits(self, connection: Connection, visits: set[str]) -> None:
        unknown = visits - self.bill_of_visit.keys()
        if unknown:
            for visit, bill in connection.execute(self._visits, {AMONG: list(unknown)}):
                self.bill_of_visit[visit] = bill

    def _fetch_newest(self, connection: Connection, column: str, values: set[str]) -> set[str]:
        """The newest bill of each party or card."""
        unknown = {value for value in values if (column, value) not in self._newest}
        if unknown:
            self._newest |= {(column, value): None for value in unknown}
            for value, bill in connection.execute(self._by_age[column], {AMONG: list(unknown)}):
                self._newest[column, value] = bill
        return {bill for value in values if (bill := self._newest[column, value]) is not None}

    def _fetch_bills(self, connection: Connection, names: set[str]) -> None:
        unknown = names - self.bills.keys()
        if unknown:
            self.bills |= bills(connection, self._store, unknown)

    def _fetch_debts(self, connection: Connection, cards: set[str]) -> None:
        self.debts = {}
        if cards:
            owed = connection.execute(self._debts.group_by(BILL.c.card), {AMONG: list(cards)})
            self.debts = {card: int(debt) for card, debt in owed}

    def _fetch_card_keys(self, connection: Connection, streams: set[str]) -> None:
        unknown = streams - self.card_keys.keys()
        if unknown:
            in_order = self._keys.order_by(ENTRY.c.stream, ENTRY.c.sequence)
            for stream, key in connection.execute(in_order, {AMONG: list(unknown)}):
                self.card_keys.setdefault(stream, []).append(key)


AMONG = "among"
"""The parameter of queries for some values at once."""


def _among(column: Column[str]) -> ColumnElement[bool]:
    return column.in_(bindparam(AMONG, expanding=True))
