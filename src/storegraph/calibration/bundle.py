"""One adjustment of all cameras and all that they see (Triggs et al., Bundle Adjustment: A Modern Synthesis, 1999)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.sparse import block_diag, bmat, csc_matrix, csr_matrix, diags
from scipy.sparse.linalg import splu

from storegraph.store.model import Camera

from .errors import CalibrationError
from .turning import Floats
from .viewpoint import CLOCK, UNKNOWNS, Expected, moved, seen

ROBUST = 2.0
"""Standard deviations from which on an error counts less than by its square: of normal errors, one in twenty."""

LOST = 30.0
"""Standard deviations that a point counts as being off which the camera, as it stands now, cannot see."""

STEPS = 60
"""Of the adjustment at most; it comes to rest in ten to thirty."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Points seen in pictures; N of them.

    Attributes:
        cameras: Index of the camera, shape [N].
        pixels: Where, shape [N, 2].
        sigma: Standard deviation along an axis, pixels, shape [N].
    """

    cameras: NDArray[np.intp]
    pixels: Floats
    sigma: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the points of N sightings are, as a scene's M unknowns have it.

    Attributes:
        points: In `map`, metres, shape [N, 3].
        by_unknowns: Derivatives of all coordinates, point by point, by the scene's unknowns; sparse, [3N, M].
        velocity: Of the points, metres per second, shape [N, 3]; zeros where nothing moves.
    """

    points: Floats
    by_unknowns: csr_matrix
    velocity: Floats


class Scene(Protocol):
    """What cameras look at: markers that stay, or people that walk."""

    @property
    def sightings(self) -> Sightings:
        """What the cameras saw of it."""

    @property
    def start(self) -> Floats:
        """The unknowns to begin with, shape [M]."""

    def places(self, unknowns: Floats, clocks: Floats) -> Places:
        """Where the points of the sightings are, with unknowns [M] and the cameras' clocks [C], seconds."""

    def unlikeliness(self, unknowns: Floats) -> tuple[Floats, csr_matrix]:
        """How far the scene is from what is known of it, in standard deviations [R]; and the derivatives [R, M]."""


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """What an adjustment came to.

    Attributes:
        cameras: As they are now.
        unknowns: Of the cameras, relative to where they started, shape [C, UNKNOWNS].
        covariance: Of these, shape [C * UNKNOWNS, C * UNKNOWNS]; 0 where nothing was free.
        scenes: The unknowns of each scene.
        projected: Where each scene's sightings should have been, pixels, shape [N, 2] each.
        cost: Half the sum of the robust squared errors, in squared standard deviations.
    """

    cameras: tuple[Camera, ...]
    unknowns: Floats
    covariance: Floats
    scenes: tuple[Floats, ...]
    projected: tuple[Floats, ...]
    cost: float


def adjust(start: Sequence[Camera], expected: Sequence[Expected], scenes: Sequence[Scene]) -> Adjusted:
    """Finds the cameras and scenes that go best with what was seen and what is known.

    Args:
        start: The cameras to begin with.
        expected: What is known of each.
        scenes: What was seen.

    Raises:
        CalibrationError: What was seen and what is known do not hold all unknowns.
    """
    problem = _Problem(tuple(start), tuple(expected), tuple(scenes))
    solved = least_squares(
        problem.errors,
        problem.start,
        problem.jacobian,
        method="trf",
        x_scale="jac",
        loss=problem.loss,
        f_scale=ROBUST,
        max_nfev=STEPS,
        ftol=1e-6,
    )
    cameras, parts = problem.split(solved.x)
    return Adjusted(
        cameras=tuple(moved(camera, values) for camera, values in zip(start, cameras, strict=True)),
        unknowns=cameras,
        covariance=problem.covariance(solved.x),
        scenes=parts,
        projected=tuple(problem.projected(scene, cameras, part) for scene, part in zip(scenes, parts, strict=True)),
        cost=float(solved.cost),
    )


