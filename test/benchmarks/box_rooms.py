"""Rooms full of made-up people who come in through a door, stroll, sit down, jump or lie down, and their cameras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from box_detectors import FEW, MANY, Defects, Detector
from tracking import looking
from walkers import APART, RATE, SECOND, START, STORE, TRUNK, Floats, Walker, strollers

from storegraph.observations import COCO_17
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

ROOM = (7.67, 3.41)
"""Metres: 26 m2, as long and narrow as a corridor shop."""

WALL = 0.45
"""Metres from the walls within which nobody walks."""

SETS = 4
"""Sets of pictures a second."""

POSES = ("sit", "jump", "lie")
POSED = 5.0
"""Seconds for which somebody sits, jumps or lies."""


@dataclass(frozen=True)
class Mount:
    """Where a camera hangs and how it looks.

    Attributes:
        at: Metres.
        to: Where it looks, metres.
        focal: Pixels, of pictures of 1920x1024.
    """

    at: tuple[float, float, float]
    to: tuple[float, float, float]
    focal: float = 1000.0


def corners(
    height: float, focal: float, floor: tuple[float, float] = ROOM, steep: float | None = None
) -> tuple[Mount, ...]:
    """One in each corner, looking at the middle of the room, or so many metres of it ahead."""
    width, depth = floor
    found = []
    for x, y in ((0.05, 0.05), (width - 0.05, 0.05), (width - 0.05, depth - 0.05), (0.05, depth - 0.05)):
        ahead = np.array([width / 2 - x, depth / 2 - y])
        if steep is not None:
            ahead *= steep / np.linalg.norm(ahead)
        found.append(Mount((x, y, height), (x + ahead[0], y + ahead[1], 0.7), focal))
    return tuple(found)


@dataclass(frozen=True)
class Room:
    """A room and who comes.

    Attributes:
        people: How many.
        seconds: How long.
        every: Seconds from one who comes in to the next; 0 if everybody is there from the beginning.
        stay: Seconds after which somebody goes out through the door again; 0 for never.
        floor: Width and depth, metres.
        mounts: Of the cameras.
        defects: Of the detector.
        poses: Whether people sit down, jump and lie down for a while.
        dropped: Share of pictures that are missing; and one camera is off from 20 to 25 s.
    """

    people: int
    seconds: float = 60.0
    every: float = 1.5
    stay: float = 0.0
    floor: tuple[float, float] = ROOM
    mounts: tuple[Mount, ...] = corners(2.8, 1000.0)
    defects: Defects = MANY
    poses: bool = False
    dropped: float = 0.0

    def cameras(self) -> tuple[Camera, ...]:
        """In this room."""
        return tuple(_camera(number, mount) for number, mount in enumerate(self.mounts))


SQUARE = (6.2, 5.0)
HALF = (
    Mount((0.1, 0.1, 3.0), (3.1, 2.5, 0.7), 900.0),
    Mount((6.1, 0.1, 2.4), (3.1, 2.5, 0.9), 1100.0),
    Mount((3.1, 4.9, 2.7), (3.1, 1.5, 0.5), 800.0),
    Mount((6.1, 4.9, 2.8), (5.0, 2.0, 0.6), 1600.0),
)
COAT_AND_CHAIR = ((6.9, 0.3, 1.6), (1.0, 3.1, 0.9))

ROOMS = {
    "all there": Room(15, 40.0, 0.0, mounts=corners(2.5, 1000.0), defects=FEW),
    "door, 3": Room(3),
    "door, 10": Room(10),
    "door, 15": Room(15),
    "few defects, 15": Room(15, defects=FEW),
    "poses, 3": Room(3, poses=True),
    "poses, 7": Room(7, poses=True),
    "narrow views, 15": Room(15, mounts=corners(3.0, 1350.0)),
    "wide and low, 10": Room(10, mounts=corners(2.2, 700.0)),
    "uneven cameras, 10": Room(10, floor=SQUARE, mounts=HALF),
    "pictures missing, 10": Room(10, dropped=0.1),
    "coat and chair, 7": Room(7, defects=Defects(6.0, 0.06, 0.25, 0.08, COAT_AND_CHAIR, 0.5)),
    "coming and going, 7": Room(7, every=6.0, stay=20.0),
}
"""Settings were chosen in the first, and those of postures in the two with poses; nothing was chosen in the others."""


def _camera(number: int, mount: Mount) -> Camera:
    ahead = np.array(mount.to) - np.array(mount.at)
    return STORE.cameras[0].model_copy(
        update={
            "id": f"corner_{number}",
            "width": 1920,
            "height": 1024,
            "focal_length": (mount.focal, mount.focal),
            "principal_point": (960.0, 512.0),
            "distortion_model": "plumb_bob",
            "distortion": (-0.05, 0.01, 0.0, 0.0, 0.0),
            "position": mount.at,
            "orientation": looking(ahead),
        }
    )


@dataclass(frozen=True)
class Visit:
    """Somebody's: seconds from when to when they are in the room, and what they do at some times."""

    walker: Walker
    comes: float
    goes: float
    posed: tuple[tuple[float, str], ...] = ()

    def joints(self, seconds: float) -> Floats:
        """COCO-17 in `map`, metres, shape [17, 3]."""
        joints = self.walker.joints(seconds)
        for begins, pose in self.posed:
            if begins <= seconds < begins + POSED:
                share = min(1.0, 2 * min(seconds - begins, begins + POSED - seconds))
                joints = _posed(joints, self.walker.stature, pose, share, seconds - begins)
        return joints


