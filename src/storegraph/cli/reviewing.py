"""Commands that show what waits for a person, and what people have decided."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .books import BOOKS, STORE, reading
from .rows import OUT, show
from .terminal import FILE


@click.command()
@BOOKS
@STORE
@click.option("--json", "as_json", is_flag=True, help="With all evidence, a line each.")
@click.argument("about", default="")
def tasks(books: str, store: str, as_json: bool, about: str) -> None:
    """List what waits for a person.

    What is most urgent comes first: kind, line (or visit, or bill), until when, the goods, and why. ABOUT is a line, a
    visit or a bill; what waits of it is shown with what the graph saw.
    """
    from storegraph.ledger.review.queue import case_to_json, cases
    from storegraph.ledger.review.telling import evidence_told, task_told

    with reading(books, store) as connection:
        found = cases(connection, store, about)
        if not found and not as_json:
            click.echo(f"nothing{f' of {about}' if about else ''} waits for a person", err=True)
        for case in found:
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

    with reading(books, store) as connection:
        rows = cart_rows(visits_inside(connection, store))
    show(CartRow, rows, out)


@click.command()
@BOOKS
@STORE
def decisions(books: str, store: str) -> None:
    """List what people and policy have decided.

    A line each: when, of which line or visit, what, by whom, and why.
    """
    from storegraph.ledger.review.history import decided
    from storegraph.ledger.review.telling import decision_told

    with reading(books, store) as connection:
        for each in decided(connection, store):
            click.echo(decision_told(each))


@click.command()
@BOOKS
@STORE
@click.option("--out", required=True, type=FILE, help="JSON lines; docs/reviewing.md says what they hold.")
def labels(books: str, store: str, out: Path) -> None:
    """Write what people have decided as labelled data."""
    from storegraph.ledger.review.labels import labels as found

    count = 0
    with reading(books, store) as connection, out.open("w", encoding="utf-8") as file:
        for label in found(connection, store):
            file.write(json.dumps(label, ensure_ascii=False) + "\n")
            count += 1
    click.echo(f"{out}: {count} labels")


@click.command("check-labels")
@click.argument("file", type=FILE)
@click.argument("results", type=FILE)
@click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
def check_labels(file: Path, results: Path, store_file: Path) -> None:
    """Compare labels with what a replay concluded.

    FILE is what `labels` wrote, RESULTS the folder of a replay.
    """
    from storegraph.evaluation.labels import compare_labels, read_labels
    from storegraph.evaluation.replayed import read_replay
    from storegraph.graph.replay import BAG
    from storegraph.store.file import load_store

    replayed = read_replay(results, results / BAG, load_store(store_file))
    agreed = compare_labels(read_labels(file), replayed.interactions)
    click.echo(f"{agreed.right} of {agreed.events} events are as people say, and {agreed.missing} are not there")
    click.echo(f"who: {agreed.who}, what: {agreed.what}, action: {agreed.action}")


COMMANDS = (carts, check_labels, decisions, labels, tasks)
"""Of the group `ledger`."""
