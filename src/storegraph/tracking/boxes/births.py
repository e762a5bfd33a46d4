"""Who appears: people whom boxes of at least two cameras show, and nobody known explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .evidence import Picture, all_evidence
from .explanations import NONE, Explanations, explanations
from .model import HEIGHT, SEEN, UPRIGHT, BoxSettings, Floats, Indices, People, Posture

USUAL = 1.7
"""Metres: how tall people are, more or less (NCD-RisC, eLife 2016: means of 1.59 to 1.82 m by country and sex)."""

SPREAD = 0.1
"""Metres: standard deviation of it, men and women together."""

ANYWHERE = 1.0
"""Metres, standard deviation: how little is known of somebody's place before boxes are put together."""

LIKELY = 0.02
"""Probability that somebody has just appeared around such a place."""

PASSES = 2
"""A place is looked for anew about where it was found so many times, as a lens is not linear."""


class Arrivals(NamedTuple):
    """People who appear, the likeliest first, and their boxes in each picture, `NONE` for none, shape [U, C]."""

    people: People
    boxes: Indices

    @classmethod
    def none(cls, pictures: int) -> Arrivals:
        """Nobody."""
        return cls(People.nobody(), np.zeros((0, pictures), dtype=np.intp))


def arrivals(
    pictures: Sequence[Picture], unexplained: Sequence[Indices], others: People, settings: BoxSettings
) -> Arrivals:
    """Finds people who appear.

    Args:
        pictures: Of the moment.
        unexplained: Indices of the boxes of each that nobody known explains.
        others: Who is known.
        settings: Of following boxes.
    """
    places = np.concatenate([_places(picture, boxes) for picture, boxes in zip(pictures, unexplained, strict=True)])
    count = len(places)
    if sum(len(boxes) > 0 for boxes in unexplained) < 2 or not count:
        return Arrivals.none(len(pictures))
    people = People(
        np.column_stack((places[:, :2], np.zeros((count, 2)), places[:, 2])),
        np.tile(np.diag([ANYWHERE, ANYWHERE, settings.speed, settings.speed, SPREAD]) ** 2, (count, 1, 1)),
        np.full(count, LIKELY),
        -1 - np.arange(count),
        np.tile(np.eye(len(Posture))[UPRIGHT], (count, 1)),
    )
    for _ in range(PASSES):
        found = _explained(pictures, unexplained, people, others, settings)
        several = (found.boxes != NONE).sum(axis=2) >= 2
        best = np.argmax(np.where(several, found.score, -np.inf), axis=1)
        rows = np.flatnonzero(several.any(axis=1))
        if not rows.size:
            return Arrivals.none(len(pictures))
        best = best[rows]
        people = people.take(rows)
        people.mean[:, SEEN] += np.clip(found.off[rows, best], -ANYWHERE, ANYWHERE)
        people.mean[:, HEIGHT] = np.clip(people.mean[:, HEIGHT], USUAL - 4 * SPREAD, USUAL + 4 * SPREAD)
    score = found.score[rows, best] - np.log1p(-LIKELY)
    inverse = np.linalg.inv(people.covariance[:, SEEN[:, None], SEEN])
    people.covariance[:, SEEN[:, None], SEEN] = np.linalg.inv(inverse + found.information[rows, best])
    there = 1 / (1 + np.exp(-np.clip(score, -50, 50)))
    boxes = found.boxes[rows, best]
    chosen: list[int] = []
    for index in np.argsort(-score, kind="stable").tolist():
        apart = np.linalg.norm(
            np.concatenate((others.mean[:, :2], people.mean[chosen, :2])) - people.mean[index, :2], axis=1
        )
        free = not ((boxes[chosen] == boxes[index]) & (boxes[index] != NONE)).any()
        if free and there[index] > 0.5 and (apart > 0.7 * settings.apart).all():
            chosen.append(index)
    order = np.array(chosen, dtype=np.intp)
    return Arrivals(people.take(order)._replace(there=there[order]), boxes[order])


def _explained(
    pictures: Sequence[Picture], unexplained: Sequence[Indices], people: People, others: People, settings: BoxSettings
) -> Explanations:
    told, found = all_evidence(pictures, people, others, settings)
    for index, usable in enumerate(unexplained):
        unusable = np.ones(len(pictures[index].boxes), dtype=np.bool_)
        unusable[usable] = False
        told[index] = told[index]._replace(constant=np.where(unusable, -np.inf, told[index].constant))
    return explanations(told, found, people)


def _places(picture: Picture, boxes: Indices) -> Floats:
    """Where the people in boxes may be, x, y and height: by their feet, and by their heads, shape [2 N, 3]."""
    left, top, width, height = picture.boxes[boxes, :4].T
    ends = np.array([[left + width / 2, top + height], [left + width / 2, top]]).swapaxes(1, 2)
    camera = picture.group.select(np.array([picture.camera]))
    rays, centre = camera.rays(ends[None])[0], camera.centres[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (np.array([[0.0], [USUAL]]) - centre[2]) / rays[..., 2]
        places: Floats = centre + reach[..., None] * rays
    places[..., 2] = USUAL
    usable = np.isfinite(places).all(axis=2) & (reach > 0) & (reach < FARTHEST)
    found: Floats = places[usable]
    return found


FARTHEST = 30.0
"""Metres from a camera within which people are followed."""
