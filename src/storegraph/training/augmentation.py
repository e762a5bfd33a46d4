"""Pictures as they might have been: other places, sizes, colours and sharpness, and something in the way."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from .dataset import People

Picture = NDArray[np.uint8]

SCALES = (0.6, 1.7)
"""People in ceiling pictures are 60 to 160 pixels high; with these, what is learnt from holds for 35 to 270."""

ROLL = 10.0
"""Degrees by which cameras hang aslant, at most."""

MIRRORED = np.array(
    [
        COCO_17.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
        for name in COCO_17
    ]
)
"""For each joint, which one it is in a mirror."""


def augmented(
    pixels: Picture, people: People, side: int, draw: np.random.Generator, about: int | None = None
) -> tuple[Picture, People]:
    """A square cut out of a picture, as another camera might have taken it in another light.

    Args:
        pixels: BGR, shape [height, width, 3].
        people: In it.
        side: Of the square, pixels.
        draw: Decides everything.
        about: Index of whom the square is cut out around; without one, that is drawn too, or it is nobody.

    Returns:
        The square, shape [side, side, 3], and the people as far as they are in it; their joints that something was
        put before are hidden.
    """
    pixels, people = _moved(pixels, people, side, draw, about)
    if draw.random() < 0.5:
        pixels, people = mirrored(pixels, people)
    if draw.random() < 0.5:
        pixels, people = _covered(pixels, people, draw)
    return _recoloured(_blurred(pixels, draw), draw), people


def mirrored(pixels: Picture, people: People) -> tuple[Picture, People]:
    """A picture in the mirror; whose left hand it was, it is their right one."""
    points = people.points[:, MIRRORED].copy()
    points[..., 0] = pixels.shape[1] - 1 - points[..., 0]
    return np.ascontiguousarray(pixels[:, ::-1]), People(
        points, people.hidden[:, MIRRORED], people.own[:, MIRRORED], people.score[:, MIRRORED]
    )


def _moved(
    pixels: Picture, people: People, side: int, draw: np.random.Generator, about: int | None
) -> tuple[Picture, People]:
    """Scaled, turned and cut out around somebody, or anywhere."""
    height, width, _ = pixels.shape
    scale = math.exp(draw.uniform(math.log(SCALES[0]), math.log(SCALES[1])))
    middle = np.array([draw.uniform(0, width), draw.uniform(0, height)])
    if about is None and len(people) and draw.random() < 0.85:
        about = int(draw.integers(len(people)))
    if about is not None:
        somebody = people.points[about]
        within = somebody[np.isfinite(somebody[:, 0])]
        within = within[((within >= 0) & (within < [width, height])).all(axis=1)]
        if len(within):
            middle = within.mean(axis=0) + draw.normal(0, 0.15 * side / scale, 2)
    around = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), draw.uniform(-ROLL, ROLL), scale)
    turn = np.asarray(around, np.float64)
    turn[:, 2] += side / 2 - middle
    border = tuple(int(value) for value in draw.integers(0, 128, 3)) if draw.random() < 0.5 else (0, 0, 0)
    moved = cv2.warpAffine(pixels, turn, (side, side), flags=cv2.INTER_LINEAR, borderValue=border)
    points = (people.points @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    inside = np.asarray(((points >= 0) & (points < side)).all(axis=2)).any(axis=1)
    return np.asarray(moved, np.uint8), People(
        points[inside], people.hidden[inside], people.own[inside], people.score[inside]
    )


def _covered(pixels: Picture, people: People, draw: np.random.Generator) -> tuple[Picture, People]:
    """Something of one colour, or of noise, before a part of the picture (DeVries and Taylor, arXiv 1708.04552)."""
    side = len(pixels)
    covered, hidden = pixels.copy(), people.hidden.copy()
    for _ in range(int(draw.integers(1, 4))):
        size = draw.integers(side // 16, side // 4, 2)
        left, top = (int(draw.integers(0, side - length)) for length in size)
        right, bottom = left + int(size[0]), top + int(size[1])
        colour = (
            draw.integers(0, 256, 3) if draw.random() < 0.6 else draw.integers(0, 256, (bottom - top, right - left, 3))
        )
        covered[top:bottom, left:right] = colour
        behind = (people.points >= [left, top]) & (people.points < [right, bottom])
        hidden[behind.all(axis=2)] = 1.0
    return covered, replace(people, hidden=hidden)


def _blurred(pixels: Picture, draw: np.random.Generator) -> Picture:
    """Less sharp, at times: another lens, or taken from fewer pixels."""
    kind = draw.random()
    if kind < 0.25:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), draw.uniform(0.4, 1.4)), np.uint8)
    if kind < 0.4:
        side = len(pixels)
        fewer = int(side * draw.uniform(0.5, 0.9))
        small = cv2.resize(pixels, (fewer, fewer), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
    return pixels


def _recoloured(pixels: Picture, draw: np.random.Generator) -> Picture:
    """In other light: saturation, tint, gamma, contrast and brightness; with noise, and compressed."""
    if draw.random() < 0.8:
        grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        vivid = draw.uniform(0.4, 1.5)
        pixels = np.asarray(cv2.addWeighted(pixels, vivid, grey, 1 - vivid, 0), np.uint8)
        gamma, contrast, shift = math.exp(draw.normal(0, 0.25)), draw.uniform(0.7, 1.3), draw.normal(0, 0.08)
        light = np.linspace(0, 1, 256)[:, None] * draw.normal(1.0, 0.08, 3)
        curve = (light**gamma - 0.5) * contrast + 0.5 + shift
        pixels = np.asarray(cv2.LUT(pixels, np.clip(255 * curve, 0, 255).astype(np.uint8)[:, None]), np.uint8)
    if draw.random() < 0.3:
        noise = draw.standard_normal(pixels.shape, np.float32) * np.float32(255 * draw.uniform(0.005, 0.04))
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    if draw.random() < 0.3:
        _, jpeg = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, int(draw.integers(40, 90))))
        pixels = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    return pixels
