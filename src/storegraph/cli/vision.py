"""The command that finds the people in recorded pictures."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .terminal import FILE, progress_bar


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--out", type=FILE, required=True, help="The bag to make.")
@click.option("--model", help="Which network; without it, that of the vision node.")
@click.option("--size", type=click.IntRange(128, 1024), help="What the network sees, pixels of the longer side.")
@click.option("--threshold", type=click.FloatRange(0.0, 1.0), help="Score from which a person is reported.")
@click.option("--pictures", "keep_pictures", is_flag=True, help="Copy the pictures, too.")
@click.option("--force", is_flag=True, help="Replace the bag if it is there.")
def vision(
    bag: Path,
    store_file: Path,
    out: Path,
    model: str | None,
    size: int | None,
    threshold: float | None,
    keep_pictures: bool,
    force: bool,
) -> None:
    """Find the people in the pictures of BAG, and write a bag that can be replayed.

    It has everything of BAG but the pictures, and the keypoints of every picture: none is passed over, however long it
    takes.
    """
    from storegraph.graph.seeing import see
    from storegraph.store.file import load_store
    from storegraph.vision.model import VisionSettings, load_detector

    store, detector = load_store(store_file), load_detector(VisionSettings.given(model, size, threshold))
    with progress_bar(f"looking at {bag}") as progress:
        report = see(bag, store, out, detector, keep_pictures=keep_pictures, replace=force, progress=progress)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{out}: {report.people} people in {report.pictures} pictures")
    for reason, count in sorted(report.refused.items()):
        console.print(f"refused {count}: {reason}", style="yellow", markup=False)
