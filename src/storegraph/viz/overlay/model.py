"""A picture with what was found in it."""

from __future__ import annotations

from dataclasses import dataclass

from storegraph.errors import StoregraphError
from storegraph.observations import Keypoints

OVERLAY = "cameras/{}/overlay/compressed"
"""The topic of a camera's overlays, as image_transport names pictures in JPEG."""


class OverlayError(StoregraphError):
    """Nothing can be drawn over a picture."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and what was found in it.

    Attributes:
        picture: As it came: JPEG, PNG, or what else OpenCV reads.
        keypoints: Of the same camera and stamp.
    """

    picture: bytes
    keypoints: Keypoints
