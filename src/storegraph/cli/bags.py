"""Commands about recordings and what follows from them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .setting import set_option
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
@click.option("--params-file", type=FILE, help="Parameters of the nodes; config/parameters.yaml shows all there are.")
@set_option("A setting of the stages")
@click.option("--force", is_flag=True, help="Replace the folder even if it holds something else.")
def replay(
    bag: Path,
    store_file: Path,
    out: Path,
    taken: str | None,
    params_file: Path | None,
    settings: dict[str, str],
    force: bool,
) -> None:
    """Replay BAG through the graph: from what the sensors said to the receipts.

    Writes receipts.json, interactions.json, stock.json and a bag with all derived topics into the
    results' folder, all of them or none. The same bag gives the same bytes, every time.
    """
    from storegraph.graph.replay import replay as run
    from storegraph.graph.starting import Start, stage_settings
    from storegraph.graph.tables import receipts_table, replay_summary
    from storegraph.graph.topics import topic_of
    from storegraph.store.file import load_store

    store = load_store(store_file)
    stages = stage_settings(Start(store_file, params_file=params_file, settings=settings))
    topic = topic_of(taken) if taken else None
    with progress_bar(f"replaying {bag}") as progress:
        report = run(bag, store, out, taken=topic, stage_settings=stages, replace=force, progress=progress)
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
