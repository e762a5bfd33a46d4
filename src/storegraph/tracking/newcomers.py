"""People whom nobody follows yet: what several cameras see and no followed person explains, put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.units import NANOSECONDS

from .association import LEAST_EVIDENCE
from .filtering import Floats
from .model import TrackingSettings
from .skeleton import TALLEST, Skeleton
from .triangulation import Sightings, triangulate

WALKING = 1.5
"""Metres per second: how far a joint may have moved between two pictures."""

ROOM = 2.0
"""Metres: rays to joints of different people pass each other at any distance up to this, all alike."""

PARALLEL = 0.05
"""Rays that meet at a smaller angle, radians, say nothing about each other: that of a person 3 m from two cameras 15 cm
apart."""

FLOOR, CEILING = -0.3, TALLEST + 0.4
"""Joints are between these heights, metres: a raised hand, and the error of a triangulation."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Somebody in one picture.

    Attributes:
        stamp: Of the picture, nanoseconds since the Unix epoch.
        camera: Id of the one that took it.
        centre: Of the camera in `map`, metres, shape [3].
        rays: On which the joints lie, unit vectors in `map`, shape [J, 3]; NaN where not found.
        angles: Standard deviation of the rays, radians, shape [J].
        weights: Shape [J], 0 where not found.
    """

    stamp: int
    camera: str
    centre: Floats
    rays: Floats
    angles: Floats
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Newcomer:
    """Somebody seen by several cameras.

    Attributes:
        positions: Of the joints in `map`, metres, shape [J, 3]; NaN where unknown.
        covariance: Of those, square metres, shape [J, 3, 3].
        confidence: Of the joints, shape [J].
        sightings: What shows this person, of two cameras at least.
    """

    positions: Floats
    covariance: Floats
    confidence: Floats
    sightings: tuple[Sighting, ...]


def newcomers(sightings: Sequence[Sighting], skeleton: Skeleton, settings: TrackingSettings) -> Iterator[Newcomer]:
    """Puts sightings of different cameras together to people, the surest first; each is used once at most.

    Args:
        sightings: Of pictures taken at about one time, in an order that does not depend on that of arrival.
        skeleton: Of the joints.
        settings: Of tracking.
    """
    rays = _Rays.of(sightings, skeleton, settings)
    evidence = _pair_evidence(rays, settings)
    while evidence.size:
        first, second = np.unravel_index(int(np.argmax(evidence)), evidence.shape)
        if evidence[first, second] <= LEAST_EVIDENCE:
            return
        together = _grown([int(first), int(second)], evidence, rays.camera)
        newcomer = _newcomer([sightings[index] for index in together], rays.select(together), skeleton, settings)
        if newcomer is None:
            evidence[first, second] = evidence[second, first] = -np.inf
            continue
        yield newcomer
        evidence[together] = evidence[:, together] = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class _Rays:
    """D sightings as rays: `Sightings`, and of which camera and moment each is."""

    sightings: Sightings
    weights: Floats
    camera: NDArray[np.intp]
    seconds: Floats

    @classmethod
    def of(cls, sightings: Sequence[Sighting], skeleton: Skeleton, settings: TrackingSettings) -> _Rays:
        cameras = sorted({sighting.camera for sighting in sightings})
        newest = max(sighting.stamp for sighting in sightings)
        return cls(
            sightings=Sightings(
                centres=np.array([sighting.centre for sighting in sightings]),
                rays=np.array([sighting.rays for sighting in sightings]),
                angles=np.array([sighting.angles for sighting in sightings]),
                offsets=settings.joint_sigma * skeleton.blur,
            ),
            weights=np.array([sighting.weights for sighting in sightings]),
            camera=np.array([cameras.index(sighting.camera) for sighting in sightings], dtype=np.intp),
            seconds=np.array([(sighting.stamp - newest) / NANOSECONDS for sighting in sightings]),
        )

    def select(self, chosen: list[int]) -> _Rays:
        """Some of them; moving people are seen less sharply, when the pictures were not taken at one time."""
        moved = WALKING * float(np.ptp(self.seconds[chosen]))
        sightings = Sightings(
            centres=self.sightings.centres[chosen],
            rays=self.sightings.rays[chosen],
            angles=self.sightings.angles[chosen],
            offsets=np.hypot(self.sightings.offsets, moved / 2),
        )
        return _Rays(sightings, self.weights[chosen], self.camera[chosen], self.seconds[chosen])


def _pair_evidence(rays: _Rays, settings: TrackingSettings) -> Floats:
    """How much likelier each two sightings are of one person than of two: logarithms, shape [D, D].

    The rays of a joint pass each other at a small distance if they are of one person, and at any if not.
    """
    count = len(rays.camera)
    evidence = np.full((count, count), -np.inf)
    one, other = np.triu_indices(count, k=1)
    different = rays.camera[one] != rays.camera[other]
    one, other = one[different], other[different]
    centres, directions, angles = rays.sightings.centres, rays.sightings.rays, rays.sightings.angles
    with np.errstate(invalid="ignore", divide="ignore"):
        offset = (centres[other] - centres[one])[:, None]
        a, b = directions[one], directions[other]
        cosine, towards_a, towards_b = ((x * y).sum(axis=2) for x, y in ((a, b), (offset, a), (offset, b)))
        sine = np.sqrt(1 - cosine**2)
        along_a = (towards_a - cosine * towards_b) / sine**2
        along_b = (cosine * towards_a - towards_b) / sine**2
        distance = np.linalg.norm(offset + along_b[..., None] * b - along_a[..., None] * a, axis=2)
        moved = WALKING * (rays.seconds[one] - rays.seconds[other])
        variance = (angles[one] * along_a) ** 2 + (angles[other] * along_b) ** 2
        variance += 2 * rays.sightings.offsets**2 + (moved**2)[:, None]
        density = np.sqrt(2 / (np.pi * variance)) * np.exp(-(distance**2) / (2 * variance))
        density = np.where((along_a > 0) & (along_b > 0), density, 0.0)
        ratio = np.log((1 - settings.outliers) ** 2 * ROOM * density + 2 * settings.outliers)
    ratio = np.where(sine > PARALLEL, ratio, 0.0)
    enough = (ratio > 0).sum(axis=1) >= settings.least_joints
    evidence[one, other] = evidence[other, one] = np.where(enough, ratio.sum(axis=1), -np.inf)
    return evidence


def _grown(together: list[int], evidence: Floats, camera: NDArray[np.intp]) -> list[int]:
    """Adds sightings of further cameras to a pair as long as all of it speaks for them."""
    while True:
        support = evidence[together].sum(axis=0)
        support[np.isin(camera, camera[together])] = -np.inf
        best = int(np.argmax(support))
        if support[best] <= LEAST_EVIDENCE:
            return together
        together = [*together, best]


def _newcomer(seen: Sequence[Sighting], rays: _Rays, skeleton: Skeleton, settings: TrackingSettings) -> Newcomer | None:
    """The person these sightings show; None where they show no body."""
    positions, covariance = triangulate(rays.sightings, settings.lost_beyond)
    with np.errstate(invalid="ignore"):
        wrong = (positions[:, 2] < FLOOR) | (positions[:, 2] > CEILING)
    positions[wrong] = np.nan
    far, near = skeleton.bones.T
    apart = np.linalg.norm(positions[far] - positions[near], axis=1)
    whole = int((apart <= skeleton.longest).sum())
    broken = apart > skeleton.longest
    if int(broken.sum()) > whole:
        return None
    positions[far[broken]] = np.nan
    known = np.isfinite(positions[:, 0])
    if int(known.sum()) < settings.least_joints or not known[skeleton.trunk].any():
        return None
    return Newcomer(
        positions=positions,
        covariance=np.where(known[:, None, None], covariance, np.nan),
        confidence=np.sqrt(rays.weights.max(axis=0)),
        sightings=tuple(seen),
    )
