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

from .cameras import CameraGroup, Projection
from .filtering import Floats
from .model import TrackingSettings
from .skeleton import Skeleton

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

GATE = 13.8
"""A joint's squared normalised innovation beyond this is no measurement of it: the 99.9 % quantile of chi square with
two degrees of freedom."""

MARGIN = 3.7
"""Only joints within so many standard deviations of each other are looked at closely: the root of the gate."""

LEAST_EVIDENCE = 5.0
"""Logarithm of the likelihood ratio from which on somebody is recognised: less than one well-placed joint gives, and
likelier than all the pairs that are tried in a picture together."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody in the pictures of one moment; N people, J joints.

    Attributes:
        camera: Index of the camera, shape [N].
        points: Joints, pixels, shape [N, J, 2]; anything where not found.
        scores: Of the joints, shape [N, J]; 0 where not found.
    """

    camera: Indices
    points: Floats
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a followed person and one in a picture; P pairs, J joints, G groups of them.

    Attributes:
        tracks: Indices of the followed, in ascending order where `match` gives them, shape [P].
        people: Indices of those in the pictures, shape [P].
        innovation: Joints with left and right as they should be, less where they are expected, pixels, shape [P, J, 2].
        jacobian: Derivatives of the pixels by the position, pixels per metre, shape [P, J, 2, 3].
        variances: Of each measurement along each axis, square pixels, shape [P, J].
        scores: Shape [P, J], 0 where not found.
        fits: Whether a joint is a measurement of this person, shape [P, J].
        swapped: Groups of joints whose left and right are not as they were in the picture, shape [P, G].
        evidence: Logarithm of the likelihood ratio that they are one person, shape [P].
    """

    tracks: Indices
    people: Indices
    innovation: Floats
    jacobian: Floats
    variances: Floats
    scores: Floats
    fits: Flags
    swapped: Flags
    evidence: Floats

    def select(self, chosen: Indices) -> Pairs:
        """Some of the pairs, by their indices."""
        return Pairs(
            self.tracks[chosen],
            self.people[chosen],
            self.innovation[chosen],
            self.jacobian[chosen],
            self.variances[chosen],
            self.scores[chosen],
            self.fits[chosen],
            self.swapped[chosen],
            self.evidence[chosen],
        )


def match(
    cameras: CameraGroup,
    people: People,
    positions: Floats,
    covariance: Floats,
    skeleton: Skeleton,
    settings: TrackingSettings,
) -> Pairs:
    """In every picture, the assignment of its people to those followed, at most one to one, with the most evidence.

    Args:
        cameras: That took the pictures.
        people: In the pictures.
        positions: Of those who are followed, in `map`, metres, shape [T, J, 3]; NaN for whoever is not looked for.
        covariance: Of the positions, square metres, shape [T, J, 3, 3].
        skeleton: Of the joints.
        settings: Of tracking.
    """
    projection = cameras.linearise(positions[None])
    tracks, persons = _near(projection, people, covariance, skeleton, settings)
    camera = people.camera[persons]
    area = cameras.sizes.prod(axis=1)[camera, None]
    noise = settings.pixel_sigma**2 + (settings.joint_sigma * skeleton.blur * projection.scale) ** 2
    expected = _Expected.of(projection.select(camera, tracks), covariance[tracks], noise[camera, tracks], area)
    pairs = _compared(people, tracks, persons, expected, skeleton, settings)
    enough = (pairs.fits.sum(axis=1) >= settings.least_joints) & (pairs.evidence > LEAST_EVIDENCE)
    chosen = _assigned(pairs, np.flatnonzero(enough), camera)
    return pairs.select(chosen[np.argsort(tracks[chosen], kind="stable")])


def _near(
    projection: Projection, people: People, covariance: Floats, skeleton: Skeleton, settings: TrackingSettings
) -> tuple[Indices, Indices]:
    """Indices of the followed and of people in pictures who may be one: some joints are about where they should be."""
    # All x, then all y: along a last axis of two, numpy takes several times as long.
    pixels, points = (np.moveaxis(each, -1, 0).copy() for each in (projection.pixels, people.points))
    visible, found = np.isfinite(pixels[0]), people.scores > 0
    # No axis of a joint's expectation is longer than the root of its covariance's trace.
    variances = np.trace(covariance, axis1=-2, axis2=-1) + (settings.joint_sigma * skeleton.blur) ** 2
    sigma = np.sqrt(variances) * projection.scale
    around = np.where(visible, MARGIN * (sigma + settings.pixel_sigma), 0.0)
    widest = around.max(axis=-1)
    left, right = _box(pixels, visible)
    least, most = _box(points, found)
    left, right = (left - widest)[:, people.camera], (right + widest)[:, people.camera]
    persons, tracks = np.nonzero(((left <= most[..., None]) & (least[..., None] <= right)).all(axis=0))
    expected, within = pixels[:, people.camera[persons], tracks], around[people.camera[persons], tracks]
    points = np.where(found, points, np.nan)[:, persons]
    straight, mirrored = (
        (np.abs(seen - expected) <= within).all(axis=0).sum(axis=1) for seen in (points, points[..., skeleton.mirror])
    )
    enough = np.maximum(straight, mirrored) >= settings.least_joints
    return tracks[enough], persons[enough]


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What the cameras of P pairs expect of the followed.

    Attributes:
        projection: Of the joints, [P, J].
        spread: Covariance xx, xy, yy of the pixels, square pixels, shape [3, P, J].
        noise: Variance of a measurement of score 1 along each axis, square pixels, shape [P, J].
        area: Of the pictures, square pixels, shape [P, 1].
    """

    projection: Projection
    spread: Floats
    noise: Floats
    area: Floats

    @classmethod
    def of(cls, projection: Projection, covariance: Floats, noise: Floats, area: Floats) -> _Expected:
        """The arguments have one entry for each pair."""
        spread = projection.jacobian @ covariance @ np.swapaxes(projection.jacobian, -1, -2)
        return cls(
            projection=projection,
            spread=np.array((spread[..., 0, 0], spread[..., 0, 1], spread[..., 1, 1])),
            noise=noise,
            area=area,
        )


