"""Who is not upright: lies, crouches or sits on the floor, or jumps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evidence import LEAST, Picture, all_evidence
from .explanations import NEGLIGIBLE, NONE, Explanations, explanations
from .model import UPRIGHT, BoxSettings, Floats, Indices, People, Posture

FEWER = 0.75
"""Whether somebody is not upright is asked where they are found in less than this share of the pictures that should
show them upright: it is seldom so, and costs as much again. At a half, who fell or jumped was taken for two people:
IDF1 was 77 in place of 99.8 in "poses, 3" of test/benchmarks/boxes.py, seed 0; chosen there and in "poses, 7"."""


def in_any_posture(pictures: Sequence[Picture], people: People, others: People, settings: BoxSettings) -> Explanations:
    """Explanations of people as upright, and in other postures of those who are not seen to be upright.

    Args:
        pictures: Of the moment.
        people: Who may be there; `posture` is how probable each posture was before these pictures.
        others: Who may stand before them.
        settings: Of following boxes.
    """
    everybody = np.arange(len(people.mean))
    all_, found = _explained(pictures, people, others, UPRIGHT, everybody, settings)
    likeliest = all_.boxes[everybody, all_.score.argmax(axis=1)]
    doubtful = (likeliest != NONE).sum(axis=1) < FEWER * found.sum(axis=0)
    for posture in (Posture.DOWN, Posture.JUMPING):
        rows = np.flatnonzero(doubtful | (people.posture[:, posture] > 0.5))
        if rows.size:
            some, _ = _explained(pictures, people, others, posture, rows, settings)
            all_ = _likely(_beside(all_, some, rows))
    return all_


def _explained(
    pictures: Sequence[Picture], people: People, others: People, posture: Posture, rows: Indices, settings: BoxSettings
) -> tuple[Explanations, Floats]:
    """Of some people in one posture; and the probability that each is found in each picture."""
    chance = np.maximum(people.posture[rows, posture], LEAST)
    some = people.take(rows).posing(posture)
    told, found = all_evidence(pictures, some, others, settings)
    explained = explanations(told, found, some, settings.overlooked)
    return explained._replace(score=explained.score + np.log(chance)[:, None]), found


def _beside(first: Explanations, second: Explanations, rows: Indices) -> Explanations:
    """Both; `second` is of some rows only."""
    both = []
    for name, one, other in zip(Explanations._fields, first, second, strict=True):
        more = np.full((len(one), *other.shape[1:]), NOTHING.get(name, 0), dtype=one.dtype)
        more[rows] = other
        both.append(np.concatenate((one, more), axis=1))
    return Explanations(*both)


def _likely(explained: Explanations) -> Explanations:
    """Without those that are far less likely than the best of the same person, except that they are not found."""
    unseen = (explained.boxes == NONE).all(axis=2) & np.isfinite(explained.score)
    ranked = np.where(unseen, np.inf, explained.score)
    likely = unseen | (explained.score > explained.score.max(axis=1, keepdims=True) - NEGLIGIBLE)
    order = np.argsort(-ranked, axis=1, kind="stable")[:, : likely.sum(axis=1).max()]
    rows = np.arange(len(order))[:, None]
    return Explanations._make(each[rows, order] for each in explained)


NOTHING = {"boxes": NONE, "score": -np.inf}
"""What an explanation that there is not looks like."""
