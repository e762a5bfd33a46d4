"""Hands that rest or reach: two motions at once for a joint, weighed by how well each explains what is seen.

The interacting multiple model (Blom and Bar-Shalom, The interacting multiple model algorithm for systems with Markovian
switching coefficients, IEEE Transactions on Automatic Control 33, 1988), of many joints at once. A mode is a way to
move. Each has its own Kalman filter of the joint; what goes out is the mean and the covariance of their mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .filtering import Floats

Chosen = int | slice | NDArray[np.intp] | tuple[int | NDArray[np.intp], ...]

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

    def interact(self, mean: Floats, seconds: float) -> tuple[Floats, Floats, Floats]:
        """What each mode's filter starts from when any joint may go over to another mode.

        Args:
            mean: Of the mixture, shape [T, K, 6].
            seconds: Until the moment that the filters predict.

        Returns:
            The modes' probabilities then, their means and their covariances, as `combine` takes them.
        """
        together = self.probability[..., None] * switching(seconds)
        probability = together.sum(axis=-2)
        shares = np.swapaxes(together / probability[..., None, :], -1, -2)
        entering, spread = mixture(shares, self.deviation[:, :, None], self.covariance[:, :, None])
        return probability, mean[:, :, None] + entering, spread

    def expecting(self, information: Floats, vector: Floats) -> tuple[Floats, Floats]:
        """What pictures tell each mode, which had expected the joints elsewhere than the mixture.

        Args:
            information: As `filtering.update` takes it, shape [T, K, 3, 3].
            vector: The same, with the innovation at the mixture's mean, shape [T, K, 3].

        Returns:
            The vector with the innovation at each mode's mean, shape [T, K, M, 3], and the evidence that this gives for
            the mode beside what the update of its filter gives, shape [T, K, M].
        """
        place = self.deviation[..., :3]
        expected = place @ information  # which is symmetric
        own = vector[:, :, None] - expected
        return own, (place * (own + expected / 2)).sum(axis=-1)

    def weighed(self, evidence: Floats) -> Floats:
        """The modes' probabilities by the evidence for each, shape [T, K, M]."""
        weight = self.probability * np.exp(evidence - evidence.max(axis=-1, keepdims=True))
        probability: Floats = weight / weight.sum(axis=-1, keepdims=True)
        return probability

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
    weights = shares[..., None, :]
    middle = (weights @ mean)[..., 0, :]
    apart = mean - middle[..., None, :]
    within = (weights @ covariance.reshape(*covariance.shape[:-2], 36)).reshape(*middle.shape, 6)
    return middle, within + np.swapaxes(shares[..., None] * apart, -1, -2) @ apart


def combine(probability: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats, Modes]:
    """The mixture of modes, mean [T, K, 6] and covariance [T, K, 6, 6], and these beside it.

    Args:
        probability: Of each mode, shape [T, K, M].
        mean: Shape [T, K, M, 6].
        covariance: Shape [T, K, M, 6, 6].
    """
    middle, spread = mixture(probability, mean, covariance)
    return middle, spread, Modes(probability, mean - middle[..., None, :], covariance)
