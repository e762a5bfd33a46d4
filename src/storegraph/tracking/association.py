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
        weights: What the inverse variances of the joints are, as shares of those of sure ones, shape [N, J]; 0 where
            not found.
    """

    camera: Indices
    points: Floats
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a followed person and one in a picture; P pairs, J joints, G groups of them.

    Attributes:
        tracks: Indices of the followed, in ascending order where `match` gives them, shape [P].
        people: Indices of those in the pictures, shape [P].
        innovation: Joints with left and right as they should be, less where they are expected, pixels, shape [2, P, J].
        jacobian: Derivatives of the pixels by the position, pixels per metre, shape [3, 2, P, J].
        variances: Of each measurement along each axis, square pixels, shape [P, J].
        weights: Shape [P, J], 0 where not found.
        fits: Whether a joint is a measurement of this person, shape [P, J].
        swapped: Groups of joints whose left and right are not as they were in the picture, shape [P, G].
        evidence: Logarithm of the likelihood ratio that they are one person, shape [P].
    """

    tracks: Indices
    people: Indices
    innovation: Floats
    jacobian: Floats
    variances: Floats
    weights: Floats
    fits: Flags
    swapped: Flags
    evidence: Floats

    def select(self, chosen: Indices) -> Pairs:
        """Some of the pairs, by their indices."""
        return Pairs(
            self.tracks[chosen],
            self.people[chosen],
            self.innovation.take(chosen, axis=1),
            self.jacobian.take(chosen, axis=2),
            self.variances[chosen],
            self.weights[chosen],
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
    blur = settings.joint_sigma * skeleton.blur
    tracks, persons = _near(projection, people, covariance, blur, skeleton, settings)
    camera = people.camera[persons]
    expected = _Expected.of(projection, covariance, camera, tracks, blur, settings)
    area = cameras.sizes.prod(axis=1)[camera, None]
    pairs = _compared(people, tracks, persons, expected, area, skeleton, settings)
    enough = (pairs.fits.sum(axis=1) >= settings.least_joints) & (pairs.evidence > LEAST_EVIDENCE)
    chosen = _assigned(pairs, np.flatnonzero(enough), camera)
    return pairs.select(chosen[np.argsort(tracks[chosen], kind="stable")])


def _near(
    projection: Projection,
    people: People,
    covariance: Floats,
    blur: Floats,
    skeleton: Skeleton,
    settings: TrackingSettings,
) -> tuple[Indices, Indices]:
    """Indices of the followed and of people in pictures who may be one: some joints are about where they should be.

    `blur` is the standard deviation of where in the body a joint is seen, metres, shape [J].
    """
    pixels = projection.pixels.transpose(3, 0, 1, 2)
    visible, found = np.isfinite(pixels[0]), people.weights > 0
    points = np.where(found, people.points.transpose(2, 0, 1), np.nan)
    # No axis of a joint's expectation is longer than the root of its covariance's trace.
    variances = covariance[..., 0, 0] + covariance[..., 1, 1] + covariance[..., 2, 2] + blur**2
    around = MARGIN * (np.sqrt(variances) * projection.scale + settings.pixel_sigma)
    widest = np.where(visible, around, 0.0).max(axis=-1)
    left, right = _box(pixels, visible)
    least, most = _box(points, found)
    left, right = (left - widest)[:, people.camera], (right + widest)[:, people.camera]
    overlap = (left <= most[..., None]) & (least[..., None] <= right)
    persons, tracks = np.nonzero(overlap[0] & overlap[1])
    view = people.camera[persons] * len(covariance) + tracks
    expected = pixels.reshape(2, -1, pixels.shape[-1]).take(view, axis=1)
    within = around.reshape(-1, around.shape[-1]).take(view, axis=0)
    straight, mirrored = (
        _beside(seen.take(persons, axis=1), expected, within) for seen in (points, points.take(skeleton.mirror, axis=2))
    )
    enough = np.maximum(straight, mirrored) >= settings.least_joints
    return tracks[enough], persons[enough]


def _beside(points: Floats, expected: Floats, within: Floats) -> Indices:
    """How many joints [2, P, J] are so near [P, J] to where they are expected along both axes, shape [P]."""
    apart = np.abs(points - expected)
    near: Indices = (np.maximum(apart[0], apart[1]) <= within).sum(axis=1)
    return near


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What the cameras of P pairs expect of the followed; of joints [..., P, J], coordinate by coordinate.

    Attributes:
        pixels: Where a joint is expected, shape [2, P, J]; NaN where it cannot be seen.
        jacobian: Derivatives of the pixels by the position, pixels per metre, shape [3, 2, P, J].
        spread: Covariance xx, xy, yy of the pixels, square pixels, shape [3, P, J].
        noise: Variance of a measurement of weight 1 along each axis, square pixels, shape [P, J].
    """

    pixels: Floats
    jacobian: Floats
    spread: Floats
    noise: Floats

    @classmethod
    def of(
        cls,
        projection: Projection,
        covariance: Floats,
        camera: Indices,
        tracks: Indices,
        blur: Floats,
        settings: TrackingSettings,
    ) -> _Expected:
        """What is expected of each of the pairs of a camera and one who is followed, by indices of both, shape [P]."""
        view, joints = camera * len(covariance) + tracks, covariance.shape[1]
        scale = projection.scale.reshape(-1, joints).take(view, axis=0)
        by_place = projection.jacobian.transpose(0, 4, 3, 1, 2)[camera, :, :, tracks]
        jacobian = np.ascontiguousarray(by_place.transpose(1, 2, 0, 3))
        place = covariance.transpose(2, 3, 0, 1).take(tracks, axis=2)
        x, y = jacobian[:, 0], jacobian[:, 1]
        by_x = (place * x).sum(axis=1)
        return cls(
            pixels=projection.pixels.transpose(3, 0, 1, 2).reshape(2, -1, joints).take(view, axis=1),
            jacobian=jacobian,
            spread=np.array(
                ((by_x * x).sum(axis=0), (by_x * y).sum(axis=0), ((place * y).sum(axis=1) * y).sum(axis=0))
            ),
            noise=settings.pixel_sigma**2 + (blur * scale) ** 2,
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
    area: Floats,
    skeleton: Skeleton,
    settings: TrackingSettings,
) -> Pairs:
    """How well pairs fit, each group of joints with its sides as they are or swapped, whichever fits better.

    `area` is that of the pictures, square pixels, shape [P, 1].
    """
    points = people.points.transpose(2, 0, 1).take(persons, axis=1)
    weight = people.weights.take(persons, axis=0)
    # As they are, and swapped: a new first axis but for the coordinates.
    points = np.stack((points, points.take(skeleton.mirror, axis=2)), axis=1)
    weight = np.array((weight, weight.take(skeleton.mirror, axis=1)))
    innovation = points - expected.pixels[:, None]
    variances = expected.noise / np.where(weight > 0, weight, 1.0)
    squared, density = _normal(innovation, expected.spread, variances)
    ratio = np.log((1 - settings.outliers) * area * density + settings.outliers)
    ratio = np.where((weight > 0) & np.isfinite(squared), ratio, 0.0)
    swapped = (ratio[1] - ratio[0]) @ skeleton.groups + np.log(settings.swaps) > 0
    other = (swapped @ skeleton.groups.T) > 0
    weight = np.where(other, weight[1], weight[0])
    return Pairs(
        tracks=tracks,
        people=persons,
        innovation=np.where(other, innovation[:, 1], innovation[:, 0]),
        jacobian=expected.jacobian,
        variances=np.where(other, variances[1], variances[0]),
        weights=weight,
        fits=(weight > 0) & (np.where(other, squared[1], squared[0]) <= GATE),
        swapped=swapped,
        evidence=np.where(other, ratio[1], ratio[0]).sum(axis=1) + np.log(settings.swaps) * swapped.sum(axis=1),
    )


def _normal(innovation: Floats, spread: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Squared normalised innovations [2, ...], and the density of a normal distribution there, 1/px^2."""
    x, y = innovation
    xx, xy, yy = spread[0] + variances, spread[1], spread[2] + variances
    determinant = xx * yy - xy * xy
    squared = (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant
    return squared, np.exp(-squared / 2) / (2 * np.pi * np.sqrt(determinant))


def _assigned(pairs: Pairs, among: Indices, camera: Indices) -> Indices:
    """Which of some pairs the best assignment in each picture holds; camera [P] says of which picture a pair is."""
    people, view = pairs.people[among], camera[among] * (pairs.tracks.max(initial=0) + 1) + pairs.tracks[among]
    contended = (np.bincount(people)[people] > 1) | (np.bincount(view)[view] > 1)
    chosen = [among[~contended]]
    among = among[contended]
    for picture in np.unique(camera[among]):
        here = among[camera[among] == picture]
        tracks, people = pairs.tracks[here], pairs.people[here] - pairs.people[here].min()
        evidence = np.zeros((tracks.max() + 1, people.max() + 1))
        evidence[tracks, people] = pairs.evidence[here]
        best = np.zeros(evidence.shape, dtype=np.bool_)
        best[linear_sum_assignment(evidence, maximize=True)] = True
        chosen.append(here[best[tracks, people]])
    return np.concatenate(chosen)
