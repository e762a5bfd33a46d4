"""Where somebody stands to reach goods."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..posture.posture import reach_of, stand_off
from ..script import Body
from .floor import BODY_RADIUS, Floor
from .world import Place

Floats = NDArray[np.float64]
Point = tuple[float, float]
Point3D = tuple[float, float, float]

BESIDE = 0.35
"""Who stands to the left or right of goods stands so far beside them, metres: the other's shoulder has room."""

STRETCH = 0.92
"""People do not reach for goods with an arm stretched out farther than this part of what it can."""

GRIP = 0.10
"""The wrist is so far before what the hand grips, metres: the length of a closed hand."""

DEEPEST = 0.20
"""So far behind the front edge the wrist goes at most, metres: goods farther back the fingertips draw forward."""

_ASIDE = np.linspace(-0.75, 0.75, 11)
_NEARER = np.array([0.0, 0.1, -0.08])


def grip(place: Place, x: float, y: float, depth: float, height: float) -> Point3D:
    """Where the wrist is when a hand has goods, in `map`.

    Args:
        place: Where they stand.
        x: Middle of their base along the front, in the place's axes, metres.
        y: The same into the shelf.
        depth: Of the goods, metres.
        height: At which they are gripped, above the shelf, metres.
    """
    inwards = min(max(y - depth / 2 - GRIP, 0.0), DEEPEST)
    return place.to_map(x, inwards, min(height, place.size[2] - GRIP / 2))


def comfortable_depth(body: Body, height: float) -> float:
    """How far behind the front edge the wrist gets from where somebody stands by themselves, metres; at least 0."""
    return max(0.99 * STRETCH * reach_of(body, height) - stand_off(body, height), 0.0)


def places_to_stand(floor: Floor, place: Place, target: Point3D, body: Body, side: float) -> list[Point]:
    """Where somebody can stand and reach a point among goods, the best first.

    Args:
        floor: Of the store.
        place: Of the goods.
        target: Of the wrist, in `map`.
        body: Of who reaches.
        side: -1 to the left of it, 1 to the right, as one faces the goods.

    Returns:
        Free places, in reach of the target; none where there are none.
    """
    x, depth = place.from_map(target[0], target[1])
    back = stand_off(body, target[2]) + _NEARER
    aside, away = (grid.ravel() for grid in np.meshgrid(_ASIDE, back))
    reached = np.hypot(aside, away + depth) <= STRETCH * reach_of(body, target[2])
    aside, away = aside[reached], away[reached]
    points = np.array([place.to_map(x + dx, -dy)[:2] for dx, dy in zip(aside, away, strict=True)]).reshape(-1, 2)
    free = floor.clearance(points) >= BODY_RADIUS
    cost = np.abs(aside - BESIDE * side) + 0.5 * np.abs(away - back[0])
    order = [index for index in np.argsort(cost, kind="stable") if free[index]]
    return [(float(points[index, 0]), float(points[index, 1])) for index in order]


def in_reach(body: Body, stands: Point, target: Point3D, stretch: float = 1.0) -> bool:
    """Whether somebody who stands there reaches a point with an arm stretched out that far."""
    return math.hypot(target[0] - stands[0], target[1] - stands[1]) <= stretch * reach_of(body, target[2])
