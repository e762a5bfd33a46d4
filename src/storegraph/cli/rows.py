"""Rows of a report: as a table on the terminal, or written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from .terminal import FILE

OUT = click.option("--out", type=FILE, help="A .csv or .parquet file to write; without it, a table is shown.")

WIDE = 1000
"""Columns where nobody looks: what is piped elsewhere is not broken into lines."""


def show(kind: type[Any], rows: Sequence[Any], out: Path | None) -> None:
    """Shows rows, or writes them and says how many."""
    from storegraph.ledger.retail.spreadsheet import as_table, write_rows

    if out is not None:
        write_rows(out, kind, rows)
        click.echo(f"{out}: {len(rows)} rows")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(as_table(kind, rows))
