"""Commands that take in other people's recordings, and give out results in other people's forms."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .terminal import FILE, progress_bar


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


@import_.command(name="pose2sim")
@click.argument("project", type=FILE)
@click.option("--out", "bag", type=FILE, required=True, help="The bag to make.")
@click.option("--store", "store_file", type=FILE, required=True, help="The store file to make, of the cameras only.")
@click.option("--fps", "rate", type=click.FloatRange(min=0.1), help="Frame rate; without it, as Config.toml says.")
@click.option(
    "--up", type=click.Choice(["x", "-x", "y", "-y", "z", "-z"]), help="Axis of the calibration that is up: z."
)
@click.option(
    "--unit", type=click.Choice(["m", "cm", "mm"]), default="m", show_default=True, help="Of the calibration."
)
@click.option("--model", help="Which network looks at videos; without it, that of the vision node.")
@click.option("--size", type=click.IntRange(128, 1024), help="What the network sees of a video, px of the longer side.")
@click.option("--force", is_flag=True, help="Replace the bag and the store file if they are there.")
def import_pose2sim(
    project: Path,
    bag: Path,
    store_file: Path,
    rate: float | None,
    up: str | None,
    unit: str,
    model: str | None,
    size: int | None,
    force: bool,
) -> None:
    """Import calibrated cameras, and the people in their pictures, of a Pose2Sim project.

    PROJECT holds calibration/Calib*.toml and pose/<camera>_json/*.json, as OpenPose writes them, with the joints of
    BODY_25, COCO_17 or HALPE_26. Where it has no poses, the people are found in videos/<camera>.mp4, by the network of
    the vision node.
    """
    from storegraph.importers.pose2sim import has_poses
    from storegraph.importers.pose2sim import import_pose2sim as run
    from storegraph.vision.model import VisionSettings, load_detector

    detector = None if has_poses(project) else load_detector(VisionSettings.given(model, size))
    with progress_bar(f"importing {project}") as progress:
        summary = run(
            project,
            bag,
            store_file,
            rate=rate,
            up=up,
            unit=unit,
            detector=detector,
            replace_outputs=force,
            progress=progress,
        )
    click.echo(
        f"{bag}: {summary.pictures} pictures of {summary.cameras} cameras at {summary.rate:g} a second, with "
        f"{summary.people} people of {summary.joints} joints"
    )
    click.echo(f"{store_file}: {summary.cameras} cameras")
    click.echo(
        "next, with a snapshot for every picture:\n"
        f"  storegraph replay {bag} --store {store_file} --out RESULTS --set period=0\n"
        f"  storegraph export shoppers RESULTS/bag --fps {summary.rate:g} --out SHOPPERS.csv"
    )


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


@export.command(name="shoppers")
@click.argument("bag", type=FILE)
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--out", type=FILE, required=True, help="The file to write.")
@click.option("--fps", "rate", type=click.FloatRange(min=0.1), help="Number frames as the cameras' pictures.")
@click.option("--refine", "store_file", type=FILE, help="Store file; joints where the rays of its cameras meet.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def export_shoppers(bag: Path, form: str, out: Path, rate: float | None, store_file: Path | None, force: bool) -> None:
    """Write the joints of all shoppers in BAG as a table.

    BAG is one that a replay or a recorder wrote. A row is frame, stamp, id, joint, x, y, z (metres) and confidence.
    Joints come a little behind those who move; --refine puts them where the pictures of their moment show them.
    """
    from storegraph.exporters.shoppers import write_shoppers_csv
    from storegraph.store.file import load_store

    cameras = load_store(store_file).cameras if store_file else ()
    rows = write_shoppers_csv(bag, out, rate=rate, refined_by=cameras, replace=force)
    click.echo(f"{out}: {rows} joints as {form}")
    if not rows:
        click.echo("note: nobody was taken for a person; `map` has to be in metres, z up, the floor at 0", err=True)
