"""Rows of a dataclass as a table on the terminal, as CSV (RFC 4180) or as Parquet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from docstring_parser import parse
from rich.table import Table

from storegraph.ledger.errors import LedgerError


def columns_of(kind: type[Any]) -> dict[str, str]:
    """The columns of a kind of rows, and what they mean by its docstring."""
    meant = {each.arg_name: each.description or "" for each in parse(kind.__doc__ or "").params}
    return {field.name: meant[field.name] for field in fields(kind)}


def as_table(kind: type[Any], rows: Sequence[Any]) -> Table:
    """Rows for the terminal."""
    table = Table(box=None)
    hints = get_type_hints(kind)
    for name in columns_of(kind):
        table.add_column(name, justify="right" if hints[name] in (int, int | None, float, float | None) else "left")
    for row in rows:
        table.add_row(*(_shown(getattr(row, name)) for name in columns_of(kind)))
    return table


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def write_rows(path: Path, kind: type[Any], rows: Sequence[Any]) -> None:
    """Writes rows, in the form that the file's name ends with; a Parquet file says what its columns mean.

    Raises:
        LedgerError: It ends with neither .csv nor .parquet.
    """
    match path.suffix:
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns_of(kind))
                writer.writerows([getattr(row, name) for name in columns_of(kind)] for row in rows)
        case ".parquet":
            _write_parquet(path, kind, rows)
        case _:
            raise LedgerError(f"{path}: ends with neither .csv nor .parquet")


def _write_parquet(path: Path, kind: type[Any], rows: Sequence[Any]) -> None:
    import datetime

    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import parquet

    types: dict[Any, Any] = {int: pa.int64(), float: pa.float64(), str: pa.string(), datetime.date: pa.date32()}
    types |= {int | None: types[int], float | None: types[float]}  # a column that may be empty is of the same type
    hints = get_type_hints(kind)
    schema = pa.schema(
        [pa.field(name, types[hints[name]], metadata={"description": told}) for name, told in columns_of(kind).items()]
    )
    content = {name: [getattr(row, name) for row in rows] for name in columns_of(kind)}
    parquet.write_table(pa.table(content, schema=schema), path)
