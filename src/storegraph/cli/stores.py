"""Commands about store files."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .terminal import FILE


@click.group()
def store() -> None:
    """Check and look at store files."""


@store.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Check FILE as a whole: all errors at once, each with its place, value and what is allowed."""
    from storegraph.store.show import check as run

    run(file, Console())


@store.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, help="The picture, .svg or .png; without it, an SVG named as FILE in this folder.")
def show(file: Path, out: Path | None) -> None:
    """Show FILE: a top view as a picture, and its fixtures, scales and facings as a table."""
    from storegraph.store.show import show as run

    run(file, out, Console())