class _Problem:
    """Errors and derivatives of everything, by one long vector of what is free."""

    def __init__(self, cameras: tuple[Camera, ...], expected: tuple[Expected, ...], scenes: tuple[Scene, ...]) -> None:
        self._cameras, self._expected, self._scenes = cameras, expected, scenes
        self._free = np.flatnonzero(np.concatenate([each.free for each in expected]))
        self._sizes = [len(scene.start) for scene in scenes]
        self._seen = np.arange(2 * sum(len(scene.sightings.cameras) for scene in scenes))
        self._newest: tuple[bytes, tuple[Floats, csr_matrix]] = (b"", (np.zeros(0), csr_matrix((0, 0))))

    @property
    def start(self) -> Floats:
        return np.concatenate([np.zeros(len(self._free)), *(scene.start for scene in self._scenes)])

    def split(self, x: Floats) -> tuple[Floats, tuple[Floats, ...]]:
        """The cameras' unknowns [C, UNKNOWNS], and each scene's."""
        cameras = np.zeros(len(self._cameras) * UNKNOWNS)
        own, *parts = np.split(x, np.cumsum([len(self._free), *self._sizes[:-1]]))
        cameras[self._free] = own
        return cameras.reshape(-1, UNKNOWNS), tuple(parts)

    def errors(self, x: Floats) -> Floats:
        return self._linearised(x)[0]

    def jacobian(self, x: Floats) -> csr_matrix:
        return self._linearised(x)[1]

    def loss(self, squares: Floats) -> Floats:
        """What squared errors cost, and the first two derivatives of that, shape [3, R].

        Of sightings some are simply wrong, so their cost grows with the error only (soft L1). What is known beforehand
        keeps its square: the more so, the less the sightings say.
        """
        seen = self._seen
        root = np.sqrt(1 + squares[seen])
        loss = np.stack((squares, np.ones_like(squares), np.zeros_like(squares)))
        loss[:, seen] = 2 * (root - 1), 1 / root, -0.5 / root**3
        return loss

    def projected(self, scene: Scene, cameras: Floats, unknowns: Floats) -> Floats:
        """Where a scene's sightings should be, pixels, shape [N, 2]."""
        points = scene.places(unknowns, cameras[:, CLOCK.start]).points
        pixels = np.full((len(points), 2), np.nan)
        for index, camera in enumerate(self._cameras):
            rows = np.flatnonzero(scene.sightings.cameras == index)
            if rows.size:
                pixels[rows] = seen(camera, cameras[index], points[rows]).pixels
        return pixels

    def covariance(self, x: Floats) -> Floats:
        """Of the cameras' unknowns: what the errors and their derivatives leave open where the adjustment came to rest.

        Raises:
            CalibrationError: Something is not held at all.
        """
        errors, jacobian = self._linearised(x)
        weights = self.loss((errors / ROBUST) ** 2)[1]
        information = csc_matrix(jacobian.T @ diags(weights) @ jacobian)
        count = len(self._free)
        try:
            columns = splu(information).solve(np.eye(len(x), count))[:count]
        except RuntimeError as error:  # a pivot that is zero
            raise CalibrationError(
                "what was seen does not say where the cameras are; more must be seen by two cameras, and known"
            ) from error
        # Errors that are larger than they were said to be make everything less certain; smaller ones prove nothing.
        spare = max(len(errors) - len(x), 1)
        excess = max(float(weights @ errors**2) / spare, 1.0)
        covariance = np.zeros((len(self._cameras) * UNKNOWNS,) * 2)
        covariance[np.ix_(self._free, self._free)] = excess * columns
        return covariance

    def _linearised(self, x: Floats) -> tuple[Floats, csr_matrix]:
        """Errors [R] and their derivatives [R, X]; those of the same `x` are asked for one after the other."""
        if self._newest[0] != x.tobytes():
            self._newest = x.tobytes(), self._computed(x)
        return self._newest[1]

    def _computed(self, x: Floats) -> tuple[Floats, csr_matrix]:
        cameras, parts = self.split(x)
        sighted, unlikely, rows, known_rows = [], [], [], []
        for place, (scene, part) in enumerate(zip(self._scenes, parts, strict=True)):
            off, by_cameras, by_part = self._reprojected(scene, cameras, part)
            sighted.append(off)
            rows.append([by_cameras, *self._beside(place, by_part)])
            off, by_part = scene.unlikeliness(part)
            unlikely.append(off)
            known_rows.append([None, *self._beside(place, by_part)])
        known = [
            each.unlikeliness(camera, values)
            for each, camera, values in zip(self._expected, self._cameras, cameras, strict=True)
        ]
        unlikely += [off for off, _ in known]
        by_known = csc_matrix(block_diag([by for _, by in known]))[:, self._free]
        known_rows.append([by_known, *(csr_matrix((by_known.shape[0], size)) for size in self._sizes)])
        return np.concatenate([*sighted, *unlikely]), csr_matrix(bmat([*rows, *known_rows]))

    def _beside(self, place: int, own: csr_matrix) -> list[csr_matrix | None]:
        return [own if place == other else None for other in range(len(self._scenes))]

    def _reprojected(self, scene: Scene, cameras: Floats, part: Floats) -> tuple[Floats, csr_matrix, csr_matrix]:
        """Errors of a scene's sightings, shape [2N], and their derivatives by cameras and scene."""
        sightings, clocks = scene.sightings, cameras[:, CLOCK.start]
        places = scene.places(part, clocks)
        count = len(places.points)
        off, by_point = np.zeros((count, 2)), np.zeros((count, 2, 3))
        by_camera = np.zeros((count, 2, UNKNOWNS))
        for index, camera in enumerate(self._cameras):
            rows = np.flatnonzero(sightings.cameras == index)
            if rows.size:
                view = seen(camera, cameras[index], places.points[rows])
                off[rows] = view.pixels - sightings.pixels[rows]
                by_point[rows], by_camera[rows] = view.by_point, view.by_camera
        by_camera[..., CLOCK] = by_point @ places.velocity[..., None]
        scaled = sightings.sigma[:, None]
        unseen = ~np.isfinite(off).all(axis=1)
        off, by_point, by_camera = off / scaled, by_point / scaled[..., None], by_camera / scaled[..., None]
        off[unseen], by_point[unseen], by_camera[unseen] = LOST, 0.0, 0.0
        first = sightings.cameras[:, None, None] * UNKNOWNS + np.arange(UNKNOWNS)
        lines = np.arange(2 * count).reshape(count, 2, 1)
        columns, lines = np.broadcast_arrays(first, lines)
        shape = 2 * count, len(self._cameras) * UNKNOWNS
        by_cameras = csc_matrix((by_camera.ravel(), (lines.ravel(), columns.ravel())), shape)[:, self._free]
        lines = np.broadcast_to(np.arange(2 * count).reshape(count, 2, 1), by_point.shape)
        columns = np.broadcast_to(3 * np.arange(count)[:, None, None] + np.arange(3), by_point.shape)
        by_points = csr_matrix((by_point.ravel(), (lines.ravel(), columns.ravel())), (2 * count, 3 * count))
        return off.ravel(), csr_matrix(by_cameras), csr_matrix(by_points @ places.by_unknowns)
