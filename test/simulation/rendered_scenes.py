"""A corner shop with small pictures, and somebody in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Action
from storegraph.simulation.performance import FRAME_RATE, Actor, Item, Movement, Performance, Standing
from storegraph.simulation.posture.posture import Motion, joints_of
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.file import load_store
from storegraph.store.model import Camera, Store

Floats = NDArray[np.float64]

ADULT = Body(stature=1.75, build=1.0, age=35.0, looks=4)
FLOUR = "9520000100117"
FRAMES = 60

_CORNER = load_store(Path(__file__).parents[2] / "config/stores/corner.yaml")


def shop(scale: int) -> Store:
    """The corner shop, its pictures so many times smaller."""
    return _CORNER.model_copy(update={"cameras": tuple(_smaller(camera, scale) for camera in _CORNER.cameras)})


def _smaller(camera: Camera, scale: int) -> Camera:
    (fx, fy), (cx, cy) = camera.focal_length, camera.principal_point
    return camera.model_copy(
        update={
            "width": camera.width // scale,
            "height": camera.height // scale,
            "focal_length": (fx / scale, fy / scale),
            "principal_point": (cx / scale, cy / scale),
        }
    )


def walking(body: Body, begin: tuple[float, float], end: tuple[float, float], frames: int = FRAMES) -> Floats:
    """Joints of somebody who goes from one place to another, shape [frames, 17, 3]."""
    place = np.linspace(begin, end, frames)
    walked = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))))
    ahead = np.array(end) - begin
    nowhere = np.full((frames, 3), np.nan)
    free = np.zeros(frames)
    return joints_of(
        body,
        Motion(
            place,
            np.full(frames, float(np.arctan2(ahead[1], ahead[0]))),
            walked,
            {"left": nowhere, "right": nowhere},
            {"left": free, "right": free},
            {"left": free, "right": free},
        ),
    )


def actor(name: str, joints: Floats, body: Body = ADULT) -> Actor:
    """Somebody with these joints, from the first frame on."""
    steps = np.zeros((0, 3))
    return Actor(name, body, Credential.CARD, "token", name, 0, joints.astype(np.float32), steps)


def performance(actors: Sequence[Actor] = (), scale: int = 4, taken: Sequence[float] = ()) -> Performance:
    """People in the shop, where a row of flour stands on its shelf.

    Args:
        actors: Who is there.
        scale: How many times smaller its pictures are than the shop's own.
        taken: When one pack after the other is taken by the first of them, seconds.
    """
    store = shop(scale)
    facing = next(index for index, facing in enumerate(store.facings) if facing.gtin == FLOUR)
    standing = tuple(
        (Item(f"flour {n}", FLOUR, 1000.0, (0.1, 0.07, 0.18)), Standing(facing, (3.02, y, 0.15), 0.0, {"G1.1.3": 1.0}))
        for n, y in enumerate((4.6, 4.68, 4.76))
    )
    movements = tuple(
        Movement(time - 0.1, time + 0.1, actors[0].name, "right", Action.TAKE, (standing[n],), {"G1.1.3": -1000.0}, 0.0)
        for n, time in enumerate(taken)
    )
    script = Script("made by hand", 3, (), (), (), 0.0)
    frames = max([FRAMES, *(len(actor.joints) for actor in actors)])
    return Performance(store, script, frames, tuple(actors), standing, movements, (), (), (), ())


def seconds(frame: int) -> float:
    """When a frame is."""
    return frame / FRAME_RATE
