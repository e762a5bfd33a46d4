"""What a body allows: bones have a length, and a hidden joint is near the next one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .filtering import Floats
from .skeleton import Skeleton

Flags = NDArray[np.bool_]

SURE = 0.06
"""Lengths and heights are learnt from joints whose standard deviation is below this, metres: two cameras reach it."""

REMEMBERED = 100
"""What is learnt is a mean of about so many snapshots: some seconds, in which a body takes several postures."""

LEARNT = 10
"""Snapshots from which on it is used."""

LENGTH_SIGMA = 0.06
"""Standard deviation of the length of a bone that is measured once, metres: that of two joints at 3 to 4 cm."""

ALLOWANCE = 1.25
"""A bone may be so many times as long as its mean: networks see a joint of a bent limb elsewhere than of a straight
one."""

UPRIGHT = ("neck", "shoulder", "nose", "ear", "eye", "head")
"""Joints whose heights tell people of different statures apart."""

HEIGHT_SIGMA = 0.05
"""Standard deviation of how much higher these are on the whole than they have been, metres: a body goes up and down by
4.6 cm in a step (Saunders, Inman and Eberhart, The major determinants in normal and pathological gait, 1953), and two
views see it to 3 to 4 cm."""

STOOPING = 0.2
"""Share of people who, when they are found again, stand otherwise than they have. A guess: with it, no stature speaks
for anybody by more than a factor of 40."""

CONSTANCY = 0.04
"""Standard deviation of a limb's length about its mean, metres: networks see an elbow on the outer side of a bent arm
and in the middle of a straight one."""

BEND_LASTS = 0.1
"""Seconds after which a limb is bent otherwise: used more often, a length is so much less information. Of five people
in the simulated store (docs/tracking.md) wrists near shelves are 64 mm off without lengths, with 0.1 s 55, with 0.2 s
57 mm."""

SHORTEST = 0.01
"""Metres: a limb that seems shorter points nowhere."""


def largest_sigma(covariance: Floats) -> Floats:
    """Standard deviation of the joints along the axis of `map` on which it is largest, metres.

    Args:
        covariance: Shape [..., J, 6, 6].

    Returns:
        Shape [..., J].
    """
    variances = np.diagonal(covariance[..., :3, :3], axis1=-2, axis2=-1)
    sigma: Floats = np.sqrt(variances.max(axis=-1))
    return sigma


@dataclass(slots=True, eq=False)
class Build:
    """What has been learnt of the bodies of T people, with J joints and B bones.

    Attributes:
        lengths: Mean length of each bone, metres, shape [T, B].
        lengths_seen: Snapshots in it, shape [T, B].
        heights: Mean height of each joint above the floor, metres, shape [T, J].
        heights_seen: Snapshots in it, shape [T, J].
    """

    lengths: Floats
    lengths_seen: Floats
    heights: Floats
    heights_seen: Floats

    @classmethod
    def unknown(cls, people: int, skeleton: Skeleton) -> Build:
        """Of people of whom nothing is known."""
        bones, joints = (people, len(skeleton.bones)), (people, len(skeleton.joints))
        return cls(np.zeros(bones), np.zeros(bones), np.zeros(joints), np.zeros(joints))

    def select(self, people: NDArray[np.intp]) -> Build:
        """Of some people only."""
        return Build(self.lengths[people], self.lengths_seen[people], self.heights[people], self.heights_seen[people])

    def joined(self, other: Build) -> Build:
        """Of these people and others."""
        return Build(
            np.concatenate((self.lengths, other.lengths)),
            np.concatenate((self.lengths_seen, other.lengths_seen)),
            np.concatenate((self.heights, other.heights)),
            np.concatenate((self.heights_seen, other.heights_seen)),
        )

    def learn(self, positions: Floats, sure: Flags, skeleton: Skeleton) -> None:
        """Takes a snapshot in.

        Args:
            positions: Shape [T, J, 3].
            sure: Whether a joint is measured well enough to learn from, shape [T, J].
            skeleton: Of the joints.
        """
        far, near = skeleton.bones.T
        lengths = np.linalg.norm(positions[:, far] - positions[:, near], axis=2)
        _average(self.lengths, self.lengths_seen, lengths, sure[:, far] & sure[:, near])
        _average(self.heights, self.heights_seen, positions[..., 2], sure)

    def misfit(self, positions: Floats, skeleton: Skeleton) -> Floats:
        """How badly a body goes with each of the builds: minus the logarithm of the likelihood, but for a constant.

        Args:
            positions: Of the joints of one body, metres, shape [J, 3]; NaN where unknown.
            skeleton: Of the joints.

        Returns:
            Shape [T]. What cannot be said of a build is as likely as anything.
        """
        return self._of_lengths(positions, skeleton) + self._of_stature(positions, skeleton)

    def _of_lengths(self, positions: Floats, skeleton: Skeleton) -> Floats:
        far, near = skeleton.bones.T
        lengths = np.linalg.norm(positions[far] - positions[near], axis=1)
        comparable = (self.lengths_seen >= LEARNT) & np.isfinite(lengths)
        misfit: Floats = (np.where(comparable, (lengths - self.lengths) / LENGTH_SIGMA, 0.0) ** 2).sum(axis=1) / 2
        return misfit

    def _of_stature(self, positions: Floats, skeleton: Skeleton) -> Floats:
        upright = np.array([joint.rpartition("_")[2] in UPRIGHT for joint in skeleton.joints])
        comparable = (self.heights_seen >= LEARNT) & np.isfinite(positions[:, 2]) & upright
        higher = np.where(comparable, positions[:, 2] - self.heights, 0.0).sum(axis=1)
        higher /= np.maximum(comparable.sum(axis=1), 1)
        density = np.exp(-((higher / HEIGHT_SIGMA) ** 2) / 2) / (np.sqrt(2 * np.pi) * HEIGHT_SIGMA)
        likelihood = (1 - STOOPING) * density + STOOPING  # somebody who stoops is as high as anybody, within a metre
        return np.where(comparable.any(axis=1), -np.log(likelihood), 0.0)

    def longest(self, skeleton: Skeleton) -> Floats:
        """How long each bone may be, metres, shape [T, B]."""
        learnt = np.where(self.lengths_seen >= LEARNT, ALLOWANCE * self.lengths, np.inf)
        return np.minimum(learnt, skeleton.longest)


def _average(mean: Floats, seen: Floats, value: Floats, sure: Flags) -> None:
    """Moves a running mean, in place."""
    mean += np.where(sure, (value - mean) / (np.minimum(seen, REMEMBERED) + 1), 0.0)
    seen += sure


def usual_sigma(covariance: Floats) -> Floats:
    """Geometric mean of the joints' standard deviations along the axes of their ellipsoids, metres; shapes as above.

    A joint that one camera sees is known across its view, and so its mean is small, however far away it may be.
    """
    sigma: Floats = np.linalg.det(covariance[..., :3, :3]).clip(min=0.0) ** (1 / 6)
    return sigma


def seat_lost(mean: Floats, covariance: Floats, lost: Flags, skeleton: Skeleton) -> None:
    """Puts joints of which nothing is known where the next one is, in place.

    They move with it then, as uncertain as the bone between them is long, until they are seen again.

    Args:
        mean: Shape [T, J, 6].
        covariance: Shape [T, J, 6, 6].
        lost: Which joints, shape [T, J]; not changed.
        skeleton: Of the joints.
    """
    bones = [
        (*ends, (longest / 2) ** 2) for ends, longest in zip(skeleton.bones.tolist(), skeleton.longest, strict=True)
    ]
    for person in np.flatnonzero(lost.any(axis=1)).tolist():
        without = lost[person].tolist()
        for far, near, variance in bones:
            if without[far] != without[near]:
                joint, neighbour = (far, near) if without[far] else (near, far)
                mean[person, joint] = mean[person, neighbour]
                covariance[person, joint] = covariance[person, neighbour]
                covariance[person, joint, range(3), range(3)] += variance
                without[joint] = False


def keep_lengths(
    mean: Floats, covariance: Floats, build: Build, known: Flags, seconds: float, skeleton: Skeleton
) -> None:
    """Moves the ends of arms and legs along them, so that they are about as long as they have been; in place.

    The length learnt is a measurement of both ends together, a pseudo-measurement (Tahk and Speyer, Target tracking
    problems subject to kinematic constraints, IEEE Transactions on Automatic Control 35, 1990): the less certain end
    moves more. The covariance stays, as the length is the same one the next time.

    Args:
        mean: Shape [T, J, 6].
        covariance: Shape [T, J, 6, 6].
        build: Of everybody.
        known: Which joints, shape [T, J].
        seconds: Since this was called before, more than 0.
        skeleton: Of the joints.
    """
    far, near = skeleton.bones[skeleton.limbs].T
    offset = mean[:, far, :3] - mean[:, near, :3]
    length = np.sqrt((offset * offset).sum(axis=2))
    direction = offset / np.maximum(length, SHORTEST)[..., None]
    by_far, by_near = ((covariance[:, end, :, :3] @ direction[..., None])[..., 0] for end in (far, near))
    variance = ((by_far + by_near)[..., :3] * direction).sum(axis=2)
    noise = CONSTANCY**2 * max(BEND_LASTS / seconds, 1.0)
    told = (build.lengths_seen[:, skeleton.limbs] >= LEARNT) & known[:, far] & known[:, near]
    missing = np.where(told, build.lengths[:, skeleton.limbs] - length, 0.0)
    share = (missing / (variance + noise))[..., None]
    mean[:, far] += share * by_far
    mean[:, near] -= share * by_near


def shorten(mean: Floats, covariance: Floats, longest: Floats, skeleton: Skeleton) -> None:
    """Pulls joints together that are farther apart than the bone between them, in place.

    The less certain one moves more, and along the direction in which it is uncertain: the mean is projected on the
    constraint (Simon, Kalman filtering with state constraints, IET Control Theory and Applications 4, 2010). The
    covariance stays, as the bone is the same one the next time.

    Args:
        mean: Shape [T, J, 6].
        covariance: Shape [T, J, 6, 6].
        longest: Of each bone, metres, shape [T, B].
        skeleton: Of the joints.
    """
    ends = skeleton.bones
    apart = np.linalg.norm(mean[:, ends[:, 0], :3] - mean[:, ends[:, 1], :3], axis=2)
    for person, bone in np.argwhere(apart > longest).tolist():
        far, near = ends[bone].tolist()
        offset = mean[person, far, :3] - mean[person, near, :3]
        length = math.sqrt(offset @ offset)
        direction = offset / length
        by_far = covariance[person, far, :3, :3] @ direction
        by_near = covariance[person, near, :3, :3] @ direction
        share = min(longest[person, bone] - length, 0.0) / float(direction @ (by_far + by_near))
        mean[person, far, :3] += share * by_far
        mean[person, near, :3] -= share * by_near
