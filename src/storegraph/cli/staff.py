"""Commands by which staff decides: about lines, money, cards and the door."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import click

from .books import BOOKS, BY, POLICY, REASON, STORE, opened, reading, tell
from .terminal import FILE


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@REASON
@click.option("--price", type=int, help="Of one, minor units, where the line has none.")
@click.option("--lost", is_flag=True, help="The others are gone unpaid; without it, the customer never had them.")
@click.option("--moved", multiple=True, help="VISIT:GTIN:COUNT, who has the others, or what they are; may be repeated.")
@click.option("--store-file", type=FILE, help="For --moved with another product: the store's file, with its catalogue.")
@click.argument("line")
@click.argument("count", type=int)
def review(
    books: str,
    store: str,
    policy: Path | None,
    by: str,
    reason: str,
    price: int | None,
    lost: bool,
    moved: tuple[str, ...],
    store_file: Path | None,
    line: str,
    count: int,
) -> None:
    """Decide a LINE that is in doubt or disputed.

    The customer has COUNT of it.
    """
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.review.deciding import Decision, moved_of, told_by
    from storegraph.store.file import load_store

    decision = Decision(uuid4().hex, line, count, by, reason, price, lost, tuple(map(moved_of, moved)))
    products = load_store(store_file).products() if store_file else {}
    taxes = (load_policy(policy) if policy else Policy()).taxes
    with reading(books, store) as connection:
        told = told_by(connection, store, decision, products, taxes, time.time_ns())
    tell(books, store, policy, told)


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@REASON
@click.option("--remainder", type=click.Choice(["not taken", "shrink"]), default="not taken")
@click.argument("line")
@click.argument("count", type=int)
def correct(
    books: str, store: str, policy: Path | None, by: str, reason: str, remainder: str, line: str, count: int
) -> None:
    """Charge COUNT of LINE from now on.

    What was paid too much is refunded; what was paid too little is charged.
    """
    from storegraph.ledger.books.facts import Remainder
    from storegraph.ledger.settlement.inputs import Correct

    told = Correct(time.time_ns(), uuid4().hex, line, count, Remainder(remainder), by, reason)
    tell(books, store, policy, told)


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@REASON
@click.option("--wasted", is_flag=True, help="What comes back is not sold again; without it, it is on the shelf.")
@click.option("--amount", type=int, help="Of one line: give so many minor units back, and the goods stay.")
@click.argument("bill")
@click.argument("lines", nargs=-1)
def refund(
    books: str,
    store: str,
    policy: Path | None,
    by: str,
    reason: str,
    wasted: bool,
    amount: int | None,
    bill: str,
    lines: tuple[str, ...],
) -> None:
    """Take back goods of BILL, and refund them.

    All that was charged, or only LINES, each as LINE or LINE=COUNT.
    """
    from storegraph.ledger.review.returning import told_of

    with reading(books, store) as connection:
        told = told_of(connection, store, bill, lines, amount, wasted, uuid4().hex, by, reason, time.time_ns())
    tell(books, store, policy, told)


@click.command()
@BOOKS
@STORE
@POLICY
@click.option("--undisputed", type=int, default=0, show_default=True, help="How many of it are right.")
@click.argument("line")
@click.argument("claim", type=click.Choice(["not taken", "price", "faulty"]))
def dispute(books: str, store: str, policy: Path | None, undisputed: int, line: str, claim: str) -> None:
    """Note for a customer that LINE is wrong.

    Their receipt has a link for it, too.
    """
    from storegraph.ledger.books.facts import Claim
    from storegraph.ledger.settlement.inputs import Dispute

    tell(books, store, policy, Dispute(time.time_ns(), line, Claim(claim), undisputed))


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@click.option("--token", default="", help="Of their card or app; without it, they pay at the desk.")
@click.argument("visit")
def payer(books: str, store: str, policy: Path | None, by: str, token: str, visit: str) -> None:
    """Say who pays for VISIT, if nobody is known."""
    from storegraph.ledger.settlement.inputs import NamePayer

    tell(books, store, policy, NamePayer(time.time_ns(), uuid4().hex, visit, token, by))


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("visit")
@click.argument("decision", type=click.Choice(["approve", "deny"]))
def age(books: str, store: str, policy: Path | None, by: str, visit: str, decision: str) -> None:
    """Approve or deny that the customer of VISIT is old enough."""
    from storegraph.ledger.settlement.inputs import DecideAge

    tell(books, store, policy, DecideAge(time.time_ns(), uuid4().hex, visit, decision == "approve", by))


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("bill")
@click.argument("amount", type=int)
def cash(books: str, store: str, policy: Path | None, by: str, bill: str, amount: int) -> None:
    """Note what was paid for BILL at the desk.

    AMOUNT is minor units; negative when they were given back.
    """
    from storegraph.ledger.settlement.inputs import PayCash

    tell(books, store, policy, PayCash(time.time_ns(), uuid4().hex, bill, amount, by))


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("bill")
def collect(books: str, store: str, policy: Path | None, by: str, bill: str) -> None:
    """Charge once more for BILL, a bad debt."""
    from storegraph.ledger.settlement.inputs import Collect

    tell(books, store, policy, Collect(time.time_ns(), uuid4().hex, bill, by))


@click.command()
@BOOKS
@STORE
@BY
@REASON
@click.argument("token")
@click.argument("standing", type=click.Choice(["open", "blocked", "crew", "guest"]))
def card(books: str, store: str, by: str, reason: str, token: str, standing: str) -> None:
    """Say what the card behind TOKEN may do.

    open: enter, and pay with it. blocked: not enter. crew: move goods as staff, and never pay. guest: pay at the desk.
    """
    from storegraph.ledger.settlement.inputs import SetStanding, Standing

    tell(books, store, None, SetStanding(time.time_ns(), uuid4().hex, token, Standing(standing), by, reason))


@click.command()
@BOOKS
@STORE
@BY
@REASON
@click.argument("who", type=click.Choice(["open", "crew", "closed"]), required=False)
def opening(books: str, store: str, by: str, reason: str, who: str | None) -> None:
    """Open the store, close it, or let only crew in.

    Gates that ask do so at once. Without WHO, says how it is.
    """
    from storegraph.ledger.review.telling import moment_told
    from storegraph.ledger.settlement.opening import Opened, Opening, opening_of, set_opening

    engine = opened(books)
    if who is not None:
        set_opening(engine, store, Opened(Opening(who), time.time_ns(), by, reason))
    now = opening_of(engine, store)
    since = f", since {moment_told(now.since)}, by {now.by}" if now.since else ""
    click.echo(f"{store}: {now.opening}{since}")


COMMANDS = (age, card, cash, collect, correct, dispute, opening, payer, refund, review)
"""Of the group `ledger`."""
