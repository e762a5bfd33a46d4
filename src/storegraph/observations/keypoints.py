"""Who is seen in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COCO_17 = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""Joint names in the order of the COCO keypoint challenge (Lin et al., ECCV 2014)."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonKeypoints:
    """One person in one picture. Pixels are those of the distorted picture.

    Attributes:
        score: Confidence that there is a person, 0 to 1.
        box: Left, top, width, height, pixels, shape [4].
        points: Joints x, y, pixels, shape [joint, 2]; NaN where not found.
        scores: Confidence of each joint, 0 to 1, shape [joint].
    """

    score: float
    box: NDArray[np.float32]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Everybody one camera sees in one picture.

    Attributes:
        stamp: Start of exposure, nanoseconds since the Unix epoch.
        camera: Camera id, as in the store file.
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        joints: Joint names, the order of every person's arrays.
        people: In no particular order.
    """

    stamp: int
    camera: str
    width: int
    height: int
    joints: tuple[str, ...]
    people: tuple[PersonKeypoints, ...]

    @property
    def key(self) -> str:
        """The camera."""
        return self.camera
