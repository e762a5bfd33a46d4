"""A camera as a few unknowns, and what its picture does when they change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from storegraph.store.model import DISTORTION_COEFFICIENTS, Camera
from storegraph.tracking.cameras import CameraGroup

from .turning import Floats, by_vector, cross_matrix, matrix, vector

TURN, CENTRE, FOCAL, RADIAL, CLOCK = slice(0, 3), slice(3, 6), slice(6, 7), slice(7, 9), slice(9, 10)
UNKNOWNS = 10
"""Of a camera: a turn about the axes of `map` (radians) and the place of its centre (metres), the logarithm of the
focal length, the first two coefficients of its distortion, and by how much its clock is behind (seconds)."""

STEP = 1e-6
"""Of numeric derivatives: far above rounding, far below what changes a picture by a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What is known of a camera beforehand: values, and how far off they may be (standard deviations; inf: not known).

    Attributes:
        camera: The values.
        position: Metres, along each axis of `map`.
        orientation: Radians, about each axis.
        focal: As a share of the focal length.
        radial: Of the first two coefficients of the distortion.
        clock: Seconds.
    """

    camera: Camera
    position: float = np.inf
    orientation: float = np.inf
    focal: float = 0.0
    radial: float = 0.0
    clock: float = 0.0

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which unknowns there are at all: those that may be off; shape [UNKNOWNS]."""
        free = np.zeros(UNKNOWNS, dtype=np.bool_)
        free[TURN], free[CENTRE] = self.orientation > 0, self.position > 0
        free[FOCAL], free[RADIAL], free[CLOCK] = self.focal > 0, self.radial > 0, self.clock > 0
        return free

    def unlikeliness(self, start: Camera, unknowns: Floats) -> tuple[Floats, Floats]:
        """How far a camera is from what is expected.

        Args:
            start: The camera of which all unknowns are 0.
            unknowns: Shape [UNKNOWNS].

        Returns:
            In standard deviations, shape [R]; and the derivatives by the unknowns, shape [R, UNKNOWNS].
        """
        off, by_unknowns = np.zeros(UNKNOWNS), np.eye(UNKNOWNS)
        turned = matrix(unknowns[TURN]) @ axes(start) @ axes(self.camera).T
        off[TURN] = vector(turned)
        by_unknowns[TURN, TURN] = np.linalg.solve(by_vector(off[TURN]), by_vector(unknowns[TURN]))
        off[CENTRE] = start.position + unknowns[CENTRE] - self.camera.position
        off[6:] = unknowns[6:]  # lens and clock begin with what is expected
        sigma = np.repeat([self.orientation, self.position, self.focal, self.radial, self.clock], [3, 3, 1, 2, 1])
        known = (sigma > 0) & np.isfinite(sigma)
        return off[known] / sigma[known], by_unknowns[known] / sigma[known, None]


def axes(camera: Camera) -> Floats:
    """The axes of a camera's optical frame in `map`, its columns, shape [3, 3]."""
    rotation: Floats = Rotation.from_quat(camera.orientation).as_matrix()
    return rotation


def placed(camera: Camera, rotation: Floats, centre: Floats) -> Camera:
    """A camera with other axes [3, 3] and another centre [3]."""
    orientation = tuple(Rotation.from_matrix(rotation).as_quat().tolist())
    return camera.model_copy(update={"orientation": orientation, "position": tuple(centre.tolist())})


def moved(camera: Camera, unknowns: Floats) -> Camera:
    """A camera whose unknowns [UNKNOWNS] are changed by so much; the clock is no part of it."""
    changed = placed(camera, matrix(unknowns[TURN]) @ axes(camera), np.array(camera.position) + unknowns[CENTRE])
    if not unknowns[6:9].any():
        return changed
    count = DISTORTION_COEFFICIENTS[camera.distortion_model]
    distortion = np.array(camera.distortion or (0.0,) * count)
    distortion[:2] += unknowns[RADIAL]
    focal = np.array(camera.focal_length) * np.exp(unknowns[FOCAL])
    return changed.model_copy(update={"distortion": tuple(distortion.tolist()), "focal_length": tuple(focal.tolist())})


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Points in a camera's picture; N of them.

    Attributes:
        pixels: Shape [N, 2]; NaN where the camera cannot see the point.
        by_point: Derivatives by the point in `map`, pixels a metre, shape [N, 2, 3].
        by_camera: Derivatives by the camera's unknowns, shape [N, 2, UNKNOWNS]; 0 for the clock.
    """

    pixels: Floats
    by_point: Floats
    by_camera: Floats


def seen(start: Camera, unknowns: Floats, points: Floats) -> Seen:
    """What a camera sees of points.

    Args:
        start: The camera of which all unknowns are 0.
        unknowns: Shape [UNKNOWNS].
        points: In `map`, metres, shape [N, 3].
    """
    camera = moved(start, unknowns)
    projection = CameraGroup.of([camera]).linearise(points[None])
    pixels, by_point = projection.pixels[0], projection.jacobian[0]
    by_camera = np.zeros((len(points), 2, UNKNOWNS))
    # A camera that turns by d sees what it would if all points turned by -d about its centre.
    by_camera[..., TURN] = by_point @ cross_matrix(points - camera.position) @ by_vector(unknowns[TURN])
    by_camera[..., CENTRE] = -by_point
    by_camera[..., FOCAL] = (pixels - camera.principal_point)[..., None]
    for column in range(RADIAL.start, RADIAL.stop):
        change = np.zeros(UNKNOWNS)
        change[column] = STEP
        changed, _ = CameraGroup.of([moved(start, unknowns + change)]).project(points[None])
        by_camera[..., column] = (changed[0] - pixels) / STEP
    return Seen(pixels, by_point, by_camera)
