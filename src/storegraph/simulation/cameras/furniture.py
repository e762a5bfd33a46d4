"""What stands in the store and hides people: walls, and the boards, sides and backs of fixtures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Fixture, Gate, Store

from ..performance import Floats

SOFT = 0.04
"""Metres: half of what a joint is seen by. One that lies so far behind an edge is hidden wholly; on it, by half."""

IN_WALL = 0.3
"""Metres: a gate whose ends are this near to a wall is an opening in it, wherever in the wall's depth it is drawn."""

FAR = 1e6
"""Metres: a place that is outside of every store."""

X, Y, Z = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """N panels at right angles to one axis of a fixture's frame.

    Attributes:
        axis: `X`, `Y` or `Z`.
        offsets: Where along it, metres, shape [N].
        size: How far they reach along the two other axes, from the fixture's origin, metres.
    """

    axis: int
    offsets: Floats
    size: tuple[float, float]

    def hide(self, eye: Floats, towards: Floats) -> Floats:
        """By what share joints are hidden.

        Args:
            eye: In the fixture's frame, metres, shape [3].
            towards: From the eye to joints, shape [3, R].

        Returns:
            Shape [R]. Where panels meet in an edge, each hides half of a joint behind it.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = (self.offsets[:, None] - eye[self.axis]) / towards[self.axis]
            inside = np.full(share.shape, np.inf)
            for axis, extent in zip([axis for axis in (X, Y, Z) if axis != self.axis], self.size, strict=True):
                crossing = eye[axis] + share * towards[axis]
                np.minimum(inside, np.minimum(crossing, extent - crossing), out=inside)
        between = (share > 0) & (share < 1)
        behind = np.clip(inside, -SOFT, SOFT) / (2 * SOFT) + 0.5
        hidden: Floats = np.where(between, behind, 0.0).sum(axis=0)
        return hidden


@dataclass(frozen=True, slots=True, eq=False)
class Carcass:
    """A fixture: a box that is open at the front, with boards in it. One without shelves is closed.

    Attributes:
        origin: In `map`, metres, shape [3].
        axes: Its columns are the axes of the fixture's frame in `map`, shape [3, 3].
        size: Width, depth, height, metres, shape [3].
        panels: Of which it is made.
    """

    origin: Floats
    axes: Floats
    size: Floats
    panels: tuple[Panels, ...]

    @classmethod
    def of(cls, fixture: Fixture) -> Carcass:
        """The fixture as the store file describes it; its top is closed if its shelves have room below that."""
        width, depth, height = fixture.size
        cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
        boards = [shelf.height for shelf in fixture.shelves]
        if all(shelf.height + shelf.clearance <= height for shelf in fixture.shelves):
            boards.append(height)
        backs = [depth] if fixture.shelves else [0.0, depth]
        return cls(
            origin=np.array(fixture.position),
            axes=np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]),
            size=np.array(fixture.size),
            panels=(
                Panels(X, np.array([0.0, width]), (depth, height)),
                Panels(Y, np.array(backs), (width, height)),
                Panels(Z, np.array(boards), (width, depth)),
            ),
        )

    def hide(self, eye: Floats, points: Floats) -> Floats:
        """By what share joints [3, R] in `map` are hidden from an eye [3], shape [R]."""
        from_here = self.axes.T @ (eye - self.origin)
        towards = self.axes.T @ (points - eye[:, None])
        near = np.flatnonzero(self._meets(from_here, towards))
        hidden = np.zeros(points.shape[1])
        towards = towards[:, near]
        for panels in self.panels:
            hidden[near] += panels.hide(from_here, towards)
        return np.minimum(hidden, 1.0)

    def _meets(self, eye: Floats, towards: Floats) -> NDArray[np.bool_]:
        """Whether lines of sight meet the box (Kay and Kajiya, Ray tracing complex scenes, SIGGRAPH 1986)."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            low = (-SOFT - eye)[:, None] / towards
            high = (self.size + SOFT - eye)[:, None] / towards
        enters = np.fmin(low, high).max(axis=0)
        leaves = np.fmax(low, high).min(axis=0)
        meets: NDArray[np.bool_] = (enters <= leaves) & (leaves > 0) & (enters < 1)
        return meets


@dataclass(frozen=True, slots=True, eq=False)
class Furniture:
    """All of a store that hides people.

    Attributes:
        carcasses: The fixtures.
        outline: Both ends of each side of the store, x, y in `map`, metres, shape [S, 2, 2].
        walls: The same without what gates leave open, up to the ceiling, shape [W, 2, 2]. Walls are higher than any
            camera.
    """

    carcasses: tuple[Carcass, ...]
    outline: Floats
    walls: Floats

    @classmethod
    def of(cls, store: Store) -> Furniture:
        """What stands in a store."""
        outline = np.array(store.outline, dtype=np.float64).reshape(-1, 2)
        sides = np.stack((np.roll(outline, 1, axis=0), outline), axis=1)
        walls = [piece for side in sides for piece in _without_gates(side, store.gates)]
        return cls(
            carcasses=tuple(Carcass.of(fixture) for fixture in store.fixtures),
            outline=sides,
            walls=np.array(walls, dtype=np.float64).reshape(-1, 2, 2),
        )

    def hide(self, eye: Floats, points: Floats) -> Floats:
        """By what share joints are hidden.

        Args:
            eye: A camera's centre in `map`, metres, shape [3]; outside of the store it looks over the walls.
            points: Joints in `map`, metres, shape [3, R].

        Returns:
            0 in full view to 1 hidden, shape [R].
        """
        hidden = np.zeros(points.shape[1])
        if _cross(self.outline, eye[:2], np.array([[FAR], [eye[1]]])).sum() % 2:
            hidden[_cross(self.walls, eye[:2], points[:2]).any(axis=0)] = 1.0
        for carcass in self.carcasses:
            np.maximum(hidden, carcass.hide(eye, points), out=hidden)
        return hidden


def _cross(lines: Floats, start: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Which lines [L, 2, 2] the ways from a start [2] to some ends [2, R] cross, shape [L, R]."""
    first, last = lines[:, 0, :, None], lines[:, 1, :, None]
    along, across = last - first, ends - start[:, None]
    starts_left = _turn(along, start[:, None] - first) > 0
    ends_left = _turn(along, ends - first) > 0
    first_left = _turn(across, first - start[:, None]) > 0
    last_left = _turn(across, last - start[:, None]) > 0
    crossed: NDArray[np.bool_] = (starts_left != ends_left) & (first_left != last_left)
    return crossed


def _turn(one: Floats, other: Floats) -> Floats:
    """Positive where the other vector lies to the left of the one; [..., 2, R] each."""
    turn: Floats = one[..., 0, :] * other[..., 1, :] - one[..., 1, :] * other[..., 0, :]
    return turn


def _without_gates(wall: Floats, gates: Iterable[Gate]) -> Iterator[Floats]:
    """What is left of a wall [2, 2] between the gates in it."""
    start, along = wall[0], wall[1] - wall[0]
    length = float(np.linalg.norm(along))
    along = along / length
    closed_from = 0.0
    openings = []
    for gate in gates:
        ends = np.array([gate.from_point, gate.to_point]) - start
        if np.abs(ends[:, 0] * along[1] - ends[:, 1] * along[0]).max() <= IN_WALL:
            openings.append(sorted(np.clip(ends @ along, 0.0, length).tolist()))
    for begin, end in sorted(openings):
        if begin > closed_from:
            yield start + np.array([[closed_from], [begin]]) * along
        closed_from = max(closed_from, end)
    if closed_from < length:
        yield start + np.array([[closed_from], [length]]) * along
