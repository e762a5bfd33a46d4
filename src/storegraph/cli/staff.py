"""Commands for what waits for a person, and for what staff decides."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from uuid import uuid4

import click

from .books import BOOKS, BY, POLICY, REASON, STORE, opened, tell
from .rows import OUT, show
from .serving import serve_pages
from .terminal import FILE


@click.command()
@BOOKS
@STORE
@click.option("--json", "as_json", is_flag=True, help="With all evidence, a line each.")
@click.argument("about", default="")
def tasks(books: str, store: str, as_json: bool, about: str) -> None:
    """List what waits for a person, what is most urgent first; of ABOUT, a line, visit or bill, with its evidence."""
    from storegraph.ledger.review.queue import case_to_json, cases
    from storegraph.ledger.review.telling import evidence_told, task_told

    with opened(books).connect().execution_options(reading=True) as connection:
        for case in cases(connection, store, about):
            if as_json:
                click.echo(json.dumps(case_to_json(case), ensure_ascii=False))
                continue
            click.echo(task_told(case))
            if about:
                click.echo(evidence_told(case), nl=False)


@click.command()
@BOOKS
@STORE
@OUT
def carts(books: str, store: str, out: Path | None) -> None:
    """List who is inside, and what they hold."""
    from storegraph.ledger.retail.listing import CartRow, cart_rows, visits_inside

    with opened(books).connect().execution_options(reading=True) as connection:
        rows = cart_rows(visits_inside(connection, store))
    show(CartRow, rows, out)


@click.command()
@BOOKS
@STORE
def decisions(books: str, store: str) -> None:
    """List what people and policy have decided about lines and visits: when, what, who, and why."""
    from storegraph.ledger.review.history import decided
    from storegraph.ledger.review.telling import decision_told

    with opened(books).connect().execution_options(reading=True) as connection:
        for each in decided(connection, store):
            click.echo(decision_told(each))


@click.command()
@BOOKS
@STORE
@click.option("--out", required=True, type=FILE, help="JSON lines; docs/reviewing.md says what they hold.")
def labels(books: str, store: str, out: Path) -> None:
    """Write what people have decided as labelled data, for evaluation."""
    from storegraph.ledger.review.labels import labels as found

    count = 0
    with opened(books).connect().execution_options(reading=True) as connection, out.open("w", encoding="utf-8") as file:
        for label in found(connection, store):
            file.write(json.dumps(label, ensure_ascii=False) + "\n")
            count += 1
    click.echo(f"{out}: {count} labels")


@click.command("check-labels")
@click.argument("file", type=FILE)
@click.argument("results", type=FILE)
@click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
def check_labels(file: Path, results: Path, store_file: Path) -> None:
    """Compare the labels in FILE with what a replay concluded, whose folder is RESULTS."""
    from storegraph.evaluation.labels import compare_labels, read_labels
    from storegraph.evaluation.replayed import read_replay
    from storegraph.graph.replay import BAG
    from storegraph.store.file import load_store

    replayed = read_replay(results, results / BAG, load_store(store_file))
    agreed = compare_labels(read_labels(file), replayed.interactions)
    click.echo(f"{agreed.right} of {agreed.events} events are as people say, and {agreed.missing} are not there")
    click.echo(f"who: {agreed.who}, what: {agreed.what}, action: {agreed.action}")


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
    """Decide LINE, which is in doubt or disputed: the customer has COUNT of it."""
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.review.deciding import Decision, moved_of, told_by
    from storegraph.store.file import load_store

    decision = Decision(uuid4().hex, line, count, by, reason, price, lost, tuple(map(moved_of, moved)))
    products = load_store(store_file).products() if store_file else {}
    taxes = (load_policy(policy) if policy else Policy()).taxes
    with opened(books).connect().execution_options(reading=True) as connection:
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
    """Charge COUNT of LINE from now on; what was paid too much is refunded."""
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
    """Take back goods of BILL: all that was charged, or only LINES, each as LINE or LINE=COUNT."""
    from storegraph.ledger.review.returning import told_of

    with opened(books).connect().execution_options(reading=True) as connection:
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
    """Note for a customer that LINE is wrong; their receipt has a link for it, too."""
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
    """Say who pays for VISIT, of which nobody knew who would."""
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
    """Note that AMOUNT minor units were paid for BILL at the desk; negative when they were given back."""
    from storegraph.ledger.settlement.inputs import PayCash

    tell(books, store, policy, PayCash(time.time_ns(), uuid4().hex, bill, amount, by))


@click.command()
@BOOKS
@STORE
@POLICY
@BY
@click.argument("bill")
def collect(books: str, store: str, policy: Path | None, by: str, bill: str) -> None:
    """Charge once more what is owed for BILL and was given up."""
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
    """Say what the card or app with TOKEN may do: enter, not enter, move goods as staff, pay at the desk."""
    from storegraph.ledger.settlement.inputs import SetStanding, Standing

    tell(books, store, None, SetStanding(time.time_ns(), uuid4().hex, token, Standing(standing), by, reason))


@click.command()
@BOOKS
@POLICY
@click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
@click.option("--settings", type=FILE, help="As config/receipts.yaml; without it, the defaults.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens; put a proxy with TLS before it."
)
@click.option("--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
def pages(books: str, policy: Path | None, store_file: Path, settings: Path | None, host: str, port: int) -> None:
    """Serve the pages that the links in receipts lead to, on which lines are disputed, until Ctrl-C."""
    from starlette.applications import Starlette

    from storegraph.ledger.errors import PolicyError
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.receipts.postman import SECRET
    from storegraph.ledger.review.pages import dispute_pages
    from storegraph.ledger.settlement.teller import Teller
    from storegraph.store.file import load_store

    secret = os.environ.get(SECRET, "")
    if not secret:
        raise PolicyError(f"{SECRET}: is not in the environment; it holds what signs the links of receipts")
    engine = opened(books)
    teller = Teller(engine, load_policy(policy) if policy else Policy())
    disputes = dispute_pages(engine, teller, load_store(store_file), secret, time.time_ns, settings)
    serve_pages(Starlette(routes=[disputes.route()]), host, port)


@click.command()
@BOOKS
@STORE
@BY
@REASON
@click.argument("who", type=click.Choice(["open", "crew", "closed"]), required=False)
def opening(books: str, store: str, by: str, reason: str, who: str | None) -> None:
    """Open the store, let only crew in, or close it; without WHO, say how it is. Gates that ask do so at once."""
    from storegraph.ledger.settlement.opening import Opened, Opening, opening_of, set_opening

    engine = opened(books)
    if who is not None:
        set_opening(engine, store, Opened(Opening(who), time.time_ns(), by, reason))
    now = opening_of(engine, store)
    click.echo(f"{store}: {now.opening}, since {now.since}, by {now.by}" if now.since else f"{store}: {now.opening}")


COMMANDS = (
    tasks,
    carts,
    decisions,
    labels,
    check_labels,
    review,
    correct,
    refund,
    dispute,
    age,
    payer,
    cash,
    collect,
    card,
    opening,
    pages,
)
"""All of them."""
