"""How long simulating takes, by people in the store. Run by `make bench`, on one core and thread.

Random shoppers come and go in the corner store, four cameras and 44 scales. Figures are processor seconds: of acting it
out (who walks where, and every joint), and of recording it at keypoint level (what sensors say, the bag, the truth).
How many people are inside is the mean over the recording, and the most at once.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded

from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from storegraph.simulation.acting.acting import act
from storegraph.simulation.performance import Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, with_random
from storegraph.simulation.simulate import record
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
PEOPLE = (1, 5, 10)
ARRIVALS = 2.5
"""Of people a minute, for each who may be inside: a visit takes half a minute, so nearly as many are."""


def inside(performance: Performance) -> tuple[float, int]:
    """How many people there are: mean over the frames, and most."""
    counts = np.zeros(performance.frames, int)
    for actor in performance.actors:
        counts[actor.first : actor.last + 1] += 1
    return float(counts.mean()), int(counts.max())


@click.command()
@click.option("--seeds", default=3, show_default=True, help="Simulations of each kind; figures are their medians.")
def main(seeds: int) -> None:
    """Print the table."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    table = Table(title=f"Processor seconds at keypoint level, medians of {seeds} seeds", title_justify="left")
    for column in ("people, mean (most)", "simulated, s", "acting, s", "recording, s", "x real time"):
        table.add_column(column, justify="right")
    for people in PEOPLE:
        rows = np.array([measured(people, seed) for seed in range(seeds)])
        mean, most, simulated, acting, recording = np.median(rows, axis=0)
        ratio = np.median(rows[:, 2] / (rows[:, 3] + rows[:, 4]))
        figures = f"{mean:.1f} ({most:.0f})", f"{simulated:.0f}", f"{acting:.2f}", f"{recording:.2f}", f"{ratio:.0f}"
        table.add_row(*figures)
    Console().print(table)


def measured(people: int, seed: int) -> tuple[float, ...]:
    """People inside, mean and most; seconds simulated; processor seconds of acting and of recording."""
    scenario = with_random(load_scenario("shopping"), people=people, rate=ARRIVALS * people)
    begin = process_time()
    performance = act(cast(scenario, STORE, seed), STORE)
    acted = process_time()
    with TemporaryDirectory() as folder:
        record(performance, Path(folder) / "bag")
    return *inside(performance), performance.duration, acted - begin, process_time() - acted


if __name__ == "__main__":
    main()
