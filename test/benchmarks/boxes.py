"""How well people are followed from boxes alone: 15 in a room of 26 m2, four cameras in its corners, 4 sets a second.

python test/benchmarks/boxes.py [--seeds 3] [--seconds 40]

Made-up people stroll and step out of each other's way (test/tracking/walkers.py). Their bodies, of capsules, are drawn
into each picture from back to front, so that who stands before whom hides them. A made-up detector misses who is
hidden, draws boxes around what is seen or around what it guesses, suppresses boxes that overlap, and invents some. A
plain tracker stands beside: feet on the floor, global nearest neighbours camera by camera, Kalman filters.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import click
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))
sys.path.append(str(Path(__file__).resolve().parent))

from tracking import looking
from walkers import SECOND, START, STORE, TRUNK, Floats, Walker, strollers

from storegraph.observations import COCO_17, Shoppers, ShopperState
from storegraph.store.model import Camera
from storegraph.tracking.boxes.tracker import BoxTracker
from storegraph.tracking.cameras import CameraGroup

ROOM = (7.67, 3.41)
"""Metres: 26 m2, as long and narrow as a corridor shop."""

WALL = 0.45
"""Metres from the walls within which nobody walks."""

PEOPLE, RATE = 15, 4

COARSE = 8
"""Pictures are drawn in cells of so many pixels."""

MARGIN = 400
"""Pixels around a picture that are drawn too: a person may be cut by its border."""

NEAR = 1.0
"""Metres within which a track is a person's."""

PARTS = (
    ("shoulder", "elbow", 0.055),
    ("elbow", "wrist", 0.045),
    ("hip", "knee", 0.085),
    ("knee", "ankle", 0.06),
)
"""Limbs and their radii, metres."""


def room_cameras() -> tuple[Camera, ...]:
    """One in each corner at 2.5 m, 88 degrees wide, looking at the middle of the room."""
    width, depth = ROOM
    corners = ((0.05, 0.05), (width - 0.05, 0.05), (width - 0.05, depth - 0.05), (0.05, depth - 0.05))
    return tuple(
        STORE.cameras[0].model_copy(
            update={
                "id": f"corner_{number}",
                "width": 1920,
                "height": 1024,
                "focal_length": (1000.0, 1000.0),
                "principal_point": (960.0, 512.0),
                "distortion_model": "plumb_bob",
                "distortion": (-0.05, 0.01, 0.0, 0.0, 0.0),
                "position": (x, y, 2.5),
                "orientation": looking(np.array([width / 2 - x, depth / 2 - y, 0.7 - 2.5])),
            }
        )
        for number, (x, y) in enumerate(corners)
    )


def capsules(joints: Floats) -> Iterator[tuple[Floats, Floats, float]]:
    """Ends and radii, metres, of the parts of a body, of its joints [17, 3]."""
    at = {name: joints[index] for index, name in enumerate(COCO_17)}
    middle = {part: (at[f"left_{part}"] + at[f"right_{part}"]) / 2 for part in ("shoulder", "hip", "ear")}
    ahead = (at["nose"] - middle["ear"]) * [1, 1, 0]
    sole = 0.14 * ahead / np.linalg.norm(ahead) - [0, 0, 0.05]
    for side in ("left", "right"):
        for far, near, radius in PARTS:
            yield at[f"{side}_{far}"], at[f"{side}_{near}"], radius
        yield at[f"{side}_ankle"] - [0, 0, 0.05], at[f"{side}_ankle"] + sole, 0.04
    yield middle["shoulder"], middle["hip"], 0.15
    yield at["left_shoulder"], at["right_shoulder"], 0.09
    yield at["left_hip"], at["right_hip"], 0.11
    yield middle["shoulder"], middle["ear"], 0.06
    yield middle["ear"], middle["ear"] + [0, 0, 0.03], 0.105


