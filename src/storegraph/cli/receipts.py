"""Commands about receipts: showing them, sending them, finding them again."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from .books import BOOKS, opened
from .days import DAY
from .rows import OUT
from .rows import show as show_rows
from .serving import SETTINGS, STORE_FILE, kiosk
from .terminal import FILE

EXAMPLES = """\b
To see it:    storegraph receipts try
While open:   storegraph up STORE --set books=BOOKS --set provider=sandbox --set receipts=config/receipts.yaml
                            --set kiosk=0.0.0.0:8082
When asked:   storegraph receipts find --books BOOKS --store STORE 4242 2026-09-21
              storegraph receipts show --books BOOKS --store STORE BILL
When told:    storegraph receipts mails --books BOOKS --store STORE --state failed

BOOKS is a SQLite file or a PostgreSQL URL (or STOREGRAPH_BOOKS in the environment), STORE a store's file.
"""


@click.group(epilog=EXAMPLES)
def receipts() -> None:
    """Show receipts, send them by mail, and find them again."""


@receipts.command()
@BOOKS
@STORE_FILE
@SETTINGS
@click.option("--every", type=click.FloatRange(min=0.1), help="Go round again each so many seconds, until stopped.")
def send(books: str, store_file: Path, settings: Path | None, every: float | None) -> None:
    """Mail every receipt that is due.

    That is one for each settled bill whose customers left an address, and what could not be sent before.
    """
    from storegraph.ledger.receipts.postman import postman_of
    from storegraph.store.file import load_store

    postman = postman_of(opened(books), load_store(store_file), settings)
    while True:
        done = postman.go_round(time.time_ns())
        if every is None or done.sent or done.postponed or done.failed:
            click.echo(f"{done.sent} sent, {done.postponed} to be tried again, {done.failed} failed")
        if every is None:
            return
        time.sleep(every)


@receipts.command()
@BOOKS
@STORE_FILE
@SETTINGS
@click.option("--pdf", type=FILE, help="Write it as PDF instead.")
@click.argument("bill")
def show(books: str, store_file: Path, settings: Path | None, pdf: Path | None, bill: str) -> None:
    """Print the receipt of BILL as its customer gets it."""
    from storegraph.ledger.books.record import bills
    from storegraph.ledger.errors import RefusedError
    from storegraph.ledger.receipts.page import as_pdf, as_text
    from storegraph.ledger.receipts.postman import postman_of
    from storegraph.store.file import load_store

    engine, store = opened(books), load_store(store_file)
    with engine.connect().execution_options(reading=True) as connection:
        found = bills(connection, store.id, [bill]).get(bill)
    if found is None or found.last_left is None:
        reason = "there is no such bill" if found is None else "somebody on it is still inside"
        raise RefusedError(f"{bill}: {reason}; `storegraph ledger bills` lists them")
    postman = postman_of(engine, store, settings)
    letter = postman.letter(found, time.time_ns())
    if pdf is None:
        click.echo(as_text(letter, postman.settings.language, mailed=False), nl=False)
    else:
        pdf.write_bytes(as_pdf(letter, postman.settings.language, mailed=False))


@receipts.command()
@BOOKS
@STORE_FILE
@OUT
@click.argument("last_four")
@click.argument("day", metavar="DAY", type=DAY)
def find(books: str, store_file: Path, out: Path | None, last_four: str, day: datetime) -> None:
    """List the bills of a card's last digits and DAY.

    DAY is in the store's time zone, as in 2026-09-21. Several cards may end in LAST_FOUR: the time and the goods tell
    them apart.
    """
    from storegraph.ledger.receipts.finding import FoundRow, bills_of_day, found_rows
    from storegraph.store.file import load_store

    store = load_store(store_file)
    with opened(books).connect().execution_options(reading=True) as connection:
        rows = found_rows(bills_of_day(connection, store, last_four, day.date()), store)
    show_rows(FoundRow, rows, out)


@receipts.command()
@BOOKS
@STORE_FILE
@click.option(
    "--state", type=click.Choice(["waiting", "sent", "failed", "superseded"]), help="Only mails in this state."
)
def mails(books: str, store_file: Path, state: str | None) -> None:
    """List mails, and what became of them.

    A line each: bill, revision, state, attempts, and why it could not be delivered.
    """
    from sqlalchemy import select

    from storegraph.ledger.receipts.schema import MAIL
    from storegraph.store.file import load_store

    query = select(MAIL).where(MAIL.c.store == load_store(store_file).id).order_by(MAIL.c.bill, MAIL.c.revision)
    with opened(books).connect().execution_options(reading=True) as connection:
        for row in connection.execute(query if state is None else query.where(MAIL.c.state == state)):
            click.echo(f"{row.bill}\t{row.revision}\t{row.state}\t{row.attempts} attempts\t{row.told}".rstrip())


@receipts.command()
@BOOKS
@STORE_FILE
@click.option("--remember", is_flag=True, help="The customer wants later receipts of the same card there, too.")
@click.argument("visit")
@click.argument("address")
def address(books: str, store_file: Path, remember: bool, visit: str, address: str) -> None:
    """Note ADDRESS for VISIT, as the kiosk does."""
    from storegraph.ledger.receipts.addresses import Addresses
    from storegraph.store.file import load_store

    addresses = Addresses(opened(books), load_store(store_file).id)
    addresses.take(visit, address, time.time_ns(), remember=remember)


@receipts.command("try")
@click.option("--store", "store_file", type=FILE, help="The store; without it, the corner shop.")
@click.option("--out", type=FILE, default=Path("out/mailed"), show_default=True, help="Folder for all it makes.")
@click.option("--address", default="ann@example.org", show_default=True, help="Left at the kiosk.")
@click.option("--force", is_flag=True, help="Replace the folder if it is there.")
def try_out(store_file: Path | None, out: Path, address: str, force: bool) -> None:
    """Try it: from a simulated visit to a mail.

    Simulates a visit, replays it, charges it with the sandbox, and mails its receipt to a mailbox on this machine.
    Says how long the mail took from leaving the store. Nothing leaves this machine.
    """
    from storegraph.atomic import whole_directory
    from storegraph.evaluation.mailed import mailed
    from storegraph.share import shared
    from storegraph.store.file import load_store

    store = load_store(store_file or shared("storegraph", "config/stores/corner.yaml"))
    with whole_directory(out, replace=force, durable=False) as folder:
        arrived = mailed(store, folder, address)
        files = [each.file.relative_to(folder) for each in arrived]
    for each, file in zip(arrived, files, strict=True):
        click.echo(
            f"{each.visit}: {each.concluded + each.delivered:.1f} s from leaving to the mail "
            f"({each.concluded:.1f} s until its receipt was concluded, {each.delivered:.1f} s for books, money, mail)"
        )
        click.echo(f"{out / file}: {each.subject}")


@receipts.command()
@BOOKS
@STORE_FILE
@click.argument("token")
def forget(books: str, store_file: Path, token: str) -> None:
    """Erase the addresses of a card.

    Of the card or app behind TOKEN, and its last four digits.
    """
    from storegraph.ledger.errors import RefusedError
    from storegraph.ledger.receipts.addresses import Addresses
    from storegraph.store.file import load_store

    addresses = Addresses(opened(books), load_store(store_file).id)
    card = addresses.card_of(token)
    if not card:
        raise RefusedError("no card is known by this token; nothing was erased")
    addresses.forget(card)


receipts.add_command(kiosk)
