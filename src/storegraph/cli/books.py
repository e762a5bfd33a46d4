"""The books of a store on the command line: where they are, who decides, and telling them something."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .terminal import FILE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from storegraph.ledger.books.bill import Bill
    from storegraph.ledger.settlement.inputs import Input


def _id_of(_: click.Context, __: click.Parameter, store: str) -> str:
    """The id of a store; of a store's file, the one that it has."""
    from storegraph.store.file import load_store

    return load_store(Path(store)).id if Path(store).suffix in (".yaml", ".yml") else store


BOOKS = click.option("--books", required=True, envvar="STOREGRAPH_BOOKS", help="SQLite file, or a PostgreSQL URL.")
STORE = click.option(
    "--store",
    required=True,
    envvar="STOREGRAPH_STORE",
    metavar="STORE",
    callback=_id_of,
    help="The store's id, or its file.",
)
POLICY = click.option("--policy", type=FILE, help="YAML file of what the shop has decided; without it, the defaults.")
BY = click.option("--by", default=getpass.getuser, show_default="who you are", help="Who decides.")
REASON = click.option("--reason", default="", help="For the record.")


def opened(books: str) -> Engine:
    """The books; their tables are made or upgraded where they have to be."""
    from storegraph.ledger.books.database import open_database

    return open_database(books)


@contextmanager
def reading(books: str, store: str) -> Iterator[Connection]:
    """A connection that reads the books of a store.

    Raises:
        BooksError: There are none of this store.
    """
    from storegraph.ledger.books.verify import stores
    from storegraph.ledger.errors import BooksError

    engine = opened(books)
    if store not in (known := stores(engine)):
        raise BooksError(f"{store}: has no books here; there are those of {', '.join(known) or 'nobody'}")
    with engine.connect().execution_options(reading=True) as connection:
        yield connection


def tell(books: str, store: str, policy: Path | None, *told: Input) -> None:
    """Writes some inputs and says what became of their bills.

    Raises:
        LedgerError: One of them was refused; the others are written.
    """
    from storegraph.ledger.errors import LedgerError
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.settlement.writer import Writer

    writer = Writer(opened(books), store, load_policy(policy) if policy else Policy(), {})
    refused: LedgerError | None = None
    for result in writer.write(told):
        if isinstance(result, LedgerError):
            refused = refused or result
        else:
            for bill in {part.bill.bill: part.bill for part in (result, *result.beside)}.values():
                click.echo(_line(bill))
    if refused is not None:
        raise refused


def _line(bill: Bill) -> str:
    step = bill.open_step
    asked = f"; the ledger's node asks the provider: {step.action} {step.amount}" if step else ""
    if not bill.visits:
        return f"{bill.bill}: noted"
    return f"{bill.bill}: {bill.state}, owed {bill.owed}, paid {bill.paid}{asked}"
