"""Where one can walk in a store, and how one gets from here to there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from storegraph.store.model import Fixture, Store

from .doorways import OUTSIDE, Doorway

Floats = NDArray[np.float64]
Point = tuple[float, float]

BODY_RADIUS = 0.22
"""The middle of a body keeps so far from walls and fixtures, metres: half an adult's shoulder breadth, which is 0.259
of the stature (Winter, Biomechanics and Motor Control of Human Movement, figure 4.1)."""

MARGIN = 2.0
"""Of a store without walls: so far one walks around its fixtures, metres."""

BEFORE_GATE = OUTSIDE + 3 * BODY_RADIUS
"""So far out the floor goes before a gate, metres: with room around who stands there."""

CELL = 0.05
"""Of the map of what is free, metres."""

MESH = 0.1
"""Between the nodes of routes, metres; more in a store so large that there would be more than `MOST_NODES`."""

MOST_NODES = 6000
"""Shortest paths over so many nodes take 5 ms on one slow core."""

ROOMY = 0.4
"""Routes keep so far from fixtures where there is room, metres."""

KEEP_CLEAR = 0.42
"""Routes around somebody who stands keep so far from the middle of that body, metres."""


class Floor:
    """The floor of a store without its fixtures, and the way out through its gates.

    Attributes:
        doorways: By gate id; a store without gates has one, with the id "".
    """

    def __init__(self, store: Store) -> None:
        self._measure(store)
        x = self._origin[0] + (np.arange(self._shape[1]) + 0.5) * CELL
        y = self._origin[1] + (np.arange(self._shape[0]) + 0.5) * CELL
        points = np.stack(np.meshgrid(x, y), axis=-1)
        doorways = [Doorway.of(gate) for gate in store.gates]
        indoors = _within(store.outline, points) if store.outline else np.ones(self._shape, dtype=bool)
        for fixture in store.fixtures:
            indoors &= ~_below(fixture, points)
        outdoors = np.zeros(self._shape, dtype=bool)
        for doorway in doorways:
            outdoors |= _before(doorway, points)
        closed, through = indoors & ~outdoors, indoors | outdoors
        self._clearance = np.stack([_clearance(closed), _clearance(through)])
        self._away = np.stack([np.gradient(clearance, CELL)[::-1] for clearance in self._clearance])
        self._lay_routes()
        self.doorways = {doorway.gate: doorway for doorway in doorways} or {"": self._quietest(store)}

    def clearance(self, points: Floats, through: NDArray[np.intp] | int = 0) -> Floats:
        """How far points are from walls and fixtures.

        Args:
            points: Shape [..., 2], metres.
            through: 1 for who goes through a gate, 0 for whom gates are walls; of the shape of `points` without its
                last axis.

        Returns:
            Metres, at most the width of a cell less than it is; 0 outside.
        """
        row, column = self._cells(points)
        found: Floats = self._clearance[through, row, column]
        return found

    def finely(self, points: Floats, through: NDArray[np.intp]) -> Floats:
        """`clearance` of points, shape [N, 2], interpolated between the cells, so that a small step changes it."""
        across = (points - self._origin) / CELL - 0.5
        column, row = np.clip(across.astype(np.intp), 0, np.array(self._shape[::-1]) - 2).T
        right, up = (across - np.stack([column, row], axis=1)).T
        low = self._clearance[through, row, column] * (1 - right) + self._clearance[through, row, column + 1] * right
        row = row + 1
        high = self._clearance[through, row, column] * (1 - right) + self._clearance[through, row, column + 1] * right
        found: Floats = low * (1 - up) + high * up
        return found

    def away(self, points: Floats, through: NDArray[np.intp] | int = 0) -> Floats:
        """In which direction walls and fixtures get farther: gradient of `clearance`, shape [..., 2]."""
        row, column = self._cells(points)
        return np.stack([self._away[through, 0, row, column], self._away[through, 1, row, column]], axis=-1)

    @property
    def area(self) -> float:
        """Of where middles of bodies can be, square metres."""
        return float((self._clearance[0] >= BODY_RADIUS).sum()) * CELL**2

    def is_free(self, point: Point) -> bool:
        """Whether somebody can stand there, and walk there from the rest of the floor."""
        return bool(self.clearance(np.array(point)) >= BODY_RADIUS) and self._node(point, 2 * self._mesh) is not None

    def nearest(self, point: Point) -> Point:
        """The place nearest to a point at which one can stand."""
        if self.is_free(point):
            return point
        node = int(np.argmin(np.sum((self._nodes - point) ** 2, axis=1)))
        return float(self._nodes[node, 0]), float(self._nodes[node, 1])

    def roomy(self, clearance: float) -> Floats:
        """Places that are so far from walls and fixtures, or those that are farthest, metres, shape [N, 2]."""
        found = self.clearance(self._nodes)
        return self._nodes[found >= min(clearance, float(found.max()))]

    def route(self, start: Point, goal: Point, around: Sequence[Point] = ()) -> list[Point] | None:
        """The shortest comfortable way.

        Args:
            start: From where.
            goal: Where to; a place where one can stand.
            around: Middles of bodies that stand in the way.

        Returns:
            The corners of the way and the goal, without the start; None where there is no way.
        """
        others = np.array(around, dtype=np.float64).reshape(-1, 2)
        if self._straight(np.array([start, goal]), others)[0]:
            return [goal]
        first, last = self._node(start, 4 * self._mesh), self._node(goal, 4 * self._mesh)
        if first is None or last is None:
            return None
        before = self._before(last, first, others, (start, goal))
        path = [first]
        while path[-1] != last:
            if before[path[-1]] < 0:
                return None
            path.append(int(before[path[-1]]))
        return self._pulled([start, *(tuple(self._nodes[node]) for node in path), goal], others)

    def _measure(self, store: Store) -> None:
        corners = np.concatenate([_corners(fixture) for fixture in store.fixtures])
        low, high = corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN
        if store.outline:
            low, high = np.min(store.outline, axis=0), np.max(store.outline, axis=0)
        beyond = [Doorway.of(gate).at(-BEFORE_GATE) for gate in store.gates]
        low = np.min([low, *beyond], axis=0) - 2 * BODY_RADIUS
        high = np.max([high, *beyond], axis=0) + 2 * BODY_RADIUS
        self._origin: Floats = low
        columns, rows = np.ceil((high - low) / CELL).astype(int)
        self._shape = (int(rows), int(columns))

    def _lay_routes(self) -> None:
        """A mesh of nodes over the largest connected part of the floor, each tied to its eight neighbours."""
        free = int(np.count_nonzero(self._clearance[0] >= BODY_RADIUS))
        stride = max(round(MESH / CELL), math.ceil(math.sqrt(free / MOST_NODES)))
        self._mesh = stride * CELL
        clearance = self._clearance[0, ::stride, ::stride]
        parts, _ = ndimage.label(clearance >= BODY_RADIUS + CELL / 2, structure=np.ones((3, 3)))
        largest = parts == np.argmax(np.bincount(parts[parts > 0], minlength=2))
        rows, columns = np.nonzero(largest)
        number = np.full(largest.shape, -1)
        number[rows, columns] = np.arange(len(rows))
        self._nodes = self._origin + (np.stack([columns, rows], axis=1) * stride + 0.5) * CELL
        self._number = number
        self._stride = stride
        tightness = 1.0 + np.clip((ROOMY - clearance) / (ROOMY - BODY_RADIUS), 0.0, 1.0)
        starts, ends, lengths = [], [], []
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            near, far = _neighbouring(number, down, right)
            cost, other = _neighbouring(tightness, down, right)
            tied = (near >= 0) & (far >= 0)
            starts.append(near[tied])
            ends.append(far[tied])
            lengths.append(math.hypot(down, right) * self._mesh * (cost[tied] + other[tied]) / 2)
        ties = (np.concatenate(lengths), (np.concatenate(starts), np.concatenate(ends)))
        self._graph = coo_array(ties, shape=(len(rows), len(rows))).tocsr()
        self._graph = self._graph + self._graph.T
        self._known: dict[int, NDArray[np.int32]] = {}

    def _before(self, last: int, first: int, others: Floats, kept: Sequence[Point]) -> NDArray[np.int32]:
        """Of each node the next one on the way to `last`, and negative where there is none."""
        if not len(others):
            if last not in self._known:
                self._known[last] = dijkstra(self._graph, indices=last, return_predecessors=True)[1]
            return self._known[last]
        near = np.linalg.norm(self._nodes[:, None] - others, axis=2).min(axis=1) < KEEP_CLEAR
        for point in kept:  # who stands close to others gets away from there
            near &= np.linalg.norm(self._nodes - point, axis=1) > 2 * self._mesh
        near[[first, last]] = False
        left = np.flatnonzero(~near)
        renumbered = np.searchsorted(left, last)
        graph = self._graph[left][:, left]
        ahead = dijkstra(graph, indices=renumbered, return_predecessors=True)[1]
        before = np.full(len(near), -9999, dtype=np.int32)
        before[left] = np.where(ahead >= 0, left[np.maximum(ahead, 0)], ahead)
        return before

    def _pulled(self, path: list[Point], others: Floats) -> list[Point]:
        """The path pulled taut: only the corners that are needed."""
        points = np.array(path)
        corners, here = [], 0
        while here < len(points) - 1:
            ahead = points[here + 1 :]
            seen = self._straight(np.stack([np.broadcast_to(points[here], ahead.shape), ahead], axis=1), others)
            beyond = np.flatnonzero(seen)
            here += 1 + (int(beyond[-1]) if len(beyond) else 0)
            corners.append((float(points[here, 0]), float(points[here, 1])))
        return corners

    def _straight(self, lines: Floats, others: Floats) -> NDArray[np.bool_]:
        """Whether one can walk straight along lines, shape [N, 2, 2] (or one, [2, 2]), past bodies, shape [M, 2]."""
        lines = lines.reshape(-1, 2, 2)
        longest = float(np.max(np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)))
        along = np.linspace(0.0, 1.0, 2 + int(longest / CELL))[:, None, None]
        points = lines[:, 0] + along * (lines[:, 1] - lines[:, 0])
        clearance = self.clearance(points)
        ends = np.minimum(clearance[0], clearance[-1])
        straight: NDArray[np.bool_] = clearance.min(axis=0) >= np.minimum(BODY_RADIUS + CELL, ends)
        if len(others):
            nearest = np.linalg.norm(points[:, :, None] - others, axis=3).min(axis=2)
            ends = np.minimum(nearest[0], nearest[-1])
            straight &= nearest.min(axis=0) >= np.minimum(KEEP_CLEAR, ends)
        return straight

    def _node(self, point: Point, within: float) -> int | None:
        """The nearest node, where there is one near."""
        column, row = np.rint((np.array(point) - self._origin) / self._mesh).astype(int).tolist()
        reach = math.ceil(within / self._mesh)
        nodes = self._number[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
        nodes = nodes[nodes >= 0]
        if not len(nodes):
            return None
        return int(nodes[np.argmin(np.sum((self._nodes[nodes] - point) ** 2, axis=1))])

    def _quietest(self, store: Store) -> Doorway:
        """The place on the floor that is farthest from goods."""
        middles = np.array([_corners(fixture).mean(axis=0) for fixture in store.fixtures])
        from_goods = np.linalg.norm(self._nodes[:, None] - middles, axis=2).min(axis=1)
        x, y = self._nodes[int(np.argmax(from_goods))]
        dx, dy = middles[np.argmin(np.linalg.norm(middles - (x, y), axis=1))] - (x, y)
        length = math.hypot(dx, dy)
        return Doorway("", (float(x), float(y)), (float(dx / length), float(dy / length)), 0.0)

    def _cells(self, points: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        cells = ((points - self._origin) / CELL).astype(np.intp)
        np.maximum(cells, 0, out=cells)
        return np.minimum(cells[..., 1], self._shape[0] - 1), np.minimum(cells[..., 0], self._shape[1] - 1)


def _clearance(free: NDArray[np.bool_]) -> Floats:
    """Metres from each cell to the nearest edge of one that is not free, 0 where it is not free itself."""
    padded = np.pad(free, 1)
    distance: Floats = ndimage.distance_transform_edt(padded)[1:-1, 1:-1]
    return np.maximum(distance - 0.5, 0.0) * CELL


def _corners(fixture: Fixture) -> Floats:
    """The corners of a fixture's base, shape [4, 2]."""
    cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
    width, depth, _ = fixture.size
    own = np.array([[0.0, 0.0], [width, 0.0], [width, depth], [0.0, depth]])
    corners: Floats = own @ np.array([[cosine, sine], [-sine, cosine]]) + fixture.position[:2]
    return corners


