"""How a network errs in finding joints, beside how the simulated network does.

python test/benchmarks/keypoint_noise.py rendered SEEN --store STORE.yaml --scenario NAME --seed N
python test/benchmarks/keypoint_noise.py real SEEN --store STORE.yaml --shoppers SHOPPERS.csv

SEEN is a bag with the keypoints of a network (`storegraph vision`, or `storegraph import pose2sim`).

rendered: the bag was simulated with these, `--images`; where joints are is known exactly.
real: nobody knows where joints are. SHOPPERS.csv (`storegraph export shoppers --refine`) says where the views of all
cameras meet, and errors are told as if those V views had been V / (V - 1.5) times as far from there squared: of 2 V
coordinates 3 went into each place. The simulated network sees people who move like that.

A joint's error is counted in COCO's sigmas of the joint: 0.062 of the root of the area of a person's outline for a
wrist, 4 cm of an adult. In view is what others, fixtures and the own body hide at most 20 % of by `simulation.cameras`,
behind something what they hide at least 80 % of. Correlations are those of errors up to four sigmas.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_other
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.ndimage import gaussian_filter1d

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.topics import KEYPOINTS
from storegraph.observations import COCO_17, Keypoints
from storegraph.simulation.acting.acting import act
from storegraph.simulation.cameras import CameraSettings, ShutterSettings, keypoints
from storegraph.simulation.cameras.bodies import Capsules
from storegraph.simulation.cameras.detection import OUTLINE, SIGMAS
from storegraph.simulation.cameras.furniture import Furniture
from storegraph.simulation.cameras.occlusion import Pairs, hidden_by_oneself, hidden_by_others
from storegraph.simulation.performance import FRAME_RATE, START, Actor, Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.file import load_store
from storegraph.store.model import Camera, Store
from storegraph.tracking.cameras import CameraGroup

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

KINDS = tuple(dict.fromkeys(joint.rpartition("_")[2] for joint in COCO_17))
KIND = np.array([KINDS.index(joint.rpartition("_")[2]) for joint in COCO_17])
CLEAR, BEHIND, SAME, FAR, ENOUGH = 0.2, 0.8, 0.25, 4.0, 25
LAGS = (0.1, 0.5)
EVERYWHERE = 0.9
"""Share of its pictures in which each camera has to have found somebody whose joints nobody knows."""
SMOOTHED = 0.05
"""Seconds: standard deviation of what smooths where views meet."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Of one camera: K pictures, P people.

    Attributes:
        apart: From where the joint is to where it was seen, sigmas, shape [K, P, 17, 2]; NaN where not found.
        scores: Shape [K, P, 17].
        found: Who was reported, shape [K, P].
        by_others: By what share joints are hidden by others and fixtures, shape [K, P, 17].
        by_oneself: The same by the own body.
    """

    apart: Floats
    scores: Floats
    found: Flags
    by_others: Floats
    by_oneself: Floats


def errors(
    pictures: Sequence[Keypoints], camera: Camera, performance: Performance, begin: int, middle: float
) -> Errors:
    """What the pictures of one camera say, beside what was there; `middle` of the exposures, seconds after stamps."""
    group = CameraGroup.of([camera])
    eye = group.centres[0]
    bodies = [actor.body for actor in performance.actors]
    joints = there(performance, np.array([(picture.stamp - begin) / 1e9 + middle for picture in pictures]))
    pixels, scale = (each[0] for each in group.project(joints[None]))
    by_axis = np.ascontiguousarray(np.moveaxis(joints, (3, 2), (0, 1)))
    capsules, pairs = Capsules.of(by_axis, bodies), Pairs.of(pixels, scale)
    outline = OUTLINE * np.array([body.stature for body in bodies])[:, None] * scale
    points, scores = np.full(pixels.shape, np.nan), np.zeros(scale.shape)
    for picture, seen in enumerate(pictures):
        for person, number in same(seen, pixels[picture], outline[picture]):
            points[picture, person] = seen.people[number].points
            scores[picture, person] = seen.people[number].scores
    furniture = Furniture.of(performance.store)
    return Errors(
        apart=(points - pixels) / (SIGMAS * outline)[..., None],
        scores=scores,
        found=np.isfinite(points[..., 0]).any(axis=2),
        by_others=hidden_by_others(eye, by_axis, pixels, scale, capsules, pairs, furniture),
        by_oneself=hidden_by_oneself(eye, by_axis, capsules),
    )


def there(performance: Performance, moments: Floats) -> Floats:
    """The joints of all actors, shape [K, P, 17, 3]; NaN where not there."""
    joints = np.full((len(moments), len(performance.actors), len(COCO_17), 3), np.nan)
    for person, actor in enumerate(performance.actors):
        frames = moments * FRAME_RATE - actor.first
        some = np.flatnonzero((frames >= 0) & (frames < len(actor.joints) - 1))
        before = frames[some].astype(np.intp)
        share = (frames[some] - before)[:, None, None]
        joints[some, person] = (1 - share) * actor.joints[before] + share * actor.joints[before + 1]
    return joints


def same(seen: Keypoints, pixels: Floats, outline: Floats) -> Iterable[tuple[int, int]]:
    """Who of the people there [P] is who of those that were seen: the nearest first, each once."""
    apart = np.full((len(pixels), len(seen.people)), np.inf)
    for number, person in enumerate(seen.people):
        distances = np.linalg.norm(person.points - pixels, axis=2) / outline
        known = np.isfinite(distances).sum(axis=1) >= 5
        apart[known, number] = np.nanmedian(distances[known], axis=1)
    while apart.size and apart.min() < SAME:
        one, other = np.unravel_index(apart.argmin(), apart.shape)
        apart[one], apart[:, other] = np.inf, np.inf
        yield int(one), int(other)


def figures(of_cameras: Sequence[Errors], rate: float, factor: float) -> dict[str, list[float]]:
    """Of each kind of joint, in the order of `COLUMNS`; `factor` times the errors that were measured."""
    rows = {}
    for kind, name in enumerate(KINDS):
        row: list[float] = []
        for where in (in_view, behind_oneself, behind_others):
            apart, scores = [], []
            for each in of_cameras:
                chosen = each.found[..., None] & (kind == KIND) & where(each)
                apart.append(factor * np.linalg.norm(each.apart[chosen], axis=1))
                scores.append(each.scores[chosen])
            row += summary(np.concatenate(apart), np.concatenate(scores), short=where is not in_view)
        rows[name] = row + [correlation(of_cameras, kind, max(round(lag * rate), 1)) for lag in LAGS]
    return rows


def in_view(each: Errors) -> Flags:
    return (each.by_others <= CLEAR) & (each.by_oneself <= CLEAR)


def behind_oneself(each: Errors) -> Flags:
    return (each.by_others <= CLEAR) & (each.by_oneself >= BEHIND)


def behind_others(each: Errors) -> Flags:
    return each.by_others >= BEHIND


COLUMNS = (
    "median", "nine in ten", "> 3", "score", "not found", "behind oneself", "score", "behind others", "score",
    *(f"after {lag} s" for lag in LAGS),
)  # fmt: skip


def summary(apart: Floats, scores: Floats, short: bool) -> list[float]:
    known = np.isfinite(apart)
    if known.sum() < ENOUGH:
        return [math.nan] * (2 if short else 5)
    median, most = np.percentile(apart[known], [50, 90])
    score = float(np.median(scores[known]))
    return [median, score] if short else [median, most, (apart[known] > 3).mean(), score, 1 - known.mean()]


def correlation(of_cameras: Sequence[Errors], kind: int, lag: int) -> float:
    """Of a joint's errors with those so many pictures later, both in view."""
    sums = np.zeros(3)
    for each in of_cameras:
        apart = np.clip(each.apart, -FAR, FAR)
        known = in_view(each) & np.isfinite(apart[..., 0]) & (kind == KIND)
        both = known[lag:] & known[:-lag]
        one, other = apart[lag:][both], apart[:-lag][both]
        sums += (one * other).sum(), (one**2).sum(), (other**2).sum()
    return float(sums[0] / np.sqrt(sums[1] * sums[2]))


