"""What attribution costs, by people in the store and by how long they come. Run by `make bench`, on one core.

Random shoppers come and go in the market, 230 plates. What tracking and weighing tell attribution of them is recorded
first and then given to it alone. Figures are processor seconds of attribution, and the most memory that it holds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import click
import numpy as np

from storegraph.attribution.stage import AttributionStage
from storegraph.graph.dataflow import Dataflow
from storegraph.graph.nodes import NodeSpec, nodes_for
from storegraph.graph.topics import PASSAGES, SCALE_SAMPLES, SHOPPERS, Topic
from storegraph.observations import Observation, Shoppers, WeightEvent
from storegraph.simulation.acting.acting import act
from storegraph.simulation.performance import Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, with_random
from storegraph.simulation.simulate import heard
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "market.yaml")
NODES = nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES))
ARRIVALS = 1.0
"""Of people a minute, for each who may be inside: a visit to the market takes about a minute."""

PUMPED_TOGETHER = 64
"""Messages that go into the graph before it is asked to go on."""

Call = tuple[str, tuple[Any, ...]]
"""A method of a stage and its arguments."""


class Listening:
    """A stage that notes what it is told, and concludes nothing."""

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls

    def process(self, observation: Any) -> Iterable[Observation]:
        self._calls.append(("process", (observation,)))
        return ()

    def advance(self, stamp: int) -> Iterable[Observation]:
        self._calls.append(("advance", (stamp,)))
        return ()

    def finish(self) -> Iterable[Observation]:
        self._calls.append(("finish", ()))
        return ()


@dataclass(frozen=True)
class Told:
    """What attribution is told of a recording.

    Attributes:
        calls: In order.
        seconds: Recorded.
        inside: People in the store, mean over the frames.
        most: The same at most.
    """

    calls: list[Call]
    seconds: float
    inside: float
    most: int


def told(people: int, seconds: float, seed: int) -> Told:
    """Simulates random shoppers and lets everything before attribution work."""
    scenario = with_random(load_scenario("shopping"), people=people, rate=ARRIVALS * people)
    assert scenario.shopping is not None
    scenario = scenario.model_copy(update={"shopping": scenario.shopping.model_copy(update={"seconds": seconds})})
    performance = act(cast(scenario, STORE, seed), STORE)
    calls: list[Call] = []

    def listening(node: NodeSpec) -> NodeSpec:
        return replace(node, stage=lambda store, settings: Listening(calls)) if node.name == "attribution" else node

    dataflow = Dataflow(tuple(map(listening, NODES)), STORE, ignore)
    for index, recorded in enumerate(heard(performance, "shoppers")):
        dataflow.push(recorded.topic, recorded.observation)
        if index % PUMPED_TOGETHER == 0:
            dataflow.pump()
    dataflow.finish()
    return Told(calls, performance.duration, *inside(performance))


def inside(performance: Performance) -> tuple[float, int]:
    """How many people there are: mean over the frames, and most."""
    counts = np.zeros(performance.frames, int)
    for actor in performance.actors:
        counts[actor.first : actor.last + 1] += 1
    return float(counts.mean()), int(counts.max())


def ignore(topic: Topic, observation: Observation) -> None:
    """Takes what the nodes give, and does nothing with it."""


def concluded(calls: Iterable[Call]) -> Iterator[float]:
    """Lets attribution work; gives the processor seconds of each call."""
    stage = AttributionStage(STORE)
    for name, arguments in calls:
        call: Callable[..., Iterable[Observation]] = getattr(stage, name)
        began = process_time()
        for _ in call(*arguments):
            pass
        yield process_time() - began


def most_held(calls: Iterable[Call]) -> float:
    """The most memory that attribution holds, MB."""
    tracemalloc.start()
    for _ in concluded(calls):
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


COLUMNS = "people, mean (most)", "recorded, s", "events", "of real time", "snapshot, us", "event, ms (most)", "held, MB"


def row(heard_of: Told, runs: int) -> tuple[str, ...]:
    """What a recording costs, in the order of `COLUMNS`."""
    took = np.median([list(concluded(heard_of.calls)) for _ in range(runs)], axis=0)
    kinds = np.array([type(arguments[0]) if arguments else None for _, arguments in heard_of.calls], dtype=object)
    events = took[kinds == WeightEvent]
    return (
        f"{heard_of.inside:.1f} ({heard_of.most})",
        f"{heard_of.seconds:.0f}",
        f"{len(events)}",
        f"{100 * took.sum() / heard_of.seconds:.2f} %",
        f"{1e6 * median(took[kinds == Shoppers]):.0f}",
        f"{1e3 * median(events):.1f} ({1e3 * max(events):.0f})",
        f"{most_held(heard_of.calls):.1f}",
    )


@click.command(help=__doc__)
@click.option("--people", default="5,10,20,40", show_default=True, help="How many may be inside, for a minute.")
@click.option("--minutes", default="2,4", show_default=True, help="How long ten people come and go.")
@click.option("--runs", default=3, show_default=True, help="Of each recording; each call counts with its median.")
def main(people: str, minutes: str, runs: int) -> None:
    """Print a row for each recording as soon as it is measured."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    click.echo("".join(f"{column:>21}" for column in COLUMNS))
    kinds = [(int(count), 1.0) for count in filter(None, people.split(","))]
    kinds += [(10, float(minute)) for minute in filter(None, minutes.split(","))]
    for count, minute in kinds:
        click.echo("".join(f"{figure:>21}" for figure in row(told(count, 60.0 * minute, seed=2), runs)))


if __name__ == "__main__":
    main()
