"""What of made-up people is in a picture: bodies of capsules, drawn from back to front."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

from walkers import TRUNK, Floats

from storegraph.observations import COCO_17
from storegraph.tracking.cameras import CameraGroup

COARSE = 8
"""Pictures are drawn in cells of so many pixels."""

MARGIN = 400
"""Pixels around a picture that are drawn too: a person may be cut by its border."""

PARTS = (
    ("shoulder", "elbow", 0.055),
    ("elbow", "wrist", 0.045),
    ("hip", "knee", 0.085),
    ("knee", "ankle", 0.06),
)
"""Limbs and their radii, metres."""


def capsules(joints: Floats) -> Iterator[tuple[Floats, Floats, float]]:
    """Ends and radii, metres, of the parts of a body, of its joints [17, 3]."""
    at = {name: joints[index] for index, name in enumerate(COCO_17)}
    middle = {part: (at[f"left_{part}"] + at[f"right_{part}"]) / 2 for part in ("shoulder", "hip", "ear")}
    ahead = (at["nose"] - middle["ear"]) * [1, 1, 0]
    sole = 0.14 * ahead / max(np.linalg.norm(ahead), 1e-9) - [0, 0, 0.05]
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
