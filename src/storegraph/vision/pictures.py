"""Pictures as they come from a camera, made fit for a detector, or refused."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Camera

from .errors import VisionError


def decoded(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in the bytes of a JPEG or PNG file, BGR, shape [height, width, 3].

    Raises:
        VisionError: They are no picture, or only a part of one.
    """
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:  # of no bytes at all
        pixels = None
    if pixels is None:
        raise VisionError(f"{data.size} bytes cannot be decoded to a picture")
    return np.asarray(pixels, np.uint8)


def fitting(pixels: NDArray[np.uint8], camera: Camera) -> NDArray[np.uint8]:
    """The picture, if it has the size that its camera was calibrated for.

    Raises:
        VisionError: It has another: keypoints in it would be taken for other places in the store.
    """
    height, width, _ = pixels.shape
    if (width, height) != (camera.width, camera.height):
        raise VisionError(
            f"a picture of camera {camera.id} has {width}x{height} pixels, the store file says "
            f"{camera.width}x{camera.height}; set the camera so, or calibrate it anew"
        )
    return pixels
