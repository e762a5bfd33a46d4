"""Somebody gets to places: through the gate, to goods, to others, and out again.

What takes time is a generator. It yields the moment at which it wants to go on, seconds since the beginning, and gives
its result when it has come to its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence

import numpy as np

from storegraph.observations import Passage

from ..performance import FRAME_RATE
from ..script import Role
from .crowd import ARRIVED
from .doorways import OUTSIDE, Doorway
from .scene import Scene

Point = tuple[float, float]
Doing = Generator[float, None, None]

BESIDE_OTHERS = 0.45
"""People who stand before goods side by side keep so far apart, metres: a shoulder breadth."""

CROWDED = 0.36
"""And so far where there is no other place, metres: pressed together."""

PATIENCE = 1.2
"""Seconds without getting nearer after which somebody looks for another way."""

GIVING_UP = 5.0
"""Seconds on the way, without having come nearer, after which somebody looks for another place."""

CLAIMING = 1.2
"""Nobody takes a place before goods that somebody else is so near to, on the way there, metres."""

HURRY = 15.0
"""Seconds after which somebody who waits for room, before goods or inside of a gate, takes what is not comfortable."""

APPEARING = 0.6
"""Nobody may be nearer than so far to where somebody appears, metres."""

PRESSING = 0.1
"""Caution of somebody who has not got nearer for `PATIENCE`, until they are there, as a share of the usual: people who
all wait for each other would wait for ever."""

FULL = 1.2
"""People for each square metre of floor from which nobody more comes in: above that a queue begins to be jammed (Fruin,
"Designing for pedestrians", 1970, level of service D for queues)."""

INSIDE = 0.45
"""So far inside of a gate's line it is left for others, metres: twice the radius of a body."""

WELL_INSIDE = 1.3
"""Who has come in and waits there does so at least so far inside of a gate's line, metres."""

FOLLOWING = 0.5
"""Who walks in behind somebody keeps so far behind, metres."""

WAITING_ROOM = 0.75
"""Who waits for a place before goods stands so far from shelves, where there is room, metres: others fit between."""

POLL = 0.1
"""Seconds between two looks at whether others are ready."""


