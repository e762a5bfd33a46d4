"""A shopper as a figure of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from storegraph.observations import Shopper, ShopperState
from storegraph.store.model import Point3D

from .markers import UP, Colour, Floats, Marker, Shape, faded, point, points, text

BONES = (
    ("left_wrist", "left_elbow"),
    ("left_elbow", "left_shoulder"),
    ("right_wrist", "right_elbow"),
    ("right_elbow", "right_shoulder"),
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("neck", "left_shoulder"),
    ("neck", "right_shoulder"),
    ("neck", "head"),
)
"""The limbs of COCO's person skeleton without its face, and the neck of trackers that have one."""

FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
WRISTS = ("left_wrist", "right_wrist")

COLOURS: tuple[Colour, ...] = (
    (0.34, 0.71, 0.91, 1.0),
    (0.90, 0.62, 0.00, 1.0),
    (0.00, 0.62, 0.45, 1.0),
    (0.80, 0.47, 0.65, 1.0),
    (0.94, 0.89, 0.26, 1.0),
    (0.84, 0.37, 0.00, 1.0),
    (0.00, 0.45, 0.70, 1.0),
)
"""Told apart by the colour-blind too: Okabe and Ito, Color Universal Design, 2008, without black."""

OPACITY = {ShopperState.TENTATIVE: 0.4, ShopperState.OCCLUDED: 0.5, ShopperState.TRACKED: 1.0}
"""Whoever is not measured now is seen through."""

BONE = 0.03
"""Metres: a bone's width."""
HEAD = 0.22
"""Metres: a head's diameter, about that of an adult from chin to crown."""
NAME = 0.1
"""Metres: height of a letter above a head."""


class Joints:
    """A shopper's joints by name, as far as they are known; metres in `map`."""

    def __init__(self, names: Sequence[str], shopper: Shopper) -> None:
        positions = shopper.positions.astype(np.float64)
        named: Iterable[tuple[str, Floats]] = zip(names, positions, strict=True)
        self._positions = {name: position for name, position in named if np.isfinite(position).all()}

    def __bool__(self) -> bool:
        """Whether any joint is known."""
        return bool(self._positions)

    def ground(self) -> Point3D:
        """The point of the floor below the mean of all joints."""
        return point(_mean(self._positions.values()) * (1.0, 1.0, 0.0))

    def head(self) -> Floats:
        """The middle of the head, shape [3]; without a head or face, the highest joint."""
        if "head" in self._positions:
            return self._positions["head"]
        if face := [self._positions[name] for name in FACE if name in self._positions]:
            return _mean(face)
        return max(self._positions.values(), key=lambda position: float(position[2]))

    def hand_towards(self, goal: Floats) -> Floats:
        """The wrist nearer to a point, shape [3]; without a wrist, the head."""
        wrists = [self._positions[name] for name in WRISTS if name in self._positions]
        return min(wrists, key=lambda wrist: float(np.linalg.norm(wrist - goal)), default=self.head())

    def bones(self) -> tuple[Point3D, ...]:
        """Both ends of every bone whose ends are known."""
        ends = (bone for bone in BONES if all(name in self._positions for name in bone))
        return points(self._positions[name] for bone in ends for name in bone)


def _mean(positions: Iterable[Floats]) -> Floats:
    mean: Floats = np.array([*positions]).mean(axis=0)
    return mean


def figure(shopper: Shopper, joints: Joints, trail: tuple[Point3D, ...], number: int, stamp: int) -> Iterator[Marker]:
    """A shopper's head, bones, id, and where it came from.

    Args:
        shopper: Who.
        joints: The shopper's; at least one is known.
        trail: Points of the floor that the shopper came over, oldest first, metres in `map`.
        number: The markers'; also chooses the colour.
        stamp: Event time, nanoseconds since the Unix epoch.
    """
    colour = faded(COLOURS[number % len(COLOURS)], OPACITY[shopper.state])
    head = joints.head()
    yield Marker("heads", number, Shape.SPHERE, colour, (HEAD, HEAD, HEAD), point(head), stamp=stamp)
    yield text("names", number, shopper.shopper_id, point(head + HEAD * UP), NAME, stamp)
    if bones := joints.bones():
        yield Marker("bones", number, Shape.LINE_LIST, colour, (BONE, 0.0, 0.0), points=bones, stamp=stamp)
    if len(trail) > 1:
        yield Marker("trails", number, Shape.LINE_STRIP, colour, (BONE, 0.0, 0.0), points=trail, stamp=stamp)
