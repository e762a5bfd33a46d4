"""Boxes as they are told, checked, and put together with their cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.errors import TrackingError

from .evidence import Picture
from .model import Floats

BEYOND = 1.5
"""Times the picture's size: no detector draws a box that ends there. Corners taken for sizes do."""

SHARE = 1.5
"""Pixels: boxes that all end before this are shares of the picture."""


def pictures_of(groups: Sequence[CameraGroup], detections: Mapping[str, Floats]) -> list[Picture]:
    """Pictures of one moment; boxes with NaN or without a size are left out.

    Args:
        groups: All cameras.
        detections: By camera id: left, top, width, height, pixels, and score, shape [N, 5].

    Raises:
        TrackingError: A camera is not one of these, or its boxes cannot be left, top, width, height in pixels.
    """
    known = [str(name) for group in groups for name in group.ids]
    unknown = sorted(set(detections) - set(known))
    if unknown:
        raise TrackingError(f'camera "{unknown[0]}" is not one of {", ".join(sorted(known))}')
    pictures = []
    for group in groups:
        for camera, name in enumerate(group.ids.tolist()):
            if name in detections:
                boxes = np.array(detections[name], dtype=np.float64)
                pictures.append(Picture(group, camera, _checked(name, boxes, group.sizes[camera])))
    return pictures


def _checked(name: str, boxes: Floats, size: Floats) -> Floats:
    if boxes.ndim != 2 or boxes.shape[1] != 5:
        raise TrackingError(
            f"camera {name}: boxes have shape {list(boxes.shape)}; the tracker takes [N, 5]: left, top, "
            "width, height and score of each"
        )
    usable: Floats = boxes[np.isfinite(boxes).all(axis=1) & (boxes[:, 2:4] > 0).all(axis=1)]
    ends = usable[:, :2] + usable[:, 2:4]
    told = "the tracker takes left, top, width, height in pixels of the whole picture"
    if len(ends) and ends.max() < SHARE:
        raise TrackingError(
            f"camera {name}: boxes end at {ends.max():.3g} pixels, as shares of the picture would; {told}: multiply x "
            f"and width by {size[0]:.0f}, y and height by {size[1]:.0f}"
        )
    beyond = np.flatnonzero((ends > BEYOND * size).any(axis=1))
    if beyond.size:
        box = ", ".join(f"{value:.0f}" for value in usable[beyond[0], :4])
        raise TrackingError(
            f"camera {name}: box [{box}] ends at {ends[beyond[0], 0]:.0f}, {ends[beyond[0], 1]:.0f}, far outside the "
            f"picture of {size[0]:.0f}x{size[1]:.0f}; {told}. For left, top, right, bottom subtract the first two from "
            "the next two; for pictures of another size scale the boxes to the camera's"
        )
    return usable