def followed(table: Path, store: Store) -> tuple[Performance, int]:
    """People who move as the shoppers of a table, as far as they were seen from the first picture to the last."""
    places: dict[str, dict[int, Floats]] = defaultdict(dict)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            joints = places[row["id"]].setdefault(int(row["stamp"]), np.full((len(COCO_17), 3), np.nan))
            joints[COCO_17.index(row["joint"])] = [float(row[axis]) for axis in "xyz"]
    stamps = np.array(sorted({stamp for person in places.values() for stamp in person}))
    seconds = (stamps - stamps[0]) / 1e9
    frames = np.arange(0.0, seconds[-1] + 2 / FRAME_RATE, 1 / FRAME_RATE)
    actors = []
    for name, person in places.items():
        if len(person) < 0.9 * len(stamps):
            continue
        tracks = np.array([person.get(stamp, np.full((len(COCO_17), 3), np.nan)) for stamp in stamps.tolist()])
        joints = np.moveaxis(tracks, 0, -1).reshape(-1, len(stamps))
        smooth = np.array([np.interp(frames, seconds, smoothed(track, seconds)) for track in joints])
        moved = np.moveaxis(smooth.reshape(len(COCO_17), 3, len(frames)), -1, 0).astype(np.float32)
        actors.append(
            Actor(name, Body(stature(moved), 1.0, 35.0, 0), Credential.CARD, name, name, 0, moved, np.zeros((0, 3)))
        )
    script = Script("followed", 1, (), (), (), 0.0)
    return Performance(store, script, len(frames), tuple(actors), (), (), (), (), (), ()), int(stamps[0])


