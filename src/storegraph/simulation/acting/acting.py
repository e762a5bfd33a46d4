"""Acts a script out: who is where, and what moves, at every moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Passage
from storegraph.store.model import Store

from ..errors import SimulationError
from ..performance import FRAME_RATE, Actor, Crossing, Performance
from ..posture.posture import Motion, footfalls_of, joints_of
from ..script import (
    AnyStep,
    Consume,
    Drop,
    Hand,
    HandOver,
    Look,
    Meet,
    PickUp,
    PutBack,
    Receive,
    Restock,
    Script,
    SwapPlaces,
    Take,
    Touch,
    VisitKiosk,
    Wait,
    Walk,
)
from .doorways import Doorway
from .elsewhere import consume, drop, pick_up, visit_kiosk
from .floor import Floor
from .hands import carrying_of, wrists_of
from .meeting import hand_over, meet, receive, swap_places
from .player import Player
from .scene import Scene
from .shelving import look, put_back, restock, take, touch
from .walker import Doing

Floats = NDArray[np.float64]

STALLED = 120.0
"""Seconds in which nobody gets on with anything, after which a script cannot be acted."""

GOING = Look | Walk | Take | Touch | Restock | VisitKiosk
"""Steps that begin with walking somewhere."""

HANDS: tuple[Hand, Hand] = ("left", "right")


def act(script: Script, store: Store) -> Performance:
    """Acts a script out in a store.

    Args:
        script: What is to happen.
        store: The store it was cast for.

    Returns:
        What happens: the same for the same script and store.

    Raises:
        SimulationError: Somebody cannot get to where they are to be, or waits for somebody who never comes.
    """
    scene = Scene(store, script, _floor_of(store))
    players = [Player(scene, who, role) for who, role in enumerate(script.roles)]
    standing = scene.stock.standing
    track = _play(scene, players)
    actors = tuple(_actor(player, track) for player in players)
    crossings = [
        crossing
        for player in players
        for crossing in _crossings(player, track[:, player.who, :2], scene.floor.doorways)
    ]
    return Performance(
        store=store,
        script=script,
        frames=len(track) + math.ceil(script.linger * FRAME_RATE),
        actors=actors,
        standing=standing,
        movements=tuple(sorted(scene.movements, key=lambda movement: (movement.begin, movement.actor))),
        pushes=tuple(sorted(scene.pushes, key=lambda push: (push.begin, push.actor))),
        transfers=tuple(sorted(scene.transfers, key=lambda transfer: (transfer.time, transfer.item.item_id))),
        crossings=tuple(sorted(crossings, key=lambda crossing: (crossing.time, crossing.actor))),
        kiosk=tuple(sorted(scene.kiosk, key=lambda entry: (entry.time, entry.actor))),
    )


def _play(scene: Scene, players: Sequence[Player]) -> Floats:
    """Lets everybody play to the end.

    Returns:
        Place (x, y), heading and metres walked of everybody in every frame, shape [F, N, 4]; NaN of who is not there.
    """
    cast = {player.role.name: player for player in players}
    playing = {player.who: _visit(player, cast) for player in players}
    wakes = dict.fromkeys(playing, 0.0)
    frames: list[Floats] = []
    got_on, doing = 0.0, [player.doing for player in players]
    while playing:
        now = scene.now
        for who in list(playing):
            while wakes[who] <= now + 1e-9:
                try:
                    wakes[who] = next(playing[who])
                except StopIteration:
                    del playing[who]
                    break
                if wakes[who] <= now + 1e-9:
                    wakes[who] = now + 0.5 / FRAME_RATE
        scene.crowd.advance()
        frames.append(scene.crowd.seen())
        scene.frame += 1
        if doing != (doing := [player.doing for player in players]) or min(wakes.values()) > now + 0.2:
            got_on = now
        if now - got_on > STALLED:
            waiting = ", ".join(f"{player.role.name} is {player.doing}" for player in players if player.who in playing)
            raise SimulationError(
                f"scenario {scene.script.scenario}: nobody gets on any more at {now:.0f} s: {waiting}"
            )
    return np.stack(frames)


def _visit(player: Player, cast: dict[str, Player]) -> Doing:
    """A visit from the gate to the gate."""
    steps = () if player.role.turns_back else player.role.steps
    yield from player.walker.enter()
    if not steps or not isinstance(steps[0], GOING):
        yield from player.walker.step_in()
    for number, step in enumerate(steps):
        player.doing = f"at step {number + 1}, {type(step).__name__}"
        yield from _do(player, step, cast)
        player.scene.crowd.firm[player.who] = False
    player.doing = "leaving"
    yield from player.walker.leave()
    player.doing = "gone"


def _do(player: Player, step: AnyStep, cast: dict[str, Player]) -> Doing:
    match step:
        case Look():
            yield from look(player, step)
        case Wait():
            yield from player.begin(step)
            yield player.scene.now + step.seconds
        case Walk():
            yield from player.begin(step)
            yield from player.walker.go_to(player.scene.floor.nearest(step.to))
        case Take():
            yield from take(player, step)
        case PutBack():
            yield from put_back(player, step)
        case Touch():
            yield from touch(player, step)
        case Restock():
            yield from restock(player, step)
        case HandOver():
            yield from hand_over(player, cast[step.to], step)
        case Receive():
            yield from receive(player, step)
        case Drop():
            yield from drop(player, step)
        case PickUp():
            yield from pick_up(player, step)
        case Consume():
            yield from consume(player, step)
        case Meet():
            yield from meet(player, cast[step.other], step)
        case SwapPlaces():
            yield from swap_places(player, cast[step.other], step)
        case VisitKiosk():
            yield from visit_kiosk(player, step)


def _actor(player: Player, track: Floats) -> Actor:
    """Somebody's joints in every frame in which they are there."""
    role = player.role
    there = np.flatnonzero(~np.isnan(track[:, player.who, 0]))
    first, last = int(there[0]), int(there[-1])
    seen = track[first : last + 1, player.who]
    times = np.arange(first, last + 1) / FRAME_RATE
    wrists = {hand: wrists_of(player.reaches, hand, times) for hand in HANDS}
    motion = Motion(
        place=seen[:, :2],
        heading=seen[:, 2],
        walked=seen[:, 3],
        wrists={hand: points for hand, (points, _) in wrists.items()},
        engaged={hand: engaged for hand, (_, engaged) in wrists.items()},
        carrying={hand: carrying_of(player.spells, hand, times) for hand in HANDS},
    )
    footfalls = footfalls_of(role.body, motion)
    return Actor(
        name=role.name,
        body=role.body,
        credential=role.credential,
        token=role.token,
        party=role.party,
        first=first,
        joints=joints_of(role.body, motion).astype(np.float32),
        footfalls=footfalls + np.array([first / FRAME_RATE, 0.0, 0.0]),
    )


def _crossings(player: Player, place: Floats, doorways: dict[str, Doorway]) -> list[Crossing]:
    """When somebody comes in through their entrance and goes out through their exit."""
    entrance, exit_ = doorways[player.role.entrance], doorways[player.role.exit]
    if not entrance.gate:
        return []
    inside, beyond = _depths(entrance, place), _depths(exit_, place)
    first = int(np.flatnonzero(inside >= 0)[0])
    last = int(np.flatnonzero(beyond >= 0)[-1])
    came = first - inside[first] / (inside[first] - inside[first - 1])
    went = last + beyond[last] / (beyond[last] - beyond[last + 1])
    name = player.role.name
    return [
        Crossing(float(came) / FRAME_RATE, entrance.gate, Passage.ENTRY, name),
        Crossing(float(went) / FRAME_RATE, exit_.gate, Passage.EXIT, name),
    ]


def _depths(doorway: Doorway, place: Floats) -> Floats:
    """How far inside of a gate's line points are, shape [F]."""
    depths: Floats = (place - doorway.middle) @ np.array(doorway.inward)
    return depths


@lru_cache(maxsize=4)
def _floor_of(store: Store) -> Floor:
    """The floor of a store, which is the same for every performance in it."""
    return Floor(store)
