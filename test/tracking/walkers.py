"""Made-up people who walk through a store, and what its cameras see of them: the truth that tracking is measured by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
CAMERAS = {camera.id: CameraGroup.of([camera]) for camera in STORE.cameras}

Floats = NDArray[np.float64]


def _hidden(eye: Floats, people: Floats) -> NDArray[np.bool_]:
    """Which joints [N, 17, 3] another person hides from an eye: bodies are upright cylinders, shape [N, 17]."""
    bodies = people[:, TRUNK, :2].mean(axis=1)
    ahead = people[:, :, None, :] - eye
    towards = bodies - eye[:2]
    share = (ahead[..., :2] * towards).sum(axis=3) / (ahead[..., :2] ** 2).sum(axis=3)
    beside = np.linalg.norm(towards - share[..., None] * ahead[..., :2], axis=3)
    under = eye[2] + share * ahead[..., 2] < people[..., 2].max(axis=1)
    hides = (beside < BODY_RADIUS) & under & (share > 0) & (share < 1)
    hides[range(len(people)), :, range(len(people))] = False
    return hides.any(axis=2)


def _other_side(joint: str) -> str:
    side, _, kind = joint.partition("_")
    return {"left": f"right_{kind}", "right": f"left_{kind}"}.get(side, joint)


MIRROR = [COCO_17.index(_other_side(joint)) for joint in COCO_17]
FLOOR = ((0.8, 0.4), (5.2, 4.3))
"""Corners of the floor between the shelves, metres."""

LEFT_WRIST, RIGHT_WRIST = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")

TRUNK = [COCO_17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("shoulder", "hip")]

BODY_RADIUS = 0.16
"""Metres: half of a trunk, between its width and its depth."""

APART = 0.5
"""Metres between the middles of two people who pass each other shoulder to shoulder."""

STEP = 1.4
"""Metres of two steps, after which the limbs swing anew."""


RATE = 20
"""Places of a walk a second."""

TURN = 5.0
"""Radians per second, at most: half a turn takes more than half a second."""


@dataclass(frozen=True, eq=False)
class Walker:
    """Somebody who walks, and swings arms and legs; at the end of the walk they stand.

    Attributes:
        places: On the floor, `RATE` a second, metres, shape [K, 2].
        stature: Metres.
        headings: Where the person looks at each of them, radians from the x axis, shape [K].
        walked: Metres walked up to each of them, shape [K].
    """

    places: Floats
    stature: float
    headings: Floats
    walked: Floats

    @classmethod
    def along(cls, places: Floats, stature: float) -> Walker:
        """Walks from place to place, and looks where they go, or a little behind when that turns fast."""
        steps = np.diff(places, axis=0)
        walked = np.concatenate(([0.0], np.cumsum(np.linalg.norm(steps, axis=1))))
        headings = [float(np.arctan2(*steps[0, ::-1]))]
        for step in steps:
            turn = 0.0
            if np.linalg.norm(step) * RATE > 0.1:
                turn = (np.arctan2(step[1], step[0]) - headings[-1] + np.pi) % (2 * np.pi) - np.pi
            headings.append(headings[-1] + float(np.clip(turn, -TURN / RATE, TURN / RATE)))
        return cls(places, stature, np.array(headings), walked)

    @classmethod
    def to(cls, *corners: tuple[float, float], pace: float = 1.0, stature: float = 1.75) -> Walker:
        """Walks along a line of corners at an even pace, metres per second."""
        lengths = np.linalg.norm(np.diff(np.array(corners), axis=0), axis=1)
        times = np.concatenate(([0.0], np.cumsum(lengths))) / pace
        at = np.arange(0.0, times[-1] + 1 / RATE, 1 / RATE)
        return cls.along(np.column_stack([np.interp(at, times, axis) for axis in np.transpose(corners)]), stature)

    def joints(self, seconds: float) -> Floats:
        """COCO-17 in `map`, metres, shape [17, 3]."""
        at = min(max(seconds * RATE, 0.0), len(self.places) - 1.0)
        index = np.arange(len(self.places))
        place = np.array([np.interp(at, index, axis) for axis in self.places.T])
        swing = np.sin(2 * np.pi * float(np.interp(at, index, self.walked)) / STEP)
        return self._posed(place, float(np.interp(at, index, self.headings)), swing)

    def _posed(self, place: Floats, heading: float, swing: float) -> Floats:
        """X forward, y to the left, z up; then turned and put in place. Proportions of Winter (as in skeleton.py)."""
        pose = {"nose": (0.1, 0.0, 0.93), "neck": (0.0, 0.0, 0.82)}
        for side, sign in (("left", 1), ("right", -1)):
            arm, leg = -sign * swing * 0.5, sign * swing * 0.45
            pose[f"{side}_eye"] = (0.09, sign * 0.02, 0.95)
            pose[f"{side}_ear"] = (0.04, sign * 0.045, 0.94)
            pose[f"{side}_shoulder"] = (0.0, sign * 0.11, 0.82)
            pose[f"{side}_elbow"] = (0.17 * np.sin(arm), sign * 0.13, 0.82 - 0.17 * np.cos(arm))
            pose[f"{side}_wrist"] = (
                0.17 * np.sin(arm) + 0.15 * np.sin(arm + 0.5),
                sign * 0.13,
                0.82 - 0.17 * np.cos(arm) - 0.15 * np.cos(arm + 0.5),
            )
            pose[f"{side}_hip"] = (0.0, sign * 0.07, 0.53)
            pose[f"{side}_knee"] = (0.245 * np.sin(leg), sign * 0.07, 0.53 - 0.245 * np.cos(leg))
            bent = leg - 0.2
            pose[f"{side}_ankle"] = (
                0.245 * np.sin(leg) + 0.246 * np.sin(bent),
                sign * 0.07,
                0.53 - 0.245 * np.cos(leg) - 0.246 * np.cos(bent),
            )
        body = self.stature * np.array([pose[joint] for joint in COCO_17])
        cosine, sine = np.cos(heading), np.sin(heading)
        turned = body @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        return turned + np.array([*place, 0.0])


def strollers(
    count: int, seconds: float, seed: int, floor: tuple[tuple[float, float], tuple[float, float]] = FLOOR
) -> tuple[Walker, ...]:
    """People who stroll about a free floor, given by two corners, and step out of each other's way."""
    random = np.random.default_rng(seed)
    least, most = np.array(floor)
    side = int(np.ceil(np.sqrt(count)))
    grid = np.array([(x, y) for x in range(side) for y in range(side)])[:count] + 0.5
    places = least + (most - least) * grid / side
    goals, paces = random.uniform(least, most, (count, 2)), random.uniform(0.5, 1.2, count)
    walks = [places]
    for _ in range(int(seconds * RATE)):
        arrived = np.linalg.norm(goals - places, axis=1) < 0.4
        goals = np.where(arrived[:, None], random.uniform(least, most, (count, 2)), goals)
        wish = goals - places
        wish *= (paces / np.maximum(np.linalg.norm(wish, axis=1), 1e-9))[:, None]
        apart = places[:, None] - places
        distance = np.linalg.norm(apart, axis=2) + np.eye(count)
        push = 1.5 * np.exp((APART - distance) / 0.1) * (1 - np.eye(count))
        # Everybody gives way to the right as well, or two who meet head on would stand.
        aside = np.stack((apart[..., 1], -apart[..., 0]), axis=2)
        velocity = wish + (push[..., None] * (apart + 0.5 * aside) / distance[..., None]).sum(axis=1)
        fastest = np.maximum(np.linalg.norm(velocity, axis=1) / 1.5, 1.0)
        places = places + velocity / fastest[:, None] / RATE
        walks.append(places)
    return tuple(Walker.along(np.array(walks)[:, person], float(random.uniform(1.55, 1.95))) for person in range(count))


