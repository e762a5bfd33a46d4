"""What MoveNet MultiPose makes of the pictures of the simulated store.

python test/benchmarks/detection.py [--scenario demo] [--seed 1] [--every 3]

Needs `make pictures` and `storegraph models fetch`. Of every camera a picture each few seconds, as the JPEG that a bag
would hold. A person counts where all joints are in the picture and others, fixtures and walls hide at most 15 % of
them; found is who has somebody reported with a mean joint error below 15 % of their height in the picture. Joints that
the own body hides count: the network guesses them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from storegraph.observations import PersonKeypoints
from storegraph.simulation.acting.acting import act
from storegraph.simulation.cameras.bodies import Capsules
from storegraph.simulation.cameras.furniture import Furniture
from storegraph.simulation.cameras.occlusion import Pairs, hidden_by_others
from storegraph.simulation.performance import FRAME_RATE, Performance
from storegraph.simulation.rendering.renderer import Renderer
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup
from storegraph.vision.model import VisionSettings, load_detector

STORE = load_store(Path(__file__).resolve().parents[2] / "config/stores/corner.yaml")
HIDDEN, WRONG = 0.15, 0.15
BORDER = 4.0
"""Pixels."""

Floats = NDArray[np.float64]


class Seen(NamedTuple):
    """Somebody in full view: score of the person, scores and errors (pixels) of the joints, height in pixels."""

    score: float
    scores: Floats
    errors: Floats
    height: float

    @property
    def found(self) -> bool:
        """Whether the one who is reported there is this person."""
        return bool(np.nanmean(self.errors) < WRONG * self.height) if np.isfinite(self.errors).any() else False


def in_full_view(
    performance: Performance, camera: CameraGroup, furniture: Furniture, moment: float
) -> Iterator[Floats]:
    """Joints in pixels [17, 2] of everybody who is in full view."""
    frame = round(moment * FRAME_RATE)
    there = [actor for actor in performance.actors if actor.first <= frame <= actor.last]
    if not there:
        return
    joints = np.array([[actor.joints[frame - actor.first] for actor in there]], dtype=np.float64)
    pixels, scale = (each[0] for each in camera.project(joints[None]))
    by_axis = np.ascontiguousarray(np.moveaxis(joints, (3, 2), (0, 1)))
    capsules = Capsules.of(by_axis, [actor.body for actor in there])
    pairs = Pairs.of(pixels, scale)
    hidden = hidden_by_others(camera.centres[0], by_axis, pixels, scale, capsules, pairs, furniture)
    for person in range(len(there)):
        points = pixels[0, person]
        inside = ((points > BORDER) & (points < camera.sizes[0] - BORDER)).all()  # False where not projected
        if inside and np.mean(hidden[0, person] > 0.5) <= HIDDEN:
            yield points


def seen_as(points: Floats, people: tuple[PersonKeypoints, ...]) -> Seen:
    """What is reported of somebody: that one whose joints fit best."""
    height = float(np.ptp(points[:, 1]))
    judged = [
        Seen(person.score, person.scores.astype(np.float64), np.linalg.norm(person.points - points, axis=1), height)
        for person in people
    ]
    nobody = Seen(0.0, np.zeros(len(points)), np.full(len(points), np.nan), height)
    return min(judged, key=lambda each: np.nan_to_num(np.nanmean(each.errors), nan=np.inf), default=nobody)


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two pictures of a camera")
    parser.add_argument("--size", type=int, default=512, help="longer side of what the network sees, pixels")
    given = parser.parse_args()
    performance = act(cast(load_scenario(given.scenario), STORE, given.seed), STORE)
    renderer, furniture = Renderer(performance), Furniture.of(STORE)
    detector = load_detector(VisionSettings(size=given.size))
    seen: dict[str, list[Seen]] = {camera.id: [] for camera in STORE.cameras}
    for moment in track(np.arange(given.every, performance.duration, given.every), "looking"):
        for camera in STORE.cameras:
            expected = list(in_full_view(performance, CameraGroup.of([camera]), furniture, moment))
            if expected:
                _, jpeg = cv2.imencode(".jpg", renderer.picture(camera.id, moment), (cv2.IMWRITE_JPEG_QUALITY, 90))
                people = detector.detect([cv2.imdecode(jpeg, cv2.IMREAD_COLOR)])[0]
                seen[camera.id] += [seen_as(points, people) for points in expected]
    table = Table("camera", "people", "found", "score of a person", "of a joint", "joint error, 50 and 90 %", "height")
    everywhere = [each for of_camera in seen.values() for each in of_camera]
    for name, views in (*seen.items(), ("all", everywhere)):
        found = [each for each in views if each.found]
        errors = np.concatenate([each.errors for each in found])
        table.add_row(
            name,
            str(len(views)),
            f"{len(found) / len(views):.0%}",
            f"{np.median([each.score for each in found]):.2f}",
            f"{np.median(np.concatenate([each.scores for each in found])):.2f}",
            f"{np.nanmedian(errors):.1f}, {np.nanpercentile(errors, 90):.1f} px",
            f"{np.median([each.height for each in views]):.0f} px",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