def _below(fixture: Fixture, points: Floats) -> NDArray[np.bool_]:
    """Which points lie under a fixture."""
    cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
    x, y = np.moveaxis(points - fixture.position[:2], -1, 0)
    along, inwards = cosine * x + sine * y, cosine * y - sine * x
    width, depth, _ = fixture.size
    below: NDArray[np.bool_] = (along >= 0) & (along <= width) & (inwards >= 0) & (inwards <= depth)
    return below


def _before(doorway: Doorway, points: Floats) -> NDArray[np.bool_]:
    """Which points lie before a gate, on the way in."""
    x, y = np.moveaxis(points - doorway.middle, -1, 0)
    dx, dy = doorway.inward
    inwards, left = x * dx + y * dy, y * dx - x * dy
    before: NDArray[np.bool_] = (inwards < 0) & (inwards >= -BEFORE_GATE) & (np.abs(left) <= doorway.width / 2)
    return before


def _within(outline: Sequence[Point], points: Floats) -> NDArray[np.bool_]:
    """Which points lie inside a polygon, by the even-odd rule."""
    x, y = np.moveaxis(points, -1, 0)
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def _neighbouring(grid: NDArray[Any], down: int, right: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The cells of a grid, and for each the one so many rows down and columns to the right, where there is one."""
    rows, columns = grid.shape
    near = grid[: rows - down, max(-right, 0) : columns - max(right, 0)]
    return near, grid[down:, max(right, 0) : columns - max(-right, 0)]
