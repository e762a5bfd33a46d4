"""Explanations of everybody at once: no box is two people's, and no two people stand in one place."""

from __future__ import annotations

import numpy as np

from .explanations import NONE, Explanations
from .model import BoxSettings, Floats, Indices, Marks

SWEEPS = 5
"""Each person is explained anew so many times, given the others."""

COOL = 2
"""Sweeps at the end that take the best instead of drawing one."""

PUSH = 0.1
"""Metres, standard deviation of how much nearer than `apart` two people may be."""

NEVER = 1e4
"""What speaks against one box for two people: more than everything else together."""


def at_odds(explained: Explanations, places: Floats, labels: Indices, settings: BoxSettings) -> Marks:
    """What speaks against each two explanations at once, shape [U B, U B]: logarithms of likelihoods, 0 for nothing.

    Args:
        explained: Of U persons.
        places: Where each would be, if each were so, metres, shape [U, B, 2].
        labels: Which person each is, shape [U]: one person is explained once.
        settings: Of following boxes.
    """
    boxes = explained.boxes.reshape(-1, explained.boxes.shape[2])
    x, y = places.reshape(-1, 2).T.astype(np.float32)
    square = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    nearer = np.maximum(settings.apart**2 - square, 0.0) / (2 * settings.apart * PUSH)
    against = (0.5 * nearer * nearer).astype(np.float32)
    for camera in boxes.T:
        against[(camera[:, None] == camera) & (camera != NONE)] = NEVER
    whose = np.repeat(labels, explained.boxes.shape[1])
    against[whose[:, None] == whose] = 0.0
    return against


def sampled(
    explained: Explanations, against: Marks, members: Indices, chains: Indices, random: np.random.Generator
) -> tuple[Indices, Floats]:
    """Draws joint explanations by Gibbs sampling, all chains at once.

    As in the multi-sensor GLMB filter of Vo, Vo and Beard, "Multi-sensor multi-object tracking with the generalized
    labeled multi-Bernoulli filter" (IEEE TSP 2019), but a person is given the boxes of all cameras in one step.

    Args:
        explained: Of U persons.
        against: What speaks against each two explanations at once, as of `at_odds`.
        members: Indices of the persons of each of K hypotheses, shape [K, L].
        chains: Index of the hypothesis that each of N chains continues, shape [N].
        random: Where chance comes from.

    Returns:
        For each chain the index of each person's explanation, shape [N, L], and the logarithm of its likelihood.
    """
    count, people, depth = len(chains), members.shape[1], explained.score.shape[1]
    rows = np.arange(count)
    first = members[chains] * depth
    score = explained.score.reshape(-1).astype(np.float32)
    flat, width = against.reshape(-1), len(against)
    # Everybody starts as seen by nobody, which is at odds with nothing but another's place.
    unseen = np.argmax((explained.boxes == NONE).all(axis=2), axis=1)
    current = first + unseen[members[chains]]
    options = np.arange(depth)
    for sweep in range(SWEEPS):
        order = random.permuted(np.tile(np.arange(people), (count, 1)), axis=1)
        drawn = sweep < SWEEPS - COOL
        noise = random.gumbel(size=(people, count, depth)).astype(np.float32) if drawn else None
        for step in range(people):
            person = order[:, step]
            own = first[rows, person][:, None] + options
            worth = score[own] - flat[own[:, :, None] * width + current[:, None]].sum(axis=2)
            if noise is not None:
                worth += noise[step]
            current[rows, person] = own[rows, np.argmax(worth, axis=1)]
    pairs = flat[current[:, :, None] * width + current[:, None]].sum(axis=(1, 2))
    return current - first, score[current].sum(axis=1) - 0.5 * pairs.astype(np.float64)
