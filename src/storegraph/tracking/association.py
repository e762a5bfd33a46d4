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
class Match:
    """Pairs of a followed person and one in the picture; P pairs.

    Attributes:
        tracks: Indices of the followed, shape [P].
        people: Indices of those in the picture, shape [P].
        points: Joints with left and right as they should be, pixels, shape [P, J, 2].
        variances: Of each measurement along each axis, square pixels, shape [P, J].
        scores: Shape [P, J], 0 where not found.
        fits: Whether a joint is a measurement of this person, shape [P, J].
        swapped: Groups of joints whose left and right are not as they were in the picture, shape [P, G].
    """

    tracks: NDArray[np.intp]
    people: NDArray[np.intp]
    points: Floats
    variances: Floats
    scores: Floats
    fits: NDArray[np.bool_]
    swapped: NDArray[np.bool_]


def match(view: View, points: Floats, scores: Floats, skeleton: Skeleton, settings: TrackingSettings) -> Match:
    """The assignment of people in a picture to those that are followed, at most one to one, with the most evidence.

    Args:
        view: The followed.
        points: Of the people in the picture, pixels, shape [N, J, 2]; anything where not found.
        scores: Shape [N, J], 0 where not found.
        skeleton: Of the joints.
        settings: Of tracking.
    """
    tracks, people = _near(view, points, scores)
    candidates = _Candidates.of(view, tracks, people, points, scores, skeleton, settings)
    evidence = np.zeros((len(view.pixels), len(points)))
    enough = (candidates.fits.sum(axis=1) >= settings.least_joints) & (candidates.evidence > LEAST_EVIDENCE)
    evidence[tracks[enough], people[enough]] = candidates.evidence[enough]
    chosen = np.zeros(evidence.shape, dtype=np.bool_)
    chosen[linear_sum_assignment(evidence, maximize=True)] = True
    pairs = np.flatnonzero(chosen[tracks, people] & enough)
    return Match(
        tracks=tracks[pairs],
        people=people[pairs],
        points=candidates.points[pairs],
        variances=candidates.variances[pairs],
        scores=candidates.scores[pairs],
        fits=candidates.fits[pairs],
        swapped=candidates.swapped[pairs],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Pairs that are compared, as in `Match`, and the evidence for each, shape [P]."""

    points: Floats
    variances: Floats
    scores: Floats
    fits: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    evidence: Floats

    @classmethod
    def of(
        cls,
        view: View,
        tracks: NDArray[np.intp],
        people: NDArray[np.intp],
        points: Floats,
        scores: Floats,
        skeleton: Skeleton,
        settings: TrackingSettings,
    ) -> _Candidates:
        straight, mirrored = points[people], points[people][:, skeleton.mirror]
        score, mirrored_score = scores[people], scores[people][:, skeleton.mirror]
        for_straight = _evidence(view, tracks, straight, score, settings)
        for_mirrored = _evidence(view, tracks, mirrored, mirrored_score, settings)
        swapped = (for_mirrored - for_straight) @ skeleton.groups + np.log(settings.swaps) > 0
        other_side = (swapped @ skeleton.groups.T) > 0
        score = np.where(other_side, mirrored_score, score)
        chosen = np.where(other_side[..., None], mirrored, straight)
        evidence = np.where(other_side, for_mirrored, for_straight).sum(axis=1)
        evidence += np.log(settings.swaps) * swapped.sum(axis=1)
        variances = view.noise[tracks] / np.where(score > 0, score, 1.0)
        fits = (score > 0) & (_squared(view, tracks, chosen, variances)[0] <= GATE)
        return cls(chosen, variances, score, fits, swapped, evidence)


def _near(view: View, points: Floats, scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the followed and of people in the picture whose boxes overlap."""
    expected = np.isfinite(view.pixels[..., 0])
    around = MARGIN * np.sqrt(
        np.where(expected, view.spread[0] + view.spread[2] + view.noise, 0.0).max(axis=1, initial=0)
    )
    least, most = _box(view.pixels, expected)
    left, right = _box(points, scores > 0)
    overlap = (least[:, None] - around[:, None, None] <= right) & (left <= most[:, None] + around[:, None, None])
    tracks, people = np.nonzero(overlap.all(axis=2))
    return tracks, people


def _box(points: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The smallest and largest coordinates, shape [..., 2]; nothing overlaps the box of nobody."""
    least = np.where(there[..., None], points, np.inf).min(axis=1, initial=np.inf)
    most = np.where(there[..., None], points, -np.inf).max(axis=1, initial=-np.inf)
    return least, most


def _squared(view: View, tracks: NDArray[np.intp], points: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Squared normalised innovations and determinants of their covariances, px^4; shape [P, J]."""
    innovation = points - view.pixels[tracks]
    x, y = innovation[..., 0], innovation[..., 1]
    xx, xy, yy = view.spread[0][tracks] + variances, view.spread[1][tracks], view.spread[2][tracks] + variances
    determinant = xx * yy - xy * xy
    return (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant, determinant


def _evidence(
    view: View, tracks: NDArray[np.intp], points: Floats, scores: Floats, settings: TrackingSettings
) -> Floats:
    """The logarithm of each joint's likelihood ratio, 0 where it is not found or not expected; shape [P, J]."""
    squared, determinant = _squared(view, tracks, points, view.noise[tracks] / np.where(scores > 0, scores, 1.0))
    density = np.exp(-squared / 2) / (2 * np.pi * np.sqrt(determinant))
    ratio = np.log((1 - settings.outliers) * density * view.area + settings.outliers)
    return np.where((scores > 0) & np.isfinite(squared), ratio, 0.0)
