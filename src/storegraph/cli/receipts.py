"""Commands about receipts: showing them, sending them, finding them again."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from .books import BOOKS, opened
from .serving import serve_pages
from .terminal import FILE

STORE = click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
SETTINGS = click.option("--settings", type=FILE, help="As config/receipts.yaml; without it, the defaults.")


@click.group()
def receipts() -> None:
    """Show receipts, send them by mail, and find them again."""


@receipts.command()
@BOOKS
@STORE
@SETTINGS
@click.option("--every", type=click.FloatRange(min=0.1), help="Go round again each so many seconds, until stopped.")
def send(books: str, store_file: Path, settings: Path | None, every: float | None) -> None:
    """Mail the receipt of every settled bill whose customers left an address, and what could not be sent before."""
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
@STORE
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
        click.echo(as_text(letter, postman.settings.language), nl=False)
    else:
        pdf.write_bytes(as_pdf(letter, postman.settings.language))


@receipts.command()
@BOOKS
@STORE
@click.argument("last_four")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def find(books: str, store_file: Path, last_four: str, day: datetime) -> None:
    """List the bills of DAY that were paid with a card whose number ends in LAST_FOUR."""
    from storegraph.ledger.receipts.finding import bills_of_day
    from storegraph.store.file import load_store

    store = load_store(store_file)
    with opened(books).connect().execution_options(reading=True) as connection:
        for bill in bills_of_day(connection, store, last_four, day.date()):
            click.echo(f"{bill.bill}\t{store.price(bill.owed)} {bill.currency}\t{bill.state}")


@receipts.command()
@BOOKS
@STORE
@click.option(
    "--state", type=click.Choice(["waiting", "sent", "failed", "superseded"]), help="Only mails in this state."
)
def mails(books: str, store_file: Path, state: str | None) -> None:
    """List what was mailed, what waits, and what could not be delivered and why."""
    from sqlalchemy import select

    from storegraph.ledger.receipts.schema import MAIL
    from storegraph.store.file import load_store

    query = select(MAIL).where(MAIL.c.store == load_store(store_file).id).order_by(MAIL.c.bill, MAIL.c.revision)
    with opened(books).connect().execution_options(reading=True) as connection:
        for row in connection.execute(query if state is None else query.where(MAIL.c.state == state)):
            click.echo(f"{row.bill}\t{row.revision}\t{row.state}\t{row.attempts} attempts\t{row.told}".rstrip())


@receipts.command()
@BOOKS
@STORE
@click.option("--remember", is_flag=True, help="The customer wants later receipts of the same card there, too.")
@click.argument("visit")
@click.argument("address")
def address(books: str, store_file: Path, remember: bool, visit: str, address: str) -> None:
    """Note ADDRESS for the receipt of VISIT, as the kiosk does."""
    from storegraph.ledger.receipts.addresses import Addresses
    from storegraph.store.file import load_store

    addresses = Addresses(opened(books), load_store(store_file).id)
    addresses.take(visit, address, time.time_ns(), remember=remember)


@receipts.command()
@BOOKS
@STORE
@SETTINGS
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens: of a tablet, the shop's own net."
)
@click.option("--port", default=8082, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
def kiosk(books: str, store_file: Path, settings: Path | None, host: str, port: int) -> None:
    """Serve the page on which customers inside the shop leave an address for their receipt, until Ctrl-C."""
    from starlette.applications import Starlette

    from storegraph.ledger.receipts.kiosk import Kiosk
    from storegraph.ledger.receipts.settings import ReceiptSettings, load_receipt_settings
    from storegraph.store.file import load_store

    language = (load_receipt_settings(settings) if settings else ReceiptSettings()).language
    page = Kiosk(opened(books), load_store(store_file), time.time_ns, language)
    application = Starlette(routes=[page.route()])
    serve_pages(application, host, port)


@receipts.command("try")
@click.option("--store", "store_file", type=FILE, help="The store; without it, the corner shop.")
@click.option("--out", type=FILE, default=Path("out/mailed"), show_default=True, help="Folder for all it makes.")
@click.option("--address", default="ann@example.org", show_default=True, help="Left at the kiosk.")
@click.option("--force", is_flag=True, help="Replace the folder if it is there.")
def try_out(store_file: Path | None, out: Path, address: str, force: bool) -> None:
    """Simulate a visit, replay it, charge it with the sandbox, and mail its receipt to a mailbox on this machine.

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
@STORE
@click.argument("token")
def forget(books: str, store_file: Path, token: str) -> None:
    """Erase every address, and the last four digits, of the card or app behind TOKEN."""
    from storegraph.ledger.errors import RefusedError
    from storegraph.ledger.receipts.addresses import Addresses
    from storegraph.store.file import load_store

    addresses = Addresses(opened(books), load_store(store_file).id)
    card = addresses.card_of(token)
    if not card:
        raise RefusedError("no card is known by this token; nothing was erased")
    addresses.forget(card)
