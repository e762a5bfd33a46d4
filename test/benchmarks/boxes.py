"""How well people are followed from boxes alone: rooms full of people, four cameras, 4 sets a second.

python test/benchmarks/boxes.py [--seeds 1] [--room "door, 15"] [--everywhere]

Made-up people (box_rooms.py) come in, stroll and step out of each other's way. Their bodies, of capsules, are drawn
into each picture from back to front (box_bodies.py), so that who stands before whom hides them. A made-up detector
(box_detectors.py) misses who is hidden, draws boxes around what is seen or around what it guesses, suppresses boxes
that overlap, and invents some. A plain tracker stands beside: feet on the floor, global nearest neighbours
camera by camera, Kalman filters.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))
sys.path.append(str(Path(__file__).resolve().parent))

from box_rooms import ROOMS, frame_sets
from box_rooms import SETS as RATE
from walkers import Floats

from storegraph.observations import Shoppers, ShopperState
from storegraph.store.model import Camera
from storegraph.tracking.boxes.tracker import BoxTracker
from storegraph.tracking.cameras import CameraGroup

NEAR = 1.0
"""Metres within which a track is a person's."""


@dataclass
class Follow:
    """Somebody followed the plain way: place and velocity, how often seen, and sets since."""

    name: str
    mean: Floats
    spread: Floats
    seen: int = 1
    unseen: int = 0


class NearestNeighbours:
    """The plain way: the feet of each box on the floor, the nearest of those followed, one camera after the other.

    Who is not seen for a second is given up; who is seen four times is a person.
    """

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self._groups = {camera.id: CameraGroup.of([camera]) for camera in cameras}
        self._followed: list[Follow] = []
        self._born = 0

    def update(self, boxes: Mapping[str, Floats]) -> list[tuple[str, Floats]]:
        """Ids and places of everybody; called `RATE` times a second."""
        step = np.eye(4) + np.diag([1 / RATE] * 2, k=2)
        for each in self._followed:
            each.mean, each.spread = step @ each.mean, step @ each.spread @ step.T + np.diag([0.01, 0.01, 0.1, 0.1])
            each.unseen += 1
        for camera, found in boxes.items():
            rays = self._groups[camera].rays((found[:, :2] + found[:, 2:4] * [0.5, 1.0])[None])[0]
            centre = self._groups[camera].centres[0]
            self._take_in((centre - centre[2] / rays[:, 2:] * rays)[:, :2])
        self._followed = [each for each in self._followed if each.unseen < RATE]
        return [(each.name, each.mean[:2]) for each in self._followed if each.seen > 3]

    def _take_in(self, feet: Floats) -> None:
        """Takes in where a camera sees feet, shape [N, 2]; 0.2 m is their standard deviation, three are a gate."""
        gains = [np.linalg.inv(each.spread[:2, :2] + 0.04 * np.eye(2)) for each in self._followed]
        off = [feet - each.mean[:2] for each in self._followed]
        cost = np.array([np.einsum("na,ab,nb->n", *each) for each in zip(off, gains, off, strict=True)])
        pairs = linear_sum_assignment(np.minimum(cost.reshape(len(self._followed), len(feet)), 9.0))
        taken = set()
        for row, column in zip(*pairs, strict=True):
            if cost[row, column] < 9.0:
                each = self._followed[row]
                gain = each.spread[:, :2] @ gains[row]
                each.mean, each.spread = each.mean + gain @ off[row][column], each.spread - gain @ each.spread[:2]
                each.seen, each.unseen = each.seen + 1, 0
                taken.add(column)
        for column in set(range(len(feet))) - taken:
            if (np.abs(feet[column]) < 20).all():
                self._born += 1
                mean = np.append(feet[column], [0.0, 0.0])
                self._followed.append(Follow(str(self._born), mean, np.diag([0.04, 0.04, 0.5, 0.5])))


