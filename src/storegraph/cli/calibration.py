"""Commands that find out how cameras see and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from .terminal import FILE, progress_bar

GUIDE = """\b
A new store, in this order:
  storegraph calibrate intrinsics PICTURES --camera ID --board charuco:7x5:0.04:0.03 --store STORE.yaml --out NEW.yaml
  storegraph calibrate extrinsics BAG --store NEW.yaml --survey SURVEY.yaml --out CALIBRATED.yaml
docs/calibrating.md says what to print, where to stick it and what good looks like.
"""

STORE = click.option("--store", "store_file", type=FILE, help="The store file with the camera.")
OUT = click.option("--out", type=FILE, help="The store file to make; without it, what to put into one is printed.")
REPORT = click.option("--report", "folder", type=FILE, help="Folder for report.json and report.html.")
FORCE = click.option("--force", is_flag=True, help="Replace the outputs if they are there.")


@click.group(epilog=GUIDE)
def calibrate() -> None:
    """Find out how cameras see (intrinsics) and where they are (extrinsics)."""


@calibrate.command(name="print")
@click.argument("sheet")
@click.option("--out", type=FILE, required=True, help="The .svg file to make.")
@FORCE
def print_(sheet: str, out: Path, force: bool) -> None:
    """Make a SHEET to print: a board (charuco:5x7:0.04:0.03) or a marker (tag36h11:0:0.16).

    Print it at 100 %, and measure it: what it really is goes into --board and the survey.
    """
    from storegraph.calibration.printing import print_sheet

    width, height = print_sheet(sheet, out, replace=force)
    click.echo(f"{out}: takes {1000 * width:.0f} x {1000 * height:.0f} mm; print it at 100 % and measure it")


@calibrate.command()
@click.argument("source", type=FILE)
@click.option("--camera", required=True, help="Its id.")
@click.option("--board", required=True, help="charuco:COLUMNSxROWS:SQUARE:MARKER[:DICTIONARY], sizes in metres.")
@STORE
@OUT
@REPORT
@FORCE
def intrinsics(
    source: Path, camera: str, board: str, store_file: Path | None, out: Path | None, folder: Path | None, force: bool
) -> None:
    """Find a camera's focal length and distortion from pictures of a ChArUco board.

    SOURCE is a bag, a folder of pictures or a video in which the board is held in all parts of the picture, near and
    far, tilted to all sides.
    """
    from storegraph.calibration.board import parse_board
    from storegraph.calibration.intrinsics import calibrate_lens
    from storegraph.calibration.page import lens_page
    from storegraph.calibration.pictures import pictures_of
    from storegraph.calibration.report import lens_data, lens_table
    from storegraph.store.file import load_store

    if out and not store_file:
        raise click.UsageError("--out needs --store, the file to change.")
    _check_free(out, folder, force)
    namespace = load_store(store_file).id if store_file else ""
    report = calibrate_lens(pictures_of(source, camera, namespace), parse_board(board))
    console = Console()
    console.print(lens_table(report))
    console.print(
        f"{report.lens.model}: {report.rms:.2f} px in {len(report.views)} of {report.found_in} views, focal length "
        f"known to {report.focal_sigma:.2%}",
        highlight=False,
    )
    lens = report.lens
    values = {
        "width": lens.size[0],
        "height": lens.size[1],
        "focal_length": lens.focal_length,
        "principal_point": lens.principal_point,
        "distortion_model": lens.model,
        "distortion": lens.distortion,
    }
    _put({camera: values}, store_file, out, force)
    _report(folder, lens_data(report), lens_page(report, camera), force)


@calibrate.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store; its lenses are believed.")
@click.option("--survey", "survey_file", type=FILE, help="YAML: what was measured: markers, cameras, the walker.")
@click.option("--lens", is_flag=True, help="Adjust focal lengths and distortion too.")
@click.option("--seconds", type=click.FloatRange(min=1), help="Of people: only so much of the bag, from its beginning.")
@OUT
@REPORT
@FORCE
def extrinsics(
    bag: Path,
    store_file: Path,
    survey_file: Path | None,
    lens: bool,
    seconds: float | None,
    out: Path | None,
    folder: Path | None,
    force: bool,
) -> None:
    """Find where all cameras of a store are, and where they look.

    BAG holds their pictures, with markers or boards that the survey names; or, where it names none, the keypoints of
    somebody who walked about alone.
    """
    from storegraph.calibration.extrinsics import places_from_markers, places_from_people
    from storegraph.calibration.page import places_page
    from storegraph.calibration.report import places_data, places_table
    from storegraph.calibration.rewriting import lens_of, pose_of
    from storegraph.calibration.survey import Survey, load_survey
    from storegraph.store.file import load_store

    _check_free(out, folder, force)
    store = load_store(store_file)
    survey = load_survey(survey_file, store) if survey_file else Survey()
    with progress_bar(f"calibrating {store.id}"):
        if survey.markers or survey.boards:
            report = places_from_markers(bag, store, survey, lens=lens)
        else:
            report = places_from_people(bag, store, survey, lens=lens, seconds=seconds)
    console = Console()
    console.print(places_table(report))
    for remark in report.remarks:
        console.print(remark, highlight=False)
    changes = {each.camera.id: pose_of(each.camera) | (lens_of(each.camera) if lens else {}) for each in report.cameras}
    _put(changes, store_file, out, force)
    _report(folder, places_data(report), places_page(report), force)


def _check_free(out: Path | None, folder: Path | None, force: bool) -> None:
    """Before minutes of work: whether what comes of it may be written."""
    from storegraph.atomic import check_free

    for target in (out, folder):
        if target:
            check_free(target, replace=force)


def _put(changes: dict[str, dict[str, Any]], store_file: Path | None, out: Path | None, force: bool) -> None:
    """Writes the new store file, or prints what to put into one."""
    from storegraph.calibration.rewriting import rewrite, section

    if out and store_file:
        rewrite(store_file, out, changes, replace=force)
        click.echo(f"Store file: {out}")
    else:
        click.echo(section(changes))


def _report(folder: Path | None, data: dict[str, Any], page: str, force: bool) -> None:
    import json

    from storegraph.atomic import whole_directory

    if folder:
        with whole_directory(folder, replace=force) as fresh:
            (fresh / "report.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
            (fresh / "report.html").write_text(page, encoding="utf-8")
        click.echo(f"Report: {folder / 'report.html'}")
