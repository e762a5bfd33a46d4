"""Pictures to show a model, drawn by formula: the same on every machine, and nobody's photograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

Picture = NDArray[np.uint8]

# A standing person, seen from the front, in heights of the person: x from the middle, y from the top of the head.
_FIGURE = {
    "nose": (0.0, 0.075),
    "left_eye": (0.017, 0.06),
    "right_eye": (-0.017, 0.06),
    "left_ear": (0.042, 0.068),
    "right_ear": (-0.042, 0.068),
    "left_shoulder": (0.105, 0.19),
    "right_shoulder": (-0.105, 0.19),
    "left_elbow": (0.15, 0.34),
    "right_elbow": (-0.15, 0.34),
    "left_wrist": (0.17, 0.48),
    "right_wrist": (-0.17, 0.48),
    "left_hip": (0.06, 0.5),
    "right_hip": (-0.06, 0.5),
    "left_knee": (0.07, 0.73),
    "right_knee": (-0.07, 0.73),
    "left_ankle": (0.075, 0.95),
    "right_ankle": (-0.075, 0.95),
}

_SKIN, _HAIR, _SHIRT, _TROUSERS, _SHOES = (196, 150, 122), (50, 36, 28), (70, 96, 150), (58, 56, 66), (30, 28, 28)


def noise(height: int, width: int) -> Picture:
    """Every value its own hash."""
    index = np.arange(height * width * 3, dtype=np.uint32)
    mixed = (index ^ (index >> 7)) * np.uint32(2654435761)
    return ((mixed ^ (mixed >> 15)) >> 8).astype(np.uint8).reshape(height, width, 3)


def gradient(height: int, width: int) -> Picture:
    """Colours that change across, down and along the diagonal."""
    rows, columns = np.indices((height, width))
    along = [255 * columns // width, 255 * rows // height, 255 * (rows + columns) // (height + width)]
    return np.stack(along, -1).astype(np.uint8)


def people(height: int, width: int, standing: list[tuple[float, float, float]]) -> Picture:
    """Figures before a wall and a floor.

    Args:
        height: Of the picture, pixels.
        width: Of the picture, pixels.
        standing: For each figure the middle of its head's top, x, y, and its height; pixels.
    """
    rows, _ = np.indices((height, width))
    floor = (rows > 0.8 * height)[..., None]
    picture = np.where(floor, (142, 128, 112), (208, 206, 198)) - (rows * 30 // height)[..., None]
    picture = picture.astype(np.uint8)
    for x, y, tall in standing:
        _draw(picture, x, y, tall)
    return picture


def joints(x: float, y: float, tall: float) -> NDArray[np.float32]:
    """Where the joints of a figure are, pixels, shape [17, 2], in the order of COCO-17."""
    return np.array([(x + tall * _FIGURE[joint][0], y + tall * _FIGURE[joint][1]) for joint in COCO_17], np.float32)


def _draw(picture: Picture, x: float, y: float, tall: float) -> None:
    rows, columns = np.indices(picture.shape[:2])
    across, down = (columns - x) / tall, (rows - y) / tall

    def limb(start: str, end: str, thick: tuple[float, float], colour: tuple[int, int, int]) -> None:
        """A bar between two joints, of half the thickness given at its start and at its end, lit from the left."""
        (ax, ay), (bx, by) = _FIGURE[start], _FIGURE[end]
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = np.clip(((across - ax) * (bx - ax) + (down - ay) * (by - ay)) / length, 0, 1)
        beside = across - ax - along * (bx - ax)
        distance = np.hypot(beside, down - ay - along * (by - ay))
        half = thick[0] + along * (thick[1] - thick[0])
        light = 1 - 0.35 * np.clip(beside / half, -1, 1)
        _paint(picture, distance < half, colour, light)

    def oval(middle: tuple[float, float], radii: tuple[float, float], colour: tuple[int, int, int]) -> None:
        beside = (across - middle[0]) / radii[0]
        inside = beside**2 + ((down - middle[1]) / radii[1]) ** 2 < 1
        _paint(picture, inside, colour, 1 - 0.2 * beside)

    for side in ("left", "right"):
        limb(f"{side}_hip", f"{side}_knee", (0.058, 0.042), _TROUSERS)
        limb(f"{side}_knee", f"{side}_ankle", (0.042, 0.026), _TROUSERS)
        foot = _FIGURE[f"{side}_ankle"][0] * 1.2
        oval((foot, 0.98), (0.036, 0.022), _SHOES)
    limb("left_hip", "right_hip", (0.06, 0.06), _TROUSERS)
    for inner in (0.0, 0.35, 0.7, 1.0):
        left = tuple(np.add(np.multiply(_FIGURE["left_shoulder"], 1 - inner), np.multiply(_FIGURE["left_hip"], inner)))
        oval((0.0, float(left[1]) + 0.01), (abs(float(left[0])) + 0.02, 0.09), _SHIRT)
    for side in ("left", "right"):
        limb(f"{side}_shoulder", f"{side}_elbow", (0.037, 0.03), _SHIRT)
        limb(f"{side}_elbow", f"{side}_wrist", (0.027, 0.02), _SKIN)
        wrist = _FIGURE[f"{side}_wrist"]
        oval((wrist[0], wrist[1] + 0.03), (0.022, 0.034), _SKIN)
    oval((0.0, 0.13), (0.026, 0.045), _SKIN)
    oval((0.0, 0.05), (0.05, 0.056), _HAIR)
    oval((0.0, 0.074), (0.042, 0.054), _SKIN)
    for ear in ("left_ear", "right_ear"):
        oval(_FIGURE[ear], (0.008, 0.014), _SKIN)
    for eye in ("left_eye", "right_eye"):
        oval(_FIGURE[eye], (0.007, 0.004), _HAIR)
    oval((0.0, 0.083), (0.006, 0.008), (160, 112, 92))
    oval((0.0, 0.102), (0.014, 0.004), (150, 70, 70))


def _paint(
    picture: Picture, where: NDArray[np.bool_], colour: tuple[int, int, int], light: NDArray[np.float64]
) -> None:
    picture[where] = np.clip(light[where][:, None] * colour, 0, 255).astype(np.uint8)