def seen(camera: CameraGroup, people: Floats) -> Iterator[tuple[int, float, Floats, Floats]]:
    """Who is in a picture: index, share in view, and the boxes of what is in view and of all within the picture."""
    width, height = camera.sizes[0]
    rows, columns = int((height + 2 * MARGIN) / COARSE), int((width + 2 * MARGIN) / COARSE)
    inside = np.zeros((rows, columns), dtype=bool)
    edge = MARGIN // COARSE
    inside[edge:-edge, edge:-edge] = True
    in_front, bodies = np.full((rows, columns), -1), {}
    away = np.linalg.norm(people[:, TRUNK, :2].mean(axis=1) - camera.centres[0, :2], axis=1)
    for person in np.argsort(-away).tolist():
        parts = list(capsules(people[person]))
        pixels, scale = camera.project(np.array([part[:2] for part in parts])[None])
        drawn = np.zeros((rows, columns), dtype=np.uint8)
        for (_, _, radius), ends, size in zip(parts, pixels[0], scale[0], strict=True):
            if np.isfinite(ends).all() and np.abs(ends).max() < 5000:
                start, end = ((ends + MARGIN) / COARSE).round().astype(int).tolist()
                cv2.line(drawn, start, end, 1, max(1, round(2 * radius * size.mean() / COARSE)))
        bodies[person] = drawn.astype(bool)
        in_front[bodies[person]] = person
    for person, body in bodies.items():
        view = body & inside & (in_front == person)
        if view.sum() > 3:
            yield person, view.sum() / body.sum(), _box(view), _box(body & inside)


def _box(cells: np.ndarray) -> Floats:
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) * COARSE - float(MARGIN)


class Detector:
    """Boxes as a network would draw them, of one camera."""

    def __init__(self, camera: CameraGroup, people: int, seed: int) -> None:
        self._camera = camera
        self._random = np.random.default_rng(seed)
        self._error = self._random.normal(size=(people, 4))
        self._statues = self._random.uniform([0, 100], [1700, 700], (2, 2))

    def detect(self, people: Floats) -> Floats:
        """Left, top, width, height and score, shape [N, 5].

        Half of an error lasts for half a second: 3 % of the width and 1.5 % of the height, and more where less is in
        view.
        """
        random, most = self._random, np.tile(self._camera.sizes[0] - 1, 2)
        self._error = 0.6 * self._error + 0.8 * random.normal(size=self._error.shape)
        found = []
        for person, share, view, whole in seen(self._camera, people):
            if random.random() > 0.97 / (1 + np.exp(-(share - 0.3) / 0.06)):
                continue
            box = whole if random.random() < 0.35 else view
            size = box[2:] - box[:2]
            if size[0] < 15 or size[1] < 40:
                continue
            error = self._error[person] * (np.tile(size * [0.03, 0.015], 2) * (2 - share) + 1.0)
            found.append((0.4 + 0.5 * share + 0.08 * random.normal(), np.clip(box + error, 0, most)))
        found.sort(key=lambda each: -each[0])
        kept: list[tuple[float, Floats]] = []
        for score, box in found:
            if all(_overlap(box, other) < 0.55 for _, other in kept):
                kept.append((score, box))
        for _ in range(random.poisson(0.36)):
            corner, height = random.uniform([0, 0], [1800, 700]), random.uniform(120, 500)
            if random.random() < 0.5:
                corner, height = self._statues[random.integers(2)] + random.normal(0, 5, 2), 300.0
            corners = np.concatenate((corner, corner + np.array([height * random.uniform(0.3, 0.6), height])))
            kept.append((random.uniform(0.3, 0.7), np.clip(corners, 0, most)))
        rows = [[*box[:2], *(box[2:] - box[:2]), min(score, 0.98)] for score, box in kept]
        return random.permutation(np.array(rows).reshape(-1, 5))


def _overlap(one: Floats, other: Floats) -> float:
    """Intersection over union."""
    size = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = float(size.prod()) if (size > 0).all() else 0.0
    return both / float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - both)


