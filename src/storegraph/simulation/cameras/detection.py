"""What a pose network makes of the people in pictures.

The errors are those that Ronchi and Perona tell apart (Benchmarking and error diagnosis in multi-instance pose
estimation, ICCV 2017): joints near their place (jitter) or far off (miss), left and right taken for each other
(inversion), the joints of another person (swap), and people who are found where nobody is, or not found. The way they
come about is MoveNet's (`storegraph.vision.movenet`): places on a grid of cells, a bell about where a person's joints
are expected, the strongest of centres that touch.

A joint's score is the chance that it lies within its sigma of its true place, as the network believes: it knows how
well it sees a joint, takes itself for a little worse than it is there and for much better where it guesses, and does
not know what it mistakes for another. A joint's sigma is the root of the mean squared distance between the places where
people mark it, and where the network can resolve it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from ..performance import Floats
from .lasting import Moods
from .model import DetectionSettings
from .occlusion import Pairs, both

Flags = NDArray[np.bool_]

_SIGMAS = {
    "nose": 0.026,
    "eye": 0.025,
    "ear": 0.035,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
}
SIGMAS = np.array([_SIGMAS[joint.rpartition("_")[2]] for joint in COCO_17])
"""Root of the mean squared distance between places where people mark a joint, as a share of the root of the area of a
person's outline (the constants of COCO's object keypoint similarity, https://cocodataset.org/#keypoints-eval)."""

_OVERLOOKED = {
    "nose": 0.05,
    "eye": 0.05,
    "ear": 0.05,
    "shoulder": 0.04,
    "elbow": 0.08,
    "wrist": 0.2,
    "hip": 0.0,
    "knee": 0.05,
    "ankle": 0.05,
}
OVERLOOKED = np.array([_OVERLOOKED[joint.rpartition("_")[2]] for joint in COCO_17])
"""Share of the time for which a joint is guessed that is in plain view, in spells: an arm that points at the camera, a
sleeve as dark as what is behind it (docs/realism.md, keypoints)."""

_OWN = {"wrist": 0.8, "elbow": 0.3, "nose": 0.3, "eye": 0.3, "ear": 0.3}
OWN = np.array([_OWN.get(joint.rpartition("_")[2], 0.1) for joint in COCO_17])
"""A joint behind the own trunk or head counts as hidden by this share: networks have learnt from people with one arm
behind them where it is, and shoulders and hips are seen by the trunk that they belong to (docs/realism.md)."""

OUTLINE = 0.67 / 1.75
"""Root of the area of a person's outline, as a share of the stature: 0.67 m for an adult, as in `TrackingSettings`."""

JOINT_SCORE = 0.126953125
"""Score from which a joint has a place (`storegraph.vision.movenet.JOINT_SCORE`)."""

CELL = 4
"""Pixels of the network's input that a cell of its maps is wide (`storegraph.vision.movenet.Heads`)."""

PEAK = 2
"""Cells: of two centres that are no farther apart, across and down, the stronger one is found (`_PEAK_SIDE`)."""

BELL = 0.3
"""Twice the variance of the bell, cells squared, as a share of the cells along the shorter side (`_SPREAD`)."""

MARGIN = 0.1
"""By this share of its size a box reaches beyond the joints on each side: the crown, hands, feet. A first value."""

SMALL = 32
"""Pixels of the network's input: the side of an outline from which on COCO has joints marked."""

NEVER = 1e-9
"""A chance that is as good as none."""

_GROUPS = ({"eye", "ear"}, {"shoulder", "elbow", "wrist"}, {"hip", "knee", "ankle"})
"""Joints whose left and right are mistaken together."""

MIRROR = np.array(
    [
        COCO_17.index({"left": f"right_{kind}", "right": f"left_{kind}"}.get(side, joint))
        for joint in COCO_17
        for side, _, kind in [joint.partition("_")]
    ]
)
_GROUP = np.array(
    [next((i for i, kinds in enumerate(_GROUPS) if joint.partition("_")[2] in kinds), -1) for joint in COCO_17]
)
_TRUNK = [i for i, joint in enumerate(COCO_17) if joint.rpartition("_")[2] in ("shoulder", "hip")]

