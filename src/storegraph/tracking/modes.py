"""Hands that rest or reach: two motions at once for a joint, weighed by how well each explains what is seen.

The interacting multiple model (Blom and Bar-Shalom, The interacting multiple model algorithm for systems with Markovian
switching coefficients, IEEE Transactions on Automatic Control 33, 1988), of many joints at once. A mode is a way to
move. Each has its own Kalman filter of the joint; what goes out is the mean and the covariance of their mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .filtering import Floats, Motion, predict, update
from .inverse import adjugate

Chosen = int | NDArray[np.intp] | tuple[int | NDArray[np.intp], ...]

LASTING = np.array([0.7, 0.8])
"""Seconds for which a hand rests, and reaches, on average: hands of the simulated store that move at less than 0.2 m/s
beside the trunk, and at more, do so for 0.63 to 0.78 and 0.77 to 0.87 s (three recordings of a minute)."""

RESTING = 0.05
"""Standard deviation of the velocity of a hand at rest along an axis, metres per second. One that reaches has that of
`Skeleton.speed`. With 0.05 wrists near shelves are 50 mm off, with one motion alone 55 mm (median; `storegraph simulate
shopping --people 5 --arrivals 20 --seed 2`, the first 25 s); with 0.1 and 0.2, and hands that reach at 1.0 and 1.2 m/s,
51 and 53 mm."""

USUAL = LASTING / LASTING.sum()
"""Probability of each mode where nothing has been seen."""

MODES = len(LASTING)


@dataclass(slots=True, eq=False)
class Modes:
    """What is known of K joints of T people in each of M modes, beside the mixture of these.

    Whatever moves the mixture, as a bone's length does, moves the modes with it.

    Attributes:
        probability: Of each mode, shape [T, K, M].
        deviation: Of its position and velocity from the mixture's, shape [T, K, M, 6].
        covariance: Shape [T, K, M, 6, 6].
    """

    probability: Floats
    deviation: Floats
    covariance: Floats

    @classmethod
    def alike(cls, covariance: Floats) -> Modes:
        """Of joints of which one knows as much in one mode as in another, covariance [T, K, 6, 6]."""
        shape = (*covariance.shape[:2], MODES)
        return cls(np.tile(USUAL, (*shape[:2], 1)), np.zeros((*shape, 6)), np.repeat(covariance[:, :, None], MODES, 2))

    def joined(self, other: Modes) -> Modes:
        """Of these people and others."""
        return Modes(*(np.concatenate(each) for each in zip(self._arrays(), other._arrays(), strict=True)))

    def __getitem__(self, chosen: Chosen) -> Modes:
        """Of some people, or some joints of some people."""
        return Modes(*(each[chosen] for each in self._arrays()))

    def __setitem__(self, chosen: Chosen, other: Modes) -> None:
        for mine, its in zip(self._arrays(), other._arrays(), strict=True):
            mine[chosen] = its

    def predict(self, mean: Floats, motion: Motion, seconds: float) -> tuple[Floats, Floats, Modes]:
        """The joints a step later: any may have gone over to another mode.

        Args:
            mean: Of the mixture before, shape [T, K, 6].
            motion: The step of each joint in each mode, arrays of shape [K, M].
            seconds: How long it is.

        Returns:
            Mean [T, K, 6] and covariance [T, K, 6, 6] of the mixture, and the modes.
        """
        together = self.probability[..., None] * switching(seconds)
        probability = together.sum(axis=-2)
        shares = np.swapaxes(together / probability[..., None, :], -1, -2)
        entering, spread = mixture(shares, self.deviation[:, :, None], self.covariance[:, :, None])
        return _mixed(probability, *predict(mean[:, :, None] + entering, spread, motion))

    def update(self, mean: Floats, information: Floats, vector: Floats) -> tuple[Floats, Floats, Modes]:
        """The joints after they have been seen; the modes that had expected them there are likelier now.

        Args:
            mean: Of the mixture before, shape [T, K, 6].
            information: As `filtering.update` takes it, shape [T, K, 3, 3].
            vector: The same, with the innovation at the mixture's mean, shape [T, K, 3].

        Returns:
            As `predict`.
        """
        information, place = information[:, :, None], self.deviation[..., :3]
        expected = (information @ place[..., None])[..., 0]
        own = vector[:, :, None] - expected
        evidence = _evidence(self.covariance[..., :3, :3], information, own)
        evidence += (place * (own + expected / 2)).sum(axis=-1)
        weight = self.probability * np.exp(evidence - evidence.max(axis=-1, keepdims=True))
        probability = weight / weight.sum(axis=-1, keepdims=True)
        return _mixed(probability, *update(mean[:, :, None] + self.deviation, self.covariance, information, own))

    def _arrays(self) -> tuple[Floats, Floats, Floats]:
        return self.probability, self.deviation, self.covariance


def switching(seconds: float) -> Floats:
    """Probabilities that a joint in one mode (row) is in another (column) so much later, shape [M, M].

    Of a Markov chain in continuous time with two states that last as long as `LASTING` says.
    """
    still = np.exp(-seconds * (1 / LASTING).sum())
    chances: Floats = USUAL + still * (np.eye(MODES) - USUAL)
    return chances


def mixture(shares: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean [..., 6] and covariance [..., 6, 6] of distributions with such shares [..., M] in the whole.

    Args:
        shares: Shape [..., M], their sum is 1.
        mean: Of each, shape [..., M, 6].
        covariance: Of each, shape [..., M, 6, 6].
    """
    middle = (shares[..., None] * mean).sum(axis=-2)
    apart = mean - middle[..., None, :]
    between = np.swapaxes(shares[..., None] * apart, -1, -2) @ apart
    return middle, (shares[..., None, None] * covariance).sum(axis=-3) + between


def _mixed(probability: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats, Modes]:
    """The mixture of modes, and these beside it."""
    middle, spread = mixture(probability, mean, covariance)
    return middle, spread, Modes(probability, mean - middle[..., None, :], covariance)


def _evidence(place: Floats, information: Floats, vector: Floats) -> Floats:
    """Logarithm of the likelihood of what was seen, less that of no error at all in the same pictures.

    With the innovation z and its covariance S = H P H' + R, -(z' S^-1 z - z' R^-1 z + log(det S / det R)) / 2, written
    with 3x3 matrices by the matrix inversion lemma.

    Args:
        place: Covariance of the position before, P, shape [..., 3, 3].
        information: H' R^-1 H, shape [..., 3, 3].
        vector: H' R^-1 z, shape [..., 3].
    """
    adjugates, determinant = adjugate(np.eye(3) + information @ place)
    gained = ((place @ (adjugates @ vector[..., None]))[..., 0] * vector).sum(axis=-1) / determinant
    evidence: Floats = (gained - np.log(determinant)) / 2
    return evidence