def _box(points: Floats, there: Flags) -> tuple[Floats, Floats]:
    """The smallest and largest coordinates of points [2, ..., J], shape [2, ...]; nothing overlaps nobody's box."""
    least = np.where(there, points, np.inf).min(axis=-1, initial=np.inf)
    most = np.where(there, points, -np.inf).max(axis=-1, initial=-np.inf)
    return least, most


def _compared(
    people: People,
    tracks: Indices,
    persons: Indices,
    expected: _Expected,
    skeleton: Skeleton,
    settings: TrackingSettings,
) -> Pairs:
    """How well pairs fit, each group of joints with its sides as they are or swapped, whichever fits better."""
    points, score = people.points[persons], people.scores[persons]
    score = np.array((score, score[:, skeleton.mirror]))
    innovation = np.array((points, points[:, skeleton.mirror])) - expected.projection.pixels
    variances = expected.noise / np.where(score > 0, score, 1.0)
    squared, density = _normal(innovation, expected.spread, variances)
    ratio = np.log((1 - settings.outliers) * expected.area * density + settings.outliers)
    ratio = np.where((score > 0) & np.isfinite(squared), ratio, 0.0)
    swapped = (ratio[1] - ratio[0]) @ skeleton.groups + np.log(settings.swaps) > 0
    other = (swapped @ skeleton.groups.T) > 0
    score = np.where(other, score[1], score[0])
    return Pairs(
        tracks=tracks,
        people=persons,
        innovation=np.where(other[..., None], innovation[1], innovation[0]),
        jacobian=expected.projection.jacobian,
        variances=np.where(other, variances[1], variances[0]),
        scores=score,
        fits=(score > 0) & (np.where(other, squared[1], squared[0]) <= GATE),
        swapped=swapped,
        evidence=np.where(other, ratio[1], ratio[0]).sum(axis=1) + np.log(settings.swaps) * swapped.sum(axis=1),
    )


def _normal(innovation: Floats, spread: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Squared normalised innovations, and the density of a normal distribution there, 1/px^2; shape [..., P, J]."""
    x, y = innovation[..., 0], innovation[..., 1]
    xx, xy, yy = spread[0] + variances, spread[1], spread[2] + variances
    determinant = xx * yy - xy * xy
    squared = (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant
    return squared, np.exp(-squared / 2) / (2 * np.pi * np.sqrt(determinant))


def _assigned(pairs: Pairs, among: Indices, camera: Indices) -> Indices:
    """Which of some pairs the best assignment in each picture holds; camera [P] says of which picture a pair is."""
    chosen = []
    for picture in np.unique(camera[among]):
        here = among[camera[among] == picture]
        tracks, people = pairs.tracks[here], pairs.people[here] - pairs.people[here].min()
        evidence = np.zeros((tracks.max() + 1, people.max() + 1))
        evidence[tracks, people] = pairs.evidence[here]
        best = np.zeros(evidence.shape, dtype=np.bool_)
        best[linear_sum_assignment(evidence, maximize=True)] = True
        chosen.append(here[best[tracks, people]])
    return np.concatenate(chosen) if chosen else among