class Walker:
    """Somebody, as far as they walk.

    Attributes:
        who: Their number in the crowd.
    """

    def __init__(self, scene: Scene, who: int, role: Role, generator: np.random.Generator) -> None:
        self._scene = scene
        self._crowd = scene.crowd
        self._floor = scene.floor
        self._role = role
        self._generator = generator
        self.who = who

    @property
    def place(self) -> Point:
        """Where they are."""
        x, y = self._crowd.place[self.who]
        return float(x), float(y)

    def distance(self, point: Sequence[float]) -> float:
        """From a point on the floor, metres."""
        x, y = self.place
        return math.hypot(point[0] - x, point[1] - y)

    def enter(self) -> Doing:
        """Comes in."""
        scene, crowd, who, role = self._scene, self._crowd, self.who, self._role
        doorway, gateway = self._floor.doorways[role.entrance], scene.gateways[role.entrance]
        yield role.enters - OUTSIDE / crowd.pace[who]
        spot = doorway.at(-OUTSIDE, -doorway.lane) if doorway.gate else doorway.middle
        inside, asked = doorway.at(2 * INSIDE, -doorway.lane), scene.now
        if role.follows:
            yield from self._fall_in(doorway)
        else:
            while not (
                gateway.admits_in(who)
                and crowd.is_free(spot, APPEARING, who)
                and (crowd.is_free(inside, APPEARING, who) or scene.now - asked > HURRY)
                and crowd.count < FULL * self._floor.area
            ):
                yield scene.now + 1 / FRAME_RATE
        gateway.begin(who, Passage.ENTRY)
        crowd.through[who] = 1
        crowd.enter(who, spot, doorway.heading, float(crowd.pace[who]))
        if doorway.gate:
            yield from self.go([inside], until=lambda: doorway.depth(*self.place) > INSIDE)
        crowd.through[who] = 0
        gateway.end(who)

    def step_in(self) -> Doing:
        """Makes room for others in the entrance."""
        doorway = self._floor.doorways[self._role.entrance]
        yield from self.go_to(self._floor.nearest(doorway.at(WELL_INSIDE, -2 * doorway.lane)), near=0.3)

    def leave(self) -> Doing:
        """Goes out."""
        scene, crowd, who, role = self._scene, self._crowd, self.who, self._role
        doorway, gateway = self._floor.doorways[role.exit], scene.gateways[role.exit]
        if not doorway.gate:
            yield from self.go_to(doorway.middle, near=0.3)
            crowd.leave(who)
            return
        waiting = self._floor.nearest(doorway.at(2 * INSIDE, doorway.lane))
        while not (yield from self.go_to(waiting, near=0.5)):
            pass
        while not gateway.admits_out(who, self.distance(doorway.at(0.0, doorway.lane))):
            yield scene.now + 1 / FRAME_RATE
        gateway.begin(who, Passage.EXIT)
        crowd.through[who] = 1
        way_out = [doorway.at(depth, doorway.lane) for depth in (INSIDE, 0.0, -OUTSIDE - 0.3)]
        yield from self.go(way_out, until=lambda: doorway.depth(*self.place) < -OUTSIDE)
        crowd.leave(who)
        gateway.end(who)

    def go_to(self, goal: Point, near: float = 0.0) -> Generator[float, None, bool]:
        """Walks to a place; tells whether they got there, or within `near` metres of it."""
        route = self._floor.route(self.place, goal) or [goal]
        return (yield from self.go(route, until=(lambda: self.distance(goal) < near) if near else None))

    def go(
        self, route: Sequence[Point], *, until: Callable[[], bool] | None = None, claiming: bool = False
    ) -> Generator[float, None, bool]:
        """Walks along a route.

        Args:
            route: Its corners.
            until: Whether they are far enough on the way.
            claiming: Whether nobody else may take the place at its end meanwhile.

        Returns:
            Whether they got there.
        """
        scene, crowd, who = self._scene, self._crowd, self.who
        scene.claimed.pop(who, None)
        if claiming:
            scene.claimed[who] = route[-1]
        crowd.walk(who, route)
        crowd.caution[who] = 1.0
        nearest, since, began = math.inf, scene.now, scene.now
        while crowd.to_go(who) > 0.0:
            yield scene.now + (1 / FRAME_RATE if until else POLL)
            if until and until():
                break
            to_go = crowd.to_go(who)
            if to_go < nearest - 0.1:
                nearest, since, began = to_go, scene.now, scene.now
            elif scene.now - began > GIVING_UP and not crowd.through[who]:
                crowd.stop(who)
                return False
            elif scene.now - since > PATIENCE:
                yield from self._find_another_way(route)
                nearest, since = nearest + 0.1, scene.now
        crowd.stop(who)
        return True

    def take_place(self, places: Sequence[Point], looking_at: Sequence[float]) -> Doing:
        """Goes to one of some places, or waits for one, and turns to a point.

        Args:
            places: The best first.
            looking_at: The point, x, y.
        """
        scene, who = self._scene, self.who
        began, refused = scene.now, set[Point]()
        while True:
            apart = BESIDE_OTHERS if scene.now - began < HURRY else CROWDED
            choice = next((place for place in places if place not in refused and self._is_free(place, apart)), None)
            if choice is None:
                refused.clear()
                yield from self.wait_back()
                continue
            if self.distance(choice) > CLAIMING:
                yield from self.go_to(choice, near=CLAIMING)
                continue
            if self.distance(choice) > 2 * ARRIVED:
                route = self._floor.route(self.place, choice, self._in_the_way(choice)) or [choice]
                if not (yield from self.go(route, claiming=True)):
                    refused.add(choice)
                    continue
            scene.claimed[who] = choice
            yield from self.stay(looking_at)
            return

    def stay(self, looking_at: Sequence[float]) -> Doing:
        """Gives way to nobody, and turns to a point."""
        self._crowd.firm[self.who] = True
        yield from self.turn_to(looking_at)

    def turn_to(self, point: Sequence[float]) -> Doing:
        """Stands still and turns to a point."""
        x, y = self.place
        self._crowd.look(self.who, math.atan2(point[1] - y, point[0] - x))
        while not self._crowd.is_turned(self.who):
            yield self._scene.now + 1 / FRAME_RATE

    def _fall_in(self, doorway: Doorway) -> Doing:
        """Waits until the one whom they follow has a lead of a step."""
        scene, crowd = self._scene, self._crowd
        names = [role.name for role in scene.script.roles]
        leader = names.index(self._role.follows)
        while not crowd.is_present(leader) or doorway.depth(*crowd.place[leader]) < FOLLOWING - OUTSIDE:
            yield scene.now + 1 / FRAME_RATE
        crowd.pace[self.who] = crowd.pace[leader]

    def wait_back(self) -> Doing:
        """Waits for a moment away from the shelves, so that others can get to them."""
        scene, who = self._scene, self.who
        scene.claimed.pop(who, None)
        if self._floor.clearance(np.array(self.place)) < WAITING_ROOM:
            spots = self._floor.roomy(WAITING_ROOM)
            others = np.array([*self._crowd.standing(who), *scene.claimed.values()]).reshape(-1, 1, 2)
            cost = np.hypot(*(spots - self.place).T)
            if len(others):
                cost += 2.0 * np.maximum(0.0, 0.7 - np.linalg.norm(spots - others, axis=2).min(axis=0))
            spot = spots[int(np.argmin(cost))]
            yield from self.go_to((float(spot[0]), float(spot[1])), near=0.2)
        yield scene.now + 0.5

    def _is_free(self, place: Point, apart: float) -> bool:
        """Whether nobody stands or is about to stand near a place."""
        claimed = (point for who, point in self._scene.claimed.items() if who != self.who)
        return all(math.hypot(place[0] - x, place[1] - y) >= apart for x, y in claimed)

    def _in_the_way(self, goal: Point) -> list[Point]:
        """Middles of the bodies of those who stand, but for those so near to the goal that they stand beside it."""
        return [
            (x, y)
            for x, y in self._crowd.standing(self.who)
            if math.hypot(goal[0] - x, goal[1] - y) > CROWDED and self.distance((x, y)) < 6.0
        ]

    def _find_another_way(self, route: Sequence[Point]) -> Doing:
        """Goes round who stands in the way, or first a step aside where there is no way round."""
        crowd, who, goal = self._crowd, self.who, route[-1]
        crowd.caution[who] = PRESSING
        if crowd.through[who]:
            left = self.distance(goal) + 0.3  # a corner a little back leads round the post of a gate
            crowd.walk(who, [corner for corner in route if math.dist(corner, goal) < left] or [goal])
            return
        way = self._floor.route(self.place, goal, self._in_the_way(goal))
        if way is None or self._generator.random() < 0.3:
            aside = self._generator.uniform(-0.8, 0.8, 2)
            x, y = self.place
            detour = self._floor.nearest((x + aside[0], y + aside[1]))
            crowd.walk(who, [detour])
            yield self._scene.now + 1.0
            way = self._floor.route(self.place, goal)
        crowd.walk(who, way or [goal])