def _posed(joints: Floats, stature: float, pose: str, share: float, seconds: float) -> Floats:
    """Of an upright body: `share` is how far it is in the pose."""
    place = joints[TRUNK].mean(axis=0) * [1, 1, 0]
    if pose == "jump":
        return joints + np.array([0.0, 0.0, 0.4 * share * abs(np.sin(np.pi * seconds / 0.7))])
    ahead = joints[COCO_17.index("nose")] * [1, 1, 0] - place
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    if pose == "lie":
        angle = share * np.pi / 2
        up, own = joints[:, 2], (joints - place) * [1, 1, 0]
        laid = place + own * np.cos(angle) + np.outer((up - 0.5 * stature) * np.sin(angle), ahead)
        laid[:, 2] = up * np.cos(angle) + 0.12 * np.sin(angle)
        return laid
    sat = joints.copy()
    sat[:, 2] -= share * 0.25 * stature * (joints[:, 2] > 0.4 * stature)
    for side in ("left", "right"):
        for joint, forward in (("knee", 0.24), ("ankle", 0.24)):
            index = COCO_17.index(f"{side}_{joint}")
            sat[index] += share * forward * stature * ahead
    return sat


def visits(room: Room, seed: int) -> tuple[Visit, ...]:
    """Of everybody."""
    floor = ((WALL, WALL), (room.floor[0] - WALL, room.floor[1] - WALL))
    if not room.every:
        # Five seconds of walking take them from where they were set down.
        walkers = strollers(room.people, room.seconds + 5, seed, floor)
        return tuple(
            Visit(Walker(w.places[5 * RATE :], w.stature, w.headings[5 * RATE :], w.walked[5 * RATE :]), -1.0, 1e9)
            for w in walkers
        )
    return _through_the_door(room, seed, np.array(floor))


def _through_the_door(room: Room, seed: int, floor: Floats) -> tuple[Visit, ...]:
    """People come in one by one, stroll, stop, step out of each other's way, and may go again."""
    random = np.random.default_rng([seed, 7])
    count, (least, most) = room.people, floor
    door = np.array([2.0, 0.15])
    comes = 0.5 + room.every * np.arange(count)
    goes = comes + room.stay if room.stay else np.full(count, np.inf)
    begins = [np.arange(c + random.uniform(4, 8), room.seconds - POSED, 12.0) for c in comes]
    posed = [tuple((float(t), str(random.choice(POSES))) for t in each) if room.poses else () for each in begins]
    places = np.tile(door, (count, 1))
    goals, paces = random.uniform(least, most, (count, 2)), random.uniform(0.4, 1.2, count)
    waits, left, walks = np.zeros(count), np.full(count, np.inf), []
    for step in range(int(room.seconds * RATE) + 1):
        now = step / RATE
        walks.append(places)
        here = (comes <= now) & (now < left)
        leaving = here & (goes <= now)
        goals[leaving] = door - [0.0, 0.3]
        left[leaving & (np.linalg.norm(places - door, axis=1) < 0.3)] = now
        arrived = np.linalg.norm(goals - places, axis=1) < 0.3
        waits = np.where(
            arrived & (waits <= 0), np.where(random.random(count) < 0.4, random.uniform(1, 6, count), 0), waits
        )
        waits -= 1 / RATE
        goals = np.where((arrived & (waits <= 0))[:, None], random.uniform(least, most, (count, 2)), goals)
        still = np.array([any(t <= now < t + POSED for t, _ in each) for each in posed])
        wish = goals - places
        wish *= (paces / np.maximum(np.linalg.norm(wish, axis=1), 1e-9))[:, None]
        wish[(arrived & (waits > 0)) | still] = 0.0
        apart = places[:, None] - places
        distance = np.linalg.norm(apart, axis=2) + np.eye(count)
        pushes = 1.5 * np.exp((APART - distance) / 0.1) * (1 - np.eye(count)) * np.outer(here, here)
        aside = np.stack((apart[..., 1], -apart[..., 0]), axis=2)
        velocity = wish + (pushes[..., None] * (apart + 0.5 * aside) / np.maximum(distance, 0.1)[..., None]).sum(axis=1)
        velocity /= np.maximum(np.linalg.norm(velocity, axis=1) / 1.5, 1.0)[:, None]
        velocity[~here | still] = 0.0
        places = places + velocity / RATE
    statures = random.uniform(1.55, 1.95, count)
    track = np.array(walks)
    return tuple(
        Visit(Walker.along(track[:, n], float(statures[n])), float(comes[n]), float(left[n]), posed[n])
        for n in range(count)
    )


def frame_sets(room: Room, seed: int) -> Iterator[tuple[int, dict[str, Floats], dict[int, Floats]]]:
    """Stamps, boxes by camera, and the true places [2] of everybody who is in the room."""
    people = visits(room, seed)
    groups = [CameraGroup.of([camera]) for camera in room.cameras()]
    detectors = {
        str(each.ids[0]): Detector(each, room.people, 100 * seed + n, room.defects) for n, each in enumerate(groups)
    }
    random = np.random.default_rng([seed, 9])
    for number in range(int(room.seconds * SETS)):
        now = number / SETS
        here = [n for n, visit in enumerate(people) if visit.comes <= now < visit.goes]
        joints = np.array([people[n].joints(now) for n in here]).reshape(-1, 17, 3)
        boxes = {}
        for name, detector in detectors.items():
            seen = detector.detect(joints, np.array(here, dtype=int))
            off = room.dropped and name == "corner_1" and 20 <= now < 25
            if not off and random.random() >= room.dropped:
                boxes[name] = seen
        truth = {n: each[TRUNK, :2].mean(axis=0) for n, each in zip(here, joints, strict=True)}
        yield START + number * SECOND // SETS, boxes, truth
