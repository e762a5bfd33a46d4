"""Whether the books are what was written, and the tables what follows from it; and making the tables again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select

from storegraph.ledger.errors import BooksError

from .bill import Bill
from .chain import BEGINNING, Entry, breaks
from .projections import PROJECTIONS, Projection, rows_of
from .record import bill_names, bills, entries
from .schema import BILL, HEAD
from .statements import Row, key_columns


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of one store's books found.

    Attributes:
        store: Whose.
        entries: How many there are.
        head: Hash of the last one. Written down elsewhere, it shows later that nothing was cut off at the end.
        bills: How many there are.
        problems: In words; none where all is well.
    """

    store: str
    entries: int
    head: str
    bills: int
    problems: tuple[str, ...]


def stores(engine: Engine) -> tuple[str, ...]:
    """Whose books the database holds, by name."""
    with _reading(engine) as connection:
        return tuple(connection.execute(select(HEAD.c.store).order_by(HEAD.c.store)).scalars())


def verify(engine: Engine, store: str) -> Verdict:
    """Checks the chain of a store from its first entry on, and every table that follows from it.

    Raises:
        BooksError: The database holds no such books.
    """
    with _reading(engine) as connection:
        head = connection.execute(select(HEAD).where(HEAD.c.store == store)).one_or_none()
        if head is None:
            raise BooksError(f"{store}: has no books here; there are those of {', '.join(stores(engine)) or 'nobody'}")
        problems = list(breaks(entries(connection, store)))
        last = _last(entries(connection, store))
        if (head.position, head.hash) != last:
            problems.append(f"{store}: ends at entry {last[0]}, the head says {head.position}: entries were cut off")
        names: set[str] = set()
        for page in bill_names(connection, store):
            names.update(page)
            problems += _differences(connection, store, page)
        problems += _strangers(connection, store, names)
    return Verdict(store, head.position, head.hash, len(names), tuple(problems))


def rebuild(engine: Engine, store: str) -> int:
    """Makes the tables again from the entries, in one transaction.

    Returns:
        How many bills there are.
    """
    with engine.begin() as connection:
        connection.execute(select(HEAD.c.position).where(HEAD.c.store == store).with_for_update())
        for table, _ in PROJECTIONS:
            connection.execute(delete(table).where(table.c.store == store))
        count = 0
        for page in bill_names(connection, store):
            count += len(page)
            folded = bills(connection, store, page).values()
            for table, projection in PROJECTIONS:
                rows = [row for bill in folded for row in rows_of(bill, projection, store)]
                if rows:
                    connection.execute(table.insert(), rows)
    return count


def _reading(engine: Engine) -> Connection:
    """One state of the database for all that is read, whoever writes meanwhile."""
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.connect().execution_options(reading=True)


def _last(written: Iterable[Entry]) -> tuple[int, str]:
    position, end = 0, BEGINNING
    for entry in written:
        position, end = entry.position, entry.hash
    return position, end


def _differences(connection: Connection, store: str, names: list[str]) -> Iterator[str]:
    """Where a table does not hold what follows from some bills."""
    try:
        folded = bills(connection, store, names)
    except (KeyError, ValueError) as error:
        yield f"{store}: an entry of {names[0]} to {names[-1]} says what cannot be: {error}"
        return
    for table, projection in PROJECTIONS:
        key = key_columns(table)
        expected = {tuple(row[name] for name in key): row for row in _rows(folded.values(), projection, store)}
        query = select(table).where(table.c.store == store, table.c.bill.in_(names))
        found = {tuple(row[name] for name in key): dict(row) for row in connection.execute(query).mappings()}
        for place in sorted(expected.keys() | found.keys()):
            if expected.get(place) != found.get(place):
                told = _told(expected.get(place), found.get(place))
                yield f"{store}: table {table.name}: {'/'.join(map(str, place[1:]))}: {told}"


def _rows(folded: Iterable[Bill], projection: Projection, store: str) -> Iterator[Row]:
    for bill in folded:
        yield from rows_of(bill, projection, store)


def _told(expected: Row | None, found: Row | None) -> str:
    if expected is None:
        return "does not follow from the entries"
    if found is None:
        return "is missing"
    return ", ".join(
        f"{name} is {found[name]!r}, by the entries {value!r}"
        for name, value in expected.items()
        if found[name] != value
    )


def _strangers(connection: Connection, store: str, names: set[str]) -> Iterator[str]:
    """Bills that no entry speaks of."""
    for bill in connection.execute(select(BILL.c.bill).where(BILL.c.store == store)).scalars():
        if bill not in names:
            yield f"{store}: table bill: {bill}: does not follow from the entries"
