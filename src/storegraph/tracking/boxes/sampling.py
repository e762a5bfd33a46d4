"""Explanations of everybody at once: no box is two people's, and no two people stand in one place."""

from __future__ import annotations

import numpy as np

from .explanations import Explanations
from .model import BoxSettings, Floats, Indices

SWEEPS = 5
"""Each person is explained anew so many times, given the others."""

COOL = 2
"""Sweeps at the end that take the best instead of drawing one."""

PUSH = 0.1
"""Metres, standard deviation of how much nearer than `apart` two people may be."""


def sampled(
    explained: Explanations,
    places: Floats,
    members: Indices,
    chains: Indices,
    settings: BoxSettings,
    random: np.random.Generator,
) -> tuple[Indices, Floats]:
    """Draws joint explanations by Gibbs sampling, all chains at once.

    As in the multi-sensor GLMB filter of Vo, Vo and Beard, "Multi-sensor multi-object tracking with the generalized
    labeled multi-Bernoulli filter" (IEEE TSP 2019), but a person is given the boxes of all cameras in one step.

    Args:
        explained: Of U persons.
        places: Where each would be, if each were so, metres, shape [U, B, 2].
        members: Indices of the persons of each of K hypotheses, shape [K, L].
        chains: Index of the hypothesis that each of N chains continues, shape [N].
        settings: Of following boxes.
        random: Where chance comes from.

    Returns:
        For each chain the index of each person's explanation, shape [N, L], and the logarithm of its likelihood.
    """
    count, people = len(chains), members.shape[1]
    rows = np.arange(count)
    who = members[chains]
    taken, score = explained.taken[who], explained.score[who]
    where = places[who]
    none = (explained.boxes == -1).all(axis=2)
    choice = np.argmax(none[who], axis=2)
    used = np.zeros((count, explained.taken.shape[2]), dtype=np.uint64)
    standing = np.take_along_axis(where, choice[..., None, None], axis=2)[:, :, 0]
    for sweep in range(SWEEPS):
        order = random.permuted(np.tile(np.arange(people), (count, 1)), axis=1)
        noise = random.gumbel(size=(count, people, score.shape[2])) if sweep < SWEEPS - COOL else None
        for step in range(people):
            person = order[:, step]
            own = taken[rows, person]
            others = used & ~own[rows, choice[rows, person]]
            free = ~(own & others[:, None]).any(axis=2)
            worth = np.where(free, score[rows, person], -np.inf)
            if sweep:
                apart = where[rows, person][:, :, None] - standing[:, None]
                close = (apart * apart).sum(axis=3)
                close[rows, :, person] = np.inf
                worth = worth - _pressed(close, settings).sum(axis=2)
            if noise is not None:
                worth = worth + noise[:, step]
            best = np.argmax(worth, axis=1)
            choice[rows, person] = best
            used = others | own[rows, best]
            standing[rows, person] = where[rows, person, best]
    total = np.take_along_axis(score, choice[..., None], axis=2)[..., 0].sum(axis=1)
    apart = standing[:, :, None] - standing[:, None]
    close = (apart * apart).sum(axis=3)
    close[:, np.arange(people), np.arange(people)] = np.inf
    return choice, total - 0.5 * _pressed(close, settings).sum(axis=(1, 2))


def _pressed(square: Floats, settings: BoxSettings) -> Floats:
    """What speaks against two people so near to each other, of squared distances."""
    nearer = np.maximum(settings.apart**2 - square, 0.0) / (2 * settings.apart * PUSH)
    return 0.5 * nearer * nearer
