"""Which boxes of all cameras may be one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from storegraph.tracking.inverse import adjugate

from .evidence import Evidence
from .model import SEEN, Floats, Indices, People

BOXES = 5
"""Of a picture, the likeliest to be one person, that are tried. With 3 and `KEPT` of 14 what was so was often not among
what was tried: IDF1 was 79 in place of 87 (test/benchmarks/boxes.py)."""

KEPT = 48
"""Explanations of a person that are kept from camera to camera."""

NEGLIGIBLE = 9.0
"""Logarithm of how much less likely an explanation is that is not followed up."""

NONE = -1


class Explanations(NamedTuple):
    """For each of U persons up to B sets of boxes, one of each camera at most: that of no box, then the likeliest.

    Attributes:
        boxes: Indices of the boxes in the pictures, `NONE` where the person is not found, shape [U, B, C].
        score: Logarithm of the likelihood, against nobody being there and all boxes around nobody, shape [U, B].
        there: Probability that the person is there, if this is so, shape [U, B].
        off: How far the place is off what was expected, shape [U, B, 3].
        information: Of the boxes, shape [U, B, 3, 3].
        posture: Probability of each, if this is so, shape [U, B, 3].
    """

    boxes: Indices
    score: Floats
    there: Floats
    off: Floats
    information: Floats
    posture: Floats


def explanations(pictures: Sequence[Evidence], found: Floats, people: People, overlooked: float = 0.0) -> Explanations:
    """Weighs sets of boxes, camera by camera, and keeps the best.

    All boxes of a set are weighed together: they must meet in one place, within what was expected of it.

    Args:
        pictures: What the boxes of C pictures say.
        found: Probability that each person is found in each, shape [C, U].
        people: Who may be there, each in one posture.
        overlooked: Probability that somebody is found in no picture for a reason that is the same in all.
    """
    count = len(people.mean)
    prior = people.covariance[:, SEEN[:, None], SEEN]
    inverse, determinant = adjugate(prior)
    inverse = inverse / determinant[:, None, None]
    information = np.zeros((count, 1, 3, 3))
    vector = np.zeros((count, 1, 3))
    constant = np.zeros((count, 1))
    chosen = np.zeros((count, 1, 0), dtype=np.intp)
    score = constant
    for picture, chance in zip(pictures, found, strict=True):
        padded = _padded(picture)
        tried = _likeliest(padded, inverse, determinant)
        rows = np.arange(count)[:, None]
        more, vectors, constants = (each[rows, tried] for each in padded)
        more, vectors = np.pad(more, ((0, 0), (0, 1), (0, 0), (0, 0))), np.pad(vectors, ((0, 0), (0, 1), (0, 0)))
        options = np.pad(np.where(np.isfinite(constants), tried, NONE), ((0, 0), (0, 1)), constant_values=NONE)
        constants = np.concatenate((constants, np.log1p(-chance)[:, None]), axis=1)
        width = information.shape[1] * options.shape[1]
        information = (information[:, :, None] + more[:, None]).reshape(count, width, 3, 3)
        vector = (vector[:, :, None] + vectors[:, None]).reshape(count, width, 3)
        constant = (constant[:, :, None] + constants[:, None]).reshape(count, width)
        boxes = np.broadcast_to(options[:, None], (count, chosen.shape[1], options.shape[1])).reshape(count, width, 1)
        chosen = np.concatenate((np.repeat(chosen, options.shape[1], axis=1), boxes), axis=2)
        score, _ = _weighed(information, vector, constant, inverse, determinant)
        if width > KEPT:
            # What is found nowhere always stays.
            ranked = np.where((chosen == NONE).all(axis=2) & np.isfinite(constant), np.inf, score)
            best = np.argsort(-ranked, axis=1, kind="stable")[:, :KEPT]
            information, vector, constant = information[rows, best], vector[rows, best], constant[rows, best]
            chosen, score = chosen[rows, best], score[rows, best]
    return _explained(information, vector, constant, chosen, inverse, determinant, people, overlooked)


def _padded(picture: Evidence) -> Evidence:
    """With boxes that nobody is in, so that there are at least `BOXES`."""
    missing = max(BOXES - picture.constant.shape[1], 0)
    if not missing:
        return picture
    return Evidence(
        np.pad(picture.information, ((0, 0), (0, missing), (0, 0), (0, 0))),
        np.pad(picture.vector, ((0, 0), (0, missing), (0, 0))),
        np.pad(picture.constant, ((0, 0), (0, missing)), constant_values=-np.inf),
    )


def _likeliest(picture: Evidence, inverse: Floats, determinant: Floats) -> Indices:
    """Indices of the boxes that are likeliest each person's, by themselves, shape [U, BOXES]."""
    score, _ = _weighed(*picture, inverse, determinant)
    if score.shape[1] == BOXES:
        return np.broadcast_to(np.arange(BOXES), score.shape)
    return np.argsort(-score, axis=1, kind="stable")[:, :BOXES]


def _weighed(
    information: Floats, vector: Floats, constant: Floats, inverse: Floats, determinant: Floats
) -> tuple[Floats, Floats]:
    """Logarithms of likelihoods [U, B], and how far places are off what was expected [U, B, 3]."""
    cofactors, posterior = adjugate(inverse[:, None] + information)
    off = (cofactors @ vector[..., None])[..., 0] / posterior[..., None]
    score = constant + 0.5 * ((vector * off).sum(axis=2) - np.log(posterior * determinant[:, None]))
    return score, off


def _explained(
    information: Floats,
    vector: Floats,
    constant: Floats,
    chosen: Indices,
    inverse: Floats,
    determinant: Floats,
    people: People,
    overlooked: float,
) -> Explanations:
    score, off = _weighed(information, vector, constant, inverse, determinant)
    # Boxes that nobody is in stand for none as well, but are no explanation.
    unseen = (chosen == NONE).all(axis=2) & np.isfinite(constant)
    with np.errstate(divide="ignore"):
        score = np.where(unseen, np.logaddexp(np.log(overlooked), np.log1p(-overlooked) + score), score)
    there = people.there[:, None]
    absent = np.where(unseen, 1 - there, 0.0)
    with np.errstate(divide="ignore"):
        joint = np.logaddexp(np.log(absent), np.log(there) + score)
    # What is far less likely than the best is not followed up, except that the person is not found.
    deep = max(int((joint > joint.max(axis=1, keepdims=True) - NEGLIGIBLE).sum(axis=1).max(initial=1)), 1)
    ranked = np.where(unseen, np.inf, joint)
    order = np.argsort(-ranked, axis=1, kind="stable")[:, : deep + 1]
    rows = np.arange(len(order))[:, None]
    chosen, joint, off, unseen = chosen[rows, order], joint[rows, order], off[rows, order], unseen[rows, order]
    information, score = information[rows, order], score[rows, order]
    sure = np.where(unseen, there * np.exp(np.minimum(score, 0.0)) / np.exp(np.where(unseen, joint, 0.0)), 1.0)
    posture = np.broadcast_to(people.posture[:, None], (*joint.shape, people.posture.shape[1]))
    return Explanations(chosen, joint, sure, off, information, posture)
