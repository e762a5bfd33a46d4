"""Vision over a recording: a bag with pictures in, the same bag with the people in them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image

from storegraph.errors import StoregraphError
from storegraph.observations import Keypoints
from storegraph.store.model import Camera, Store
from storegraph.vision.detector import PersonDetector
from storegraph.vision.pictures import decoded, fitting

from .bag import BagError, BagMessage, BagReader, BagWriter
from .messages import from_time
from .messages.pictures import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE, bgr_from_image, camera_topic
from .topics import KEYPOINTS

Progress = Callable[[int, int], None]
"""Called with messages read and messages in all."""


@dataclass(slots=True)
class SeenReport:
    """What was seen in a bag.

    Attributes:
        pictures: That were looked at.
        people: In all of them together.
        refused: Pictures that cannot be used, by reason.
    """

    pictures: int = 0
    people: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def see(
    bag: Path,
    store: Store,
    out: Path,
    detector: PersonDetector,
    *,
    keep_pictures: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> SeenReport:
    """Copies a bag with the keypoints of the people in its pictures; those it had of the same cameras are left out.

    Each picture is looked at by itself and in its turn, and nothing is dropped: the same bag and model give the same
    keypoints. Live, the vision node looks at the newest picture, and passes over what it has no time for.

    Args:
        bag: To read.
        store: That it was recorded in.
        out: The bag to make.
        detector: Finds the people.
        keep_pictures: Whether the pictures are copied, too.
        replace: Whether an earlier `out` may be replaced.
        progress: Told how far it has come.

    Raises:
        BagError: The bag cannot be read, or has no picture of a camera of the store.
        OutputError: `out` is there and `replace` is false, or it cannot be written.
    """
    report = SeenReport()
    with BagReader(bag, store.id) as reader:
        held = {name for topic in reader.topics if topic.count and (name := reader.relative(topic.name)) is not None}
        cameras = _cameras(store, held)
        if not cameras:
            wanted = camera_topic(COMPRESSED_IMAGE, store.cameras[0].id if store.cameras else "<camera>")
            raise BagError(f"{bag}: has no picture of a camera of the store, such as {wanted} in /{store.id}")
        seen = {camera_topic(KEYPOINTS.name, camera.id) for camera in cameras.values()}
        infos = {camera_topic(CAMERA_INFO, camera.id) for camera in cameras.values()}
        total = reader.message_count
        with BagWriter(out, store.id, replace=replace, durable=False) as writer:
            for number, message in enumerate(reader.messages(held - seen), 1):
                camera = cameras.get(message.topic)
                if camera is not None:
                    keypoints = _keypoints(message, camera, detector, report)
                    if keypoints is not None:
                        writer.write(camera_topic(KEYPOINTS.name, camera.id), keypoints, message.log_time)
                if keep_pictures or (camera is None and message.topic not in infos):
                    writer.write_message(message)
                if progress is not None:
                    progress(number, total)
    return report


def _cameras(store: Store, held: set[str]) -> Mapping[str, Camera]:
    """The topic of each camera's pictures that are looked at: the compressed ones, where there are both."""
    found = {}
    for camera in store.cameras:
        names = [camera_topic(name, camera.id) for name in (COMPRESSED_IMAGE, IMAGE)]
        here = [name for name in names if name in held]
        if here:
            found[here[0]] = camera
    return found


def _keypoints(message: BagMessage, camera: Camera, detector: PersonDetector, report: SeenReport) -> Keypoints | None:
    """The people in a picture; None, and counted, where it cannot be used."""
    try:
        stamp, pixels = _picture(message)
        people = detector.detect([fitting(pixels, camera)])[0]
    except StoregraphError as error:
        report.refused[str(error)] += 1
        return None
    report.pictures += 1
    report.people += len(people)
    return Keypoints(stamp, camera.id, camera.width, camera.height, detector.joints, people)


def _picture(message: BagMessage) -> tuple[int, NDArray[np.uint8]]:
    """Stamp, nanoseconds, and pixels, BGR, shape [height, width, 3]."""
    compressed = message.topic.endswith("/compressed")
    picture: Any = deserialize_message(message.data, CompressedImage if compressed else Image)
    pixels = decoded(np.frombuffer(picture.data, np.uint8)) if compressed else bgr_from_image(picture)
    return from_time(picture.header.stamp), pixels