def places(shoppers: Shoppers) -> list[tuple[str, Floats]]:
    """Ids and places of those who are taken for people."""
    there = [each for each in shoppers.shoppers if each.state is not ShopperState.TENTATIVE]
    return [(each.shopper_id, each.positions[0, :2].astype(np.float64)) for each in there]


def judged(truth: list[dict[int, Floats]], said: list[list[tuple[str, Floats]]]) -> dict[str, float]:
    """MOTA, IDF1, HOTA and switches as TrackEval counts them, at `NEAR`."""
    from trackeval.metrics import CLEAR, HOTA, Identity

    ids: dict[str, int] = {}
    names = [np.array([ids.setdefault(name, len(ids)) for name, _ in moment], dtype=int) for moment in said]
    people = sorted({person for moment in truth for person in moment})
    there = [np.searchsorted(people, list(moment)) for moment in truth]
    true = [np.array(list(moment.values())).reshape(-1, 2) for moment in truth]
    tracked = [np.array([place for _, place in moment]).reshape(-1, 2) for moment in said]
    apart = [np.linalg.norm(a[:, None] - b[None], axis=2) for a, b in zip(true, tracked, strict=True)]
    data = {
        "num_gt_ids": len(people),
        "num_tracker_ids": len(ids),
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, tracked)),
        "num_timesteps": len(truth),
        "gt_ids": there,
        "tracker_ids": names,
        "similarity_scores": [np.maximum(0.0, 1 - each / (2 * NEAR)) for each in apart],
    }
    quiet = {"PRINT_CONFIG": False}
    scores = {**CLEAR(quiet).eval_sequence(data), **Identity(quiet).eval_sequence(data), **HOTA().eval_sequence(data)}
    return {name: float(np.mean(scores[name])) for name in ("MOTA", "IDF1", "HOTA", "IDSW")} | {"ids": float(len(ids))}


@click.command(help=__doc__)
@click.option("--seeds", default=1, show_default=True, help="How many times each room is filled with other people.")
@click.option(
    "--room", "names", multiple=True, default=["all there", "door, 15", "poses, 7"], type=click.Choice([*ROOMS])
)
@click.option("--everywhere", is_flag=True, help="In all rooms.")
def main(seeds: int, names: tuple[str, ...], everywhere: bool) -> None:
    """Measures both ways."""
    table = Table(title=f"four cameras, {RATE} sets a second; nn: nearest neighbours", title_justify="left")
    for column in (
        "room",
        "seed",
        "MOTA",
        "IDF1",
        "HOTA",
        "switches",
        "ids",
        "median ms",
        "95 % ms",
        "nn MOTA",
        "IDF1",
    ):
        table.add_column(column, justify="right" if table.columns else "left")
    for name in ROOMS if everywhere else names:
        for seed in range(seeds):
            table.add_row(name, str(seed), *measured(name, seed))
    Console(width=120).print(table)


def measured(name: str, seed: int) -> list[str]:
    """A row of the table."""
    cameras = ROOMS[name].cameras()
    tracker, plain = BoxTracker(cameras), NearestNeighbours(cameras)
    truth, ours, theirs, taken = [], [], [], []
    for stamp, boxes, true in frame_sets(ROOMS[name], seed):
        started = process_time()
        ours.append(places(tracker.update(stamp, boxes)))
        taken.append(1e3 * (process_time() - started))
        theirs.append(plain.update(boxes))
        truth.append(true)
    scores, other = judged(truth, ours), judged(truth, theirs)
    shares = [f"{100 * scores[each]:.1f}" for each in ("MOTA", "IDF1", "HOTA")]
    counts = [f"{scores[each]:.0f}" for each in ("IDSW", "ids")]
    times = [f"{np.median(taken):.0f}", f"{np.percentile(taken, 95):.0f}"]
    return [*shares, *counts, *times, *(f"{100 * other[each]:.1f}" for each in ("MOTA", "IDF1"))]


if __name__ == "__main__":
    main()
