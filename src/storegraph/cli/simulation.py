"""Commands of the simulated store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console

from .terminal import FILE, progress_bar

LISTENERS = 10.0
"""Seconds that playing waits at most for every topic to be listened to, as `play` does."""

if TYPE_CHECKING:
    from storegraph.simulation.level import Level
    from storegraph.simulation.simulate import Simulated
    from storegraph.store.model import Store


@click.command()
def scenarios() -> None:
    """List the named scenarios that `simulate` plays."""
    from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
    from storegraph.simulation.tables import scenarios_table

    Console().print(scenarios_table(load_scenario(name) for name in scenario_names()))


@click.command()
@click.argument("scenario_name", metavar="SCENARIO")
@click.option("--store", "store_file", type=FILE, required=True, help="The store to play it in.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of all that SCENARIO leaves open.")
@click.option("--out", type=FILE, help="The bag to make; the truth is put beside it, in <BAG>-truth.")
@click.option(
    "--level",
    type=click.Choice(["keypoints", "shoppers", "images"]),
    default="keypoints",
    show_default=True,
    help="What is recorded of the cameras: people in their pictures, what a tracker makes of that, or the pictures.",
)
@click.option("--images", is_flag=True, help="The same as --level images.")
@click.option("--film", type=FILE, help="An .mp4 to make: the pictures of two cameras, and the view from above.")
@click.option("--faults", "faults_file", type=FILE, help="YAML: what goes wrong with sensors, beside SCENARIO's own.")
@click.option("--people", type=int, help="Of random people: at most so many at once.")
@click.option("--arrivals", type=float, help="Of random people: so many come in a minute.")
@click.option("--skill", type=float, help="Of random people: how well they mislead, 0 to 1.")
@click.option("--live", is_flag=True, help="Play what the sensors say over ROS 2, as `play` does; --out is not needed.")
@click.option("--rate", default=1.0, show_default=True, type=click.FloatRange(min=0.01), help="Live: times real time.")
@click.option("--loop", is_flag=True, help="Live: again and again, with other people each time.")
@click.option("--namespace", default="", help="Live: to play in; without it, the store's id.")
@click.option("--force", is_flag=True, help="Replace the bag, the truth and the film if they are there.")
def simulate(
    scenario_name: str,
    store_file: Path,
    seed: int,
    out: Path | None,
    level: Level,
    images: bool,
    film: Path | None,
    faults_file: Path | None,
    people: int | None,
    arrivals: float | None,
    skill: float | None,
    live: bool,
    rate: float,
    loop: bool,
    namespace: str,
    force: bool,
) -> None:
    """Simulate SCENARIO: what the sensors of a store say, and the truth.

    SCENARIO is a name that `storegraph scenarios` lists, or a .yaml file. The same scenario, store and seed give the
    same bytes, every time.
    """
    from storegraph.simulation.faults.file import load_faults
    from storegraph.simulation.outcome import happened_in
    from storegraph.simulation.scenarios.scenario import load_scenario, with_random
    from storegraph.simulation.simulate import simulate as run
    from storegraph.simulation.tables import truth_table
    from storegraph.store.file import load_store

    if not (out or live or film):
        raise click.UsageError("Say what to make of it: --out BAG, --film FILE or --live.")
    store = load_store(store_file)
    scenario = with_random(load_scenario(scenario_name), people=people, rate=arrivals, skill=skill)
    faults = load_faults(faults_file, store) if faults_file else ()
    if images:
        level = "images"
    with _kept_or_temporary(out) as bag:
        with progress_bar(f"simulating {scenario.name}") as progress:
            simulated = run(scenario, store, seed, bag, level=level, faults=faults, replace=force, progress=progress)
        console = Console()
        console.print(truth_table(happened_in(simulated.performance), store))
        click.echo(
            f"{simulated.performance.duration:.1f} s with {simulated.messages} messages, simulated in "
            f"{simulated.elapsed:.2f} s ({simulated.ratio:.1f} x real time)"
        )
        if film:
            _film(simulated, film, force)
        if out:
            click.echo(_next_steps(simulated, store_file, level))
        if live:
            _play(simulated, store, level, rate, loop, namespace)


def _next_steps(simulated: Simulated, store_file: Path, level: Level) -> str:
    bag, results = simulated.bag, f"{simulated.bag}-replayed"
    steps = [f"storegraph info {bag}"]
    if level == "images":
        steps.append(f"storegraph play {bag} --store {store_file} --topic '*'")
    else:
        steps.append(f"storegraph replay {bag} --store {store_file} --out {results}")
        page = f"--truth {simulated.truth} --out {bag}.html"
        steps.append(f"storegraph page {results} --bag {bag} --store {store_file} {page}")
    told = "".join(f"\n  {step}" for step in steps)
    return f"\nThe bag is {bag}, the truth {simulated.truth}. What to try next:{told}"


@contextmanager
def _kept_or_temporary(out: Path | None) -> Iterator[Path]:
    """The bag to make; without a name for it, one that is there only in this block."""
    if out is not None:
        yield out
        return
    with TemporaryDirectory(prefix="storegraph-") as folder:
        yield Path(folder) / "simulated"


def _film(simulated: Simulated, path: Path, force: bool) -> None:
    from storegraph.simulation.errors import SimulationError

    try:
        from storegraph.simulation.rendering.film import film
    except ImportError as error:
        raise SimulationError(f"--film needs {error.name}, which `make pictures` installs") from error
    with progress_bar(f"filming {path}") as progress:
        film(simulated.performance, path, progress=progress, replace=force)
    click.echo(f"Film: {path}")


def _play(simulated: Simulated, store: Store, level: Level, rate: float, loop: bool, namespace: str) -> None:
    from storegraph.graph.player import Excerpt, play
    from storegraph.graph.starting import namespace_of

    pictures_too = ("*",) if level == "images" else ()
    name, excerpt = namespace_of(store, namespace), Excerpt(topics=pictures_too, loop=loop)
    with progress_bar(f"playing in {name}") as progress:
        played = play(simulated.bag, store, rate, LISTENERS, progress, excerpt=excerpt, namespace=name)
    click.echo(f"{played} messages played")


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
    from storegraph.simulation.faults.broken_bag import break_bag
    from storegraph.simulation.faults.file import load_faults
    from storegraph.store.file import load_store

    store = load_store(store_file)
    faults = load_faults(faults_file, store)
    with progress_bar(f"breaking {bag}") as progress:
        left_out = break_bag(bag, store.id, faults, seed, out, replace=force, progress=progress)
    for topic in left_out:
        click.echo(f"{topic}: left out; it is not of {store.id}, or of a type that is not installed")
    click.echo(f"{out}: {len(faults)} faults")
