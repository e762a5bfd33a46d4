"""Pictures whose number can be read back, after JPEG or a video codec too."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48
BITS = 6


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A picture of white and black stripes, the binary digits of a number below 64."""
    bits = [number >> bit & 1 for bit in range(BITS)]
    row = np.repeat(bits, -(-width // BITS))[:width] * 255
    return np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.uint8)


def number_in(pixels: NDArray[np.uint8]) -> int:
    """The number in a picture."""
    middle = pixels[pixels.shape[0] // 2].mean(axis=1)
    places = ((np.arange(BITS) + 0.5) * -(-pixels.shape[1] // BITS)).astype(int)
    return int(sum(int(middle[place] > 127) << bit for bit, place in enumerate(places)))


def write_video(path: Path, count: int, rate: float = 25.0, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A motion JPEG video of pictures numbered from 0."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    assert video.isOpened()
    for number in range(count):
        video.write(numbered(number, width, height))
    video.release()
    return path


def write_pictures(folder: Path, count: int) -> Path:
    """A folder of PNG pictures numbered from 0, and a file that is no picture."""
    folder.mkdir()
    for number in range(count):
        assert cv2.imwrite(str(folder / f"{number:03}.png"), numbered(number))
    (folder / "notes.txt").write_text("not a picture")
    return folder
