"""Where rays of several cameras meet, when some of them may be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inverse import adjugate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

GATE = 3.0
"""A view agrees with a point that lies within so many standard deviations of its ray."""

REFINEMENTS = 3
"""Times that the views are weighted anew by the range found; the weights change by less than a hundredth after two."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """The same J joints in V views.

    Attributes:
        centres: Of the cameras in `map`, metres, shape [V, 3].
        rays: Unit vectors in `map`, shape [V, J, 3]; NaN where a view has not found the joint.
        angles: Standard deviation of each ray, radians, shape [V, J].
        offsets: Standard deviation of where in the body each joint is seen, metres, shape [J].
    """

    centres: Floats
    rays: Floats
    angles: Floats
    offsets: Floats

    def variances(self, points: Floats) -> Floats:
        """Of each ray across its direction at the points [..., J, 3], square metres, shape [..., V, J]."""
        ranges = np.linalg.norm(points[..., None, :, :] - self.centres[:, None], axis=-1)
        variances: Floats = (self.angles * ranges) ** 2 + self.offsets**2
        return variances

    def distances(self, points: Floats) -> Floats:
        """How far points [..., J, 3] are from each ray, metres, shape [..., V, J].

        It is inf behind the camera, and NaN where there is no ray.
        """
        towards = points[..., None, :, :] - self.centres[:, None]
        along = (towards * self.rays).sum(axis=-1)
        distances: Floats = np.linalg.norm(towards - along[..., None] * self.rays, axis=-1)
        return np.where(along < 0, np.inf, distances)


def triangulate(sightings: Sightings, worst: float) -> tuple[Floats, Floats]:
    """The points that most views agree on.

    For every pair of views, the points nearest to both rays are tried on all views; of the pairs, each joint takes the
    one that most views agree with, each counted by its sharpness (RANSAC, Fischler and Bolles 1981, with every pair
    instead of random ones). From the agreeing views the point is solved for by least squares, weighted anew by the
    ranges found (Hartley and Sturm, Triangulation, CVIU 1997, "Iterative-LS").

    Args:
        sightings: What the views see.
        worst: A point whose standard deviation along any axis is larger is not known: its rays are all but parallel,
            or there is but one.

    Returns:
        Points in `map`, metres, shape [J, 3], and their covariances, square metres, shape [J, 3, 3]; NaN where not
        known.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        points = _agreed(sightings, worst)
        for _ in range(REFINEMENTS):
            variances = sightings.variances(points)
            agreeing = sightings.distances(points) <= GATE * np.sqrt(variances)
            weights = np.where(agreeing, 1 / variances, 0.0)
            points, covariances = _least_squares(sightings.centres, sightings.rays, weights)
        known = (agreeing.sum(axis=0) >= 2) & _sharp(covariances, worst)
    return np.where(known[:, None], points, np.nan), np.where(known[:, None, None], covariances, np.nan)


def _agreed(sightings: Sightings, worst: float) -> Floats:
    """Of the points of all pairs of views, for each joint the one that most views agree with.

    How far away a view is does not count: a wrong ray may meet one of a near camera.
    """
    views, joints = sightings.angles.shape
    pairs = np.array(np.triu_indices(views, k=1))
    number = np.arange(pairs.shape[1])
    centres, rays = sightings.centres[pairs], sightings.rays[pairs]
    tried, _ = _least_squares(centres, rays, np.ones(rays.shape[:-1]))
    variances = sightings.variances(tried)
    _, covariances = _least_squares(centres, rays, 1 / variances[number, pairs])
    ratio = sightings.distances(tried) ** 2 / variances
    agreeing = np.where(ratio <= GATE**2, (1 - ratio / GATE**2) / sightings.angles**2, 0.0)
    usable = _sharp(covariances, worst) & (agreeing[number, pairs] > 0).all(axis=0)
    support = np.where(usable, agreeing.sum(axis=1), 0.0)
    best = support.argmax(axis=0), np.arange(joints)
    return np.where(support[best][:, None] > 0, tried[best], np.nan)


def _least_squares(centres: Floats, rays: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The points nearest to all rays, and the inverse of their normal matrix.

    A ray's squared distance from p is |(I - u u') (p - c)|^2, so the normal matrix is the weighted sum of I - u u'.

    Args:
        centres: From where V views look, metres, shape [V, ..., 3].
        rays: Of J joints, unit vectors, shape [V, ..., J, 3]; NaN where there is none.
        weights: Shape [V, ..., J]; anything where there is no ray.
    """
    seen = np.isfinite(rays[..., 0]) & (weights > 0)
    weights = np.where(seen, weights, 0.0)[..., None, None]
    rays = np.where(seen[..., None], rays, 0.0)
    across = weights * (np.eye(3) - rays[..., :, None] * rays[..., None, :])
    normal = across.sum(axis=0)
    right = (across @ centres[..., None, :, None]).sum(axis=0)
    adjugates, determinants = adjugate(normal)
    solvable = determinants > 1e-9 * np.trace(normal, axis1=-2, axis2=-1) ** 3
    inverse = adjugates / np.where(solvable, determinants, np.nan)[..., None, None]
    return (inverse @ right)[..., 0], inverse


def _sharp(covariances: Floats, worst: float) -> Flags:
    """Whether the standard deviation along every axis is at most `worst`; not where it is unknown.

    The eigenvalues of a symmetric matrix are real, so none is negative if all coefficients of its characteristic
    polynomial, the trace among them, are not (Descartes' rule of signs).
    """
    room = worst**2 * np.eye(3) - covariances
    adjugates, determinants = adjugate(room)
    trace, minors = np.trace(room, axis1=-2, axis2=-1), np.trace(adjugates, axis1=-2, axis2=-1)
    sharp: Flags = (trace >= 0) & (minors >= 0) & (determinants >= 0)
    return sharp
