"""Commands that set what was concluded beside what really happened."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .terminal import FILE, progress_bar


@click.command()
@click.option("--out", type=FILE, default=Path("out/demo"), show_default=True, help="Folder for the results.")
@click.option("--seed", default=11, show_default=True, type=click.IntRange(0), help="Of the simulation.")
def demo(out: Path, seed: int) -> None:
    """Simulate a minute in a shop, replay it, and compare with the truth; OUT/index.html shows all of it."""
    from storegraph.evaluation.demo import demo as run
    from storegraph.evaluation.demo import demo_tables, next_steps

    shown = run(out, progress_bar, seed)
    console = Console()
    console.print(demo_tables(shown))
    console.print(next_steps(shown), soft_wrap=True, highlight=False)


@click.command()
@click.argument("results", type=FILE)
@click.option("--bag", type=FILE, required=True, help="The bag that was replayed.")
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--truth", type=FILE, help="Folder of the truth, of a simulated bag.")
@click.option("--out", type=FILE, required=True, help="The .html file to make.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def page(results: Path, bag: Path, store_file: Path, truth: Path | None, out: Path, force: bool) -> None:
    """Show RESULTS of a replay as one HTML file: the map, tracks, weights, interactions and receipts."""
    from storegraph.evaluation.page.file import write_page
    from storegraph.store.file import load_store

    write_page(out, load_store(store_file), results, bag, truth, replace=force)
    click.echo(f"Page: {out}")


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store BAG was simulated in.")
@click.option("--real", "real_bag", type=FILE, required=True, help="A recording of a real store.")
@click.option("--real-store", "real_store", type=FILE, required=True, help="The store it was recorded in.")
@click.option("--out", type=FILE, required=True, help="Folder for the page and its pictures.")
@click.option("--force", is_flag=True, help="Replace the folder if it is there.")
def realism(bag: Path, store_file: Path, real_bag: Path, real_store: Path, out: Path, force: bool) -> None:
    """Compare what sensors said in a simulated BAG with a recording of a real store, figure by figure."""
    from storegraph.evaluation.realism import realism as run

    run(real_bag, real_store, bag, store_file, out, replace=force)
    click.echo(f"Page: {out / 'realism.md'}")


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--truth", type=FILE, required=True, help="Folder of the truth, beside a simulated bag.")
def tracks(bag: Path, store_file: Path, truth: Path) -> None:
    """Compare the shoppers in BAG with the truth: identities, joints, wrists near shelves.

    BAG is one that a replay or a recorder wrote.
    """
    from storegraph.evaluation.replayed import read_shoppers
    from storegraph.evaluation.tracks import score_tracks, track_table
    from storegraph.simulation.truth import read_truth
    from storegraph.store.file import load_store
    from storegraph.store.geometry import ScaleGeometry

    store, told = load_store(store_file), read_truth(truth)
    goods = ScaleGeometry.of(store)
    Console().print(track_table(score_tracks(read_shoppers(bag, store), told.frames, told.happened.people, goods)))
