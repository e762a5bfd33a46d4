"""How far from where a network saw them the joints of shoppers are, counted as Pose2Sim 0.10 counts it.

python test/benchmarks/reprojection.py SHOPPERS.csv STORE.yaml BAG

SHOPPERS.csv is what `storegraph export shoppers --fps` wrote, BAG the bag with the keypoints. For each joint of each
shopper in each picture: the mean distance in pixels over the views that saw it with a score of at least 0.3; while that
is above 15 px the worst view is left out, down to two (`triangulation_from_best_cameras`, with the thresholds of its
demo). Pose2Sim places a joint anew for the views that are left; here it stays where it is.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.topics import KEYPOINTS
from storegraph.observations import Keypoints
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup

Floats = NDArray[np.float64]

LIKELY, FARTHEST, LEAST_VIEWS = 0.3, 15.0, 2

OTHER = 80.0
"""Pixels, median over the joints: a figure farther than this from where a shopper is projected is somebody else."""


def distances(picture: Keypoints, pixels: Floats) -> Floats:
    """Pixels from each joint to where it was seen, NaN where it was not, shape [J]; of the figure that is nearest."""
    nearest, least = np.full(len(pixels), np.nan), OTHER
    for person in picture.people:
        apart = np.hypot(*(person.points - pixels).T)
        if int(np.isfinite(apart).sum()) >= 5 and np.nanmedian(apart) < least:
            least, nearest = float(np.nanmedian(apart)), np.where(person.scores >= LIKELY, apart, np.nan)
    return nearest


def counted(errors: Floats) -> tuple[float, int]:
    """The mean over the views [V] that are kept, NaN where two are too far off, and how many were kept."""
    known = np.sort(errors[np.isfinite(errors)])
    for kept in range(len(known), LEAST_VIEWS - 1, -1):
        if known[:kept].mean() <= FARTHEST:
            return float(known[:kept].mean()), kept
    return float("nan"), 0


def main() -> None:
    table, store_file, bag = map(Path, sys.argv[1:])
    store = load_store(store_file)
    cameras = {camera.id: CameraGroup.of([camera]) for camera in store.cameras}
    pictures: dict[int, list[Keypoints]] = defaultdict(list)
    with BagReader(bag, store.id) as reader:
        for message in reader.messages(reader.names_of(KEYPOINTS)):
            seen = decode(message)
            assert isinstance(seen, Keypoints)
            pictures[seen.stamp].append(seen)
    joints = next(iter(pictures.values()))[0].joints
    places: dict[str, dict[int, Floats]] = defaultdict(dict)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            person = places[row["id"]].setdefault(int(row["stamp"]), np.full((len(joints), 3), np.nan))
            person[joints.index(row["joint"])] = [float(row[axis]) for axis in "xyz"]
    for name, moments in places.items():
        of_joints = []
        for stamp, person in moments.items():
            projected = [(each, cameras[each.camera].project(person[None, None])[0][0, 0]) for each in pictures[stamp]]
            errors = np.array([distances(picture, pixels) for picture, pixels in projected])
            of_joints += [counted(errors[:, joint]) for joint in range(len(joints))]
        means, kept = np.transpose(of_joints)
        told = np.isfinite(np.concatenate(list(moments.values()))[:, 0]).mean()
        print(
            f"{name}: {len(moments)} pictures, {told:.1%} of the joints told, {np.isfinite(means).mean():.1%} of them "
            f"within {FARTHEST:.0f} px of {LEAST_VIEWS} views; of those {np.nanmean(means):.2f} px off "
            f"in {kept[np.isfinite(means)].mean():.2f} views"
        )


if __name__ == "__main__":
    main()
