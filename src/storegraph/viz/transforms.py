"""Where the cameras' frames are (REP-103, REP-105)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from storegraph.store.model import Camera, Point3D, Store

from .markers import Floats

MAP_FRAME = "map"


@dataclass(frozen=True, slots=True)
class Transform:
    """A frame that never moves.

    Attributes:
        parent: The frame it is given in.
        child: The frame.
        translation: Of its origin in the parent, metres.
        rotation: Of its axes in the parent, unit quaternion x, y, z, w.
    """

    parent: str
    child: str
    translation: Point3D
    rotation: tuple[float, float, float, float]


def optical_frame(camera: Camera) -> str:
    """The name of a camera's frame: z forward, x right, y down."""
    return f"{camera.id}_optical_frame"


def camera_transforms(store: Store) -> tuple[Transform, ...]:
    """From `map` to the optical frame of every camera."""
    return tuple(
        Transform(MAP_FRAME, optical_frame(camera), camera.position, unit_quaternion(camera))
        for camera in store.cameras
    )


def unit_quaternion(camera: Camera) -> tuple[float, float, float, float]:
    """A camera's orientation to full precision: the store file may round it, tf2 may not."""
    x, y, z, w = (np.array(camera.orientation) / np.linalg.norm(camera.orientation)).tolist()
    return x, y, z, w


def rotation_matrix(quaternion: tuple[float, float, float, float]) -> Floats:
    """A unit quaternion x, y, z, w as a matrix, shape [3, 3]: its columns are the turned axes."""
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
