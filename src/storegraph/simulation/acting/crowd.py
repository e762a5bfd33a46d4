"""How people walk among each other: towards where they want to be, and never through one another.

Ten times a second everybody who may move chooses a velocity among some around the one that leads to the goal, by how
soon it would bring them into somebody's way (after van den Berg, Lin and Manocha, "Reciprocal Velocity Obstacles for
Real-Time Multi-Agent Navigation", ICRA 2008). In every frame the step is then checked: what would bring two middles
closer than they may be, or one into a wall, is not walked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..performance import FRAME_RATE
from .floor import BODY_RADIUS, Floor

Floats = NDArray[np.float64]
Point = tuple[float, float]

SPACING = 0.33
"""The least distance between the middles of two bodies, metres: two people who squeeze past each other sideways."""

COMFORT = 0.50
"""The distance that people keep when they pass, metres: shoulder to shoulder with a hand between."""

TOP_SPEED = 1.6
"""Metres a second: brisk walking, faster than 1.34 +- 0.26 (Weidmann, "Transporttechnik der Fussgänger", 1993)."""

ACCELERATION = 3.0
"""Metres a second squared: people reach their speed within half a second (relaxation time 0.5 s; Helbing and Molnár,
"Social force model for pedestrian dynamics", 1995)."""

TURNING = 4.5
"""Radians a second at most: a quarter turn in 0.4 s with its start and end."""

TURNING_UP = 40.0
"""Radians a second squared at most: the body's full rate of turn is reached in 0.1 s."""

FORESIGHT = 2.0
"""Seconds ahead for which people avoid each other."""

NOTICED = 3.0
"""People nearer than this are avoided, metres: both walking, they are a second away."""

ARRIVED = 0.02
"""Metres from the goal at which one is there."""

STEP_ASIDE = 0.5
"""Speed at which somebody who waits gives way, metres a second."""

EASY = BODY_RADIUS + 0.03
"""Who chooses where to walk keeps so far from walls and fixtures, metres; what is nearer to them costs."""

OFF_WALLS = 0.3
"""Speed with which somebody gets off a wall that they are too near to, metres a second."""

_DECIDING = 3
"""Frames between two decisions."""

_ANGLES = np.radians([0, 0, 0, 20, -20, 40, -40, 65, -65, 90, -90, 40, -40, 90, -90, 135, -135, 180])
_SPEEDS = np.array([1, 0.5, 0, 1, 1, 1, 1, 0.9, 0.9, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3])
_LEFTWARD = np.where(np.sin(_ANGLES) > 0.01, 0.08, 0.0)
"""People who meet pass on the right more often than on the left, so that both do not dodge to the same side."""


