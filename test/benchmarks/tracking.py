"""How long tracking takes, by cameras and people, and how well it does. Run by `make bench`, on one core and thread.

Made-up people stroll about; cameras on the walls see them at 15 Hz, all at one time, with the faults that a network has
(`USUAL` in test/tracking/walkers.py). A figure is the processor time of one `MultiViewTracker.update`, from the joints
in the pictures of all cameras to shoppers: median and 95th percentile over the frame sets after the first second.
How well it does is measured in the corner store: four cameras, people who hide each other.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.spatial.transform import Rotation

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

from following import follow, root_mean_square
from replay import additions, spread
from walkers import SECOND, START, STORE, USUAL, Cameras, Faults, strollers

from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.tracker import MultiViewTracker

RATE = 15

HALLS = {4: (6.0, 5.0), 5: (6.0, 5.0), 12: (10.0, 8.0), 28: (14.0, 11.0)}
"""Width and depth, metres, of the hall that so many cameras watch."""

CASES = ((4, 1), (4, 2), (4, 4), (4, 8), (4, 12), (4, 20), (5, 4), (12, 10), (28, 20))
"""Cameras and people."""


def hall_cameras(count: int) -> tuple[Camera, ...]:
    """Cameras evenly along the walls of a hall, under the ceiling, each looking at a point 3 m before it."""
    width, depth = HALLS[count]
    around = (np.arange(count) + 0.5) / count * 2 * (width + depth)
    cameras = []
    for number, along in enumerate(around):
        side = np.searchsorted(np.cumsum([width, depth, width, depth]), along, side="right")
        rest = along - np.concatenate(([0.0], np.cumsum([width, depth, width, depth])))[side]
        place = [(rest, 0.0), (width, rest), (width - rest, depth), (0.0, depth - rest)][side]
        inwards = np.array([(0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)][side])
        cameras.append(
            STORE.cameras[0].model_copy(
                update={
                    "id": f"camera_{number:02d}",
                    "position": (*place, 2.75),
                    "orientation": looking(np.array([*(3.0 * inwards), -1.75])),
                }
            )
        )
    return tuple(cameras)


def looking(forward: np.ndarray) -> tuple[float, ...]:
    """The quaternion x, y, z, w of an optical frame that looks this way, upright."""
    z = forward / np.linalg.norm(forward)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    turn = np.column_stack((x, np.cross(z, x), z))
    return tuple(Rotation.from_matrix(turn).as_quat().tolist())


def measure(count: int, people: int, seconds: float) -> list[float]:
    """Milliseconds of each update."""
    cameras = hall_cameras(count)
    width, depth = HALLS[count]
    walkers = strollers(people, seconds, seed=1, floor=((0.8, 0.8), (width - 0.8, depth - 0.8)))
    world = Cameras(walkers, USUAL, seed=1, models={camera.id: CameraGroup.of([camera]) for camera in cameras})
    sets = [
        {camera.id: world.see(camera.id, number / RATE) for camera in cameras} for number in range(int(seconds * RATE))
    ]
    tracker, taken = MultiViewTracker(cameras), []
    for number, detections in enumerate(sets):
        started = process_time()
        tracker.update(START + number * SECOND // RATE, detections)
        taken.append(1e3 * (process_time() - started))
    return taken[RATE:]


def speeds(seconds: float) -> Table:
    """Measures how long it takes."""
    table = Table(title="one update of the tracker", title_justify="left")
    for column in ("cameras", "people", "median ms", "95 % ms", "frame sets a second"):
        table.add_column(column, justify="right")
    for count, people in CASES:
        taken = measure(count, people, seconds)
        median = float(np.median(taken))
        slow = float(np.percentile(taken, 95))
        table.add_row(str(count), str(people), f"{median:.2f}", f"{slow:.2f}", f"{1e3 / median:.0f}")
    return table


TRIALS: tuple[tuple[str, int, Faults, bool, Callable[[str, float], bool]], ...] = (
    ("in step", 3, USUAL, True, lambda camera, moment: False),
    ("in step", 6, USUAL, True, lambda camera, moment: False),
    ("in step", 12, USUAL, True, lambda camera, moment: False),
    ("one after the other", 6, USUAL, False, lambda camera, moment: False),
    ("one after the other", 12, USUAL, False, lambda camera, moment: False),
    ("two", 6, USUAL, True, lambda camera, moment: "south" in camera),
    ("one for 2 s", 6, USUAL, True, lambda camera, moment: 3 < moment < 5 and camera != "south_west"),
    ("none for 1 s", 6, USUAL, True, lambda camera, moment: 3 < moment < 4),
    ("none for 1 s", 12, USUAL, True, lambda camera, moment: 3 < moment < 4),
    ("with a bad network", 6, Faults(4.0, 0.2, 0.05, 0.15, 0.5, 0.1), True, lambda camera, moment: False),
)
"""Name, people, faults, whether the cameras are in step, and when they are blind."""


def accuracies(seconds: float) -> Table:
    """Measures how well it does."""
    table = Table(title=f"three times {seconds:.0f} s in the corner store, 15 Hz", title_justify="left")
    table.add_column("cameras", no_wrap=True)
    for column in ("people", "switches", "missed", "invented", "joints", "wrists", "half of them"):
        table.add_column(column, justify="right")
    for name, people, faults, together, blind in TRIALS:
        worlds = [Cameras(strollers(people, seconds, seed), faults, seed) for seed in range(3)]
        reports = [follow(world, seconds, together, blind) for world in worlds]
        moments = people * sum(report.moments for report in reports)
        joints = [error for report in reports for error in report.errors]
        wrists = [error for report in reports for error in report.wrists]
        table.add_row(
            name,
            str(people),
            str(sum(report.switches for report in reports)),
            f"{100 * sum(report.missed for report in reports) / moments:.1f} %",
            f"{100 * sum(report.invented for report in reports) / moments:.1f} %",
            f"{100 * root_mean_square(joints):.1f} cm",
            f"{100 * root_mean_square(wrists):.1f} cm",
            f"{100 * np.median(wrists):.1f} cm",
        )
    return table


@click.command(help=__doc__)
@click.option("--seconds", default=8.0, show_default=True, help="Of each case.")
def main(seconds: float) -> None:
    """Measures all cases."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    console = Console(width=100)
    console.print(f"five million additions: {spread([additions() for _ in range(5)], ' s', 2)}")
    console.print(speeds(seconds))
    console.print(accuracies(seconds))


if __name__ == "__main__":
    main()
