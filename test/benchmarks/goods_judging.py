"""How far looks at a hand are to be trusted, and how often that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from goods_takes import Hand
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TEMPERATURES = np.geomspace(0.125, 8.0, 13).tolist()
WEIGHTS = np.geomspace(0.05, 1.0, 9).tolist()
"""What is tried for the two numbers of `Trust`."""

BLUNDER = 0.01
"""Share of looks at something else than the hand: one of them must not rule the truth out."""

BINS = 5
"""Of the calibration error: some fifty takes are too few for more."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at a hand.

    Attributes:
        hand: Which.
        product: What it holds, by its place in the catalogue; -1: nothing.
        cut: Of the picture.
        scores: For each product and, as the last, for nothing.
    """

    hand: Hand
    product: int
    cut: NDArray[np.uint8]
    scores: Floats


@dataclass(frozen=True, slots=True)
class Trust:
    """How scores become likelihoods.

    Attributes:
        temperature: What scores are divided by (Guo et al., arXiv 1706.04599).
        weight: Of one look among several at a hand: they are wrong together, so each counts for less than one.
    """

    temperature: float
    weight: float

    def log_likelihoods(self, looks: Sequence[Look]) -> Floats:
        """Of each product, given some looks at one hand, shape [M]; a look that shows nothing says nothing."""
        shares = np.array([self._shares(look) for look in looks])
        products = shares.shape[1] - 1
        each = np.log((1 - BLUNDER) * (shares[:, :-1] + shares[:, -1:] / products) + BLUNDER / products)
        total: Floats = self.weight * each.sum(axis=0)
        return total

    def nothing(self, look: Look) -> float:
        """How probable it is that nothing is seen."""
        return float(self._shares(look)[-1])

    def _shares(self, look: Look) -> Floats:
        scaled = look.scores / self.temperature
        shares: Floats = np.exp(scaled - scaled.max())
        return shares / shares.sum()


def fitted(looks: Sequence[Look]) -> Trust:
    """The trust by which the products of takes are likeliest, all products being as likely before."""
    takes: dict[str, list[Look]] = {}
    for look in looks:
        if look.hand.take:
            takes.setdefault(look.hand.take, []).append(look)

    def cost(trust: Trust) -> float:
        summed = np.array([trust.log_likelihoods(some) for some in takes.values()])
        return calibration(summed, np.array([some[0].product for some in takes.values()]))[1]

    return min((Trust(temperature, weight) for temperature in TEMPERATURES for weight in WEIGHTS), key=cost)


def calibration(log_likelihoods: Floats, truth: NDArray[np.int64]) -> tuple[float, float]:
    """The expected calibration error of the likeliest product, and the mean of -log p of the truth.

    Args:
        log_likelihoods: Shape [N, M].
        truth: Shape [N].
    """
    shares = np.exp(log_likelihoods - log_likelihoods.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    error = sum(abs((sure - right)[bins == one].sum()) for one in range(BINS)) / len(truth)
    return float(error), float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).mean())


def told_apart(log_likelihoods: Floats, truth: NDArray[np.int64]) -> str:
    """Of two hands, one with each of two products: how often what is seen says which has which, over all such pairs."""
    right = [
        log_likelihoods[one, truth[one]] + log_likelihoods[other, truth[other]]
        > log_likelihoods[one, truth[other]] + log_likelihoods[other, truth[one]]
        for one, other in combinations(range(len(truth)), 2)
        if truth[one] != truth[other]
    ]
    return f"{100 * np.mean(right):.1f} % of {len(right)}"


def told_from_empty(trust: Trust, looks: Sequence[Look]) -> str:
    """Of two hands in one picture, one with a product and one empty: how often the right one is likelier to hold it."""
    empty: dict[str, list[Look]] = {}
    for look in looks:
        if not look.hand.take:
            empty.setdefault(look.hand.picture, []).append(look)
    right = [
        trust.log_likelihoods([look])[look.product] > trust.log_likelihoods([other])[look.product]
        for look in looks
        if look.hand.take
        for other in empty.get(look.hand.picture, [])
    ]
    return f"{100 * np.mean(right):.1f} % of {len(right)}"