J = len(COCO_17)
_LASTING = {"blur": 1, "strength": 1, "turned": len(_GROUPS), "joints": J, "overlooked": J, "errors": 2 * J}
_FLEETING = {"errors": 2 * J}


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """People as a camera truly sees them; K pictures, P people.

    Attributes:
        pixels: Of the joints, shape [K, P, 17, 2]; NaN where not projected.
        scale: Pixels a metre, shape [K, P, 17].
        smear: How far a joint moves during the exposure, pixels, shape [K, P, 17].
        by_others: By what share joints are hidden by anything but the own body, shape [K, P, 17].
        by_oneself: The same by the own body.
        facing: Cosine of the angle between where somebody faces and where the camera is, shape [K, P].
        statures: Metres, shape [P].
        size: Width and height of the pictures, pixels, shape [2].
    """

    pixels: Floats
    scale: Floats
    smear: Floats
    by_others: Floats
    by_oneself: Floats
    facing: Floats
    statures: Floats
    size: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the network reports; K pictures, P people.

    Attributes:
        people: Whether somebody is reported, shape [K, P].
        scores: Of the people, shape [K, P].
        boxes: Left, top, width, height, pixels, shape [K, P, 4].
        points: Of the joints, pixels, shape [K, P, 17, 2]; NaN where not found.
        joint_scores: Shape [K, P, 17].
    """

    people: Flags
    scores: Floats
    boxes: Floats
    points: Floats
    joint_scores: Floats

    @classmethod
    def nobody(cls, pictures: int, people: int) -> Found:
        """Nothing found yet of so many people in so many pictures."""
        joints = pictures, people, J
        return cls(
            people=np.zeros(joints[:2], dtype=np.bool_),
            scores=np.zeros(joints[:2]),
            boxes=np.zeros((*joints[:2], 4)),
            points=np.full((*joints, 2), np.nan),
            joint_scores=np.zeros(joints),
        )

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All of it, in the order of the attributes."""
        return self.people, self.scores, self.boxes, self.points, self.joint_scores


def moods(seed: int, camera: str, rate: float, settings: DetectionSettings) -> Moods:
    """What is random in how a camera of so many pictures a second sees people."""
    memory = math.exp(-1 / (rate * settings.lasts))
    return Moods(seed, camera, sum(_LASTING.values()), sum(_FLEETING.values()), memory)


def found(views: Views, pairs: Pairs, drawn: tuple[Floats, Floats], settings: DetectionSettings) -> Found:
    """What the network finds in pictures.

    Args:
        views: What there is to be seen.
        pairs: Of people near each other.
        drawn: By `moods`.
        settings: Of the network.
    """
    lasting, fleeting = _named(drawn[0], _LASTING), _named(drawn[1], _FLEETING)
    pixel = float(views.size.max()) / settings.input_side

    hidden = 1 - (1 - views.by_others) * (1 - OWN * views.by_oneself)
    guessed = np.where(lasting["overlooked"] < _quantiles(OVERLOOKED), 1.0, hidden)
    outline = OUTLINE * views.statures[:, None] * views.scale
    tolerance = (SIGMAS * outline) ** 2 / 2 + (settings.input_sigma * pixel) ** 2
    blur = settings.blur * np.exp(settings.blur_sigma * (lasting["blur"] + lasting["joints"]))
    smear = views.smear**2 / 12
    spread = tolerance * (blur * (1 + (settings.guess - 1) * guessed)) ** 2 + smear
    believed = tolerance * (settings.modesty * blur * (1 + (settings.admitted - 1) * guessed)) ** 2 + smear
    scores = -np.expm1(-tolerance / believed)

    share = settings.lasting
    errors = np.sqrt(share) * lasting["errors"] + np.sqrt(1 - share) * fleeting["errors"]
    points = views.pixels + np.sqrt(spread)[..., None] * errors.reshape(*scores.shape, 2)
    in_picture = both((np.minimum(views.pixels, points) >= 0) & (np.maximum(views.pixels, points) <= views.size))
    scores = np.where(in_picture, scores, 0.0)

    _turn(points, scores, lasting["turned"], views.facing, settings)
    _take_over(points, scores, pairs, BELL * float(views.size.min()) * CELL * pixel)
    seen = scores > JOINT_SCORE
    points[~seen] = np.nan

    in_view = np.where(in_picture, 1 - hidden, 0.0).mean(axis=2)
    logit = settings.strength + settings.strength_sigma * lasting["strength"][..., 0]
    logit -= settings.strength_hidden * (1 - in_view)
    logit -= settings.strength_small * np.maximum(np.log2(SMALL * pixel / outline[:, :, _TRUNK].mean(axis=2)), 0.0)
    people = (scores * seen).sum(axis=2) / np.maximum(seen.sum(axis=2), 1) / (1 + np.exp(-logit))
    reported = (people >= settings.least_score) & _peaks(people, views.pixels, pairs, PEAK * CELL * pixel)
    return Found(reported, people, boxes_of(points, views.size), points, scores)


