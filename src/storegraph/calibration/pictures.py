"""The pictures of a camera: from a bag, a folder or a video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.typesys import Stores, get_typestore

from storegraph.graph.bag import BagReader
from storegraph.graph.messages.pictures import COMPRESSED_IMAGE, IMAGE, bgr_from_image, camera_topic
from storegraph.store.problem import listed

from .errors import CalibrationError

PICTURES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"})
"""Suffixes of the files of a folder that are looked at."""

BAG = ".mcap"


@dataclass(frozen=True, slots=True, eq=False)
class GreyPicture:
    """A picture without its colours.

    Attributes:
        name: The file, or the number of the picture in its video or bag.
        pixels: Shape [height, width].
    """

    name: str
    pixels: NDArray[np.uint8]


def pictures_of(source: Path, camera: str, namespace: str = "") -> Iterator[GreyPicture]:
    """The pictures of one camera, one after the other.

    Args:
        source: A bag, a folder of pictures, or a video.
        camera: Its id; which of a bag's cameras is meant.
        namespace: Of the store, in a bag; without it, whatever the namespace is.

    Raises:
        CalibrationError: There is none, or a file is no picture.
        BagError: The bag cannot be read.
    """
    if not source.exists():
        raise CalibrationError(
            f"{source}: there is no such file or folder; it is a bag, a folder of pictures or a video"
        )
    if source.suffix == BAG or (
        source.is_dir() and (any(source.glob(f"*{BAG}")) or (source / "metadata.yaml").exists())
    ):
        yield from _of_bag(source, camera, namespace)
    elif source.is_dir():
        yield from _of_folder(source)
    else:
        yield from _of_video(source)


def _of_folder(folder: Path) -> Iterator[GreyPicture]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not files:
        raise CalibrationError(f"{folder}: holds no pictures; their names end in {', '.join(sorted(PICTURES))}")
    for path in files:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE) if path.stat().st_size else None
        if pixels is None:
            raise CalibrationError(f"{path}: is no picture that can be read; take it out of the folder")
        yield GreyPicture(path.name, np.asarray(pixels, np.uint8))


def _of_video(path: Path) -> Iterator[GreyPicture]:
    video = cv2.VideoCapture(str(path))
    try:
        number = 0
        while True:
            taken, pixels = video.read()
            if not taken:
                break
            yield GreyPicture(str(number), np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8))
            number += 1
    finally:
        video.release()
    if not number:
        raise CalibrationError(
            f"{path}: is no video that can be read; expected is a bag, a folder of pictures or a video"
        )


def _of_bag(path: Path, camera: str, namespace: str) -> Iterator[GreyPicture]:
    plain, compressed = (f"/{camera_topic(topic, camera)}" for topic in (IMAGE, COMPRESSED_IMAGE))
    types = get_typestore(Stores.ROS2_JAZZY)
    number = 0
    with BagReader(path) as reader:
        held = [topic.name for topic in reader.topics if topic.count and topic.name.startswith(f"/{namespace}")]
        names = {name[1:] for name in held if name.endswith((plain, compressed))}
        for message in reader.messages(names):
            image = types.deserialize_cdr(message.data, message.message_type)
            pixels = _grey(image, message.topic.endswith(compressed[1:]))
            if pixels is not None:  # a picture that was cut off says nothing; there are others
                yield GreyPicture(str(number), pixels)
            number += 1
    if not number:
        others = listed(name for name in held if "/cameras/" in name)
        raise CalibrationError(f"{path}: holds no pictures of camera {camera}; of cameras it has {others}")


def _grey(image: Any, compressed: bool) -> NDArray[np.uint8] | None:
    if compressed:
        pixels = cv2.imdecode(np.asarray(image.data, np.uint8), cv2.IMREAD_GRAYSCALE)
        return None if pixels is None else np.asarray(pixels, np.uint8)
    return np.asarray(cv2.cvtColor(bgr_from_image(image), cv2.COLOR_BGR2GRAY), np.uint8)
