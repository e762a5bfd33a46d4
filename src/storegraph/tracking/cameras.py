"""From `map` to a picture and back: the camera models of `sensor_msgs/CameraInfo`, with derivatives."""

from __future__ import annotations

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

CLOSE = 1e-5
"""An undistortion that is so near, as a share of the focal length, is solved by one step more: what is missing is
squared by each (at most 1e-9 then, far below a pixel). It is reached in two or three steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Points in pictures.

    Attributes:
        pixels: x, y in the distorted picture, shape [C, ..., 2]; NaN where the camera cannot see the point. In memory
            all x come first, then all y: along a last axis of two, numpy takes several times as long.
        jacobian: Derivatives of the pixels by the point in `map`, pixels per metre, shape [C, ..., 2, 3]; in memory
            [C, 3, 2, ...].
        scale: Pixels that a metre across the line of sight takes up at the point, shape [C, ...].
    """

    pixels: Floats
    jacobian: Floats
    scale: Floats


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
        rational: Whether the radial part of a distortion is divided by another one.
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
    rational: bool

    @classmethod
    def of(cls, cameras: Sequence[Camera]) -> CameraGroup:
        """Cameras as in the store file, of one kind."""
        coefficients = np.array([[*camera.distortion, *[0.0] * 8][:8] for camera in cameras])
        group = cls(
            ids=np.array([camera.id for camera in cameras]),
            sizes=np.array([(camera.width, camera.height) for camera in cameras], dtype=np.float64),
            centres=np.array([camera.position for camera in cameras], dtype=np.float64),
            rotations=np.array([_matrix(np.array(camera.orientation)) for camera in cameras]),
            focal=np.array([camera.focal_length for camera in cameras], dtype=np.float64),
            principal=np.array([camera.principal_point for camera in cameras], dtype=np.float64),
            coefficients=coefficients,
            farthest=np.full(len(cameras), np.pi),
            fisheye=cameras[0].distortion_model == "equidistant",
            rational=bool(coefficients[:, 5:].any()),
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
            self.rational,
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
            image = self._equidistant(seen) if self.fisheye else self._distort(seen[:2] / seen[2], derived=False)[0]
            return self._pixels(image, visible), self._scale(distance)

    def linearise(self, points: Floats) -> Projection:
        """Where points are seen, and how that changes when they move; the argument is that of `project`."""
        seen, visible, distance = self._seen(points)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            image, by_point = self._by_point_equidistant(seen) if self.fisheye else self._by_point_pinhole(seen)
            by_point *= self.focal.reshape(-1, 1, 2, *(1,) * (by_point.ndim - 3))
            # All columns of a camera in one product: a thousand small ones take ten times as long.
            by_place = (self.rotations @ by_point.reshape(len(by_point), 3, -1)).reshape(by_point.shape)
            return Projection(
                self._pixels(image, visible), np.moveaxis(by_place, (2, 1), (-2, -1)), self._scale(distance)
            )

    def rays(self, pixels: Floats) -> Floats:
        """The directions in which pixels look.

        Args:
            pixels: In the distorted picture, shape [C, ..., N, 2].

        Returns:
            Unit vectors in `map`, from the camera's centre, shape [C, ..., N, 3]; NaN where the lens has no such pixel.
        """
        image = (pixels - self._each(self.principal, pixels.ndim)) / self._each(self.focal, pixels.ndim)
        image = _by_coordinate(image)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            seen = self._undistort_equidistant(image) if self.fisheye else self._undistort_pinhole(image)
        seen = np.moveaxis(seen, 0, -1)
        rays: Floats = (self._each(self.rotations, seen.ndim + 1) @ seen[..., None])[..., 0]
        return rays

    def _each(self, parameters: Floats, dimensions: int) -> Floats:
        """Parameters [C, ...] with axes put in behind the first, to go with arrays of so many dimensions."""
        shape = parameters.shape
        return parameters.reshape(shape[0], *(1,) * (dimensions - len(shape)), *shape[1:])

    def _each_coordinate(self, parameters: Floats, dimensions: int) -> Floats:
        """Parameters [C, K], coordinate by coordinate, for arrays of so many dimensions, shape [K, C, 1, ...]."""
        return parameters.T.reshape(-1, len(parameters), *(1,) * (dimensions - 1))

    def _seen(self, points: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
        """Points in the optical frames, shape [3, C, ...], whether the cameras see them, and their distance, metres."""
        offset = points - self._each(self.centres, points.ndim)
        seen = _by_coordinate(offset @ self._each(self.rotations, points.ndim))
        distance = np.hypot(np.hypot(seen[0], seen[1]), seen[2])
        farthest = self._each(np.cos(self.farthest), points.ndim - 1)
        return seen, (distance > NEAREST) & (seen[2] > farthest * distance), distance

    def _pixels(self, image: Floats, visible: NDArray[np.bool_]) -> Floats:
        """Pixels [C, ..., 2] of image coordinates [2, C, ...]; they lie in memory as those do."""
        dimensions = image.ndim - 1
        pixels = image * self._each_coordinate(self.focal, dimensions)
        pixels += self._each_coordinate(self.principal, dimensions)
        return np.moveaxis(np.where(visible, pixels, np.nan), 0, -1)

    def _scale(self, distance: Floats) -> Floats:
        scale: Floats = self._each(self.focal.mean(axis=1), distance.ndim) / distance
        return scale

    def _by_point_pinhole(self, seen: Floats) -> tuple[Floats, Floats]:
        """Image coordinates [2, C, ...], and their derivatives by the point in the optical frame, [C, 3, 2, ...]."""
        ideal = seen[:2] / seen[2]
        image, (by_aa, by_ab, by_bb) = self._distort(ideal)
        by_point = np.empty((image.shape[1], 3, 2, *image.shape[2:]))
        for row, (by_a, by_b) in enumerate(((by_aa, by_ab), (by_ab, by_bb))):
            by_point[:, 0, row] = by_a
            by_point[:, 1, row] = by_b
            by_point[:, 2, row] = -by_a * ideal[0] - by_b * ideal[1]
        by_point /= seen[2][:, None, None]
        return image, by_point

    def _distort(self, ideal: Floats, derived: bool = True) -> tuple[Floats, tuple[Floats, ...]]:
        """Brown and Conrady's model with a rational radial part (OpenCV, `calib3d`); plumb_bob is its first five.

        Args:
            ideal: Image coordinates a, b of a camera without distortion, shape [2, C, ...].
            derived: Whether derivatives are asked for.

        Returns:
            Distorted ones, of the same shape, and their derivatives: of the first by a, of either by the other one, and
            of the second by b, shape [C, ...] each.
        """
        a, b = ideal
        k1, k2, p1, p2, k3, k4, k5, k6 = self._each_coordinate(self.coefficients, a.ndim)
        square = a * a + b * b
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        if self.rational:
            lower = 1 + square * (k4 + square * (k5 + square * k6))
            radial = radial / lower
        image = np.empty_like(ideal)
        image[0] = a * radial + 2 * p1 * a * b + p2 * (square + 2 * a * a)
        image[1] = b * radial + p1 * (square + 2 * b * b) + 2 * p2 * a * b
        if not derived:
            return image, ()
        slope = k1 + square * (2 * k2 + 3 * square * k3)
        if self.rational:
            slope = (slope - radial * (k4 + square * (2 * k5 + 3 * square * k6))) / lower
        slope = 2 * slope
        return image, (
            radial + a * a * slope + 2 * p1 * b + 6 * p2 * a,
            a * b * slope + 2 * p1 * a + 2 * p2 * b,
            radial + b * b * slope + 6 * p1 * b + 2 * p2 * a,
        )

    def _undistort_pinhole(self, image: Floats) -> Floats:
        """Directions in the optical frames, unit vectors, shape [3, C, ...], of distorted coordinates [2, C, ...]."""
        ideal = image
        for _ in range(ITERATIONS):
            reached, (by_aa, by_ab, by_bb) = self._distort(ideal)
            x, y = missing = image - reached
            solved = np.abs(missing).max(axis=0) < CLOSE
            step = np.array((by_bb * x - by_ab * y, by_aa * y - by_ab * x)) / (by_aa * by_bb - by_ab * by_ab)
            ideal = ideal + step
            if not (np.abs(missing) >= CLOSE).any():
                break
        seen = np.array((*ideal, np.ones_like(ideal[0])))
        directions: Floats = seen / np.sqrt((seen * seen).sum(axis=0))
        return np.where(solved, directions, np.nan)

    def _equidistant(self, seen: Floats) -> Floats:
        """Kannala and Brandt's model (TPAMI 2006; OpenCV, `fisheye`)."""
        across = np.maximum(np.hypot(seen[0], seen[1]), 1e-9)
        bent, _ = self._bend(np.arctan2(across, seen[2]))
        image: Floats = (bent / across) * seen[:2]
        return image

    def _by_point_equidistant(self, seen: Floats) -> tuple[Floats, Floats]:
        """As `_by_point_pinhole`."""
        x, y, z = seen
        across = np.maximum(np.hypot(x, y), 1e-9)
        bent, bend = self._bend(np.arctan2(across, z))
        stretch = bent / across
        square = across * across + z * z
        by_across = (bend * z / square - stretch) / (across * across)
        by_point = np.empty((x.shape[0], 3, 2, *x.shape[1:]))
        by_point[:, 0, 0] = stretch + x * x * by_across
        by_point[:, 0, 1] = by_point[:, 1, 0] = x * y * by_across
        by_point[:, 1, 1] = stretch + y * y * by_across
        by_point[:, 2] = np.swapaxes(-seen[:2] * (bend / square), 0, 1)
        return stretch * seen[:2], by_point

    def _bend(self, angle: Floats) -> tuple[Floats, Floats]:
        """The distorted angle, and its derivative."""
        k1, k2, k3, k4, *_ = self._each_coordinate(self.coefficients, angle.ndim)
        square = angle * angle
        bent = angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
        return bent, 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))

    def _undistort_equidistant(self, image: Floats) -> Floats:
        """As `_undistort_pinhole`."""
        radius = np.hypot(image[0], image[1])
        angle = radius
        for _ in range(ITERATIONS):
            bent, bend = self._bend(angle)
            missing = radius - bent
            solved = (np.abs(missing) < CLOSE) & (angle < np.pi)
            angle = angle + missing / bend
            if not (np.abs(missing) >= CLOSE).any():
                break
        across = np.where(radius > 0, np.sin(angle) / np.where(radius > 0, radius, 1.0), 1.0)
        seen = np.array((*(image * across), np.cos(angle)))
        return np.where(solved, seen, np.nan)


def _by_coordinate(points: Floats) -> Floats:
    """Points [..., K], all of their first coordinate before all of the second, shape [K, ...]."""
    together: Floats = np.ascontiguousarray(points.transpose(-1, *range(points.ndim - 1)))
    return together


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
