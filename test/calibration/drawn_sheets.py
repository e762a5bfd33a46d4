"""Pictures of printed sheets as a camera would take them: every pixel looks along its ray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.calibration.board import DICTIONARIES, Board
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

GREY = 110.0
RESOLUTION = 2000
"""Pixels a metre of the print: 0.5 mm."""
SAMPLES = 3
"""Rays a pixel, across and down."""
COARSE = 4
"""Pixels between those whose rays are computed."""


@dataclass(frozen=True, eq=False)
class DrawnSheet:
    """A sheet in the store: its print with a white margin, axes (columns: right, top, out) and middle in `map`."""

    print: NDArray[np.uint8]
    axes: NDArray[np.float64]
    middle: NDArray[np.float64]

    @classmethod
    def marker(cls, dictionary: str, number: int, size: float, axes, middle) -> DrawnSheet:
        side = round(size * RESOLUTION)
        drawn = cv2.aruco.generateImageMarker(DICTIONARIES[dictionary].load(), number, side)
        return cls(_with_margin(drawn, side // 6), np.asarray(axes), np.asarray(middle, float))

    @classmethod
    def board(cls, board: Board, axes, middle) -> DrawnSheet:
        return cls(_with_margin(board.picture(RESOLUTION), 40), np.asarray(axes), np.asarray(middle, float))


def _with_margin(drawn: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    return np.pad(drawn, margin, constant_values=255)


def draw(camera: Camera, sheets: Sequence[DrawnSheet]) -> NDArray[np.float64]:
    """A grey picture [height, width] without noise; later sheets cover earlier ones."""
    picture = np.full((camera.height, camera.width), GREY)
    group = CameraGroup.of([camera])
    for sheet in sheets:
        height, width = sheet.print.shape
        x, y = (np.linspace(-side / 2, side / 2, 9) / RESOLUTION for side in (width, height))
        grid = np.stack((*(each.ravel() for each in np.meshgrid(x, y)), np.zeros(81)), axis=1)
        seen, _ = group.project((grid @ sheet.axes.T + sheet.middle)[None])
        if not np.isfinite(seen).any():
            continue
        limit = camera.width - 1, camera.height - 1
        if not np.isfinite(seen).all():  # it reaches out of the picture
            seen = np.array([[(0.0, 0.0), limit]])
        (left, top), (right, bottom) = (
            np.clip(np.floor(np.nanmin(seen[0], axis=0)) - 4, 0, limit).astype(int),
            np.clip(np.ceil(np.nanmax(seen[0], axis=0)) + 4, 0, limit).astype(int),
        )
        if left < right and top < bottom:
            part = picture[top : bottom + 1, left : right + 1]
            part[:] = _drawn(camera, group, sheet, (left, top, right, bottom), part)
    return picture


def _drawn(camera, group, sheet, box, background) -> NDArray[np.float64]:
    """Rays bend slowly over a picture, so every fourth pixel's is enough to know all of them."""
    left, top, right, bottom = box
    across, down = (
        np.arange(first - COARSE, last + 2 * COARSE, COARSE) for first, last in ((left, right), (top, bottom))
    )
    nodes = np.stack(np.meshgrid(across, down), axis=-1).reshape(1, -1, 2).astype(float)
    towards = group.rays(nodes)[0] @ sheet.axes
    ahead = (towards / (group.rays(nodes)[0] @ group.rotations[0, :, 2])[:, None]).reshape(len(down), len(across), 3)
    fine = [
        (np.arange((last + 1 - first) * SAMPLES) + 0.5) / SAMPLES - 0.5 + COARSE
        for first, last in ((left, right), (top, bottom))
    ]
    maps = [each.astype(np.float32) for each in np.meshgrid(*(each / COARSE for each in fine))]
    towards = cv2.remap(ahead.astype(np.float32), *maps, cv2.INTER_LINEAR)
    eye = (np.array(camera.position) - sheet.middle) @ sheet.axes
    height, width = sheet.print.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        length = -eye[2] / towards[..., 2]
        x = (eye[0] + length * towards[..., 0]) * RESOLUTION + width / 2 - 0.5
        y = height / 2 - (eye[1] + length * towards[..., 1]) * RESOLUTION - 0.5
        hit = (length > 0) & (eye[2] > 0) & (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    picture = np.repeat(np.repeat(background, SAMPLES, axis=0), SAMPLES, axis=1)
    picture[hit] = 20 + 0.8 * sheet.print[np.rint(y[hit]).astype(int), np.rint(x[hit]).astype(int)]
    shape = bottom + 1 - top, SAMPLES, right + 1 - left, SAMPLES
    return picture.reshape(shape).mean(axis=(1, 3))


def noisy(picture: NDArray[np.float64], random: np.random.Generator, sigma: float = 2.0) -> NDArray[np.uint8]:
    """As a sensor reads it."""
    return np.clip(np.rint(picture + sigma * random.standard_normal(picture.shape)), 0, 255).astype(np.uint8)
