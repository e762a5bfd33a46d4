"""What a camera publishes of a picture, as messages for a bag."""

from __future__ import annotations

import numpy as np
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage

from storegraph.store.model import Camera

from .bag import BagMessage
from .messages.pictures import (
    CAMERA_INFO,
    COMPRESSED_IMAGE,
    camera_topic,
    fill_camera_info,
    fill_compressed_image,
    fill_header,
)


def picture_messages(camera: Camera, stamp: int, jpeg: bytes, log_time: int) -> tuple[BagMessage, BagMessage]:
    """A compressed picture and, before it, the intrinsics of its camera, as the camera's node gives them.

    Args:
        camera: Whose.
        stamp: Start of exposure, nanoseconds since the Unix epoch.
        jpeg: A JPEG file.
        log_time: When both were received, nanoseconds since the Unix epoch.
    """
    info, picture = CameraInfo(), CompressedImage()
    for message in (info, picture):
        fill_header(message.header, stamp, camera.id)
    fill_camera_info(info, camera)
    fill_compressed_image(picture, np.frombuffer(jpeg, np.uint8))
    topics = camera_topic(CAMERA_INFO, camera.id), camera_topic(COMPRESSED_IMAGE, camera.id)
    return (
        BagMessage(topics[0], log_time, "sensor_msgs/msg/CameraInfo", serialize_message(info)),
        BagMessage(topics[1], log_time, "sensor_msgs/msg/CompressedImage", serialize_message(picture)),
    )
