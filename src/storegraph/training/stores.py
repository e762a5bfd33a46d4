"""Random stores: rooms, and cameras in them, that no store file has."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.transform import Rotation

from storegraph.simulation.chance import chance
from storegraph.store.model import Camera, Fixture, Gate, Kiosk, Store

WIDTH, HEIGHT = 512, 288
"""Pixels, of every picture: what the network sees of one with 640x360."""

_BESIDE_GATE = 0.8
"""Metres of wall that stay free on both sides of the gate."""

_GAP = 0.2
"""Metres between two fixtures at one wall, at least."""


def random_store(base: Store, seed: int, cameras: int) -> Store:
    """A store with the fixtures and goods of another, in another room and with other cameras.

    Its room is a rectangle of 5.5 to 9 by 4.5 to 8 metres. The fixtures stand at its walls; cameras hang 2.2 to 3.6
    metres high anywhere, and look anywhere: from nearly level to straight down.

    Args:
        base: Whose fixtures, goods and catalogue it has.
        seed: Of all that is drawn; the shop is painted by it too.
        cameras: How many.
    """
    draw = chance(seed, "training", "store")
    size = (float(draw.uniform(5.5, 9.0)), float(draw.uniform(4.5, 8.0)))
    gate = float(draw.uniform(1.5, size[0] - 1.5))
    return base.model_copy(
        update={
            "id": f"{base.id}_{seed}",
            "outline": ((0.0, 0.0), (size[0], 0.0), size, (0.0, size[1])),
            "gates": (Gate(id="front", from_point=(gate - 0.6, 0.0), to_point=(gate + 0.6, 0.0)),),
            "kiosk": Kiosk(id="kiosk", position=(gate + (1.0 if gate < size[0] / 2 else -1.0), 0.4)),
            "fixtures": _placed(base.fixtures, size, gate, draw),
            "cameras": tuple(_camera(f"c{number}", size, draw) for number in range(cameras)),
        }
    )


def _placed(
    fixtures: tuple[Fixture, ...], size: tuple[float, float], gate: float, draw: np.random.Generator
) -> tuple[Fixture, ...]:
    """The fixtures at the walls, where there is room for them; every room is large enough for four of 1.3 m."""
    free = {"north": (0.6, size[0] - 0.6), "west": (1.6, size[1] - 0.6), "east": (1.6, size[1] - 0.6)}
    placed = []
    for fixture in fixtures:
        width = fixture.size[0]
        walls = [wall for wall, (low, high) in free.items() if high - low > width] or ["north"]
        wall = walls[int(draw.integers(len(walls)))]
        low, high = free[wall]
        start = float(draw.uniform(low, max(low, high - width)))
        free[wall] = max((low, start - _GAP), (start + width + _GAP, high), key=lambda span: span[1] - span[0])
        placed.append(_at_wall(fixture, wall, start, size))
    return tuple(placed)


def _at_wall(fixture: Fixture, wall: str, start: float, size: tuple[float, float]) -> Fixture:
    """A fixture with its back to a wall; `start` is where its lower end lies along the wall, metres."""
    width, depth, _ = fixture.size
    match wall:
        case "north":
            corner, yaw = (start, size[1] - depth), 0.0
        case "west":
            corner, yaw = (depth, start), math.pi / 2
        case _:
            corner, yaw = (size[0] - depth, start + width), -math.pi / 2
    return fixture.model_copy(update={"position": (*corner, 0.0), "yaw": yaw})


def _camera(name: str, size: tuple[float, float], draw: np.random.Generator) -> Camera:
    """A camera somewhere below the ceiling, that looks at somewhere in the room."""
    position = np.array(
        [draw.uniform(0.15, size[0] - 0.15), draw.uniform(0.15, size[1] - 0.15), draw.uniform(2.2, 3.6)]
    )
    target = np.array([draw.uniform(0.8, size[0] - 0.8), draw.uniform(0.8, size[1] - 0.8), draw.uniform(0.3, 1.3)])
    focal = WIDTH / 2 / math.tan(math.radians(draw.uniform(28.0, 44.0)))
    bend = float(draw.uniform(-0.28, 0.0))
    return Camera(
        id=name,
        width=WIDTH,
        height=HEIGHT,
        focal_length=(focal, focal),
        principal_point=(WIDTH / 2 + float(draw.normal(0, 3)), HEIGHT / 2 + float(draw.normal(0, 3))),
        distortion=(bend, 0.9 * bend * bend, 0.0, 0.0, 0.0),
        position=_point(position),
        orientation=_looking(target - position, math.radians(draw.normal(0.0, 4.0))),
    )


def _looking(along: np.ndarray, roll: float) -> tuple[float, float, float, float]:
    """The orientation of a camera, as a store file has it, that looks along a direction, turned about it by `roll`."""
    forward = along / np.linalg.norm(along)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right = right / max(float(np.linalg.norm(right)), 1e-9)
    axes = np.column_stack([right, np.cross(forward, right), forward])
    x, y, z, w = (Rotation.from_matrix(axes) * Rotation.from_euler("z", roll)).as_quat()
    return float(x), float(y), float(z), float(w)


def _point(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z
