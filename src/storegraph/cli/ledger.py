"""Commands about the ledger's books: what they hold, whether they are right, and what is kept in them."""

from __future__ import annotations

import time
from pathlib import Path

import click

from .books import BOOKS, POLICY, STORE, opened, tell
from .staff import COMMANDS
from .terminal import FILE


@click.group()
def ledger() -> None:
    """Look at the ledger's books, check them, and decide what waits for a person."""


@ledger.command()
@BOOKS
def verify(books: str) -> None:
    """Check every store's chain of entries, and every table and closed day that follows from it.

    Exits with 1 if anything is wrong.
    """
    from storegraph.ledger.books.verify import stores
    from storegraph.ledger.books.verify import verify as run
    from storegraph.ledger.retail.closing import closed_days, problems_of_days

    engine = opened(books)
    wrong = 0
    for store in stores(engine):
        verdict = run(engine, store)
        with engine.connect().execution_options(reading=True) as connection:
            try:
                days, problems = len(closed_days(connection, store)), list(problems_of_days(connection, store))
            except (KeyError, ValueError) as error:
                days, problems = 0, [f"{store}: its closed days cannot be added up: {error}"]
        counted = f"{verdict.entries} entries, {verdict.bills} bills, {days} closed days"
        click.echo(f"{store}: {counted}, head {verdict.head}")
        for problem in (*verdict.problems, *problems):
            click.echo(f"wrong: {problem}", err=True)
        wrong += len(verdict.problems) + len(problems)
    if wrong:
        raise SystemExit(1)


@ledger.command()
@BOOKS
@STORE
def rebuild(books: str, store: str) -> None:
    """Make the tables of a store again from its entries."""
    from storegraph.ledger.books.verify import rebuild as run

    click.echo(f"{store}: {run(opened(books), store)} bills")


@ledger.command()
@BOOKS
@STORE
@click.option("--state", help="Only bills in this state: open, in review, due, settled, bad debt …")
def bills(books: str, store: str, state: str | None) -> None:
    """List bills: their state, what is owed, what was paid."""
    from sqlalchemy import select

    from storegraph.ledger.books.schema import BILL

    query = select(BILL).where(BILL.c.store == store).order_by(BILL.c.opened)
    with opened(books).connect().execution_options(reading=True) as connection:
        for row in connection.execute(query if state is None else query.where(BILL.c.state == state)):
            paid = row.captured - row.refunded + row.cash
            click.echo(f"{row.bill}\t{row.state}\towed {row.owed}\tpaid {paid}\tin doubt {row.in_doubt} {row.currency}")


@ledger.command()
@BOOKS
@STORE
@click.argument("token")
def export(books: str, store: str, token: str) -> None:
    """Print as JSON everything that is kept about whose TOKEN it is."""
    import json

    from storegraph.ledger.books.retention import exported
    from storegraph.ledger.errors import RefusedError

    found = exported(opened(books), store, token)
    if found is None:
        raise RefusedError("the card is not known here; nothing is kept of it")
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@ledger.command()
@BOOKS
@STORE
@click.argument("token")
def erase(books: str, store: str, token: str) -> None:
    """Forget whose TOKEN it is, with its mail addresses. What was bought stays in the books, as nobody's."""
    from storegraph.ledger.books.retention import forget_erased
    from storegraph.ledger.settlement.inputs import EraseCard

    tell(books, store, None, EraseCard(time.time_ns(), token))
    forget_erased(opened(books), store)


@ledger.command()
@BOOKS
@STORE
@POLICY
@click.option("--show", is_flag=True, help="Only say what is kept, why, and how long.")
def retention(books: str, store: str, policy: Path | None, show: bool) -> None:
    """Erase what has been kept as long as the policy says."""
    from storegraph.ledger.books.retention import KEPT, enforce, forget_erased
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.settlement.inputs import EraseCard

    days = (load_policy(policy) if policy else Policy()).retention
    if show:
        for kept in KEPT:
            click.echo(f"{kept.what}: {kept.days(days)} days, for {kept.why}; then {kept.then}")
        return
    now = time.time_ns()
    erased = enforce(opened(books), store, days, now)
    if erased.tokens:
        tell(books, store, policy, *(EraseCard(now + number, token) for number, token in enumerate(erased.tokens)))
        forget_erased(opened(books), store)
    for what, count in {KEPT[0].what: len(erased.tokens), **erased.counts}.items():
        click.echo(f"{store}: {what}: {count} erased")


@ledger.command()
@click.argument("file", type=FILE)
def policy(file: Path) -> None:
    """Check a policy FILE."""
    from storegraph.ledger.policy import load_policy

    load_policy(file)
    click.echo(f"{file}: is right")


for command in COMMANDS:
    ledger.add_command(command)
