"""Reading the record: entries as they were written, bills as they add up, cards as they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection, select

from .bill import Bill
from .chain import Entry
from .facts import read
from .folding import after, after_erased
from .schema import ENTRY

CARD_STREAM = "card/"
"""What the stream of a card begins with."""

DAY_STREAM = "day/"
"""What the stream of a business day begins with; all others are bills."""

PAGE = 500
"""Entries, or bills, read at once."""

_COLUMNS = [ENTRY.c[name] for name in Entry.__slots__]


def is_bill(stream: str) -> bool:
    """Whether a stream is a bill."""
    return not stream.startswith((CARD_STREAM, DAY_STREAM))


def entries(connection: Connection, store: str, position: int = 0) -> Iterator[Entry]:
    """The entries of a store that stand behind a position, by position."""
    while True:
        query = select(*_COLUMNS).where(ENTRY.c.store == store, ENTRY.c.position > position)
        page = [Entry(*row) for row in connection.execute(query.order_by(ENTRY.c.position).limit(PAGE))]
        yield from page
        if len(page) < PAGE:
            return
        position = page[-1].position


def entries_of(connection: Connection, store: str, streams: Collection[str]) -> Iterator[Entry]:
    """The entries of some streams, stream by stream, each by sequence."""
    query = select(*_COLUMNS).where(ENTRY.c.store == store, ENTRY.c.stream.in_(streams))
    in_order = query.order_by(ENTRY.c.stream, ENTRY.c.sequence)  # by position SQLite would go through the whole chain
    return (Entry(*row) for row in connection.execute(in_order))


def bills(connection: Connection, store: str, names: Collection[str]) -> dict[str, Bill]:
    """Some bills as their entries add up, by name; those without entries, and those that were erased, are left out."""
    known = folded(entries_of(connection, store, names))
    return {name: bill for name, bill in known.items() if bill.visits or bill.admission is not None or bill.denied}


def folded(written: Iterable[Entry]) -> dict[str, Bill]:
    """Bills as some entries add up, in the order of their first."""
    bills: dict[str, Bill] = {}
    for entry in written:
        if is_bill(entry.stream):
            bill = bills.get(entry.stream) or Bill(entry.stream)
            if entry.body is None:
                bills[entry.stream] = after_erased(bill, entry.key)
            else:
                bills[entry.stream] = after(bill, read(entry.kind, entry.body), entry.stamp, entry.key)
    return bills


def bill_names(connection: Connection, store: str) -> Iterator[list[str]]:
    """The names of all bills of a store, by name, a page at a time."""
    name = ""
    while True:
        query = select(ENTRY.c.stream).where(ENTRY.c.store == store, ENTRY.c.stream > name, ENTRY.c.sequence == 1)
        page = [row.stream for row in connection.execute(query.order_by(ENTRY.c.stream).limit(PAGE))]
        yield [stream for stream in page if is_bill(stream)]
        if len(page) < PAGE:
            return
        name = page[-1]
