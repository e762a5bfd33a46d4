"""Which messages an endpoint is owed: they follow from the entries, and stand in the database before they are sent.

A message is made from the entries up to the one that it is about, so that it is the same to the byte whenever it is
made. Those about one purchase go out in the order of their entries: one that cannot be delivered holds back the later
ones of its purchase, and no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, exists, func, insert, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from storegraph.ledger.books.facts import DebtWrittenOff, Settled, read
from storegraph.ledger.books.record import entries, entries_of
from storegraph.ledger.books.schema import ENTRY, HEAD
from storegraph.ledger.errors import RefusedError

from .purchase import moment, purchase_of
from .schema import DELIVERY, DELIVERY_CURSOR
from .settings import Endpoint, Kind
from .webhook import Message

PAGE = 200
"""Entries, or deliveries, taken at once."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that an endpoint is to be told of.

    Attributes:
        position: Of the entry.
        bill: That it is about.
        state: `waiting`, `delivered`, `dead` or `skipped`.
        attempts: So far.
        due: Of the next attempt, nanoseconds since the Unix epoch; None where there will be none.
        told: Why the last attempt failed.
    """

    position: int
    bill: str
    state: str
    attempts: int
    due: int | None
    told: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What became of a message, for people.

    Attributes:
        position: Of the entry that it is about.
        purchase: That it is about.
        state: `waiting`, `delivered`, `dead` or `skipped`.
        attempts: So far.
        due: Of the next attempt, UTC; empty where there will be none.
        told: Why the last attempt failed; empty where it did not.
    """

    position: int
    purchase: str
    state: str
    attempts: int
    due: str
    told: str


def delivery_rows(deliveries: Iterable[Delivery]) -> list[DeliveryRow]:
    """A row a message."""
    return [
        DeliveryRow(each.position, each.bill, each.state, each.attempts, _second(each.due), each.told)
        for each in deliveries
    ]


def _second(stamp: int | None) -> str:
    at = moment(stamp)
    return "" if at is None else at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def stores_to_tell_of(engine: Engine, endpoint: Endpoint, now: int, only: str = "") -> tuple[str, ...]:
    """The stores of which an endpoint may have to be told something, by name: one question, however many stores.

    Args:
        engine: The books.
        endpoint: Who is told.
        now: Nanoseconds since the Unix epoch.
        only: The one store that is looked at; empty for all.
    """
    cursor = DELIVERY_CURSOR
    of_store = (cursor.c.store == HEAD.c.store) & (cursor.c.endpoint == endpoint.name)
    written = select(HEAD.c.store).outerjoin(cursor, of_store)
    written = written.where(HEAD.c.position > func.coalesce(cursor.c.position, 0))
    due = select(DELIVERY.c.store).where(DELIVERY.c.endpoint == endpoint.name, DELIVERY.c.due <= now)
    if only:
        written, due = written.where(HEAD.c.store == only), due.where(DELIVERY.c.store == only)
    with engine.connect().execution_options(reading=True) as connection:
        return tuple(sorted(connection.execute(union(written, due)).scalars()))


def dead_messages(engine: Engine, endpoint: Endpoint, only: str = "") -> int:
    """How many messages to an endpoint will not be tried again before somebody says so.

    Args:
        engine: The books.
        endpoint: Who is told.
        only: The one store that is looked at; empty for all.
    """
    query = select(func.count()).select_from(DELIVERY).where(DELIVERY.c.endpoint == endpoint.name)
    query = query.where(DELIVERY.c.state == "dead")
    with engine.connect().execution_options(reading=True) as connection:
        return connection.execute(query.where(DELIVERY.c.store == only) if only else query).scalar_one()


