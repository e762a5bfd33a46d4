"""Commands about the ledger's books: what they hold, whether they are right, and what staff decides."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from .terminal import FILE

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storegraph.ledger.books.bill import Bill
    from storegraph.ledger.settlement.inputs import Input

BOOKS = click.option("--books", required=True, envvar="STOREGRAPH_BOOKS", help="SQLite file, or a PostgreSQL URL.")
STORE = click.option("--store", required=True, envvar="STOREGRAPH_STORE", help="Store id, as in its file.")
POLICY = click.option("--policy", type=FILE, help="YAML file of what the shop has decided; without it, the defaults.")
BY = click.option("--by", default=getpass.getuser, show_default="who you are", help="Who decides.")
REASON = click.option("--reason", default="", help="For the record.")


@click.group()
def ledger() -> None:
    """Look at the ledger's books, check them, and decide what waits for a person."""


@ledger.command()
@BOOKS
def verify(books: str) -> None:
    """Check every store's chain of entries, and every table that follows from it; exits with 1 if anything is wrong."""
    from storegraph.ledger.books.verify import stores
    from storegraph.ledger.books.verify import verify as run

    engine = opened(books)
    wrong = 0
    for store in stores(engine):
        verdict = run(engine, store)
        click.echo(f"{store}: {verdict.entries} entries, {verdict.bills} bills, head {verdict.head}")
        for problem in verdict.problems:
            click.echo(f"wrong: {problem}", err=True)
        wrong += len(verdict.problems)
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
def tasks(books: str, store: str) -> None:
    """List what waits for a person: reviews, age checks, goods that are held, goods that nobody pays."""
    from sqlalchemy import select

    from storegraph.ledger.books.schema import TASK

    query = select(TASK).where(TASK.c.store == store).order_by(TASK.c.deadline, TASK.c.task)
    with opened(books).connect().execution_options(reading=True) as connection:
        for row in connection.execute(query):
            click.echo(f"{row.kind}\t{row.line or row.visit}\t{row.told}")


@ledger.command()
@BOOKS
@STORE
@POLICY
@BY
@REASON
@click.option("--price", type=int, help="Of one, minor units, where the line has none.")
@click.argument("line")
@click.argument("count", type=int)
def review(
    books: str, store: str, policy: Path | None, by: str, reason: str, price: int | None, line: str, count: int
) -> None:
    """Decide LINE, which is in doubt: the customer has COUNT of it."""
    from storegraph.ledger.settlement.inputs import Review

    _tell(books, store, policy, Review(time.time_ns(), uuid4().hex, line, count, by, reason, price))


@ledger.command()
@BOOKS
@STORE
@POLICY
@BY
@REASON
@click.option("--remainder", type=click.Choice(["not taken", "returned", "shrink"]), default="not taken")
@click.argument("line")
@click.argument("count", type=int)
def correct(
    books: str, store: str, policy: Path | None, by: str, reason: str, remainder: str, line: str, count: int
) -> None:
    """Charge COUNT of LINE from now on; what was paid too much is refunded."""
    from storegraph.ledger.books.facts import Remainder
    from storegraph.ledger.settlement.inputs import Correct

    told = Correct(time.time_ns(), uuid4().hex, line, count, Remainder(remainder), by, reason)
    _tell(books, store, policy, told)


@ledger.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("visit")
@click.argument("decision", type=click.Choice(["approve", "deny"]))
def age(books: str, store: str, policy: Path | None, by: str, visit: str, decision: str) -> None:
    """Approve or deny that the customer of VISIT is old enough."""
    from storegraph.ledger.settlement.inputs import DecideAge

    _tell(books, store, policy, DecideAge(time.time_ns(), uuid4().hex, visit, decision == "approve", by))


@ledger.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("bill")
@click.argument("amount", type=int)
def cash(books: str, store: str, policy: Path | None, by: str, bill: str, amount: int) -> None:
    """Note that AMOUNT minor units were paid for BILL at the desk; negative when they were given back."""
    from storegraph.ledger.settlement.inputs import PayCash

    _tell(books, store, policy, PayCash(time.time_ns(), uuid4().hex, bill, amount, by))


@ledger.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("bill")
def collect(books: str, store: str, policy: Path | None, by: str, bill: str) -> None:
    """Charge once more what is owed for BILL and was given up."""
    from storegraph.ledger.settlement.inputs import Collect

    _tell(books, store, policy, Collect(time.time_ns(), uuid4().hex, bill, by))


@ledger.command()
@BOOKS
@STORE
@BY
@REASON
@click.argument("token")
@click.argument("standing", type=click.Choice(["open", "blocked", "crew", "guest"]))
def card(books: str, store: str, by: str, reason: str, token: str, standing: str) -> None:
    """Say what the card or app with TOKEN may do: enter, not enter, move goods as staff, pay at the desk."""
    from storegraph.ledger.settlement.inputs import SetStanding, Standing

    _tell(books, store, None, SetStanding(time.time_ns(), uuid4().hex, token, Standing(standing), by, reason))


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

    _tell(books, store, None, EraseCard(time.time_ns(), token))
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
        _tell(books, store, policy, *(EraseCard(now + number, token) for number, token in enumerate(erased.tokens)))
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


def opened(books: str) -> Engine:
    """The books; their tables are made or upgraded where they have to be."""
    from storegraph.ledger.books.database import open_database

    return open_database(books)


def _tell(books: str, store: str, policy: Path | None, *told: Input) -> None:
    """Writes some inputs and says what became of their bills."""
    from storegraph.ledger.errors import LedgerError
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.settlement.writer import Writer

    writer = Writer(opened(books), store, load_policy(policy) if policy else Policy(), {})
    refused: LedgerError | None = None
    for result in writer.write(told):
        if isinstance(result, LedgerError):
            refused = refused or result
        else:
            click.echo(_line(result.bill))
    if refused is not None:
        raise refused


def _line(bill: Bill) -> str:
    step = bill.open_step
    asked = f"; the ledger's node asks the provider: {step.action} {step.amount}" if step else ""
    if not bill.visits:
        return f"{bill.bill}: noted"
    return f"{bill.bill}: {bill.state}, owed {bill.owed}, paid {bill.paid}{asked}"
