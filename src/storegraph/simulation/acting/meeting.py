"""Steps of two people: hand over, stand pressed together, swap places."""

from __future__ import annotations

import math

import numpy as np

from ..performance import FRAME_RATE, Change, Transfer
from ..posture.posture import reach_of
from ..script import HandOver, Meet, Receive, SwapPlaces
from .crowd import EASY, SPACING
from .player import Player
from .walker import CROWDED, POLL, Doing

Point = tuple[float, float]

HANDS_HEIGHT = 0.6
"""Goods are handed over at this part of the smaller one's stature: before the chest."""

ARMS = 0.8
"""The two stand so far apart that each stretches out this part of what they can."""

PRESSED = 0.30
"""Distance between the middles of two people who stand pressed against each other, metres."""

PRESSED_LEAST = 0.285
"""They come no closer than this, metres."""

PASSING = 0.1
"""Seconds between the two hands' meeting and their parting."""


def receive(player: Player, step: Receive) -> Doing:
    """Waits until somebody has handed something over; that one leads."""
    yield from player.begin(step)
    yield from player.walker.wait_back()
    player.expects = step.giver
    while player.expects:
        yield player.scene.now + POLL


def hand_over(player: Player, other: Player, step: HandOver) -> Doing:
    """Goes to somebody who waits and gives them goods, hand to hand."""
    scene, crowd = player.scene, player.scene.crowd
    yield from player.begin(step)
    while other.expects != player.role.name:
        yield scene.now + POLL
    height = HANDS_HEIGHT * min(player.role.body.stature, other.role.body.stature)
    arms = [ARMS * reach_of(one.role.body, height) for one in (player, other)]
    crowd.firm[other.who] = True
    yield from _go_beside(player, other, max(sum(arms), CROWDED))
    yield from other.walker.turn_to(player.walker.place)
    share = arms[0] / sum(arms)
    (x, y), (to_x, to_y) = player.walker.place, other.walker.place
    point = (x + share * (to_x - x), y + share * (to_y - y), height)
    lead = max(player.time_to(point), other.time_to(point))
    giving = player.reach("right", [point], scene.now, lead, PASSING)
    taking = other.reach("right", [point], scene.now, lead, PASSING)
    items = player.carries(step.gtin, step.count)
    for item in items:
        scene.transfers.append(
            Transfer(giving.departs, Change.HANDED_OVER, item, player.role.name, other.role.name, point)
        )
    if items:
        player.hold("right", scene.now, giving.departs)
        other.hold("right", taking.departs)
    yield giving.departs
    player.carried = [item for item in player.carried if item not in items]
    other.carried += items
    yield max(giving.back, taking.back)
    crowd.firm[other.who] = False
    other.expects = ""


def meet(player: Player, other: Player, step: Meet) -> Doing:
    """Who is there first waits; the other comes and stands pressed against them."""
    scene, crowd = player.scene, player.scene.crowd
    names = sorted((player.role.name, other.role.name))
    yield from player.begin(step)
    comes = scene.ready(f"meet {names}", player.role.name, 0.0, names) is not None
    crowd.firm[player.who] = not comes
    yield from player.together(f"meet {names}", names)
    pair = player.who, other.who
    crowd.spacing[pair] = crowd.spacing[pair[::-1]] = PRESSED_LEAST
    if comes:
        yield from _go_beside(player, other, PRESSED)
    crowd.firm[player.who] = True
    began = yield from player.together(f"pressed {names}", names)
    yield began + step.seconds
    yield from player.together(f"parting {names}", names)
    crowd.spacing[pair] = crowd.spacing[pair[::-1]] = SPACING


def swap_places(player: Player, other: Player, step: SwapPlaces) -> Doing:
    """Both walk to where the other stood."""
    names = sorted((player.role.name, other.role.name))
    yield from player.begin(step)
    yield from player.together(f"swap {names}", names)
    goal = other.walker.place
    yield player.scene.now + 1 / FRAME_RATE  # the other has seen where this one stands, too
    yield from player.walker.go_to(goal)
    yield from player.together(f"swapped {names}", names)


def _go_beside(player: Player, other: Player, apart: float) -> Doing:
    """Goes where there is room beside somebody, so far from them, and turns to them.

    To places nearer to a wall than people walk by themselves they go only where there is no other.
    """
    x, y = other.walker.place
    own_x, own_y = player.walker.place
    towards = math.atan2(own_y - y, own_x - x)
    angles = sorted(np.linspace(-math.pi, math.pi, 24, endpoint=False).tolist(), key=abs)
    around = [(x + apart * math.cos(towards + angle), y + apart * math.sin(towards + angle)) for angle in angles]
    floor = player.scene.floor
    free = [point for point in around if floor.is_free(point)]
    free.sort(key=lambda point: bool(floor.clearance(np.array(point)) < EASY))
    yield from player.walker.take_place(free, (x, y))