class Crowd:
    """Everybody on the floor.

    Attributes:
        place: Middles of the bodies, shape [N, 2], metres; of those not there far away.
        velocity: Metres a second, shape [N, 2].
        heading: Radians from the x axis, shape [N].
        walked: Metres walked so far, shape [N].
        through: 1 for who goes through a gate, to whom it is open, shape [N].
        pace: Metres a second, walking freely, shape [N].
        firm: Who does not give way, as their hands are busy, shape [N].
        caution: How much people mind that somebody comes in their way: 1 does, less presses on, shape [N].
        spacing: The least distance between each two, metres, shape [N, N].
    """

    def __init__(self, floor: Floor, paces: Sequence[float]) -> None:
        count = len(paces)
        self._floor = floor
        self._frame = 0
        self.pace = np.minimum(np.array(paces, dtype=np.float64), TOP_SPEED)
        self.place = np.stack([1e6 * np.arange(1, count + 1), np.full(count, 1e6)], axis=1)
        self.velocity = np.zeros((count, 2))
        self.heading = np.zeros(count)
        self.walked = np.zeros(count)
        self.through = np.zeros(count, dtype=np.intp)
        self.firm = np.zeros(count, dtype=bool)
        self.caution = np.ones(count)
        self.spacing = np.full((count, count), SPACING)
        np.fill_diagonal(self.spacing, 0.0)
        self._present = np.zeros(count, dtype=bool)
        self._here = np.flatnonzero(self._present)
        self._room = 0.0
        self._wanted = np.zeros((count, 2))
        self._turning = np.zeros(count)
        self._looking: list[float | None] = [None] * count
        self._routes: list[list[Point]] = [[] for _ in range(count)]

    def enter(self, who: int, place: Point, heading: float, speed: float) -> None:
        """Somebody appears, walking."""
        self._present[who] = True
        self._here = np.flatnonzero(self._present)
        self._room = 0.0
        self.place[who] = place
        self.heading[who] = heading
        self.velocity[who] = speed * math.cos(heading), speed * math.sin(heading)

    def leave(self, who: int) -> None:
        """Somebody is gone."""
        self.stop(who)
        self._present[who] = False
        self._here = np.flatnonzero(self._present)
        self.place[who] = 1e6 * (who + 1), 1e6
        self.velocity[who] = 0.0

    def walk(self, who: int, route: Sequence[Point]) -> None:
        """Somebody sets out along the corners of a route."""
        self._routes[who] = list(route)
        self._looking[who] = None
        self.firm[who] = False

    def stop(self, who: int) -> None:
        """Somebody stands still where they are."""
        self._routes[who] = []

    def look(self, who: int, heading: float | None) -> None:
        """Somebody who stands turns to a heading, or to where they are pushed."""
        self._looking[who] = heading

    @property
    def count(self) -> int:
        """How many people are on the floor."""
        return len(self._here)

    def is_present(self, who: int) -> bool:
        """Whether somebody is on the floor."""
        return bool(self._present[who])

    def is_free(self, point: Point, distance: float, but: int) -> bool:
        """Whether nobody but one is within a distance of a point."""
        apart = np.hypot(*(self.place - point).T)
        apart[but] = math.inf
        return bool(apart.min() >= distance)

    def standing(self, but: int) -> list[Point]:
        """Middles of the bodies of everybody, but one, who is not on the way."""
        there = [who for who in self._here if who != but and not self._routes[who]]
        return [(float(self.place[who, 0]), float(self.place[who, 1])) for who in there]

    def to_go(self, who: int) -> float:
        """Metres that somebody has before them along the route; 0 where there is none."""
        length, (x, y) = 0.0, self.place[who]
        for corner in self._routes[who]:
            length += math.hypot(corner[0] - x, corner[1] - y)
            x, y = corner
        return float(length)

    def is_turned(self, who: int) -> bool:
        """Whether somebody stands still and has turned to where they look."""
        looking = self._looking[who]
        turned = looking is None or abs(_turn(float(self.heading[who]), looking)) < 0.1
        return turned and bool(np.abs(self.velocity[who]).max() < 0.05)

    def seen(self) -> Floats:
        """Place (x, y), heading and metres walked of everybody, shape [N, 4]; NaN of who is not there."""
        state = np.empty((len(self.place), 4))
        state[:, :2], state[:, 2], state[:, 3] = self.place, self.heading, self.walked
        state[~self._present] = np.nan
        return state

    def advance(self) -> None:
        """Everybody moves on by one frame."""
        if self._frame % _DECIDING == 0:
            self._decide()
        self._frame += 1
        change = self._wanted - self.velocity
        size = np.hypot(change[:, 0], change[:, 1])
        most = ACCELERATION / FRAME_RATE
        self.velocity += change * (most / np.maximum(size, most))[:, None]
        if self.velocity.any():
            self._move()
        self._turn_all()

    def _decide(self) -> None:
        """Chooses the velocity that everybody wants."""
        preferred = np.zeros_like(self.velocity)
        walking = [who for who, route in enumerate(self._routes) if route]
        self._wanted[:] = 0.0
        for who in walking:
            preferred[who] = self._preferred(who)
        here = self._here
        if not walking:
            return
        if len(here) == 1:
            self._wanted[here] = preferred[here]
            return
        self._wanted[walking] = preferred[walking]
        x, y = self.place[here].T
        apart = np.hypot(x[:, None] - x, y[:, None] - y)
        np.fill_diagonal(apart, math.inf)
        nearest = apart.min(axis=1)
        self._room = float(nearest.min()) - SPACING
        choosing = here[(nearest < NOTICED) & ~self.firm[here]]
        if len(choosing):
            self._wanted[choosing] = self._chosen(choosing, here, preferred)

    def _preferred(self, who: int) -> Point:
        """Straight to the next corner; slower before the goal and while turning."""
        route = self._routes[who]
        x, y = self.place[who]
        while len(route) > 1 and math.hypot(route[0][0] - x, route[0][1] - y) < 0.25:
            route.pop(0)
        dx, dy = route[0][0] - x, route[0][1] - y
        distance = math.hypot(dx, dy)
        if len(route) == 1 and distance < ARRIVED:
            route.clear()
            return 0.0, 0.0
        speed = self.pace[who]
        if len(route) == 1:
            speed = min(speed, 0.06 + 1.8 * distance)
        ahead = math.cos(math.atan2(dy, dx) - self.heading[who])
        if distance > 0.3:
            speed *= max(0.35, ahead)
        return speed * dx / distance, speed * dy / distance

    def _chosen(self, who: NDArray[np.intp], here: NDArray[np.intp], preferred: Floats) -> Floats:
        """The best of the velocities around the preferred one, for each of `who`, shape [W, 2]."""
        own, place = preferred[who], self.place[who]
        speed = np.hypot(own[:, 0], own[:, 1])
        idle = speed < 1e-6
        angle = np.where(idle, self.heading[who], np.arctan2(own[:, 1], own[:, 0]))[:, None] + _ANGLES
        speeds = np.where(idle, STEP_ASIDE, np.maximum(speed, 0.25))[:, None] * _SPEEDS
        candidates = np.stack([speeds * np.cos(angle), speeds * np.sin(angle)], axis=2)
        candidates[:, 0] = own

        apart = self.place[here] - place[:, None]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        itself = who[:, None] == here
        least = self.spacing[np.ix_(who, here)]
        goal = np.array([self._routes[one][-1] if self._routes[one] else self.place[one] for one in who])
        beyond = np.hypot(*np.moveaxis(self.place[here] - goal[:, None], 2, 0))
        keep = np.minimum(COMFORT, np.minimum(distance, beyond) - 0.01)  # who stand close to a goal do not keep off it
        keep = np.maximum(keep, np.minimum(least, distance - 0.01))
        theirs = (self.velocity[here] + preferred[here]) / 2
        closing = candidates[:, :, None] - theirs
        along = closing[..., 0] * apart[:, None, :, 0] + closing[..., 1] * apart[:, None, :, 1]
        square = closing[..., 0] ** 2 + closing[..., 1] ** 2 + 1e-9
        inside = along**2 - square * (distance**2 - keep**2)[:, None]
        meets = (along > 0) & (inside > 0) & ~itself[:, None]
        until = np.where(meets, (along - np.sqrt(np.maximum(inside, 0.0))) / square, FORESIGHT)
        to_goal = np.hypot(*np.moveaxis(goal - place, 1, 0))[:, None]
        arrives = np.where(idle[:, None], FORESIGHT, to_goal / np.maximum(speeds, 1e-3))
        until = np.where(until > arrives[:, :, None], FORESIGHT, until)  # what comes after does not matter
        danger = (1.0 - np.maximum(until.min(axis=2), 0.0) / FORESIGHT) ** 2

        through = self.through[who][:, None]
        clearance = np.minimum(
            self._floor.clearance(place[:, None] + 0.15 * candidates, through),
            self._floor.clearance(place[:, None] + 0.4 * candidates, through),
        )
        into_wall = np.minimum(np.maximum((EASY - clearance) / 0.05, 0.0), 2.0)
        off = np.hypot(*np.moveaxis(candidates - own[:, None], 2, 0))
        cost = off + 4.0 * self.caution[who][:, None] * danger + into_wall + _LEFTWARD
        chosen: Floats = candidates[np.arange(len(who)), np.argmin(cost, axis=1)]
        return chosen

    def _move(self) -> None:
        """Takes the step, as far as it leads into nobody and nothing."""
        here = self._here
        before, velocity = self.place[here], self.velocity[here]
        after = before + velocity / FRAME_RATE
        through = self.through[here]
        tight = np.flatnonzero(self._floor.clearance(after, through) < BODY_RADIUS)
        if len(tight):
            after[tight] = self._along_walls(before[tight], after[tight], through[tight])
        if len(here) > 1 and self._room < 2 * _DECIDING * TOP_SPEED / FRAME_RATE:
            after = self._past_others(here, before, after)
        step = after - before
        self.place[here] = after
        self.velocity[here] = step * FRAME_RATE
        self.walked[here] += np.hypot(step[:, 0], step[:, 1])

    def _along_walls(self, before: Floats, after: Floats, through: NDArray[np.intp]) -> Floats:
        """Steps that lead too near to a wall lead along it instead, or are not taken."""
        away = self._floor.away(before, through)
        away /= np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
        into = np.minimum(np.sum((after - before) * away, axis=1), 0.0)
        there = self._floor.finely(before, through)
        free = self._floor.finely(after, through) >= BODY_RADIUS
        aside = after + (np.clip(BODY_RADIUS - there, 0.0, OFF_WALLS / FRAME_RATE) - into)[:, None] * away
        allowed = self._floor.finely(aside, through) >= np.minimum(there, BODY_RADIUS)
        return np.where(free[:, None], after, np.where(allowed[:, None], aside, before))

    def _past_others(self, here: NDArray[np.intp], before: Floats, after: Floats) -> Floats:
        """Steps that lead into somebody lead past instead, or are not taken."""
        apart = before[None] - before[:, None]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        least = np.minimum(self.spacing[np.ix_(here, here)], distance)  # who stand too near may part, not get nearer
        near = _too_near(after, least)
        if not near.any():
            return after
        toward = apart / np.maximum(distance, 1e-9)[..., None]
        step = after - before
        for first, second in zip(*np.nonzero(near), strict=True):
            into = max(0.0, float(step[first] @ toward[first, second]))
            step[first] -= into * toward[first, second]
        after = before + step
        through = self.through[here]
        least_room = np.minimum(self._floor.finely(before, through), BODY_RADIUS)
        walls = self._floor.finely(after, through) < least_room
        after[walls] = before[walls]
        moves = np.ones(len(here), dtype=bool)
        while (near := _too_near(after, least)).any():  # ends, as in the end nobody moves
            stops = near.any(axis=1) & moves
            after[stops] = before[stops]
            moves &= ~stops
        return after

    def _turn_all(self) -> None:
        """Bodies turn to where they walk, or to what they look at."""
        velocity, heading, turning = self.velocity.tolist(), self.heading.tolist(), self._turning.tolist()
        most = TURNING_UP / FRAME_RATE
        for who in self._here.tolist():
            (vx, vy), looking, goal = velocity[who], self._looking[who], heading[who]
            if self._routes[who] and math.hypot(vx, vy) > 0.15:
                goal = math.atan2(vy, vx)
            elif looking is not None:
                goal = looking
            rate = min(max(6.0 * _turn(heading[who], goal), -TURNING), TURNING)
            turning[who] += min(max(rate - turning[who], -most), most)
            heading[who] += turning[who] / FRAME_RATE
        self.heading[:], self._turning[:] = heading, turning


def _too_near(place: Floats, least: Floats) -> NDArray[np.bool_]:
    """Which pairs are nearer to each other than they may be, but for rounding."""
    x, y = place[:, 0], place[:, 1]
    near: NDArray[np.bool_] = np.hypot(x[:, None] - x, y[:, None] - y) < least - 1e-9
    return near


def _turn(heading: float, goal: float) -> float:
    """The shorter way round from one heading to another, radians."""
    return (goal - heading + math.pi) % math.tau - math.pi
