"""Commands about recordings and what follows from them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .terminal import FILE, progress_bar

TAKEN = ("shoppers", "weight_events", "interactions")


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--out", type=FILE, required=True, help="Folder for the results; an earlier replay there is replaced.")
@click.option(
    "--from",
    "taken",
    type=click.Choice(TAKEN),
    help="A topic to take from the bag instead of computing it; without it, all that can be computed is.",
)
@click.option("--force", is_flag=True, help="Replace the folder even if it holds something else.")
def replay(bag: Path, store_file: Path, out: Path, taken: str | None, force: bool) -> None:
    """Replay BAG through the graph: from what the sensors said to the receipts.

    Writes receipts.json, interactions.json, ledger.sqlite and a bag with all derived topics into the results' folder,
    all of them or none. The same bag gives the same bytes, every time.
    """
    from storegraph.graph.replay import replay as run
    from storegraph.graph.tables import receipts_table, replay_summary
    from storegraph.graph.topics import topic_of
    from storegraph.store.file import load_store

    store = load_store(store_file)
    with progress_bar(f"replaying {bag}") as progress:
        report = run(bag, store, out, taken=topic_of(taken) if taken else None, replace=force, progress=progress)
    console = Console()
    console.print(receipts_table(report.receipts, store))
    console.print(replay_summary(report))
    console.print(f"Results: {out}", soft_wrap=True)


@click.command()
@click.argument("bag", type=FILE)
def info(bag: Path) -> None:
    """Describe BAG: its topics, types, rates, and whether this version reads them."""
    from storegraph.graph.bag import BagReader
    from storegraph.graph.tables import bag_description

    with BagReader(bag) as reader:
        Console().print(bag_description(reader))


@click.group(name="import")
def import_() -> None:
    """Turn other people's recordings into bags."""


@import_.command(name="autocheckout")
@click.argument("directory", type=FILE)
@click.option("--out", "bag", type=FILE, required=True, help="The bag to make.")
@click.option("--store", "store_file", type=FILE, required=True, help="The store file to make.")
@click.option("--force", is_flag=True, help="Replace the bag and the store file if they are there.")
def import_autocheckout(directory: Path, bag: Path, store_file: Path, force: bool) -> None:
    """Import a recording of the AutoCheckout competition.

    DIRECTORY holds plate_data.json, full_targets.json, planogram.json and products.json. What is odd in it is kept,
    repaired or left out as docs/importing.md says, and told below.
    """
    from storegraph.importers.autocheckout import import_autocheckout as run

    with progress_bar(f"importing {directory}") as progress:
        summary = run(directory, bag, store_file, replace=force, progress=progress)
    console = Console(soft_wrap=True, highlight=False)
    console.print(
        f"{bag}: {summary.scale_messages} batches of scale readings, {summary.snapshots} snapshots of people, "
        f"{summary.gate_events} derived entries and exits"
    )
    console.print(
        f"{store_file}: {summary.fixtures} fixtures, {summary.scales} scales, {summary.facings} facings, "
        f"{summary.products} products"
    )
    for remark in summary.remarks:
        console.print(f"note: {remark}", style="yellow", markup=False)
    for line in summary.skipped:
        console.print(f"skipped: {line}", style="yellow", markup=False)


@click.group()
def export() -> None:
    """Turn results into other people's forms."""


@export.command(name="autocheckout")
@click.argument("results", type=FILE)
@click.option("--out", type=FILE, help="The file to write; without it, the receipts go to the terminal.")
@click.option("--sure-only", is_flag=True, help="Leave out what is in doubt; the competition scores best guesses.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def export_autocheckout(results: Path, out: Path | None, sure_only: bool, force: bool) -> None:
    """Write the receipts of a replay in the form of the AutoCheckout competition.

    RESULTS is the folder that a replay wrote, or its receipts.json.
    """
    import json

    from storegraph.graph.outputs import read_receipts
    from storegraph.importers.autocheckout import competition_receipts, write_competition_receipts

    receipts = competition_receipts(read_receipts(results), sure_only=sure_only)
    if out is None:
        click.echo(json.dumps(receipts, indent=2))
    else:
        write_competition_receipts(receipts, out, replace=force)


@click.command()
@click.option("--out", type=FILE, default=Path("out/demo"), show_default=True, help="Folder for the results.")
def demo(out: Path) -> None:
    """Replay the demo recording and show its receipts beside the truth."""
    from storegraph.evaluation.receipts import compare, comparison_table, read_truth
    from storegraph.graph.replay import replay as run
    from storegraph.graph.tables import receipts_table, replay_summary
    from storegraph.share import shared
    from storegraph.store.file import load_store

    bag = shared("storegraph", "bags/demo")
    store_file = shared("storegraph", "config/stores/corner.yaml")
    store = load_store(store_file)
    with progress_bar("replaying the demo") as progress:
        report = run(bag, store, out, progress=progress)
    truth = read_truth(shared("storegraph", "bags/demo-truth.json"))
    names = {gtin: product.name for gtin, product in store.products().items()}
    console = Console()
    console.print(receipts_table(report.receipts, store))
    console.print(comparison_table(compare(report.receipts, truth), names))
    console.print(replay_summary(report))
    console.print(
        "\nWhat to try next:\n"
        f"  storegraph info {bag}\n"
        f"  storegraph store show {store_file}\n"
        f"  less {out}/interactions.json\n"
        f"  storegraph replay {out}/bag --store {store_file} --from weight_events --out out/again",
        soft_wrap=True,
        highlight=False,
    )
