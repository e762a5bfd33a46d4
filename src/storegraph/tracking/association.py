"""Who of the people in a picture is who of those that are followed.

Every joint votes with the logarithm of a likelihood ratio: how much likelier it is to be seen there if this is that
person than if it is anything in the picture. A share of joints is expected to be wrong altogether, so one of them costs
a person little; and a person whose place is not sure claims less than one whose place is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .cameras import CameraModel
from .filtering import Floats
from .model import TrackingSettings
from .skeleton import Skeleton

GATE = 13.8
"""A joint's squared normalised innovation beyond this is no measurement of it: the 99.9 % quantile of chi square with
two degrees of freedom."""

MARGIN = 3.0
"""People are compared where their boxes, widened by so many standard deviations, overlap."""

LEAST_EVIDENCE = 5.0
"""Logarithm of the likelihood ratio from which on somebody is recognised: less than one well-placed joint gives, and
likelier than all the pairs that are tried in a picture together."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Followed people as a camera expects them; T people, J joints.

    Attributes:
        pixels: Expected, shape [T, J, 2]; NaN where the camera cannot see the joint.
        jacobian: Derivatives of the pixels by the position, pixels per metre, shape [T, J, 2, 3].
        spread: Covariance xx, xy, yy of the expectation, square pixels, shape [3, T, J].
        noise: Variance of a measurement of score 1 along each axis, square pixels, shape [T, J].
        area: Of the picture, square pixels.
    """

    pixels: Floats
    jacobian: Floats
    spread: Floats
    noise: Floats
    area: float

    @classmethod
    def of(cls, camera: CameraModel, positions: Floats, covariance: Floats, settings: TrackingSettings) -> View:
        """What a camera expects.

        Args:
            camera: Which.
            positions: In `map`, metres, shape [T, J, 3].
            covariance: Of the positions, square metres, shape [T, J, 3, 3].
            settings: Of tracking.
        """
        projection = camera.project(positions)
        spread = projection.jacobian @ covariance @ np.swapaxes(projection.jacobian, -1, -2)
        return cls(
            pixels=projection.pixels,
            jacobian=projection.jacobian,
            spread=np.stack((spread[..., 0, 0], spread[..., 0, 1], spread[..., 1, 1])),
            noise=settings.pixel_sigma**2 + (settings.joint_sigma * projection.scale) ** 2,
            area=float(camera.size[0] * camera.size[1]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a followed person and one in the picture; P pairs, J joints, G groups of them.

    Attributes:
        tracks: Indices of the followed, shape [P].
        people: Indices of those in the picture, shape [P].
        points: Joints with left and right as they should be, pixels, shape [P, J, 2].
        variances: Of each measurement along each axis, square pixels, shape [P, J].
        scores: Shape [P, J], 0 where not found.
        fits: Whether a joint is a measurement of this person, shape [P, J].
        swapped: Groups of joints whose left and right are not as they were in the picture, shape [P, G].
        evidence: Logarithm of the likelihood ratio that they are one person, shape [P].
    """

    tracks: NDArray[np.intp]
    people: NDArray[np.intp]
    points: Floats
    variances: Floats
    scores: Floats
    fits: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    evidence: Floats

    def select(self, chosen: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs, by a mask [P]."""
        return Pairs(
            self.tracks[chosen],
            self.people[chosen],
            self.points[chosen],
            self.variances[chosen],
            self.scores[chosen],
            self.fits[chosen],
            self.swapped[chosen],
            self.evidence[chosen],
        )


def match(view: View, points: Floats, scores: Floats, skeleton: Skeleton, settings: TrackingSettings) -> Pairs:
    """The assignment of people in a picture to those that are followed, at most one to one, with the most evidence.

    Args:
        view: The followed.
        points: Of the people in the picture, pixels, shape [N, J, 2]; anything where not found.
        scores: Shape [N, J], 0 where not found.
        skeleton: Of the joints.
        settings: Of tracking.
    """
    pairs = _compared(view, *_near(view, points, scores), points, scores, skeleton, settings)
    pairs = pairs.select((pairs.fits.sum(axis=1) >= settings.least_joints) & (pairs.evidence > LEAST_EVIDENCE))
    evidence = np.zeros((len(view.pixels), len(points)))
    evidence[pairs.tracks, pairs.people] = pairs.evidence
    assigned = np.zeros(evidence.shape, dtype=np.bool_)
    assigned[linear_sum_assignment(evidence, maximize=True)] = True
    return pairs.select(assigned[pairs.tracks, pairs.people])


def _near(view: View, points: Floats, scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the followed and of people in the picture whose boxes overlap."""
    expected = np.isfinite(view.pixels[..., 0])
    variance = np.where(expected, view.spread[0] + view.spread[2] + view.noise, 0.0)
    around = MARGIN * np.sqrt(variance.max(axis=1, initial=0.0))[:, None, None]
    left, right = _box(view.pixels, expected)
    least, most = _box(points, scores > 0)
    overlap = (left[:, None] - around <= most) & (least <= right[:, None] + around)
    tracks, people = np.nonzero(overlap.all(axis=2))
    return tracks, people


def _box(points: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The smallest and largest coordinates, shape [..., 2]; nothing overlaps the box of nobody."""
    least = np.where(there[..., None], points, np.inf).min(axis=1, initial=np.inf)
    most = np.where(there[..., None], points, -np.inf).max(axis=1, initial=-np.inf)
    return least, most


def _compared(
    view: View,
    tracks: NDArray[np.intp],
    people: NDArray[np.intp],
    points: Floats,
    scores: Floats,
    skeleton: Skeleton,
    settings: TrackingSettings,
) -> Pairs:
    """How well pairs fit, each group of joints with its sides as they are or swapped, whichever fits better."""
    measured = points[people]
    sides = np.array((measured, measured[:, skeleton.mirror]))
    score = np.array((scores[people], scores[people][:, skeleton.mirror]))
    variances = view.noise[tracks] / np.where(score > 0, score, 1.0)
    squared, density = _normal(view, tracks, sides, variances)
    ratio = np.log((1 - settings.outliers) * view.area * density + settings.outliers)
    ratio = np.where((score > 0) & np.isfinite(squared), ratio, 0.0)
    swapped = (ratio[1] - ratio[0]) @ skeleton.groups + np.log(settings.swaps) > 0
    other = (swapped @ skeleton.groups.T) > 0
    score = np.where(other, score[1], score[0])
    return Pairs(
        tracks=tracks,
        people=people,
        points=np.where(other[..., None], sides[1], sides[0]),
        variances=np.where(other, variances[1], variances[0]),
        scores=score,
        fits=(score > 0) & (np.where(other, squared[1], squared[0]) <= GATE),
        swapped=swapped,
        evidence=np.where(other, ratio[1], ratio[0]).sum(axis=1) + np.log(settings.swaps) * swapped.sum(axis=1),
    )


def _normal(view: View, tracks: NDArray[np.intp], points: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Squared normalised innovations, and the density of a normal distribution there, 1/px^2; shape [..., P, J]."""
    innovation = points - view.pixels[tracks]
    x, y = innovation[..., 0], innovation[..., 1]
    xx, xy, yy = view.spread[0][tracks] + variances, view.spread[1][tracks], view.spread[2][tracks] + variances
    determinant = xx * yy - xy * xy
    squared = (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant
    return squared, np.exp(-squared / 2) / (2 * np.pi * np.sqrt(determinant))
