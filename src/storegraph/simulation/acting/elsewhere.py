"""Steps away from shelves: goods on the floor, goods eaten, the kiosk."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..errors import SimulationError
from ..performance import Change, KioskEntry, Transfer
from ..posture.posture import stand_off
from ..script import Consume, Drop, PickUp, VisitKiosk
from .player import Player
from .walker import POLL, Doing

Point = tuple[float, float]

FLOOR_HEIGHT = 0.10
"""Of the wrist when a hand lays something on the floor, metres: the length of the closed hand."""

LAYING = 0.3
"""Seconds that the hand stays there."""

MOUTH = (0.12, 0.86)
"""Where the wrist is when the hand is at the mouth: metres before the middle of the body, and part of the stature."""

KIOSK_HEIGHT = 1.05
"""Of a kiosk's keys, metres: at the elbows of an adult; lower for who is small."""

TYPING = (3.0, 6.0)
"""Seconds to write an e-mail address."""


def drop(player: Player, step: Drop) -> Doing:
    """Lays goods on the floor before the feet."""
    scene, name = player.scene, player.role.name
    yield from player.begin(step)
    items = player.carries(step.gtin, step.count)
    if not items:
        return
    scene.crowd.firm[player.who] = True
    x, y = player.walker.place
    away = stand_off(player.role.body, FLOOR_HEIGHT)
    heading = float(scene.crowd.heading[player.who])
    angles = sorted(np.linspace(-math.pi, math.pi, 16, endpoint=False).tolist(), key=abs)
    around = [(x + away * math.cos(heading + angle), y + away * math.sin(heading + angle)) for angle in angles]
    spot = next((point for point in around if scene.floor.is_free(point)), around[0])
    yield from player.walker.turn_to(spot)
    point = (*spot, FLOOR_HEIGHT)
    player.hold("right", scene.now, math.inf)
    reach = player.reach("right", [point], scene.now, player.time_to(point), LAYING)
    for item in items:
        scene.transfers.append(Transfer(reach.departs, Change.DROPPED, item, name, "", point))
    yield reach.departs
    player.carried = [item for item in player.carried if item not in items]
    scene.lying += [(item, spot) for item in items]
    yield reach.back


def pick_up(player: Player, step: PickUp) -> Doing:
    """Takes goods from the floor, as soon as they lie there."""
    scene, name = player.scene, player.role.name
    yield from player.begin(step)
    while len(found := [lies for lies in scene.lying if lies[0].gtin == step.gtin][: step.count]) < step.count:
        yield scene.now + POLL
    scene.lying = [lies for lies in scene.lying if lies not in found]
    spot = found[0][1]
    yield from player.walker.take_place(_around(player, spot, FLOOR_HEIGHT), spot)
    point = (*spot, FLOOR_HEIGHT)
    reach = player.reach("right", [point], scene.now, player.time_to(point), LAYING)
    for item, _ in found:
        scene.transfers.append(Transfer(reach.departs, Change.PICKED_UP, item, "", name, point))
    yield reach.departs
    player.carried += [item for item, _ in found]
    player.hold("right", reach.departs)
    yield reach.back


def consume(player: Player, step: Consume) -> Doing:
    """Eats or drinks an item; what is left of it is lighter."""
    scene, name = player.scene, player.role.name
    yield from player.begin(step)
    items = player.carries(step.gtin, 1)
    if not items:
        return
    scene.crowd.firm[player.who] = True
    (x, y), heading = player.walker.place, float(scene.crowd.heading[player.who])
    before, height = MOUTH[0], MOUTH[1] * player.role.body.stature
    point = (x + before * math.cos(heading), y + before * math.sin(heading), height)
    reach = player.reach("right", [point], scene.now, player.time_to(point), step.seconds)
    left = replace(items[0], weight=items[0].weight * step.wrapper)
    scene.transfers.append(Transfer(reach.departs, Change.CONSUMED, left, name, name, point))
    yield reach.departs
    player.carried[player.carried.index(items[0])] = left
    player.hold("right", reach.departs)
    yield reach.back


def visit_kiosk(player: Player, step: VisitKiosk) -> Doing:
    """Writes an e-mail address at the kiosk."""
    scene = player.scene
    if scene.store.kiosk is None:
        raise SimulationError(f"{player.role.name} is to visit the kiosk; store {scene.store.id} has none")
    spot = scene.store.kiosk.position
    height = min(KIOSK_HEIGHT, 0.7 * player.role.body.stature)
    places = _around(player, spot, height)
    if not places:
        places = [scene.floor.nearest(spot)]
    yield from player.walker.take_place(places, spot)
    yield from player.begin(step)
    point = (*spot, height)
    typing = float(player.generator.uniform(*TYPING))
    reach = player.reach("right", [point], scene.now, player.time_to(point), typing)
    scene.kiosk.append(KioskEntry(reach.departs, player.role.name, step.email))
    yield reach.back


def _around(player: Player, spot: Point, height: float) -> list[Point]:
    """Places around a point from which a hand gets to it, the nearest first."""
    away = stand_off(player.role.body, height)
    angles = np.linspace(0.0, math.tau, 16, endpoint=False)
    around = [(spot[0] + away * math.cos(angle), spot[1] + away * math.sin(angle)) for angle in angles.tolist()]
    free = [point for point in around if player.scene.floor.is_free(point)]
    return sorted(free, key=player.walker.distance)
