"""What following boxes is set to, and what is known of a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storegraph.units import NANOSECONDS

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Marks = NDArray[np.float32]

X, Y, HEIGHT = 0, 1, 4
"""Of a person's state: x, y, velocity along x and y, height; metres and metres per second in `map`."""

SEEN = np.array([X, Y, HEIGHT])
"""What of it a box tells."""


class Posture(IntEnum):
    """How somebody is: on their feet, lying, crouching or sitting on the floor, or in the air."""

    UPRIGHT = 0
    DOWN = 1
    JUMPING = 2


UPRIGHT = Posture.UPRIGHT


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """What following boxes is set to.

    What a detector does is a first value, set for the made-up one of test/benchmarks/boxes.py.

    Attributes:
        speed: Standard deviation of a person's velocity along an axis, metres per second: 0.9 altogether, between
            standing and walking.
        memory: Time constant of the velocity, seconds.
        posture: How fast the height drifts, metres per square root of a second: people bend and rise.
        side, top, bottom: Standard deviations of a box's edges, metres at the person, from strides, arms, hair and
            shoes.
        jitter: Standard deviation of an edge, as a share of the box's height: what a detector adds.
        wrong: Share of edges that are too far inside, as something nobody knows of hides that part of the person.
        merged: Share of edges that are too far outside, as somebody else is in the box.
        found: Share of people in full view who are found.
        hidden: A person of whom less than this share is in view is found in less than half of the pictures.
        overlooked: Probability that somebody is found in no picture of a moment for a reason that all share.
        false: Mean number of boxes around nobody in a picture.
        upright: Mean time after which somebody upright lies down, and after which they jump, seconds.
        down: Mean time for which somebody lies, seconds.
        jump: Mean time in the air, and until the next of several jumps, seconds.
        stays: Mean time for which a person stays, seconds.
        apart: Metres between the middles of two people, seldom less.
        believed: A person is followed once they are there with this probability...
        given_up: ...until it is less than this.
        lost_for: Who is lost is looked for for so long, nanoseconds.
        hypotheses: How many explanations of what was seen are kept.
        samples: How many are tried at each moment.
    """

    speed: float = 0.65
    memory: float = 1.5
    posture: float = 0.02
    side: float = 0.09
    top: float = 0.04
    bottom: float = 0.08
    jitter: float = 0.012
    wrong: float = 0.03
    merged: float = 0.01
    found: float = 0.95
    hidden: float = 0.3
    overlooked: float = 0.05
    false: float = 0.4
    upright: float = 60.0
    down: float = 5.0
    jump: float = 0.5
    stays: float = 60.0
    apart: float = 0.4
    believed: float = 0.9
    given_up: float = 0.1
    lost_for: int = 60 * NANOSECONDS
    hypotheses: int = 24
    samples: int = 96


DEFAULTS = BoxSettings()


class People(NamedTuple):
    """U persons, or what one person may be in different explanations.

    Attributes:
        mean: State, shape [U, 5].
        covariance: Of it, shape [U, 5, 5].
        there: Probability that there is such a person, shape [U].
        label: Which person each is, shape [U].
        posture: Probability of each `Posture`, shape [U, 3].
    """

    mean: Floats
    covariance: Floats
    there: Floats
    label: Indices
    posture: Floats

    def take(self, rows: Indices) -> People:
        """Some of them."""
        return People(self.mean[rows], self.covariance[rows], self.there[rows], self.label[rows], self.posture[rows])

    def and_also(self, others: People) -> People:
        """These, and then others."""
        return People(*(np.concatenate(pair) for pair in zip(self, others, strict=True)))

    def posing(self, posture: Posture) -> People:
        """The same people, for sure in a posture."""
        return self._replace(posture=np.tile(np.eye(len(Posture))[posture], (len(self.mean), 1)))

    @classmethod
    def nobody(cls) -> People:
        """None at all."""
        none = np.zeros(0, dtype=np.intp)
        return cls(np.zeros((0, 5)), np.zeros((0, 5, 5)), np.zeros(0), none, np.zeros((0, len(Posture))))