SCORE = 0.7
"""A joint of half this score is twice as far off: about what MoveNet's are (docs/realism.md)."""


@dataclass(frozen=True)
class Faults:
    """What is wrong with what cameras see.

    Attributes:
        pixels: Standard deviation of a joint, pixels, as `SCORE` stands for.
        joints_missed: Share of joints not found.
        joints_misplaced: Share of joints put somewhere within a metre.
        people_missed: Share of people not found in a picture.
        people_invented: Mean number of people in a picture who are not there.
        sides_swapped: Share of people whose left and right are taken for each other.
    """

    pixels: float = 2.0
    joints_missed: float = 0.0
    joints_misplaced: float = 0.0
    people_missed: float = 0.0
    people_invented: float = 0.0
    sides_swapped: float = 0.0


CLEAN = Faults()
USUAL = Faults(2.5, 0.1, 0.02, 0.05, 0.1, 0.03)
"""About what a network sees of people in shops."""


@dataclass
class Cameras:
    """What the cameras of the corner store see of some walkers.

    Attributes:
        walkers: Who is there.
        faults: Of the pictures.
        seed: Of all that is random.
        models: The cameras, by id.
    """

    walkers: tuple[Walker, ...]
    faults: Faults = CLEAN
    seed: int = 0
    models: dict[str, CameraGroup] = field(default_factory=lambda: dict(CAMERAS))

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def truth(self, seconds: float) -> Floats:
        """Joints of everybody in `map`, metres, shape [walker, 17, 3]."""
        return np.array([walker.joints(seconds) for walker in self.walkers]).reshape(-1, 17, 3)

    def see(self, camera: str, seconds: float) -> Floats:
        """What a camera sees, shape [N, 17, 3]: x, y, score; in random order."""
        model, faults, random = self.models[camera], self.faults, self._random
        truth = self.truth(seconds)
        misplaced = random.random(truth.shape[:2]) < faults.joints_misplaced
        truth = truth + misplaced[..., None] * random.uniform(-0.5, 0.5, truth.shape)
        pixels = model.project(truth[None])[0][0]
        scores = random.uniform(0.5, 0.95, truth.shape[:2])
        pixels = pixels + random.normal(0.0, faults.pixels, pixels.shape) * (SCORE / scores)[..., None]
        seen = ((pixels >= 0) & (pixels <= model.sizes[0])).all(axis=2) & ~_hidden(model.centres[0], truth)
        found = seen & (random.random(seen.shape) >= faults.joints_missed)
        people = np.concatenate((pixels, np.where(found, scores, 0.0)[..., None]), axis=2)
        people[~found] = [np.nan, np.nan, 0.0]
        swapped = random.random(len(people)) < faults.sides_swapped
        people[swapped] = people[swapped][:, MIRROR]
        there = (found.sum(axis=1) >= 4) & (random.random(len(people)) >= faults.people_missed)
        invented = [self._invented(model) for _ in range(random.poisson(faults.people_invented))]
        return random.permutation(np.concatenate((people[there], np.array(invented).reshape(-1, 17, 3))))

    def _invented(self, model: CameraGroup) -> Floats:
        """A figure of a person's size somewhere in a picture."""
        points = self._random.normal(0.0, [12.0, 35.0], (17, 2)) + self._random.uniform([0, 0], model.sizes[0])
        return np.column_stack((points, self._random.uniform(0.2, 0.6, 17)))
