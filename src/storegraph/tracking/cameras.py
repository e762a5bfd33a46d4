"""From `map` to a picture and back: the camera models of `sensor_msgs/CameraInfo`, with derivatives."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Points in a picture.

    Attributes:
        pixels: x, y in the distorted picture, shape [..., 2]; NaN where the camera cannot see the point.
        jacobian: Derivatives of the pixels by the point in `map`, pixels per metre, shape [..., 2, 3].
        scale: Pixels that a metre across the line of sight takes up at the point, shape [...].
    """

    pixels: Floats
    jacobian: Floats
    scale: Floats


class CameraModel:
    """Projects points, and gives the rays on which pixels lie.

    Args:
        camera: As in the store file.
    """

    def __init__(self, camera: Camera) -> None:
        self.id = camera.id
        self.size = (camera.width, camera.height)
        self.centre: Floats = np.array(camera.position, dtype=np.float64)
        self._rotation = _matrix(np.array(camera.orientation, dtype=np.float64))
        self._focal = np.array(camera.focal_length, dtype=np.float64)
        self._principal = np.array(camera.principal_point, dtype=np.float64)
        self._fisheye = camera.distortion_model == "equidistant"
        count = 4 if self._fisheye else 8
        self._coefficients = tuple([*camera.distortion, *[0.0] * count][:count])
        edge = self.rays(_border(*self.size)) @ self._rotation
        angle = float(np.nanmax(np.arctan2(np.hypot(edge[:, 0], edge[:, 1]), edge[:, 2])))
        self._farthest = BEYOND * angle if self._fisheye else float(np.arctan(BEYOND * np.tan(angle)))

    @property
    def focal_length(self) -> float:
        """Pixels; the mean of both axes."""
        return float(self._focal.mean())

    def project(self, points: Floats) -> Projection:
        """Where points are seen.

        Args:
            points: In `map`, metres, shape [..., 3].
        """
        seen = (points - self.centre) @ self._rotation
        x, y, z = seen[..., 0], seen[..., 1], seen[..., 2]
        across = np.hypot(x, y)
        distance = np.hypot(across, z)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            visible = (distance > NEAREST) & (np.arctan2(across, z) < self._farthest)
            image, by_point = self._equidistant(x, y, z) if self._fisheye else self._pinhole(x, y, z)
            pixels = np.where(visible[..., None], image * self._focal + self._principal, np.nan)
            jacobian = (by_point * self._focal[:, None]) @ self._rotation.T
            return Projection(pixels, jacobian, self.focal_length / distance)

    def rays(self, pixels: Floats) -> Floats:
        """The directions in which pixels look.

        Args:
            pixels: In the distorted picture, shape [..., 2].

        Returns:
            Unit vectors in `map`, from the camera's centre, shape [..., 3]; NaN where the lens has no such pixel.
        """
        image = (np.asarray(pixels, dtype=np.float64) - self._principal) / self._focal
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            seen = self._undistort_equidistant(image) if self._fisheye else self._undistort_pinhole(image)
        rays: Floats = seen @ self._rotation.T
        return rays

    def _pinhole(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats]:
        """Image coordinates and their derivatives by the point in the camera's frame."""
        a, b = x / z, y / z
        image, by_ideal = self._distort(a, b)
        by_point = np.concatenate((by_ideal, -(by_ideal @ np.stack((a, b), axis=-1)[..., None])), axis=-1)
        return image, by_point / z[..., None, None]

    def _distort(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Brown and Conrady's model with a rational radial part (OpenCV, `calib3d`); plumb_bob is its first five.

        Returns:
            Distorted image coordinates [..., 2] and their derivatives by the ideal ones [..., 2, 2].
        """
        k1, k2, p1, p2, k3, k4, k5, k6 = self._coefficients
        square = a * a + b * b
        upper = 1 + square * (k1 + square * (k2 + square * k3))
        lower = 1 + square * (k4 + square * (k5 + square * k6))
        radial = upper / lower
        slope = k1 + square * (2 * k2 + 3 * square * k3) - radial * (k4 + square * (2 * k5 + 3 * square * k6))
        slope = 2 * slope / lower
        image = np.empty((*a.shape, 2))
        image[..., 0] = a * radial + 2 * p1 * a * b + p2 * (square + 2 * a * a)
        image[..., 1] = b * radial + p1 * (square + 2 * b * b) + 2 * p2 * a * b
        mixed = a * b * slope + 2 * p1 * a + 2 * p2 * b
        by_ideal = np.empty((*a.shape, 2, 2))
        by_ideal[..., 0, 0] = radial + a * a * slope + 2 * p1 * b + 6 * p2 * a
        by_ideal[..., 0, 1] = mixed
        by_ideal[..., 1, 0] = mixed
        by_ideal[..., 1, 1] = radial + b * b * slope + 6 * p1 * b + 2 * p2 * a
        return image, by_ideal

    def _undistort_pinhole(self, image: Floats) -> Floats:
        ideal = np.zeros_like(image)
        for _ in range(ITERATIONS):
            reached, by_ideal = self._distort(ideal[..., 0], ideal[..., 1])
            missing = image - reached
            solved = np.abs(missing).max(axis=-1, initial=0.0) < SOLVED
            if not (np.abs(missing) >= SOLVED).any():
                break
            ideal = ideal + _solved(by_ideal, missing)
        seen = np.concatenate((ideal, np.ones_like(ideal[..., :1])), axis=-1)
        directions: Floats = seen / np.linalg.norm(seen, axis=-1, keepdims=True)
        return np.where(solved[..., None], directions, np.nan)

    def _equidistant(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats]:
        """Kannala and Brandt's model (TPAMI 2006; OpenCV, `fisheye`), as `_pinhole`."""
        across = np.maximum(np.hypot(x, y), 1e-9)
        angle = np.arctan2(across, z)
        bent, bend = self._bend(angle)
        stretch = bent / across
        square = across * across + z * z
        by_across = (bend * z / square - stretch) / (across * across)
        image = np.stack((stretch * x, stretch * y), axis=-1)
        by_point = np.empty((*x.shape, 2, 3))
        by_point[..., 0, 0] = stretch + x * x * by_across
        by_point[..., 0, 1] = x * y * by_across
        by_point[..., 0, 2] = -x * bend / square
        by_point[..., 1, 0] = by_point[..., 0, 1]
        by_point[..., 1, 1] = stretch + y * y * by_across
        by_point[..., 1, 2] = -y * bend / square
        return image, by_point

    def _bend(self, angle: Floats) -> tuple[Floats, Floats]:
        """The distorted angle, and its derivative."""
        k1, k2, k3, k4 = self._coefficients
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


def _border(width: int, height: int) -> Floats:
    """Points all along the edge of a picture, pixels, shape [N, 2]."""
    along = np.linspace(0.0, 1.0, 9)
    x, y = np.meshgrid(along * width, along * height)
    edge = (x == 0) | (x == width) | (y == 0) | (y == height)
    return np.stack((x[edge], y[edge]), axis=-1)


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Solutions of 2x2 systems, shape [..., 2]."""
    (a, b), (c, d) = np.moveaxis(matrix[..., 0, :], -1, 0), np.moveaxis(matrix[..., 1, :], -1, 0)
    u, v = right[..., 0], right[..., 1]
    solved: Floats = np.stack((d * u - b * v, a * v - c * u), axis=-1) / (a * d - b * c)[..., None]
    return solved
