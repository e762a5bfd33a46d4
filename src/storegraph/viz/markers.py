"""A marker as RViz draws it, without ROS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Point3D

Floats = NDArray[np.float64]

Colour = tuple[float, float, float, float]
"""Red, green, blue and opacity, each from 0 to 1."""

Key = tuple[str, int]
"""What tells a marker apart: its namespace and its number there."""

STORE_MARKERS = "markers/store"
"""The topic of what is drawn once, relative to the store's namespace."""
LIVE_MARKERS = "markers/live"
"""The topic of what changes."""

NOTE = 0.06
"""Metres: height of a letter in a text of several lines."""

UP: Floats = np.array([0.0, 0.0, 1.0])

TAKEN: Colour = (1.0, 0.55, 0.0, 0.9)
PUT_BACK: Colour = (0.1, 0.75, 0.25, 0.9)
NEUTRAL: Colour = (0.62, 0.68, 0.75, 1.0)
FAULTY: Colour = (0.25, 0.25, 0.25, 1.0)
WRITING: Colour = (0.95, 0.95, 0.95, 1.0)


class Shape(IntEnum):
    """What is drawn; the values are those of `visualization_msgs/Marker`."""

    ARROW = 0
    CUBE = 1
    SPHERE = 2
    LINE_STRIP = 4
    LINE_LIST = 5
    TEXT_VIEW_FACING = 9


@dataclass(frozen=True, slots=True)
class Marker:
    """One thing to draw, in the frame `map`.

    Attributes:
        namespace: RViz shows and hides by it.
        number: Unique in the namespace; the same as long as the thing is shown.
        shape: What is drawn.
        colour: Of all of it.
        size: As `scale` of `visualization_msgs/Marker`, metres: the extents of a cube or sphere; a line's width in x;
            a text's height in z; an arrow's shaft diameter, head diameter and head length.
        position: Of the centre, metres.
        yaw: Turn about z, radians.
        points: Of lines and arrows, metres.
        text: Of a text.
        stamp: Event time, nanoseconds since the Unix epoch; 0 for what always holds.
    """

    namespace: str
    number: int
    shape: Shape
    colour: Colour
    size: Point3D
    position: Point3D = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    points: tuple[Point3D, ...] = ()
    text: str = ""
    stamp: int = 0

    @property
    def key(self) -> Key:
        """Namespace and number: a marker replaces the one of the same key."""
        return self.namespace, self.number


def text(namespace: str, number: int, words: str, position: Point3D, height: float, stamp: int = 0) -> Marker:
    """Words that face the viewer, each letter so many metres high."""
    size = (0.0, 0.0, height)
    return Marker(namespace, number, Shape.TEXT_VIEW_FACING, WRITING, size, position, text=words, stamp=stamp)


def point(coordinates: Floats) -> Point3D:
    """Coordinates, shape [3], as a point."""
    x, y, z = coordinates.tolist()
    return x, y, z


def points(coordinates: Iterable[Floats]) -> tuple[Point3D, ...]:
    """Rows of coordinates, shape [N, 3], as points."""
    return tuple(point(row) for row in coordinates)


def faded(colour: Colour, opacity: float) -> Colour:
    """A colour with its opacity multiplied."""
    red, green, blue, alpha = colour
    return red, green, blue, alpha * opacity
