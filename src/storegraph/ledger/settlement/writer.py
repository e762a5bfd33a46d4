"""Writes what inputs mean into the books: all of a group in one transaction, or nothing.

The row of the store in `head` is locked first, so that at one time one process writes to a store's chain; what others
have written since is noticed by its position, and read again. Decisions therefore never meet a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storegraph.ledger.books.bill import Bill, Step
from storegraph.ledger.books.chain import BEGINNING, Entry, digest_of, link
from storegraph.ledger.books.facts import CardErased, Fact, Payer, StandingChanged, StepBegun, written
from storegraph.ledger.books.projections import PROJECTIONS, Row, key_columns, rows_of
from storegraph.ledger.books.record import CARD_STREAM, bills
from storegraph.ledger.books.schema import BILL, CARD, ENTRY, HEAD, VISIT
from storegraph.ledger.errors import LedgerError, RefusedError
from storegraph.ledger.policy import Policy
from storegraph.store.model import Product

from .decisions import decide, key_of
from .inputs import (
    AskEntry,
    ChangeCart,
    Enter,
    EraseCard,
    Holder,
    Input,
    Leave,
    OfBill,
    OfCard,
    SetStanding,
    Standing,
    Together,
    parts_of,
    refuse_card_numbers,
)
from .naming import Names, names_of

REMEMBERED = 20_000
"""Bills kept in memory, some kilobytes each; beyond it all are forgotten and read again when needed."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an input led to.

    Attributes:
        bill: As it stands now.
        facts: Written for it; none where it was told before or changes nothing.
        beside: What the other parts of several inputs that hold together led to.
    """

    bill: Bill
    facts: tuple[Fact, ...]
    beside: tuple[Written, ...] = ()


@dataclass(slots=True)
class _Card:
    """A row of the table `card`."""

    card: str
    token: str | None
    standing: str
    first_seen: int
    last_seen: int


class Writer:
    """Writes for one store.

    Args:
        engine: From `open_database`.
        store: Store id.
        policy: Of the shop.
        products: The catalogue, by GTIN.
    """

    def __init__(self, engine: Engine, store: str, policy: Policy, products: Mapping[str, Product]) -> None:
        self._engine = engine
        self._store = store
        self._policy = policy
        self._products = products
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        tables = [table for table, _ in PROJECTIONS]
        self._insert = _ForRows(ENTRY.insert(), engine.dialect)
        self._upserts = {table: _ForRows(_upsert(insert, table), engine.dialect) for table in (*tables, CARD)}
        self._deletes = {table: _ForRows(_delete(table), engine.dialect) for table in tables}
        self._first_head = insert(HEAD).on_conflict_do_nothing()
        self._position = -1
        self._forget()

    def write(self, group: Sequence[Input]) -> list[Written | LedgerError]:
        """Writes what a group of inputs means, durably, in their order.

        Returns:
            For each input what it led to, or why it was refused; a refused one does not touch the others.

        Raises:
            SQLAlchemyError: The database failed. Nothing was written, or it is not known whether it was; writing the
                same group again is safe, for its keys are known then.
        """
        try:
            with self._engine.begin() as connection:
                head = self._lock(connection)
                if head.position != self._position:
                    self._forget()
                self._position, self._hash, self._cards_given = head
                self._fetch(connection, group)
                self._begin()
                results = [self._result(told) for told in group]
                self._flush(connection)
        except BaseException:
            self._forget()
            raise
        if len(self._bills) > REMEMBERED:
            self._forget()
        return results

    def _forget(self) -> None:
        """Forgets what is known of the books."""
        self._position = -1
        self._hash = BEGINNING
        self._cards_given = 0
        self._bills: dict[str, Bill] = {}
        self._rows: dict[str, _Rows] = {}
        self._bill_of_visit: dict[str, str] = {}
        self._newest: dict[tuple[str, str], str | None] = {}
        self._cards: dict[str, _Card] = {}
        self._debts: dict[str, int] = {}
        self._card_keys: dict[str, list[str]] = {}

    def _lock(self, connection: Connection) -> Any:
        query = select(HEAD.c.position, HEAD.c.hash, HEAD.c.cards).where(HEAD.c.store == self._store).with_for_update()
        head = connection.execute(query).one_or_none()
        if head is None:
            connection.execute(self._first_head, {"store": self._store, "position": 0, "hash": BEGINNING, "cards": 0})
            head = connection.execute(query).one()
        return head

    def _fetch(self, connection: Connection, group: Sequence[Input]) -> None:
        """Reads what the group is about, as far as it is not known: one query a table."""
        names = [names_of(part) for told in group for part in parts_of(told)]
        self._fetch_cards(connection, {name.token for name in names if name.token})
        cards = {self._cards[name.token].card for name in names if name.token in self._cards}
        self._fetch_visits(connection, {name.visit for name in names if name.visit})
        self._fetch_newest(connection, "party", {name.party for name in names if name.party})
        self._fetch_newest(connection, "card", cards)
        named = {name.bill for name in names if name.bill} | set(filter(None, self._newest.values()))
        self._fetch_bills(connection, named | {self._bill_of_visit.get(name.visit, name.visit) for name in names})
        known = [told for told in group if isinstance(told, AskEntry | SetStanding | EraseCard)]
        judged = {self._cards[told.token].card for told in known if told.token in self._cards}
        self._fetch_debts(connection, judged)
        self._fetch_card_keys(connection, {f"{CARD_STREAM}{card}" for card in judged})

    def _fetch_cards(self, connection: Connection, tokens: set[str]) -> None:
        unknown = tokens - self._cards.keys()
        if unknown:
            query = select(CARD.c.card, CARD.c.token, CARD.c.standing, CARD.c.first_seen, CARD.c.last_seen)
            for row in connection.execute(query.where(CARD.c.store == self._store, CARD.c.token.in_(unknown))):
                self._cards[row.token] = _Card(*row)

    def _fetch_visits(self, connection: Connection, visits: set[str]) -> None:
        unknown = visits - self._bill_of_visit.keys()
        if unknown:
            query = select(VISIT.c.visit, VISIT.c.bill).where(VISIT.c.store == self._store, VISIT.c.visit.in_(unknown))
            self._bill_of_visit |= {row.visit: row.bill for row in connection.execute(query)}

    def _fetch_newest(self, connection: Connection, column: str, values: set[str]) -> None:
        """The newest bill of each party or card."""
        unknown = {value for value in values if (column, value) not in self._newest}
        if unknown:
            self._newest |= {(column, value): None for value in unknown}
            query = select(BILL.c[column], BILL.c.bill).where(BILL.c.store == self._store, BILL.c[column].in_(unknown))
            for value, bill in connection.execute(query.order_by(BILL.c.opened, BILL.c.bill)):
                self._newest[column, value] = bill

    def _fetch_bills(self, connection: Connection, names: set[str]) -> None:
        unknown = names - self._bills.keys()
        if unknown:
            self._bills |= bills(connection, self._store, unknown)

    def _fetch_debts(self, connection: Connection, cards: set[str]) -> None:
        if cards:
            query = select(BILL.c.card, func.sum(BILL.c.debt)).where(BILL.c.store == self._store)
            query = query.where(BILL.c.card.in_(cards))
            self._debts = {card: int(debt) for card, debt in connection.execute(query.group_by(BILL.c.card))}

    def _fetch_card_keys(self, connection: Connection, streams: set[str]) -> None:
        unknown = streams - self._card_keys.keys()
        if unknown:
            query = select(ENTRY.c.stream, ENTRY.c.key).where(ENTRY.c.store == self._store, ENTRY.c.stream.in_(unknown))
            for stream, key in connection.execute(query.order_by(ENTRY.c.sequence)):
                self._card_keys.setdefault(stream, []).append(key)

    def _begin(self) -> None:
        self._entries: list[Row] = []
        self._before: dict[str, Bill | None] = {}
        self._cards_seen: dict[str, _Card] = {}

    def _result(self, told: Input) -> Written | LedgerError:
        try:
            for part in parts_of(told):
                refuse_card_numbers(part)
            return self._of_card(told) if isinstance(told, OfCard) else self._decided(told)
        except LedgerError as error:
            return error

    def _decided(self, told: OfBill | Together) -> Written:
        """Decides all parts on the bills as they would stand; they are written when none of them is refused."""
        parts = [self._addressed(part) for part in parts_of(told) if not isinstance(part, OfCard)]
        bills: dict[str, Bill] = {}
        results: list[Written] = []
        for number, (part, name, holder) in enumerate(parts):
            bill = bills.get(name) or self._bills.get(name) or Bill(name)
            last = all(later != name for _, later, _ in parts[number + 1 :])
            facts, bills[name] = decide(bill, part, holder, self._policy, self._products, follow=last)
            results.append(Written(bills[name], facts))
        for (part, name, _), result in zip(parts, results, strict=True):
            self._take(part, name, result)
        return replace(results[0], beside=tuple(results[1:]))

    def _addressed(self, part: OfBill) -> tuple[OfBill, str, Holder]:
        """An input, the bill that it is about, and whose token it came with."""
        names = names_of(part)
        holder = self._holder(names.token, part.stamp)
        return part, self._bill_for(part, names, holder), holder

    def _take(self, part: OfBill, name: str, result: Written) -> None:
        if result.facts:
            self._before.setdefault(name, self._bills.get(name))
            self._bills[name] = result.bill
            self._bill_of_visit |= dict.fromkeys(result.bill.visits, name)
            self._note_newest(result.bill)
            first = result.bill.sequence - len(result.facts) + 1
            for number, fact in enumerate(result.facts):
                self._append(name, first + number, key_of(part.key, number), part.stamp, fact)

    def _note_newest(self, bill: Bill) -> None:
        for name in (("party", bill.party), ("card", bill.card)):
            newest = self._bills.get(self._newest.get(name) or "")
            if name[1] and (newest is None or (newest.opened, newest.bill) <= (bill.opened, bill.bill)):
                self._newest[name] = bill.bill

    def _append(self, stream: str, sequence: int, key: str, stamp: int, fact: Fact) -> None:
        self._position += 1
        body = written(fact)
        entry = Entry(self._store, self._position, stream, sequence, key, stamp, fact.KIND, body, digest_of(body))
        self._hash = link(self._hash, entry)
        self._entries.append({**_columns(entry), "hash": self._hash})

    def _holder(self, token: str, stamp: int) -> Holder:
        if not token:
            return Holder()
        card = self._card(token, stamp)
        staff = token.startswith(self._policy.admission.crew) or card.standing == Standing.CREW
        payer = Payer.CREW if staff else Payer.CASH if card.standing == Standing.GUEST else Payer.CARD
        blocked = "the card is blocked" if card.standing == Standing.BLOCKED else ""
        return Holder(card.card, payer, blocked, self._debts.get(card.card, 0))

    def _card(self, token: str, stamp: int) -> _Card:
        card = self._cards.get(token)
        if card is None:
            self._cards_given += 1
            card = self._cards[token] = _Card(str(self._cards_given), token, Standing.OPEN, stamp, stamp)
        card.last_seen = max(card.last_seen, stamp)
        self._cards_seen[token] = card
        return card

    def _bill_for(self, told: OfBill, names: Names, holder: Holder) -> str:
        """The bill that an input is about; the name of a new one where it begins one.

        Raises:
            RefusedError: It is about one that is not known.
        """
        known = self._bills.get(names.bill or self._bill_of_visit.get(names.visit, ""))
        if known is not None:
            if isinstance(told, AskEntry) and known.card != holder.card:
                raise RefusedError(f"request {told.request}: was made before with another card")
            return known.bill
        match told:
            case AskEntry():
                return self._joined(told, holder, "", told.key)
            case Enter():
                return self._joined(told, holder, told.party, told.visit)
            case ChangeCart(cart=cart):
                return self._joined(told, holder, cart.party, cart.visit_id)
            case Leave(receipt=receipt):
                return self._joined(told, holder, receipt.party, receipt.visit_id)
            case _:
                raise RefusedError(f"{names.bill or names.visit}: is not known in the books of {self._store}")

    def _joined(self, told: OfBill, holder: Holder, party: str, otherwise: str) -> str:
        entered = told.receipt.entered if isinstance(told, Leave) else told.stamp
        for name in (("card", holder.card), ("party", party)):
            bill = self._bills.get(self._newest.get(name) or "") if name[1] else None
            if bill is not None and bill.takes_in(entered):
                return bill.bill
        return otherwise

    def _of_card(self, told: SetStanding | EraseCard) -> Written:
        """What a card may do, and that it was erased, is a stream of its own.

        Raises:
            RefusedError: A card that is not known, or still needed, was to be erased.
        """
        if isinstance(told, EraseCard):
            return self._erased(told)
        card = self._card(told.token, told.stamp)
        stream = f"{CARD_STREAM}{card.card}"
        keys = self._card_keys.setdefault(stream, [])
        key = f"{told.key}/{card.card}"
        if key in keys or card.standing == told.standing:
            return Written(Bill(stream), ())
        card.standing = told.standing
        keys.append(key)
        fact = StandingChanged(card.card, told.standing.value, told.by, told.reason)
        self._append(stream, len(keys), key, told.stamp, fact)
        return Written(Bill(stream), (fact,))

    def _erased(self, told: EraseCard) -> Written:
        card = self._cards.get(told.token)
        if card is None:
            raise RefusedError("the card is not known here; nothing is kept of it")
        newest = self._bills.get(self._newest.get(("card", card.card)) or "")
        if self._debts.get(card.card):
            raise RefusedError(f"card {card.card}: {self._debts[card.card]} are owed; collect them first")
        if newest is not None and newest.state not in ("settled", "denied"):
            raise RefusedError(f"card {card.card}: bill {newest.bill} is {newest.state}; wait until it is settled")
        stream = f"{CARD_STREAM}{card.card}"
        keys = self._card_keys.setdefault(stream, [])
        fact = CardErased(card.card)
        keys.append(f"{told.key}/{card.card}")
        self._append(stream, len(keys), keys[-1], told.stamp, fact)
        del self._cards[told.token]
        self._cards_seen[told.token] = replace(card, token=None)
        return Written(Bill(stream), (fact,))

    def _flush(self, connection: Connection) -> None:
        """Writes the entries, what follows from them, and the new end of the chain."""
        seen = [{"store": self._store, **_columns(card)} for card in self._cards_seen.values()]
        if not self._entries and not seen:
            return
        self._upserts[CARD].execute(connection, seen)
        self._insert.execute(connection, self._entries)
        rows = {name: _rows(self._bills[name], self._store) for name in self._before}
        before = {name: self._rows.get(name) or _rows(bill, self._store) for name, bill in self._before.items()}
        for number, (table, _) in enumerate(PROJECTIONS):
            pairs = [(before[name][number], rows[name][number]) for name in rows]
            changed = [row for old, new in pairs for key, row in new.items() if old.get(key) != row]
            gone = [row for old, new in pairs for key, row in old.items() if key not in new]
            self._upserts[table].execute(connection, changed)
            self._deletes[table].execute(connection, gone)
        self._rows |= rows
        end = {"position": self._position, "hash": self._hash, "cards": self._cards_given}
        connection.execute(update(HEAD).where(HEAD.c.store == self._store), end)


class _ForRows:
    """A statement for many rows, compiled once: SQLAlchemy's care for each row costs more than SQLite's insertion."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names: list[str] | None = compiled.positiontup

    def execute(self, connection: Connection, rows: list[Row]) -> None:
        """Executes it for each row, if there is any; what else a row has is left out."""
        if rows:
            places = self._names
            given: Any = [tuple(map(row.__getitem__, places)) for row in rows] if places else rows
            connection.exec_driver_sql(self._text, given)


_Rows = tuple[dict[tuple[Any, ...], Row], ...]
"""What each projection holds of a bill, by primary key."""


def _rows(bill: Bill | None, store: str) -> _Rows:
    if bill is None:
        return tuple({} for _ in PROJECTIONS)
    return tuple(
        {tuple(map(row.__getitem__, key)): row for row in rows_of(bill, projection, store)}
        for key, projection in _KEYED
    )


_KEYED = tuple((key_columns(table), projection) for table, projection in PROJECTIONS)


def _columns(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _upsert(insert: Any, table: Table) -> Any:
    statement = insert(table)
    key = key_columns(table)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=values)


def _delete(table: Table) -> Any:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in key_columns(table)))


def begun(results: Iterable[Written | LedgerError]) -> list[tuple[Bill, Step]]:
    """The steps that a provider has to be asked now."""
    return [
        (part.bill, part.bill.open_step)
        for each in results
        if isinstance(each, Written)
        for part in (each, *each.beside)
        if part.bill.open_step and any(isinstance(fact, StepBegun) for fact in part.facts)
    ]