def smoothed(track: Floats, seconds: Floats) -> Floats:
    known = np.isfinite(track)
    filled = np.interp(seconds, seconds[known], track[known])
    return gaussian_filter1d(filled, SMOOTHED / float(np.diff(seconds).mean()), mode="nearest")


def stature(joints: NDArray[np.float32]) -> float:
    """From the lengths of thighs, 0.245 of it (Winter, figure 4.1), metres."""
    sides = [[COCO_17.index(f"{side}_{joint}") for joint in ("hip", "knee")] for side in ("left", "right")]
    return float(np.median([np.linalg.norm(joints[:, hip] - joints[:, knee], axis=1) for hip, knee in sides])) / 0.245


def pictures_of(bag: Path, store: Store) -> dict[str, list[Keypoints]]:
    """By camera, in the order of their stamps."""
    pictures: dict[str, list[Keypoints]] = defaultdict(list)
    with BagReader(bag, store.id) as reader:
        for message in reader.messages(reader.names_of(KEYPOINTS)):
            seen = decode(message)
            assert isinstance(seen, Keypoints)
            pictures[seen.camera].append(seen)
    return {camera: sorted(seen, key=lambda each: each.stamp) for camera, seen in pictures.items()}


def simulated(performance: Performance, rate: float) -> dict[str, list[Keypoints]]:
    """What the simulated network makes of it, by camera."""
    settings = CameraSettings(with_other(ShutterSettings(), rate=rate, dropped=0.0))
    pictures: dict[str, list[Keypoints]] = defaultdict(list)
    for each in keypoints(performance, settings):
        assert isinstance(each.observation, Keypoints)
        pictures[each.observation.camera].append(each.observation)
    return pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["rendered", "real"])
    parser.add_argument("seen", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--scenario")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shoppers", type=Path)
    given = parser.parse_args()

    store = load_store(given.store)
    pictures = pictures_of(given.seen, store)
    exposed, factor, begin = ShutterSettings().exposure / 2, 1.0, START
    if given.kind == "rendered":
        performance = act(cast(load_scenario(given.scenario), store, given.seed), store)
        middle = exposed
    else:
        performance, begin = followed(given.shoppers, store)
        middle, factor = 0.0, math.sqrt(len(pictures) / (len(pictures) - 1.5))
    stamps = [each.stamp for each in next(iter(pictures.values()))]
    rate = 1e9 / float(np.median(np.diff(stamps)))

    network = [errors(pictures[each.id], each, performance, begin, middle) for each in store.cameras]
    if given.kind == "real":  # places that fewer views went into fit these better
        everywhere = np.all([each.found.mean(axis=0) > EVERYWHERE for each in network], axis=0)
        actors = tuple(actor for actor, there in zip(performance.actors, everywhere, strict=True) if there)
        performance = with_other(performance, actors=actors)
        network = [errors(pictures[each.id], each, performance, begin, middle) for each in store.cameras]
    twin = simulated(performance, rate)
    made_up = [errors(twin[each.id], each, performance, START, exposed) for each in store.cameras]
    rows = zip(*(figures(*each).items() for each in ((network, rate, factor), (made_up, rate, 1.0))), strict=True)
    table = Table("joint", *COLUMNS, title=f"{given.seen}: the network / the simulated one")
    for (kind, ones), (_, others) in rows:
        table.add_row(kind, *(f"{one:.2f} / {other:.2f}" for one, other in zip(ones, others, strict=True)))
    Console(width=190).print(table)


if __name__ == "__main__":
    main()
