"""What one transaction adds to the books of a store: first it is noted on a page, then the page is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, Dialect, bindparam, select, update

from .bill import Bill
from .chain import BEGINNING, Entry, Growing
from .facts import Fact, written
from .schema import CARD, ENTRY, HEAD
from .statements import ForEach, Row, first_insertion, insertion, replacement
from .tables import Tables


@dataclass(slots=True)
class Page:
    """What is to be written.

    Attributes:
        chain: The store's, with what is on this page.
        cards_given: How many numbers of cards, with those on this page.
        entries: New ones, in order.
        bills: Those that have changed, as they are now.
        cards: Rows of the table `card` that are new or have changed, by number.
    """

    chain: Growing
    cards_given: int
    entries: list[Entry] = field(default_factory=list)
    bills: dict[str, Bill] = field(default_factory=dict)
    cards: dict[str, Row] = field(default_factory=dict)
    _before: dict[str, Bill | None] = field(default_factory=dict)

    def add(self, stream: str, sequence: int, key: str, stamp: int, fact: Fact) -> None:
        """Adds a fact to the chain; `Entry` says what it comes with."""
        self.entries.append(self.chain.add(stream, sequence, key, stamp, fact.KIND, written(fact)))

    def change(self, before: Bill | None, after: Bill) -> None:
        """Notes what a bill is now; `before` is None for a new one."""
        self._before.setdefault(after.bill, before)
        self.bills[after.bill] = after

    @property
    def changes(self) -> list[tuple[Bill | None, Bill]]:
        """Every bill that has changed, as it was before this page, and as it is now."""
        return [(self._before[name], bill) for name, bill in self.bills.items()]


class Books:
    """Pages of one store, to be opened and written.

    Args:
        store: Store id.
        dialect: Of the database.
    """

    def __init__(self, store: str, dialect: Dialect) -> None:
        self._store = store
        self._head = select(HEAD.c.position, HEAD.c.hash, HEAD.c.cards).where(HEAD.c.store == store).with_for_update()
        self._first_head = first_insertion(HEAD, dialect)
        self._entries = insertion(ENTRY, dialect)
        self._cards = replacement(CARD, dialect)
        self._tables = Tables(store, dialect)
        end: Row = {name: bindparam(name) for name in ("position", "hash", "cards")}
        self._end = ForEach(update(HEAD).where(HEAD.c.store == bindparam("of_store")).values(end), dialect)

    def open(self, connection: Connection) -> Page:
        """An empty page. Until the transaction ends, nobody else writes to the books of this store."""
        head = connection.execute(self._head).one_or_none()
        if head is None:
            first = {"store": self._store, "position": 0, "hash": BEGINNING, "cards": 0}
            self._first_head.execute(connection, [first])
            head = connection.execute(self._head).one()
        return Page(Growing(self._store, head.position, head.hash), head.cards)

    def write(self, connection: Connection, page: Page) -> None:
        """Writes the entries, what follows from them, and the new end of the chain."""
        if not page.entries and not page.cards:
            return
        self._cards.execute(connection, [{"store": self._store, **row} for row in page.cards.values()])
        self._entries.execute(connection, page.entries)
        self._tables.follow(connection, page.changes)
        end = {"position": page.chain.position, "hash": page.chain.hash, "cards": page.cards_given}
        self._end.execute(connection, [{**end, "of_store": self._store}])
