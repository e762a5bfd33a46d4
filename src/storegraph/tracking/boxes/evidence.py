"""What a box says of a person, if it is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from storegraph.tracking.cameras import CameraGroup

from .body import Outlines, in_view, outlines
from .model import SEEN, BoxSettings, Floats, People

SOFT = 0.155
"""Share of a person in view, beyond `hidden`, at which detectors begin to be sure: a logistic curve's scale. It holds
that the share is expected, not known: of people who were expected to be hidden, one in seven was found by the detector
of test/benchmarks/boxes.py (18,000 looks), where 0.07 said less than one in fifty."""

LEAST = 1e-3
"""Of a probability that a person is found, or is not: nothing is impossible for a detector."""

INWARDS = np.array([1.0, 1.0, -1.0, -1.0])
"""Which way each edge goes when its end of the person is hidden."""

HIDES = 0.4
"""Share of edges that are somewhere else where the person's end of the box is hidden: the others are guessed by the
detector."""

LOOSE = np.array([np.zeros(4), np.full(4, 0.3), [0.0, 0.12, 0.0, 0.12]])
"""Metres, standard deviations of edges beside those of who is upright, by `Posture`: somebody lies whichever way round
(ends 0.2 to 0.85 m from the middle), and jumps 0 to 0.4 m high."""

LOG_TAU = float(np.log(2 * np.pi))


class Sight(NamedTuple):
    """How U persons look to C cameras.

    Attributes:
        outlines: Their boxes.
        found: Probability that a detector finds each, shape [C, U].
        edges: Share of each edge that is in view: left, top, right, bottom, shape [C, U, 4].
    """

    outlines: Outlines
    found: Floats
    edges: Floats


class Picture(NamedTuple):
    """Boxes of one picture.

    Attributes:
        group: Of the camera.
        camera: Its index there.
        boxes: Left, top, width, height, pixels, and score, shape [M, 5].
    """

    group: CameraGroup
    camera: int
    boxes: Floats


class Evidence(NamedTuple):
    """What M boxes of one picture say of U persons; Gaussian in their places, x, y, height about the expected.

    Attributes:
        information: Shape [U, M, 3, 3].
        vector: Information times how far off the place is, shape [U, M, 3].
        constant: Logarithm of what does not depend on the place, against a box around nobody, shape [U, M]; -inf
            where the box is not this person's.
    """

    information: Floats
    vector: Floats
    constant: Floats


def all_evidence(
    pictures: Sequence[Picture], people: People, others: People, settings: BoxSettings
) -> tuple[list[Evidence], Floats]:
    """What the boxes of each picture say, and the probability that each person is found in it, shape [C, U]."""
    looks: dict[int, Sight] = {}
    for picture in pictures:
        if id(picture.group) not in looks:
            looks[id(picture.group)] = sight(picture.group, people, others, settings)
    told = [evidence(looks[id(picture.group)], picture, people, settings) for picture in pictures]
    return told, np.array([looks[id(picture.group)].found[picture.camera] for picture in pictures])


def sight(cameras: CameraGroup, people: People, others: People, settings: BoxSettings) -> Sight:
    """How people look to cameras.

    Args:
        cameras: That look.
        people: Whom they look at.
        others: Who is there and may stand before them; of the same label is the same person.
        settings: Of following boxes.
    """
    seen = outlines(cameras, people.mean[:, SEEN], people.posture.argmax(axis=1))
    before = outlines(cameras, others.mean[:, SEEN], others.posture.argmax(axis=1))
    farther = seen.distance[:, :, None] - before.distance[:, None]
    farther = np.where(people.label[:, None] == others.label, 0.0, farther)
    cells = in_view(np.nan_to_num(seen.edges), np.nan_to_num(before.edges), farther, cameras.sizes)
    share = cells.mean(axis=(2, 3))
    found = settings.found / (1 + np.exp((settings.hidden - share) / SOFT))
    found = np.where(np.isfinite(seen.edges).all(axis=2), np.clip(found, LEAST, 1 - LEAST), LEAST)
    rows, columns = cells.mean(axis=3), cells.mean(axis=2)
    edges = np.stack((columns[..., 0], rows[..., 0], columns[..., -1], rows[..., -1]), axis=2)
    return Sight(seen, found, edges)


def evidence(sight: Sight, picture: Picture, people: People, settings: BoxSettings) -> Evidence:
    """What the boxes of a picture say.

    An edge that is not where it is expected to be is taken for somebody else's, and says nothing.

    Args:
        sight: How the people look to the cameras.
        picture: Of one of them.
        people: Who may be in it.
        settings: Of following boxes.
    """
    camera, boxes = picture.camera, picture.boxes
    size = picture.group.sizes[camera]
    seen = np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]), axis=1)
    expected = np.nan_to_num(sight.outlines.edges[camera])
    border = np.tile(size, 2)
    cut = (expected < 0) | (expected > border)
    slopes = np.where(cut[..., None], 0.0, np.nan_to_num(sight.outlines.slopes[camera]))
    expected = np.clip(expected, 0.0, border)
    extent = np.maximum(expected[:, 2:] - expected[:, :2], 1.0)
    metres = np.array([settings.side, settings.top, settings.side, settings.bottom])
    metres = np.hypot(metres, LOOSE[people.posture.argmax(axis=1)])
    scale = sight.outlines.scale[camera]
    variance = (metres * scale[:, None]) ** 2 + (settings.jitter * extent[:, 1:]) ** 2 + 1.0
    hidden = 1 - sight.edges[camera]
    variance = variance * (1 + hidden) ** 2
    off = seen[None] - expected[:, None]
    # What hides a part of somebody makes the box smaller, never larger.
    inwards = off * INWARDS > 0
    wrong = np.where(inwards, (settings.wrong + HIDES * hidden)[:, None], settings.merged)
    prior = people.covariance[:, SEEN[:, None], SEEN]
    spread = np.einsum("uea,uab,ueb->ue", slopes, prior, slopes) + variance
    fits = -0.5 * (off * off / spread[:, None] + LOG_TAU + np.log(spread)[:, None])
    astray = np.log(wrong / np.tile(extent, 2)[:, None])
    right = fits > astray
    weight = right / variance[:, None]
    constant = np.where(
        right,
        -0.5 * (off * off / variance[:, None] + LOG_TAU + np.log(variance)[:, None]),
        astray,
    ).sum(axis=2)
    nobody = np.log(settings.false / size.prod()) - np.log(np.maximum(boxes[:, 2:4], 1.0)).sum(axis=1)
    usable = right[..., ::2].any(axis=2) & right[..., 1::2].any(axis=2) & (right & ~cut[:, None]).any(axis=2)
    constant = constant - nobody + np.log(sight.found[camera])[:, None]
    products = slopes[..., :, None] * slopes[..., None, :]
    information = (weight @ products.reshape(len(products), 4, 9)).reshape(*right.shape[:2], 3, 3)
    vector = (weight * off) @ slopes
    return Evidence(information, vector, np.where(usable, constant, -np.inf))
