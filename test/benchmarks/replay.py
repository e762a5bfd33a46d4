"""How fast recordings are replayed, and where the time goes. Run by `make bench`, on one core.

Every figure is the median over the runs, with the smallest and the largest. A share is what is gained when the part
is taken away.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from storegraph.graph.bag import BagReader
from storegraph.graph.dataflow import Dataflow
from storegraph.graph.decoding import Decoder
from storegraph.graph.interfaces import interfaces
from storegraph.graph.nodes import NodeSpec, nodes_for, recorded_inputs
from storegraph.graph.replay import PUMPED_TOGETHER, replay
from storegraph.graph.stage import Stage
from storegraph.graph.topics import PASSAGES, SCALE_SAMPLES, SHOPPERS, Topic
from storegraph.importers.autocheckout import import_autocheckout
from storegraph.observations import Observation
from storegraph.store.file import load_store
from storegraph.store.model import Store

ROOT = Path(__file__).resolve().parents[2]
NODES = nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES))
BENCHMARK_1 = ROOT.parent / "shared" / "data" / "autocheckout-benchmark-1"

Seconds = dict[str, float]
"""Time by part."""


class TimedStage:
    """A stage that adds up the time spent in it."""

    def __init__(self, name: str, stage: Stage, seconds: Seconds) -> None:
        self._name, self._stage, self._seconds = name, stage, seconds

    def process(self, observation: Any) -> Iterable[Observation]:
        return self._timed(self._stage.process, observation)

    def advance(self, stamp: int) -> Iterable[Observation]:
        return self._timed(self._stage.advance, stamp)

    def finish(self) -> Iterable[Observation]:
        return self._timed(self._stage.finish)

    def _timed(self, call: Callable[..., Iterable[Observation]], *arguments: Any) -> tuple[Observation, ...]:
        started = perf_counter()
        given = tuple(call(*arguments))
        self._seconds[self._name] += perf_counter() - started
        return given


def timed_nodes(seconds: Seconds) -> tuple[NodeSpec, ...]:
    """The graph's nodes, each adding up its time."""

    def timed(node: NodeSpec) -> NodeSpec:
        seconds[node.name] = 0.0
        return replace(node, stage=lambda store, settings: TimedStage(node.name, node.stage(store, settings), seconds))

    return tuple(timed(node) for node in NODES)


@contextmanager
def clocked(seconds: Seconds, name: str) -> Iterator[None]:
    """Adds the time of a block."""
    started = perf_counter()
    yield
    seconds[name] = seconds.get(name, 0.0) + perf_counter() - started


def ignore(topic: Topic, observation: Observation) -> None:
    """Takes what the nodes give, and does nothing with it."""


def one_run(bag: Path, store: Store, directory: Path) -> tuple[float, Seconds]:
    """Times one whole replay, and the same once more part by part; gives the ratio to real time, and the parts."""
    report = replay(bag, store, directory / "results")
    seconds: Seconds = {}
    with clocked(seconds, "opening and reading"), BagReader(bag, store.id) as reader:
        names = {name for topic in recorded_inputs(NODES) for name in reader.names_of(topic)}
        messages = list(reader.messages(names))
    with clocked(seconds, "decoding"):
        decoder = Decoder()
        observations = [(message.topic, decoder.decode(message)) for message in messages]
    stages: Seconds = {}
    with clocked(seconds, "merging"):
        dataflow = Dataflow(timed_nodes(stages), store, ignore)
        for index, (name, observation) in enumerate(observations):
            dataflow.push(name, observation)
            if index % PUMPED_TOGETHER == 0:
                dataflow.pump()
        dataflow.finish()
    seconds["merging"] -= sum(stages.values())
    seconds |= stages
    seconds["writing and closing"] = report.elapsed - sum(seconds.values())
    return report.ratio, seconds


def whole_command(bag: Path, store_file: Path, directory: Path) -> float:
    """Seconds of the `storegraph replay` command from a shell: interpreter, imports, store file and tables included."""
    arguments = ["replay", str(bag), "--store", str(store_file), "--out", str(directory / "command")]
    started = perf_counter()
    subprocess.run([sys.executable, "-m", "storegraph.cli", *arguments], check=True, capture_output=True)
    return perf_counter() - started


def spread(values: list[float], unit: str, digits: int) -> str:
    return f"{median(values):.{digits}f}{unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def measure(name: str, bag: Path, store_file: Path, runs: int, console: Console) -> None:
    """Prints the figures of one recording."""
    store = load_store(store_file)
    with BagReader(bag) as reader:
        recorded = (reader.span[1] - reader.span[0]) * 1e-9
    with TemporaryDirectory() as directory:
        one_run(bag, store, Path(directory))  # warms up caches
        measured = [one_run(bag, store, Path(directory)) for _ in range(runs)]
        commands = [whole_command(bag, store_file, Path(directory)) for _ in range(3)]
    table = Table(title=f"{name}: {recorded:.1f} s recorded, {runs} runs", title_justify="left")
    table.add_column("from bag to receipts")
    table.add_column(spread([ratio for ratio, _ in measured], " x real time", 0), justify="right")
    for part in measured[0][1]:
        table.add_row(part, spread([1e3 * seconds[part] for _, seconds in measured], " ms", 1))
    table.add_section()
    table.add_row("whole command, from a shell", spread(commands, " s", 2))
    console.print(table)


def additions() -> float:
    """Seconds for five million additions in a plain loop: how fast this machine is just now."""
    total, started = 0, perf_counter()
    for number in range(5_000_000):
        total += number
    return perf_counter() - started


@click.command(help=__doc__)
@click.option("--runs", default=15, show_default=True, help="Counted runs of each recording.")
def main(runs: int) -> None:
    """Measures the demo recording and, where it is there, AutoCheckout BENCHMARK-1."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    interfaces()
    console = Console()
    console.print(f"five million additions: {spread([additions() for _ in range(5)], ' s', 2)}")
    measure("demo", ROOT / "bags" / "demo", ROOT / "config" / "stores" / "corner.yaml", runs, console)
    if not BENCHMARK_1.is_dir():
        console.print(f"BENCHMARK-1 is not in {BENCHMARK_1}: not measured")
        return
    with TemporaryDirectory() as directory:
        bag, store_file = Path(directory) / "b1", Path(directory) / "b1.yaml"
        import_autocheckout(BENCHMARK_1, bag, store_file)
        measure("AutoCheckout BENCHMARK-1", bag, store_file, runs, console)


if __name__ == "__main__":
    main()
