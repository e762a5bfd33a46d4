"""Statements for many rows, compiled once: SQLAlchemy's care for each row costs more than SQLite's insertion of it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable

Row = dict[str, Any]
"""A row of a table, by column."""


class ForRows:
    """Executes a statement for each of some rows.

    Args:
        statement: Whose parameters are named as columns.
        dialect: Of the database.
        get: `attrgetter` for rows that are objects.
    """

    def __init__(self, statement: Executable, dialect: Dialect, get: Any = itemgetter) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._text = str(compiled)
        self._values = get(*compiled.positiontup)

    def execute(self, connection: Connection, rows: Sequence[Any]) -> None:
        """Executes it, if there is any row; what else a row has is left out."""
        if rows:
            connection.exec_driver_sql(self._text, [self._values(row) for row in rows])


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns that tell a row of a table from all others."""
    return tuple(column.name for column in table.primary_key.columns)


def insertion(table: Table, dialect: Dialect) -> ForRows:
    """Writes rows that are not there yet, given as objects."""
    return ForRows(table.insert(), dialect, attrgetter)


def first_insertion(table: Table, dialect: Dialect) -> ForRows:
    """Writes rows unless they are there already."""
    return ForRows(_insert(table, dialect).on_conflict_do_nothing(), dialect)


def replacement(table: Table, dialect: Dialect) -> ForRows:
    """Writes rows, whether they are there already or not."""
    statement = _insert(table, dialect)
    key = key_columns(table)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    return ForRows(statement.on_conflict_do_update(index_elements=list(key), set_=values), dialect)


def removal(table: Table, dialect: Dialect) -> ForRows:
    """Deletes rows, found by their primary keys."""
    return ForRows(delete(table).where(*(table.c[name] == bindparam(name) for name in key_columns(table))), dialect)


def _insert(table: Table, dialect: Dialect) -> Any:
    """An insertion with clauses that SQL's standard does not have."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
