"""Keeps the tables up with the bills: of the bills that have changed, the rows that have changed are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table

from .bill import Bill
from .projections import PROJECTIONS, Projection, rows_of, rows_of_parts
from .statements import Row, key_columns, removal, replacement

Change = tuple[Bill | None, Bill]
"""A bill as the tables have it, None for a new one; and as it is now."""


class Tables:
    """The tables that follow from the bills of a store.

    Args:
        store: Store id.
        dialect: Of the database.
    """

    def __init__(self, store: str, dialect: Dialect) -> None:
        self._tables = [_FollowingTable(store, table, projection, dialect) for table, projection in PROJECTIONS]

    def follow(self, connection: Connection, changes: Collection[Change]) -> None:
        """Brings them up to what follows from some bills now."""
        for table in self._tables:
            table.follow(connection, changes)


class _FollowingTable:
    """One of them."""

    def __init__(self, store: str, table: Table, projection: Projection, dialect: Dialect) -> None:
        self._store = store
        self._projection = projection
        self._key = itemgetter(*key_columns(table))
        self._one_a_bill = key_columns(table) == ("store", "bill")
        self._replace = replacement(table, dialect)
        self._remove = removal(table, dialect)

    def follow(self, connection: Connection, changes: Collection[Change]) -> None:
        written: list[Row] = []
        gone: list[Row] = []
        for before, after in changes:
            if self._one_a_bill:  # and any fact may have changed it: finding out takes longer than writing it
                written += rows_of(after, self._projection, self._store)
            else:
                old, new = self._parts(before), self._parts(after)
                if old is new:
                    continue
                changed = {name for name in old.keys() | new.keys() if old.get(name) is not new.get(name)}
                if changed:
                    were, are = self._rows(after, old, changed), self._rows(after, new, changed)
                    written += [row for key, row in are.items() if were.get(key) != row]
                    gone += [row for key, row in were.items() if key not in are]
        self._remove.execute(connection, gone)
        self._replace.execute(connection, written)

    def _parts(self, bill: Bill | None) -> Mapping[str, Any]:
        return {} if bill is None else self._projection.parts(bill)

    def _rows(self, bill: Bill, parts: Mapping[str, Any], among: Collection[str]) -> dict[object, Row]:
        some = {name: part for name, part in parts.items() if name in among}
        return {self._key(row): row for row in rows_of_parts(bill.bill, some, self._projection, self._store)}
