"""Where a camera's hands are thought to be: as the simulation says, or as a pose network finds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from goods_takes import ARMS, Hand
from numpy.typing import NDArray

from storegraph.simulation.chance import chance
from storegraph.store.model import Store
from storegraph.tracking.cameras import CameraGroup
from storegraph.vision.detector import PersonDetector
from storegraph.vision.model import VisionSettings, load_detector

OFF = {"off by 52 mm": 52.0, "off by 133 mm": 133.0}
"""Median error, millimetres: of tracked wrists near shelves with simulated keypoints, and with MoveNet's
(docs/vision.md)."""

WRISTS = ("true wrists", *OFF, "movenet-multipose", "compact")

MEDIAN = 1.177
"""Of the length of an error with a spread of 1 in each direction (Rayleigh's distribution)."""

SURE = 0.1
"""Score from which a joint is believed to have been found (docs/vision.md)."""

WITHIN = 0.3
"""Metres from the true wrist and elbow, in the mean, within which an arm is taken for that one: a tracker does that."""

HAND_HEIGHT = 1.0
"""Metres above the floor where a hand is thought to be, to know how large things are there."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arm:
    """Elbow and wrist, pixels, and pixels a metre there."""

    elbow: tuple[float, float]
    wrist: tuple[float, float]
    scale: float


def arms_seen(hands: Sequence[Hand], wrists: str, store: Store, folder: Path) -> list[Arm | None]:
    """The arm of each hand; None where it is not found."""
    if wrists == WRISTS[0]:
        return [Arm(hand.elbow, hand.wrist, hand.scale) for hand in hands]
    if wrists in OFF:
        draw, spread = chance(0, "goods", wrists), OFF[wrists] / 1000 / MEDIAN
        return [_moved(hand, draw.normal(0.0, spread, 2) * hand.scale) for hand in hands]
    cameras = {camera.id: CameraGroup.of([camera]) for camera in store.cameras}
    found = _people(wrists, sorted({hand.picture for hand in hands}), folder)
    return [_nearest(hand, np.array(found[hand.picture]), cameras[hand.camera]) for hand in hands]


def _moved(hand: Hand, shift: Floats) -> Arm:
    """The true arm, moved by so many pixels."""
    elbow, wrist = (np.array([hand.elbow, hand.wrist]) + shift).tolist()
    return Arm(tuple(elbow), tuple(wrist), hand.scale)


def _nearest(hand: Hand, arms: Floats, camera: CameraGroup) -> Arm | None:
    """The arm next to the true one, of arms [N, 2, 2]."""
    if not len(arms):
        return None
    off = np.linalg.norm(arms - np.array([hand.elbow, hand.wrist]), axis=2).mean(axis=1)
    best = int(off.argmin())
    if not off[best] < WITHIN * hand.scale:
        return None
    elbow, wrist = arms[best].tolist()
    return Arm(tuple(elbow), tuple(wrist), _scale(np.array(wrist), camera))


def _scale(pixel: Floats, camera: CameraGroup) -> float:
    """Pixels a metre at `HAND_HEIGHT` in the direction of a pixel; where it looks up, as if 4 m away."""
    ray, centre = camera.rays(pixel[None, None])[0, 0], camera.centres[0]
    distance = (HAND_HEIGHT - centre[2]) / ray[2] if ray[2] < -0.05 else 4.0
    point = centre + min(float(distance), 8.0) * ray
    return float(camera.project(point[None, None])[1][0, 0])


def _people(model: str, pictures: Sequence[str], folder: Path) -> dict[str, list[list[list[float]]]]:
    """The arms of everybody found in pictures, [N, 2, 2] each; kept in a file beside the pictures."""
    path = folder / f"{model}.json"
    if not path.exists():
        detector = _detector(model)
        arms = {}
        for name in pictures:
            people = detector.detect([np.asarray(cv2.imread(str(folder / name)), np.uint8)])[0]
            arms[name] = [
                np.asarray(person.points)[list(arm)].tolist()
                for person in people
                for arm in ARMS
                if (np.asarray(person.scores)[list(arm)] >= SURE).all()
            ]
        path.write_text(json.dumps(arms), encoding="utf-8")
    return dict(json.loads(path.read_text(encoding="utf-8")))


@cache
def _detector(model: str) -> PersonDetector:
    return load_detector(VisionSettings(model=model))
