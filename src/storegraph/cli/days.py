"""Commands about business days and shelves: closing, comparing with the provider's report, sales, losses, stock."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from storegraph.units import YEARS

from .books import BOOKS, opened
from .rows import OUT, show
from .terminal import FILE

if TYPE_CHECKING:
    from storegraph.ledger.retail.closing import Closed
    from storegraph.ledger.retail.reconciliation import ProviderReport
    from storegraph.store.model import Store

STRIPE_KEY = "STRIPE_API_KEY"
"""The environment variable with Stripe's secret key."""


class _Day(click.DateTime):
    """A day of which books may tell."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        day = super().convert(value, param, ctx)
        if day.year not in YEARS:
            self.fail(f"{value} is not within {YEARS.start} to {YEARS.stop - 1}", param, ctx)
        return day


DAY = _Day()
STORE_FILE = click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
FIRST = click.option("--first", required=True, type=DAY, help="Day, in the store's time zone.")
LAST = click.option("--last", required=True, type=DAY, help="Day, which counts, too.")


@click.command()
@BOOKS
@STORE_FILE
@click.option("--last", type=DAY, help="The last day to close; without it, yesterday.")
def close(books: str, store_file: Path, last: datetime | None) -> None:
    """Close every day that is open, up to yesterday.

    What is written later counts for the first open day.
    """
    from storegraph.ledger.retail.closing import close_days, day_of
    from storegraph.store.file import load_store

    store = load_store(store_file)
    zone = ZoneInfo(store.time_zone)
    day = last.date() if last else day_of(time.time_ns(), zone) - timedelta(days=1)
    days = close_days(opened(books), store.id, zone, day, time.time_ns())
    for closed in days:
        _print_day(closed, store)
    if not days:
        click.echo(f"{store.id}: no day up to {day} is open")


@click.command()
@BOOKS
@STORE_FILE
@click.option("--taxes", is_flag=True, help="What was taxed at each rate, instead of the totals.")
@OUT
def days(books: str, store_file: Path, taxes: bool, out: Path | None) -> None:
    """List closed days, in minor units.

    Exits with 1 if they are not what the entries give.
    """
    from storegraph.ledger.retail.closing import closed_days, problems_of_days
    from storegraph.ledger.retail.day_rows import DayRow, DayTaxRow, day_rows, tax_rows
    from storegraph.store.file import load_store

    store = load_store(store_file)
    with opened(books).connect().execution_options(reading=True) as connection:
        closed = closed_days(connection, store.id)
        problems = list(problems_of_days(connection, store.id))
    if taxes:
        show(DayTaxRow, tax_rows(closed), out)
    else:
        show(DayRow, day_rows(closed), out)
    for problem in problems:
        click.echo(f"wrong: {problem}", err=True)
    if problems:
        raise SystemExit(1)


@click.command()
@BOOKS
@STORE_FILE
@click.option("--first", required=True, type=DAY, help="The first closed day that the report is about.")
@click.option("--last", type=DAY, help="The last one; without it, the first.")
@click.option("--address", help="Of Stripe's API, where it is not its usual one.")
@click.argument("report", type=FILE, required=False)
def reconcile(
    books: str, store_file: Path, first: datetime, last: datetime | None, address: str | None, report: Path | None
) -> None:
    """Compare closed days with what Stripe says.

    Payment by payment; exits with 1 where they differ. Stripe is asked over its API, with the key in STRIPE_API_KEY; or
    read from REPORT, its itemized report "Balance change from activity" as CSV, in the store's time zone.
    """
    from storegraph.ledger.retail.closing import closed_days, movements_of
    from storegraph.ledger.retail.reconciliation import differences, read_stripe_report
    from storegraph.store.file import load_store

    store, last = load_store(store_file), last or first
    reported = read_stripe_report(report, store.currency) if report else _asked_of_stripe(store, first, last, address)
    wanted = (first.date().isoformat(), last.date().isoformat())
    with opened(books).connect().execution_options(reading=True) as connection:
        chosen = [each for each in closed_days(connection, store.id) if wanted[0] <= each.fact.day <= wanted[1]]
        booked = [movement for day in chosen for movement in movements_of(connection, store.id, day)]
    found = differences(booked, reported.movements)
    for each in found:
        told = f"booked {_price(store, each.booked)}\treported {_price(store, each.reported)}"
        click.echo(f"{each.reference}\t{each.bill or 'not in these days of the books'}\t{told}")
    total = sum(movement.amount for movement in booked)
    click.echo(f"{len(chosen)} days, {store.price(total)} {store.currency} booked, {len(found)} payments differ")
    click.echo(f"fees {store.price(reported.fees)}" + "".join(_other(store, *each) for each in reported.others.items()))
    if found:
        raise SystemExit(1)


@click.command()
@BOOKS
@STORE_FILE
@FIRST
@LAST
@OUT
def sales(books: str, store_file: Path, first: datetime, last: datetime, out: Path | None) -> None:
    """What was sold, by hour and product."""
    from storegraph.ledger.retail.reports import Sale
    from storegraph.ledger.retail.reports import sales as rows_of

    _report(Sale, rows_of, books, store_file, first, last, out)


@click.command()
@BOOKS
@STORE_FILE
@FIRST
@LAST
@OUT
def losses(books: str, store_file: Path, first: datetime, last: datetime, out: Path | None) -> None:
    """What was lost, by product and reason.

    It left unpaid, or came back and was not sold again.
    """
    from storegraph.ledger.retail.reports import Loss
    from storegraph.ledger.retail.reports import losses as rows_of

    _report(Loss, rows_of, books, store_file, first, last, out)


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
@click.option(
    "--misplaced", is_flag=True, help="What lies where it does not belong, instead of what lies where it does."
)
@OUT
def stock(bag: Path, store_file: Path, misplaced: bool, out: Path | None) -> None:
    """What lies in every facing at the end of BAG.

    The emptiest comes first. BAG was made by a replay, or recorded live.
    """
    from storegraph.graph.bag import BagReader
    from storegraph.graph.decoding import Decoder
    from storegraph.graph.topics import STOCK
    from storegraph.ledger.errors import LedgerError
    from storegraph.ledger.retail.shelves import ShelfStock, Untidy, shelf_stock, untidy
    from storegraph.observations import FacingStock
    from storegraph.store.file import load_store

    store, decoder = load_store(store_file), Decoder()
    with BagReader(bag, store.id) as reader:
        topics = reader.names_of(STOCK)
        if not topics:
            raise LedgerError(f"{bag}: holds no topic {STOCK.name}; replay it, and give the bag of the results")
        decoded = (decoder.decode(message) for message in reader.messages(topics))
        told = [each for each in decoded if isinstance(each, FacingStock)]
    if misplaced:
        show(Untidy, untidy(told, store), out)
    else:
        show(ShelfStock, shelf_stock(told, store), out)


COMMANDS = (close, days, losses, reconcile, sales, stock)
"""Of the group `retail`."""


def _print_day(closed: Closed, store: Store) -> None:
    totals = closed.fact.totals
    click.echo(f"{closed.fact.day}\tentry {closed.position}\t{closed.hash}")
    click.echo(f"  {totals.visits} visits, {totals.settled} purchases settled, amounts in {store.currency}")
    for name in ("sold", "taken_back", "captured", "refunded", "cash", "debts", "shrink", "in_doubt"):
        click.echo(f"  {name.replace('_', ' ')} {store.price(getattr(totals, name))}")
    for tax in totals.taxes:
        click.echo(f"  tax {tax.rate / 100:g} %: {store.price(tax.tax)} on {store.price(tax.net)}")


def _asked_of_stripe(store: Store, first: datetime, last: datetime, address: str | None) -> ProviderReport:
    from storegraph.ledger.errors import PaymentError
    from storegraph.ledger.retail.closing import begin_of, end_of
    from storegraph.ledger.retail.stripe_balance import read_stripe_balance

    key = os.environ.get(STRIPE_KEY, "")
    if not key:
        raise PaymentError(f"{STRIPE_KEY}: is not in the environment; it holds Stripe's key. Or give a report's file")
    zone = ZoneInfo(store.time_zone)
    begin, end = begin_of(first.date(), zone), end_of(last.date(), zone)
    return read_stripe_balance(key, store.id, store.currency, begin, end, address)


def _price(store: Store, amount: int | None) -> str:
    return "nothing" if amount is None else str(store.price(amount))


def _other(store: Store, name: str, amount: int) -> str:
    return f", {name} {store.price(amount)}"


def _report(
    kind: type[Any], rows_of: Any, books: str, store_file: Path, first: datetime, last: datetime, out: Path | None
) -> None:
    """Shows or writes the rows of some days."""
    from storegraph.store.file import load_store

    store = load_store(store_file)
    with opened(books).connect().execution_options(reading=True) as connection:
        rows = rows_of(connection, store.id, ZoneInfo(store.time_zone), first.date(), last.date())
    show(kind, rows, out)
