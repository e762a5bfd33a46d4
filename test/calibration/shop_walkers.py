"""Somebody who walks about a shop, as cameras with clocks of their own see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from storegraph.calibration.turning import matrix
from storegraph.calibration.viewpoint import axes, placed
from storegraph.observations import COCO_17, Keypoints, PersonKeypoints
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
RATE = 5.0
HEIGHTS = {"ear": 0.925, "shoulder": 0.818, "hip": 0.52, "ankle": 0.0}
"""As shares of the stature; ankles are at `ANKLE`. Other joints are not found."""
ANKLE = 0.1
BREADTHS = {"ear": 0.07, "shoulder": 0.18, "hip": 0.1, "ankle": 0.09}


def joints(seconds: np.ndarray, stature: float) -> np.ndarray:
    """Joints of somebody who walks in loops through a shop of 6 x 5 m, shape [T, 17, 3]."""
    x, y = 3 + 1.9 * np.sin(0.35 * seconds), 2.5 + 1.5 * np.sin(0.53 * seconds + 0.4)
    along = np.stack((1.9 * 0.35 * np.cos(0.35 * seconds), 1.5 * 0.53 * np.cos(0.53 * seconds + 0.4)), axis=1)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    left = np.stack((-along[:, 1], along[:, 0]), axis=1)
    places = np.full((len(seconds), 17, 3), np.nan)
    for index, joint in enumerate(COCO_17):
        side, _, kind = joint.partition("_")
        if kind in HEIGHTS:
            breadth = BREADTHS[kind] * (1 if side == "left" else -1)
            places[:, index, :2] = np.stack((x, y), axis=1) + breadth * left
            places[:, index, 2] = ANKLE if kind == "ankle" else HEIGHTS[kind] * stature
    return places


def walked(
    cameras: Sequence[Camera],
    duration: float,
    *,
    stature: float = 1.78,
    clocks: Mapping[str, float] | None = None,
    noise: float = 1.5,
    seed: int = 0,
) -> Iterator[Keypoints]:
    """What cameras see; a clock that is behind by 0.1 s stamps a picture 0.1 s too early."""
    random = np.random.default_rng(seed)
    for camera in cameras:
        seconds = np.arange(random.uniform(0, 1 / RATE), duration, 1 / RATE)
        group = CameraGroup.of([camera])
        places = joints(seconds, stature)
        pixels = group.project(places.reshape(1, -1, 3))[0].reshape(len(seconds), 17, 2)
        pixels += noise * random.standard_normal(pixels.shape)
        inside = ((pixels >= 0) & (pixels <= (camera.width, camera.height))).all(axis=2)
        behind = (clocks or {}).get(camera.id, 0.0)
        for time, points, seen in zip((seconds - behind).tolist(), pixels, inside, strict=True):
            scores = np.where(seen, 0.6, 0.0).astype(np.float32)
            points = np.where(seen[:, None], points, np.nan).astype(np.float32)
            person = PersonKeypoints(0.8, np.zeros(4, np.float32), points, scores)
            people = (person,) if seen.any() else ()
            yield Keypoints(START + round(time * SECOND), camera.id, camera.width, camera.height, COCO_17, people)


def misplaced(cameras: Sequence[Camera], metres: float, radians: float, seed: int) -> list[Camera]:
    """Cameras whose poses are wrong by so much, each in a direction of its own."""
    random = np.random.default_rng(seed)
    wrong = []
    for camera in cameras:
        shift, turn = random.standard_normal((2, 3))
        shift, turn = metres * shift / np.linalg.norm(shift), radians * turn / np.linalg.norm(turn)
        wrong.append(placed(camera, matrix(turn) @ axes(camera), np.array(camera.position) + shift))
    return wrong
