"""From `map` to a picture and back: the camera models of `sensor_msgs/CameraInfo`, with derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Camera

Floats = NDArray[np.float64]

NEAREST = 0.1
"""Metres before a camera from which on it sees anything."""

BEYOND = 1.1
"""A point is projected up to so many times as far from the optical axis as the picture reaches: far enough for joints
outside of the picture, and not so far that the distortion polynomial folds back."""

ITERATIONS = 10
"""Newton steps of an undistortion at most."""

SOLVED = 1e-9
"""Of an undistortion, as a share of the focal length: far below a pixel; reached in three to five steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Points in pictures.

    Attributes:
        pixels: x, y in the distorted picture, shape [C, ..., 2]; NaN where the camera cannot see the point.
        jacobian: Derivatives of the pixels by the point in `map`, pixels per metre, shape [C, ..., 2, 3].
        scale: Pixels that a metre across the line of sight takes up at the point, shape [C, ...].
    """

    pixels: Floats
    jacobian: Floats
    scale: Floats

    def select(self, cameras: NDArray[np.intp], rows: NDArray[np.intp]) -> Projection:
        """What some cameras see of some of the next axis, by indices of both, shape [P]."""
        return Projection(self.pixels[cameras, rows], self.jacobian[cameras, rows], self.scale[cameras, rows])


@dataclass(frozen=True, slots=True, eq=False)
class CameraGroup:
    """C cameras, computed with together; either all with `equidistant` distortion or none.

    Attributes:
        ids: Of the cameras, shape [C].
        sizes: Width and height, pixels, shape [C, 2].
        centres: In `map`, metres, shape [C, 3].
        rotations: Their columns are the axes of the optical frames in `map`, shape [C, 3, 3].
        focal: Focal lengths fx, fy, pixels, shape [C, 2].
        principal: Principal points, pixels, shape [C, 2].
        coefficients: Of the distortion, zeros where a model has fewer, shape [C, 8].
        farthest: Angle from the optical axis up to which something is projected, radians, shape [C].
        fisheye: Whether the distortion is `equidistant`.
    """

    ids: NDArray[np.str_]
    sizes: Floats
    centres: Floats
    rotations: Floats
    focal: Floats
    principal: Floats
    coefficients: Floats
    farthest: Floats
    fisheye: bool

    @classmethod
    def of(cls, cameras: Sequence[Camera]) -> CameraGroup:
        """Cameras as in the store file, of one kind."""
        group = cls(
            ids=np.array([camera.id for camera in cameras]),
            sizes=np.array([(camera.width, camera.height) for camera in cameras], dtype=np.float64),
            centres=np.array([camera.position for camera in cameras], dtype=np.float64),
            rotations=np.array([_matrix(np.array(camera.orientation)) for camera in cameras]),
            focal=np.array([camera.focal_length for camera in cameras], dtype=np.float64),
            principal=np.array([camera.principal_point for camera in cameras], dtype=np.float64),
            coefficients=np.array([[*camera.distortion, *[0.0] * 8][:8] for camera in cameras]),
            farthest=np.full(len(cameras), np.pi),
            fisheye=cameras[0].distortion_model == "equidistant",
        )
        edge = group.rays(_border() * group.sizes[:, None]) @ group.rotations
        angles = np.nanmax(np.arctan2(np.hypot(edge[..., 0], edge[..., 1]), edge[..., 2]), axis=1)
        farthest = BEYOND * angles if group.fisheye else np.arctan(BEYOND * np.tan(angles))
        return replace(group, farthest=np.minimum(farthest, np.pi))

    def select(self, cameras: NDArray[np.intp]) -> CameraGroup:
        """Some of the cameras, by their indices, which may repeat."""
        return CameraGroup(
            self.ids[cameras],
            self.sizes[cameras],
            self.centres[cameras],
            self.rotations[cameras],
            self.focal[cameras],
            self.principal[cameras],
            self.coefficients[cameras],
            self.farthest[cameras],
            self.fisheye,
        )

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Where points are seen.

        Args:
            points: In `map`, metres, shape [C, ..., N, 3]; with 1 for C, every camera looks at the same ones.

        Returns:
            Pixels [C, ..., N, 2] and scale [C, ..., N], as in `Projection`.
        """
        seen, visible, distance = self._seen(points)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if self.fisheye:
                image = self._equidistant(seen)
            else:
                image, _ = self._distort(seen[..., :2] / seen[..., 2:], derived=False)
            return self._pixels(image, visible), self._scale(distance)

    def linearise(self, points: Floats) -> Projection:
        """Where points are seen, and how that changes when they move; the argument is that of `project`."""
        seen, visible, distance = self._seen(points)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            image, by_point = self._by_point_equidistant(seen) if self.fisheye else self._by_point_pinhole(seen)
            by_point *= self._each(self.focal, by_point.ndim - 1)[..., None]
            # All rows of a camera in one product: a thousand small ones take ten times as long.
            together = len(by_point), math.prod(by_point.shape[1:-1]), 3
            rows = by_point.reshape(together) @ np.swapaxes(self.rotations, 1, 2)
            return Projection(self._pixels(image, visible), rows.reshape(by_point.shape), self._scale(distance))

    def rays(self, pixels: Floats) -> Floats:
        """The directions in which pixels look.

        Args:
            pixels: In the distorted picture, shape [C, ..., N, 2].

        Returns:
            Unit vectors in `map`, from the camera's centre, shape [C, ..., N, 3]; NaN where the lens has no such pixel.
        """
        image = (pixels - self._each(self.principal, pixels.ndim)) / self._each(self.focal, pixels.ndim)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            seen = self._undistort_equidistant(image) if self.fisheye else self._undistort_pinhole(image)
        rays: Floats = (self._each(self.rotations, seen.ndim + 1) @ seen[..., None])[..., 0]
        return rays

    def _each(self, parameters: Floats, dimensions: int) -> Floats:
        """Parameters [C, ...] with axes put in behind the first, to go with arrays of so many dimensions."""
        shape = parameters.shape
        return parameters.reshape(shape[0], *(1,) * (dimensions - len(shape)), *shape[1:])

    def _each_coefficient(self, dimensions: int) -> Floats:
        """Each of the coefficients, to go with arrays of so many dimensions, shape [8, C, 1, ...]."""
        return self.coefficients.T.reshape(8, -1, *(1,) * (dimensions - 1))

    def _seen(self, points: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
        """Points in the optical frames, whether the cameras see them, and their distance, metres."""
        offset = points - self._each(self.centres, points.ndim)
        seen = offset @ self._each(self.rotations, points.ndim)
        distance = np.hypot(np.hypot(seen[..., 0], seen[..., 1]), seen[..., 2])
        farthest = self._each(np.cos(self.farthest), points.ndim - 1)
        return seen, (distance > NEAREST) & (seen[..., 2] > farthest * distance), distance

    def _pixels(self, image: Floats, visible: NDArray[np.bool_]) -> Floats:
        pixels = image * self._each(self.focal, image.ndim) + self._each(self.principal, image.ndim)
        return np.where(visible[..., None], pixels, np.nan)

    def _scale(self, distance: Floats) -> Floats:
        scale: Floats = self._each(self.focal.mean(axis=1), distance.ndim) / distance
        return scale

    def _by_point_pinhole(self, seen: Floats) -> tuple[Floats, Floats]:
        """Image coordinates, and their derivatives by the point in the optical frame."""
        ideal = seen[..., :2] / seen[..., 2:]
        image, by_ideal = self._distort(ideal)
        by_point = np.empty((*ideal.shape, 3))
        by_point[..., :2] = by_ideal
        by_point[..., 2] = -by_ideal[..., 0] * ideal[..., :1] - by_ideal[..., 1] * ideal[..., 1:]
        by_point /= seen[..., 2, None, None]
        return image, by_point

    def _distort(self, ideal: Floats, derived: bool = True) -> tuple[Floats, Floats]:
        """Brown and Conrady's model with a rational radial part (OpenCV, `calib3d`); plumb_bob is its first five.

        Returns:
            Distorted image coordinates [..., 2] and, if they are to be derived, their derivatives by the ideal ones
            [..., 2, 2].
        """
        a, b = ideal[..., 0], ideal[..., 1]
        k1, k2, p1, p2, k3, k4, k5, k6 = self._each_coefficient(a.ndim)
        square = a * a + b * b
        upper = 1 + square * (k1 + square * (k2 + square * k3))
        lower = 1 + square * (k4 + square * (k5 + square * k6))
        radial = upper / lower
        image = np.empty_like(ideal)
        image[..., 0] = a * radial + 2 * p1 * a * b + p2 * (square + 2 * a * a)
        image[..., 1] = b * radial + p1 * (square + 2 * b * b) + 2 * p2 * a * b
        by_ideal = np.empty((*ideal.shape, 2) if derived else 0)
        if derived:
            slope = k1 + square * (2 * k2 + 3 * square * k3) - radial * (k4 + square * (2 * k5 + 3 * square * k6))
            slope = 2 * slope / lower
            by_ideal[..., 0, 0] = radial + a * a * slope + 2 * p1 * b + 6 * p2 * a
            by_ideal[..., 0, 1] = by_ideal[..., 1, 0] = a * b * slope + 2 * p1 * a + 2 * p2 * b
            by_ideal[..., 1, 1] = radial + b * b * slope + 6 * p1 * b + 2 * p2 * a
        return image, by_ideal

    def _undistort_pinhole(self, image: Floats) -> Floats:
        ideal = np.zeros_like(image)
        for _ in range(ITERATIONS):
            reached, by_ideal = self._distort(ideal)
            missing = image - reached
            solved = np.abs(missing).max(axis=-1, initial=0.0) < SOLVED
            if not (np.abs(missing) >= SOLVED).any():
                break
            ideal = ideal + _solved(by_ideal, missing)
        seen = np.concatenate((ideal, np.ones_like(ideal[..., :1])), axis=-1)
        directions: Floats = seen / np.linalg.norm(seen, axis=-1, keepdims=True)
        return np.where(solved[..., None], directions, np.nan)

    def _equidistant(self, seen: Floats) -> Floats:
        """Kannala and Brandt's model (TPAMI 2006; OpenCV, `fisheye`)."""
        across = np.maximum(np.hypot(seen[..., 0], seen[..., 1]), 1e-9)
        bent, _ = self._bend(np.arctan2(across, seen[..., 2]))
        return (bent / across)[..., None] * seen[..., :2]

    def _by_point_equidistant(self, seen: Floats) -> tuple[Floats, Floats]:
        """As `_by_point_pinhole`."""
        x, y, z = seen[..., 0], seen[..., 1], seen[..., 2]
        across = np.maximum(np.hypot(x, y), 1e-9)
        bent, bend = self._bend(np.arctan2(across, z))
        stretch = bent / across
        square = across * across + z * z
        by_across = (bend * z / square - stretch) / (across * across)
        by_point = np.empty((*x.shape, 2, 3))
        by_point[..., 0, 0] = stretch + x * x * by_across
        by_point[..., 0, 1] = by_point[..., 1, 0] = x * y * by_across
        by_point[..., 1, 1] = stretch + y * y * by_across
        by_point[..., 2] = -seen[..., :2] * (bend / square)[..., None]
        return stretch[..., None] * seen[..., :2], by_point

    def _bend(self, angle: Floats) -> tuple[Floats, Floats]:
        """The distorted angle, and its derivative."""
        k1, k2, k3, k4, *_ = self._each_coefficient(angle.ndim)
        square = angle * angle
        bent = angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
        return bent, 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))

    def _undistort_equidistant(self, image: Floats) -> Floats:
        radius = np.hypot(image[..., 0], image[..., 1])
        angle = radius.copy()
        for _ in range(ITERATIONS):
            bent, bend = self._bend(angle)
            solved = (np.abs(radius - bent) < SOLVED) & (angle < np.pi)
            if not (np.abs(radius - bent) >= SOLVED).any():
                break
            angle = angle + (radius - bent) / bend
        across = np.where(radius > 0, np.sin(angle) / np.where(radius > 0, radius, 1.0), 1.0)
        seen = np.concatenate((image * across[..., None], np.cos(angle)[..., None]), axis=-1)
        return np.where(solved[..., None], seen, np.nan)


def _matrix(quaternion: Floats) -> Floats:
    """The rotation of a quaternion x, y, z, w of about unit length: its columns are the camera's axes in `map`."""
    x, y, z, w = (quaternion / np.linalg.norm(quaternion)).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _border() -> Floats:
    """Points all along the edge of a picture, as shares of its size, shape [N, 2]."""
    along = np.linspace(0.0, 1.0, 9)
    x, y = np.meshgrid(along, along)
    edge = (x == 0) | (x == 1) | (y == 0) | (y == 1)
    return np.stack((x[edge], y[edge]), axis=-1)


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Solutions of 2x2 systems, shape [..., 2]."""
    (a, b), (c, d) = np.moveaxis(matrix[..., 0, :], -1, 0), np.moveaxis(matrix[..., 1, :], -1, 0)
    u, v = right[..., 0], right[..., 1]
    solved: Floats = np.stack((d * u - b * v, a * v - c * u), axis=-1) / (a * d - b * c)[..., None]
    return solved