class Outbox:
    """What one endpoint is owed by one store.

    Args:
        engine: From `open_database`.
        store: Store id.
        endpoint: Who is told.
    """

    def __init__(self, engine: Engine, store: str, endpoint: Endpoint) -> None:
        self._engine = engine
        self._store = store
        self._endpoint = endpoint
        self._mine = (DELIVERY.c.store == store, DELIVERY.c.endpoint == endpoint.name)

    def collect(self, now: int) -> None:
        """Notes what has to be told since the last time; a new endpoint is told everything.

        Args:
            now: From when on it may be sent, nanoseconds since the Unix epoch.
        """
        full = True
        while full:
            with self._engine.begin() as connection:
                full = self._collect_page(connection, now)

    def due(self, now: int) -> list[Delivery]:
        """What is to be sent now: of each purchase the first that was not delivered.

        Args:
            now: Nanoseconds since the Unix epoch.
        """
        before = DELIVERY.alias()
        held_back = exists().where(
            before.c.store == DELIVERY.c.store,
            before.c.endpoint == DELIVERY.c.endpoint,
            before.c.bill == DELIVERY.c.bill,
            before.c.position < DELIVERY.c.position,
            before.c.state.in_(("waiting", "dead")),
        )
        query = self._query().where(DELIVERY.c.due <= now, ~held_back).order_by(DELIVERY.c.due, DELIVERY.c.position)
        return self._found(query.limit(PAGE))

    def deliveries(self, state: str | None = None) -> list[Delivery]:
        """All, or those in one state, by position."""
        query = self._query() if state is None else self._query().where(DELIVERY.c.state == state)
        return self._found(query.order_by(DELIVERY.c.position))

    def message(self, position: int) -> Message | None:
        """What an endpoint is told of an entry; None where retention has erased the purchase."""
        with self._engine.connect().execution_options(reading=True) as connection:
            entry = next(entries(connection, self._store, position - 1))
            of_bill = entries_of(connection, self._store, [entry.stream])
            purchase = purchase_of(self._store, [each for each in of_bill if each.sequence <= entry.sequence])
        if purchase is None or entry.body is None:
            return None
        at = moment(entry.stamp)
        assert at is not None
        content = {
            "type": _kind(entry.kind, entry.body),
            "timestamp": at.isoformat().replace("+00:00", "Z"),
            "data": purchase.model_dump(mode="json"),
        }
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        return Message(f"msg_{entry.hash[:32]}", body)

    def note(self, delivery: Delivery, state: str, now: int, *, due: int | None = None, told: str = "") -> None:
        """Notes what became of an attempt.

        Args:
            delivery: Which.
            state: From now on.
            now: Nanoseconds since the Unix epoch.
            due: Of the next attempt, nanoseconds since the Unix epoch; None for none.
            told: Why it failed; empty where it did not.
        """
        ended = now if state == "delivered" else None
        values = {"state": state, "attempts": DELIVERY.c.attempts + 1, "due": due, "ended": ended, "told": told}
        with self._engine.begin() as connection:
            connection.execute(update(DELIVERY).where(*self._mine, self._at(delivery.position)).values(values))

    def resend(self, now: int, position: int | None = None) -> int:
        """Has dead messages sent again, from the first attempt on; or one message, whatever became of it.

        Args:
            now: Nanoseconds since the Unix epoch.
            position: Of one; None for all that are dead.

        Returns:
            How many.
        """
        which = DELIVERY.c.state == "dead" if position is None else self._at(position)
        return self._change(which, state="waiting", attempts=0, due=now, ended=None)

    def skip(self, position: int) -> None:
        """Gives a message up, so that the later ones of its purchase can go.

        Raises:
            RefusedError: There is no such message, or it was delivered.
        """
        if not self._change(
            (DELIVERY.c.state.in_(("dead", "waiting"))) & self._at(position), state="skipped", due=None
        ):
            raise RefusedError(f"entry {position}: {self._endpoint.name} waits for no message about it")

    def _collect_page(self, connection: Connection, now: int) -> bool:
        cursor = DELIVERY_CURSOR
        mine = (cursor.c.store == self._store, cursor.c.endpoint == self._endpoint.name)
        values = {"store": self._store, "endpoint": self._endpoint.name}
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(cursor).values(**values, position=0).on_conflict_do_nothing())
        position = connection.execute(select(cursor.c.position).where(*mine).with_for_update()).scalar_one()
        end = connection.execute(select(HEAD.c.position).where(HEAD.c.store == self._store)).scalar_one_or_none() or 0
        new = (ENTRY.c.position > position, ENTRY.c.position <= end)
        of_store = (ENTRY.c.store == self._store, *new, ENTRY.c.kind.in_(_TOLD_OF))
        query = select(ENTRY.c.position, ENTRY.c.stream, ENTRY.c.kind, ENTRY.c.body).where(*of_store)
        page = list(connection.execute(query.order_by(ENTRY.c.position).limit(PAGE)))
        rows = [
            {**values, "position": row.position, "bill": row.stream, "due": now}
            for row in page
            if row.body is not None and _kind(row.kind, row.body) in self._endpoint.kinds
        ]
        if rows:
            connection.execute(insert(DELIVERY).values(state="waiting", attempts=0, told=""), rows)
        full = len(page) == PAGE
        connection.execute(update(cursor).where(*mine).values(position=page[-1].position if full else end))
        return full

    def _query(self) -> Select[Any]:
        return select(*(DELIVERY.c[name] for name in Delivery.__slots__)).where(*self._mine)

    def _found(self, query: Select[Any]) -> list[Delivery]:
        with self._engine.connect().execution_options(reading=True) as connection:
            return [Delivery(*row) for row in connection.execute(query)]

    def _change(self, which: Any, **values: Any) -> int:
        with self._engine.begin() as connection:
            return connection.execute(update(DELIVERY).where(*self._mine, which).values(values)).rowcount

    def _at(self, position: int) -> Any:
        return DELIVERY.c.position == position


_TOLD_OF = (Settled.KIND, DebtWrittenOff.KIND)


def _kind(kind: str, body: str) -> Kind:
    """Of the message about an entry."""
    fact = read(kind, body)
    if not isinstance(fact, Settled):
        return "purchase.unpaid"
    return "purchase.settled" if fact.revision == 1 else "purchase.corrected"