def frame_sets(
    walkers: tuple[Walker, ...], seconds: float, seed: int
) -> Iterator[tuple[int, dict[str, Floats], Floats]]:
    """Stamps, boxes by camera, and everybody's true places [P, 2], after five seconds of walking."""
    groups = [CameraGroup.of([camera]) for camera in room_cameras()]
    detectors = {str(each.ids[0]): Detector(each, len(walkers), 100 * seed + n) for n, each in enumerate(groups)}
    for number in range(int(seconds * RATE)):
        people = np.array([walker.joints(5.0 + number / RATE) for walker in walkers])
        boxes = {name: detector.detect(people) for name, detector in detectors.items()}
        yield START + number * SECOND // RATE, boxes, people[:, TRUNK, :2].mean(axis=1)


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

    def __init__(self) -> None:
        self._groups = {camera.id: CameraGroup.of([camera]) for camera in room_cameras()}
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


def judged(truth: list[Floats], said: list[list[tuple[str, Floats]]]) -> dict[str, float]:
    """MOTA, IDF1, HOTA and switches as TrackEval counts them, at `NEAR`."""
    from trackeval.metrics import CLEAR, HOTA, Identity

    ids: dict[str, int] = {}
    names = [np.array([ids.setdefault(name, len(ids)) for name, _ in moment], dtype=int) for moment in said]
    tracked = [np.array([place for _, place in moment]).reshape(-1, 2) for moment in said]
    apart = [np.linalg.norm(a[:, None] - b[None], axis=2) for a, b in zip(truth, tracked, strict=True)]
    data = {
        "num_gt_ids": len(truth[0]),
        "num_tracker_ids": len(ids),
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, tracked)),
        "num_timesteps": len(truth),
        "gt_ids": [np.arange(len(each)) for each in truth],
        "tracker_ids": names,
        "similarity_scores": [np.maximum(0.0, 1 - each / (2 * NEAR)) for each in apart],
    }
    quiet = {"PRINT_CONFIG": False}
    scores = {**CLEAR(quiet).eval_sequence(data), **Identity(quiet).eval_sequence(data), **HOTA().eval_sequence(data)}
    return {name: float(np.mean(scores[name])) for name in ("MOTA", "IDF1", "HOTA", "IDSW")} | {"ids": float(len(ids))}


@click.command(help=__doc__)
@click.option("--seeds", default=3, show_default=True, help="How many rooms full of people.")
@click.option("--seconds", default=40.0, show_default=True, help="Of each.")
def main(seeds: int, seconds: float) -> None:
    """Measures both ways."""
    table = Table(
        title=f"{PEOPLE} people, 26 m2, 4 cameras, {RATE} sets a second, {seconds:.0f} s", title_justify="left"
    )
    for column in ("seed", "tracker", "MOTA", "IDF1", "HOTA", "switches", "ids", "median ms", "95 % ms"):
        table.add_column(column, justify="right")
    for seed in range(seeds):
        walkers = strollers(PEOPLE, seconds + 5, seed, floor=((WALL, WALL), (ROOM[0] - WALL, ROOM[1] - WALL)))
        tracker, plain = BoxTracker(room_cameras()), NearestNeighbours()
        truth, ours, theirs, taken = [], [], [], []
        for stamp, boxes, true in frame_sets(walkers, seconds, seed):
            started = process_time()
            ours.append(places(tracker.update(stamp, boxes)))
            taken.append(1e3 * (process_time() - started))
            theirs.append(plain.update(boxes))
            truth.append(true)
        times = f"{np.median(taken):.0f}", f"{np.percentile(taken, 95):.0f}"
        for name, said, cost in (("boxes", ours, times), ("nearest neighbours", theirs, ("", ""))):
            scores = judged(truth, said)
            shares = (f"{100 * scores[each]:.1f}" for each in ("MOTA", "IDF1", "HOTA"))
            table.add_row(str(seed), name, *shares, f"{scores['IDSW']:.0f}", f"{scores['ids']:.0f}", *cost)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
