"""Commands about the ledger's books: what they hold, whether they are right, and what is kept in them."""

from __future__ import annotations

import time
from pathlib import Path

import click

from . import reviewing, staff
from .books import BOOKS, POLICY, STORE, opened, reading, tell
from .rows import OUT, show
from .serving import pages
from .terminal import FILE

EXAMPLES = """\b
While open:   storegraph up STORE --set books=BOOKS --set provider=sandbox
In the shop:  storegraph ledger tasks          # what waits for a person; then review, age, payer, refund
              storegraph ledger opening crew   # only staff may enter; or closed, open
              storegraph ledger bills --state "bad debt"
Of a person:  storegraph ledger export TOKEN   # all that is kept of them; and erase
Each night:   storegraph ledger verify         # whether the books are what was written

All take --books BOOKS, a SQLite file or a PostgreSQL URL, and --store STORE, a store's file or its id; or find
them in the environment as STOREGRAPH_BOOKS and STOREGRAPH_STORE. Amounts are minor units (cents).
"""


STATES = ("admitted", "bad debt", "denied", "due", "in review", "open", "settled")
"""As `Bill.state` names them."""


@click.group(epilog=EXAMPLES)
def ledger() -> None:
    """Look into a store's books, check them, and decide what waits for a person."""


@ledger.command()
@BOOKS
def verify(books: str) -> None:
    """Check that the books are what was written.

    That is every store's chain of entries, and every table and closed day that follows from it. Exits with 1 if
    anything is wrong.
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
@click.option("--state", type=click.Choice(STATES), help="Only bills in this state.")
@OUT
def bills(books: str, store: str, state: str | None, out: Path | None) -> None:
    """List bills: their state, what is owed, what was paid."""
    from storegraph.ledger.retail.bill_rows import BillRow, bill_rows

    with reading(books, store) as connection:
        rows = bill_rows(connection, store, state)
    show(BillRow, rows, out)


@ledger.command()
@BOOKS
@STORE
@click.argument("token")
def export(books: str, store: str, token: str) -> None:
    """Print as JSON all that is kept about whose TOKEN it is."""
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
    """Forget whose TOKEN it is, with their mail addresses.

    What was bought stays in the books, as nobody's.
    """
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


for command in (*reviewing.COMMANDS, *staff.COMMANDS, pages):
    ledger.add_command(command)