def _named(drawn: Floats, counts: dict[str, int]) -> dict[str, Floats]:
    parts = np.split(drawn, np.cumsum(list(counts.values()))[:-1], axis=-1)
    return dict(zip(counts, parts, strict=True))


def _quantiles(chances: Floats) -> Floats:
    """Below which a standard normal variable is with such chances."""
    return np.array([NormalDist().inv_cdf(max(float(each), NEVER)) for each in chances])


def _turn(points: Floats, scores: Floats, drawn: Floats, facing: Floats, settings: DetectionSettings) -> None:
    """Takes left and right of whole limb pairs for each other, in place; scores fall by the chance that it happens."""
    away = np.clip(1 - facing, 0.0, 1.0)
    chance = settings.turned_facing + (settings.turned_behind - settings.turned_facing) * away
    # Every picture has its own quantile of the standard normal distribution; numpy has none, a few are near enough.
    least, most = sorted((settings.turned_facing, settings.turned_behind))
    chances = np.linspace(least, most, 9)
    turned = drawn < np.interp(chance, chances, _quantiles(chances))[..., None]
    for group in range(len(_GROUPS)):
        joints = np.flatnonzero(group == _GROUP)
        picture, person = np.nonzero(turned[..., group])
        for values in (points, scores):
            values[picture[:, None], person[:, None], joints] = values[
                picture[:, None], person[:, None], MIRROR[joints]
            ]
    scores[..., _GROUP >= 0] *= (1 - chance)[..., None]


def _take_over(points: Floats, scores: Floats, pairs: Pairs, bell: float) -> None:
    """Gives somebody the joint of another one where that is the hottest near the place where it is expected, in place.

    Args:
        points: Shape [K, P, 17, 2].
        scores: Shape [K, P, 17].
        pairs: Of people near each other.
        bell: Twice the variance of the bell about the expected place, square pixels.
    """
    one, other = (pairs.picture, pairs.person), (pairs.picture, pairs.other)
    distance = ((points[one] - points[other]) ** 2).sum(axis=2)
    heat = scores[other] * np.exp(-np.nan_to_num(distance, nan=np.inf) / bell)
    pair, joint = np.nonzero((heat > scores[one]) & (heat > JOINT_SCORE))
    taken, heat = points[other][pair, joint], heat[pair, joint]
    here = pairs.picture[pair], pairs.person[pair], joint
    points[here], scores[here] = taken, heat


def _peaks(strengths: Floats, pixels: Floats, pairs: Pairs, reach: float) -> Flags:
    """Who is not covered by a stronger one whose centre is within reach (pixels), shape [K, P]."""
    centres = pixels[:, :, _TRUNK].mean(axis=2)
    one, other = (pairs.picture, pairs.person), (pairs.picture, pairs.other)
    together = both(np.abs(centres[one] - centres[other]) <= reach)
    covered = together & (strengths[other] > strengths[one])
    peaks = np.ones(strengths.shape, dtype=np.bool_)
    peaks[pairs.picture[covered], pairs.person[covered]] = False
    return peaks


def boxes_of(points: Floats, size: Floats) -> Floats:
    """Boxes [..., 4] around the joints [..., 17, 2] that are found, within the picture; zeros where none is."""
    first = np.nan_to_num(np.fmin.reduce(points, axis=-2))
    last = np.nan_to_num(np.fmax.reduce(points, axis=-2))
    margin = MARGIN * (last - first)
    first, last = np.clip(first - margin, 0.0, size), np.clip(last + margin, 0.0, size)
    return np.concatenate((first, last - first), axis=-1)
