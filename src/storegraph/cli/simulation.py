"""Commands of the simulated store."""

from __future__ import annotations

from pathlib import Path

import click

from .terminal import FILE, progress_bar


@click.command(name="break")
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--faults", "faults_file", type=FILE, required=True, help="YAML: what goes wrong with which sensors.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of what faults leave to chance.")
@click.option("--out", type=FILE, required=True, help="The bag to make.")
@click.option("--force", is_flag=True, help="Replace the bag to make if it is there.")
def break_(bag: Path, store_file: Path, faults_file: Path, seed: int, out: Path, force: bool) -> None:
    """Copy BAG as it would be if sensors had failed: messages lost or late, values wrong, clocks skewed.

    Times of faults are seconds since the first message of BAG; docs/simulating.md says what there is.
    """
    from storegraph.simulation.broken_bag import break_bag
    from storegraph.simulation.faults_file import load_faults
    from storegraph.store.file import load_store

    store = load_store(store_file)
    faults = load_faults(faults_file, store)
    with progress_bar(f"breaking {bag}") as progress:
        left_out = break_bag(bag, store.id, faults, seed, out, replace=force, progress=progress)
    for topic in left_out:
        click.echo(f"{topic}: left out; it is not of {store.id}, or of a type that is not installed")
    click.echo(f"{out}: {len(faults)} faults")
