"""Pictures as messages of `sensor_msgs`, and back to arrays.

Written for the classes that rosidl generates, whose data are filled and read in place: 0.03 ms for 640x480 pixels where
assigning takes 1.3 ms. The usual encodings are read here, others by `cv_bridge` where a ROS installation has it.
`cv_bridge` takes a row for a whole number of pixels, and shears colour pictures whose rows are padded to four bytes.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storegraph.share import ShareError, shared
from storegraph.store.model import DISTORTION_COEFFICIENTS, Camera
from storegraph.units import NANOSECONDS

from .base import Message, MessageError
from .keypoints import OPTICAL_FRAME

IMAGE = "cameras/{}/image"
COMPRESSED_IMAGE = IMAGE + "/compressed"
"""As image_transport names it, so that RViz and other viewers find it."""
CAMERA_INFO = "cameras/{}/camera_info"

COMPRESSED_FORMAT = "bgr8; jpeg compressed bgr8"
"""As compressed_image_transport writes it: before and after compression."""

ENCODINGS = {"bgr8": (np.uint8, 3), "rgb8": (np.uint8, 3), "mono8": (np.uint8, 1), "16UC1": (np.uint16, 1)}
"""What is read here (sensor_msgs/image_encodings.hpp): type and channels of a pixel."""


def camera_topic(name: str, camera: str) -> str:
    """One of the topics above for a camera; dots in its id become underscores."""
    return name.format(camera.replace(".", "_"))


def fill_header(header: Message, stamp: int, camera: str) -> None:
    """Sets stamp (nanoseconds since the Unix epoch) and frame of what a camera saw."""
    header.stamp.sec, header.stamp.nanosec = divmod(stamp, NANOSECONDS)
    header.frame_id = camera + OPTICAL_FRAME


def fill_image(message: Message, pixels: NDArray[Any], encoding: str) -> None:
    """Fills an empty `sensor_msgs/Image`, all but its header.

    Args:
        message: The message.
        pixels: Shape [height, width] or [height, width, channel], of the type and channels of the encoding.
        encoding: One of `ENCODINGS`.
    """
    message.height, message.width = pixels.shape[:2]
    message.encoding = encoding
    message.is_bigendian = int(pixels.dtype.str[0] == ">")
    message.step = pixels[0].nbytes
    message.data.frombytes(np.ascontiguousarray(pixels).reshape(-1).view(np.uint8).data)


def fill_compressed_image(message: Message, jpeg: NDArray[np.uint8]) -> None:
    """Fills an empty `sensor_msgs/CompressedImage`, all but its header, with the bytes of a JPEG file."""
    message.format = COMPRESSED_FORMAT
    message.data.frombytes(jpeg.data)


def fill_camera_info(message: Message, camera: Camera) -> None:
    """Fills an empty `sensor_msgs/CameraInfo`, all but its header, with a camera's intrinsics."""
    (fx, fy), (cx, cy) = camera.focal_length, camera.principal_point
    message.height, message.width = camera.height, camera.width
    message.distortion_model = camera.distortion_model
    message.d = list(camera.distortion or (0.0,) * DISTORTION_COEFFICIENTS[camera.distortion_model])
    message.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]


def bgr_from_image(message: Message) -> NDArray[np.uint8]:
    """The picture in a `sensor_msgs/Image`.

    Returns:
        BGR, shape [height, width, 3]; it may be read only, and lives as long as the message.

    Raises:
        MessageError: The encoding has no colours or cannot be read, or the data do not fit it.
    """
    bridge = ros_bridge()
    if message.encoding in ENCODINGS or bridge is None:
        return _bgr(pixels_from_image(message), message.encoding)
    try:
        pixels: NDArray[np.uint8] = bridge.imgmsg_to_cv2(message, "bgr8")
    except Exception as error:  # cv_bridge raises whatever the message led it to: its own, type and key errors
        raise MessageError(f"Image: {message.encoding} of {message.width}x{message.height}: {error}") from error
    return pixels


def pixels_from_image(message: Message) -> NDArray[Any]:
    """The pixels in a `sensor_msgs/Image` of one of `ENCODINGS`, as they are.

    Returns:
        Shape [height, width] or [height, width, 3], uint8 or uint16 in this machine's byte order; a view of the
        message's data where that is possible.

    Raises:
        MessageError: The encoding is not known, or the data do not fit it.
    """
    if message.encoding not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise MessageError(f"Image: encoding {message.encoding} is not known without cv_bridge; known are {known}")
    kind, channels = ENCODINGS[message.encoding]
    pixel = np.dtype(kind).newbyteorder(">" if message.is_bigendian else "<")
    row = message.width * channels * pixel.itemsize
    if message.step < row or len(message.data) < message.step * message.height:
        raise MessageError(
            f"Image: {len(message.data)} bytes in rows of {message.step} are no {message.width}x{message.height} "
            f"pixels of {message.encoding}, which take rows of {row} or more"
        )
    rows = np.frombuffer(message.data, np.uint8, message.step * message.height).reshape(message.height, message.step)
    pixels = rows[:, :row].view(pixel).astype(kind, copy=False)
    return pixels.reshape(message.height, message.width, channels) if channels > 1 else pixels


def _bgr(pixels: NDArray[Any], encoding: str) -> NDArray[np.uint8]:
    match encoding:
        case "bgr8":
            return pixels
        case "rgb8":
            return pixels[..., ::-1]
        case "mono8":
            return np.repeat(pixels[..., np.newaxis], 3, axis=2)
    raise MessageError(f"Image: encoding {encoding} has no colours; a picture is bgr8, rgb8 or mono8")


@cache
def ros_bridge() -> Any:
    """A `cv_bridge.CvBridge` where a ROS installation has it; PyPI's package of that name, of ROS 1, does not count."""
    try:
        shared("cv_bridge", "package.xml")
        return import_module("cv_bridge").CvBridge()
    except (ShareError, ImportError):
        return None
