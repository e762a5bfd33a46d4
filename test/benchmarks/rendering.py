"""How long pictures of the simulated store take.

python test/benchmarks/rendering.py [--seconds 5]

The scenario `demo` in the corner shop, four cameras of 640x360 pixels at 10 Hz. The first pictures, for which the shop
is lit, are told apart from the others.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from storegraph.simulation.acting.acting import act
from storegraph.simulation.rendering.renderer import Renderer
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
BEGIN, RATE = 15.0, 10
"""Seconds: four people are in the shop; and pictures a second of each camera."""


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="how much of the performance is rendered")
    wanted = parser.parse_args().seconds
    store = load_store(ROOT / "config/stores/corner.yaml")
    performance = act(cast(load_scenario("demo"), store, seed=1), store)

    moments = [time.perf_counter()]
    renderer = Renderer(performance)
    for camera in store.cameras:
        renderer.picture(camera.id, BEGIN)
    moments.append(time.perf_counter())
    used = time.process_time()
    count = 0
    for step in range(1, round(wanted * RATE) + 1):
        for camera in store.cameras:
            renderer.picture(camera.id, BEGIN + step / RATE)
            count += 1
    moments.append(time.perf_counter())

    table = Table("what", "measured")
    table.add_row("Anny's model, the shop, and each camera's first picture", f"{moments[1] - moments[0]:.1f} s")
    table.add_row("a picture", f"{1000 * (moments[2] - moments[1]) / count:.0f} ms")
    table.add_row("processor time of a picture", f"{1000 * (time.process_time() - used) / count:.0f} ms")
    table.add_row("real time, four cameras at 10 Hz", f"{wanted / (moments[2] - moments[1]):.2f} x")
    Console().print(table)


if __name__ == "__main__":
    main()
