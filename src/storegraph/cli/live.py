"""Commands of the live graph."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from rich.console import Console

from .setting import set_option
from .terminal import FILE, progress_bar


@click.command()
@click.argument("store_file", metavar="STORE", type=FILE)
@click.option("--sensors", type=FILE, help="The sensors file: what hardware there is. Without it none is read.")
@click.option("--namespace", default="", help="Of the nodes; without it, the store's id.")
@click.option("--part", "parts", multiple=True, help="A node to start; may be repeated. Without it, all are.")
@click.option("--container", is_flag=True, help="All nodes in one process, instead of one each.")
@click.option("--record", type=FILE, help="A bag to record into what is said on the topics.")
@click.option("--journal", type=FILE, help="Folder for the nodes' journals, so that one that dies forgets nothing.")
@click.option("--params-file", type=FILE, help="Parameters of the nodes; config/parameters.yaml shows all there are.")
@set_option("A parameter of all nodes")
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
    settings: dict[str, str],
    log_level: str,
) -> None:
    """Start the live graph of STORE and keep it running, until Ctrl-C; what dies is started again.

    Where ROS 2 is installed, `ros2 launch storegraph store.launch.py store:=STORE` does the same.
    """
    from storegraph.graph.starting import Start
    from storegraph.graph.up import up as run

    start = Start(store_file, namespace, parts, sensors, journal, params_file, settings)
    context.exit(run(start, log_level, container=container, record=record))


@click.command()
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


@click.command()
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


@click.command()
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
@click.option("--faults", "faults_file", type=FILE, help="YAML: what goes wrong with which sensors.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of what faults leave to chance.")
def play(
    bag: Path,
    store_file: Path,
    rate: float,
    start_offset: float,
    loop: bool,
    topics: tuple[str, ...],
    namespace: str,
    wait: float,
    faults_file: Path | None,
    seed: int,
) -> None:
    """Play what the sensors said in BAG over ROS 2 to a live graph, with /clock.

    At the end the player promises on every topic that nothing more follows, so the graph concludes everything it can.

    On a terminal, space pauses and goes on, s or the right arrow plays the next message, up and down change the rate,
    and q ends.
    """
    from storegraph.graph.bag import BagReader
    from storegraph.graph.player import Excerpt, Opened
    from storegraph.graph.player import play as run
    from storegraph.graph.starting import namespace_of
    from storegraph.store.file import load_store

    store = load_store(store_file)
    opened: Opened = BagReader
    if faults_file:
        from storegraph.simulation.faults.broken_bag import BrokenBag
        from storegraph.simulation.faults.file import load_faults

        opened = partial(BrokenBag, faults=load_faults(faults_file, store), seed=seed)
    chosen, excerpt = namespace_of(store, namespace), Excerpt(start_offset, topics, loop)
    with progress_bar(f"playing {bag}") as progress:
        played = run(bag, store, rate, wait, progress, excerpt=excerpt, namespace=chosen, opened=opened)
    click.echo(f"{played} messages played")
