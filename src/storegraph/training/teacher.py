"""Real pictures, with what another network sees in them: for what rendered ones do not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17, PersonKeypoints
from storegraph.vision.detector import PersonDetector

from .dataset import People
from .errors import TrainingError

Picture = NDArray[np.uint8]

PICTURES = (".jpg", ".jpeg", ".png")
VIDEOS = (".mp4", ".avi", ".mkv", ".mov")

LONGER = 512
"""Pixels, the longer side of what is kept: as much as the network sees."""


def taught_pictures(
    sources: Sequence[Path], teacher: PersonDetector, every: int, longer: int = LONGER
) -> Iterator[tuple[Picture, People]]:
    """Real pictures in which a teacher finds somebody.

    Args:
        sources: Pictures, videos, or folders of them.
        teacher: With the joints of COCO-17.
        every: Of the pictures of a video, every so manieth is taken.
        longer: Side of what they are reduced to, pixels.

    Raises:
        TrainingError: A source is not there, or nothing that holds pictures.
    """
    for source in sources:
        for pixels in _pictures_in(source, every):
            (people,) = teacher.detect([pixels])
            if people:
                yield _reduced(pixels, _as_taught(people), longer)


def _pictures_in(source: Path, every: int) -> Iterator[Picture]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in (*PICTURES, *VIDEOS):
                yield from _pictures_in(path, every)
    elif source.suffix.lower() in PICTURES:
        pixels = cv2.imread(str(source), cv2.IMREAD_COLOR)
        if pixels is None:
            raise TrainingError(f"{source}: is no picture that can be read")
        yield np.asarray(pixels, np.uint8)
    elif source.suffix.lower() in VIDEOS and source.exists():
        yield from _pictures_of_video(source, every)
    else:
        allowed = ", ".join((*PICTURES, *VIDEOS))
        raise TrainingError(f"{source}: is no folder, picture or video that is there; files end with {allowed}")


def _pictures_of_video(path: Path, every: int) -> Iterator[Picture]:
    video = cv2.VideoCapture(str(path))
    number = 0
    while video.grab():
        if number % every == 0:
            _, pixels = video.retrieve()
            yield np.asarray(pixels, np.uint8)
        number += 1
    if number == 0:
        raise TrainingError(f"{path}: is no video that can be read")


def _as_taught(people: Sequence[PersonKeypoints]) -> People:
    """The teacher's people. A joint that it did not place is not known; nothing is hidden that it did."""
    points = np.stack([person.points for person in people]).astype(np.float32)
    scores = np.stack([person.scores for person in people]).astype(np.float32)
    nothing = np.zeros((len(people), len(COCO_17)), np.float32)
    return People(points, nothing, nothing, np.where(np.isfinite(points[..., 0]), scores, 0).astype(np.float32))


def _reduced(pixels: Picture, people: People, longer: int) -> tuple[Picture, People]:
    """A picture and its people with a longer side of at most so many pixels."""
    height, width, _ = pixels.shape
    scale = min(1.0, longer / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    points = ((people.points + 0.5) * np.array([size[0] / width, size[1] / height]) - 0.5).astype(np.float32)
    return np.asarray(small, np.uint8), People(points, people.hidden, people.own, people.score)
