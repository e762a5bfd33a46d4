"""How high people stand, which says how far away they are where pictures hardly do.

That is where one camera sees somebody alone, and where two do that face each other: two people who stand on the line
between such cameras fit one in the middle, who is too high or too low.
"""

from __future__ import annotations

import numpy as np

from .anatomy import LEARNT, Build, largest_sigma
from .association import Flags, Indices
from .filtering import Floats
from .skeleton import Skeleton

UNSURE = 0.15
"""Metres: people of whose trunk a joint has a larger standard deviation are helped by how high they stand. Two views
across each other reach 0.05 to 0.13."""

POSTURES = {"ankle": 0.08, "heel": 0.08, "toe": 0.08, "knee": 0.12, "hip": 0.15, "shoulder": 0.2, "neck": 0.2}
"""Standard deviation of a joint's height about its mean, metres: a foot lifted in a step, a body that bends down at
times. First values; other joints move too much to say where they are."""

POSTURE_LASTS = 1.0
"""Seconds after which a person's posture is another: used more often, it is so much less information."""


def unsure(covariance: Floats, skeleton: Skeleton) -> Flags:
    """Whose place is not sure, shape [T]; covariance has shape [T, J, 6, 6]."""
    found: Flags = largest_sigma(covariance[:, skeleton.trunk]).max(axis=1, initial=0.0) > UNSURE
    return found


def stand(mean: Floats, covariance: Floats, build: Build, people: Indices, seconds: float, skeleton: Skeleton) -> None:
    """Moves joints along the direction in which they are uncertain to about their usual heights, in place.

    Args:
        mean: Shape [T, J, 6].
        covariance: Shape [T, J, 6, 6].
        build: Of everybody.
        people: Whose, indices.
        seconds: Since this was called before, more than 0.
        skeleton: Of the joints.
    """
    posture = np.array([POSTURES.get(joint.rpartition("_")[2], np.inf) for joint in skeleton.joints])
    told = (build.heights_seen[people] >= LEARNT) & np.isfinite(posture)
    rows, joints = np.nonzero(told)
    person = people[rows]
    shared = covariance[person, joints, :, 2]
    noise = posture[joints] ** 2 * max(POSTURE_LASTS / seconds, 1.0)
    gain = shared / (shared[:, 2] + noise)[:, None]
    mean[person, joints] += gain * (build.heights[person, joints] - mean[person, joints, 2])[:, None]
    covariance[person, joints] -= gain[:, :, None] * shared[:, None, :]
