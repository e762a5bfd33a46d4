"""`videos/<camera>.*` -> the people in each picture, found by a model of vision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storegraph.importers.errors import ImporterError
from storegraph.observations import Keypoints
from storegraph.store.model import Camera

from .belonging import of_cameras

if TYPE_CHECKING:
    from storegraph.vision.detector import PersonDetector

VIDEOS = frozenset({".avi", ".mkv", ".mov", ".mp4"})
"""Suffixes of the files in `videos` that are read."""

Picture = tuple[str, NDArray[np.uint8]]
"""The name of a camera, and what it saw: BGR, shape [height, width, 3]."""


def video_files(project: Path, cameras: Sequence[str]) -> dict[str, Path]:
    """The video of each camera, by the camera's name.

    Raises:
        ImporterError: Videos and cameras do not go together.
    """
    files = sorted(path for path in (project / "videos").glob("*") if path.suffix.lower() in VIDEOS)
    found = of_cameras(files, [path.stem for path in files], cameras)
    if found is not None:
        return found
    held = ", ".join(path.name for path in files) or "none"
    raise ImporterError(
        f"{project}: has no poses (pose/<camera>_json/*.json), so it must have a video of each of "
        f"{', '.join(cameras)} in videos; it has {held}"
    )


def picture_count(files: Mapping[str, Path]) -> int:
    """Pictures in some videos, as far as their headers tell."""
    from cv2 import CAP_PROP_FRAME_COUNT, VideoCapture

    return sum(max(int(VideoCapture(str(path)).get(CAP_PROP_FRAME_COUNT)), 0) for path in files.values())


def pictures(files: Mapping[str, Path]) -> Iterator[list[Picture]]:
    """The pictures of each moment, of all videos that last so long.

    Raises:
        ImporterError: A video cannot be read.
    """
    from cv2 import VideoCapture

    videos = {name: VideoCapture(str(path)) for name, path in files.items()}
    try:
        for name, video in videos.items():
            if not video.isOpened():
                raise ImporterError(f"{files[name]}: cannot be read as a video")
        while seen := [
            (name, np.asarray(pixels, np.uint8)) for name, video in videos.items() for pixels in _next(video)
        ]:
            yield seen
    finally:
        for video in videos.values():
            video.release()


def _next(video: object) -> Iterator[object]:
    """The next picture of a video, if there is one."""
    there, pixels = video.read()  # type: ignore[attr-defined]
    if there:
        yield pixels


def people_in(
    files: Mapping[str, Path], cameras: Mapping[str, Camera], detector: PersonDetector
) -> Iterator[tuple[int, Keypoints]]:
    """The people in every picture: its number, and what was seen, with the stamp 0.

    Raises:
        ImporterError: A video cannot be read, or has pictures of another size than its camera was calibrated for.
    """
    for number, seen in enumerate(pictures(files)):
        for name, pixels in seen:
            camera, (height, width, _) = cameras[name], pixels.shape
            if (width, height) != (camera.width, camera.height):
                raise ImporterError(
                    f"{files[name]}: has pictures of {width}x{height} pixels; camera {name} was calibrated for "
                    f"{camera.width}x{camera.height}"
                )
        found = detector.detect([pixels for _, pixels in seen])
        for (name, _), people in zip(seen, found, strict=True):
            camera = cameras[name]
            yield number, Keypoints(0, camera.id, camera.width, camera.height, detector.joints, people)
