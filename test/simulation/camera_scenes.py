"""Small hand-made performances for the simulated cameras: upright people who stand or glide in a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from storegraph.observations import COCO_17
from storegraph.simulation.cameras import CameraSettings, DetectionSettings, ShutterSettings
from storegraph.simulation.performance import FRAME_RATE, Actor, Floats, Performance
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.file import load_store
from storegraph.store.model import Camera, Fixture, Shelf, Store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")

AHEAD = {"nose": 0.1, "eye": 0.09, "ear": 0.04}
ASIDE = {"nose": 0.0, "eye": 0.02, "ear": 0.045, "shoulder": 0.11, "elbow": 0.13, "wrist": 0.14}
UP = {"nose": 0.93, "eye": 0.95, "ear": 0.94, "shoulder": 0.82, "elbow": 0.63, "wrist": 0.48, "hip": 0.53, "knee": 0.28}
"""Shares of the stature (Winter, Biomechanics and Motor Control of Human Movement, figure 4.1); legs are 0.07
beside the middle, and ankles 0.04 above the floor."""


def body(place: Sequence[float], heading: float, stature: float = 1.75) -> Floats:
    """The joints of an upright body that faces along a heading (radians from the x axis), shape [17, 3]."""
    kinds = [joint.rpartition("_")[2] for joint in COCO_17]
    sides = [1.0 if joint.startswith("left") else -1.0 for joint in COCO_17]
    ahead = np.array([AHEAD.get(kind, 0.0) for kind in kinds]) * stature
    aside = np.array([side * ASIDE.get(kind, 0.07) for side, kind in zip(sides, kinds, strict=True)]) * stature
    up = np.array([UP.get(kind, 0.04) for kind in kinds]) * stature
    cosine, sine = np.cos(heading), np.sin(heading)
    return np.column_stack((place[0] + ahead * cosine - aside * sine, place[1] + ahead * sine + aside * cosine, up))


def actor(name: str, joints: Floats, stature: float = 1.75, first: int = 0) -> Actor:
    """Somebody with these joints [F, 17, 3]."""
    built = Body(stature, 1.0, 35.0, 0)
    return Actor(name, built, Credential.CARD, name, name, first, joints.astype(np.float32), np.zeros((0, 3)))


def standing(name: str, place: Sequence[float], heading: float, seconds: float, stature: float = 1.75) -> Actor:
    """Somebody who stands somewhere all the time."""
    return actor(name, np.tile(body(place, heading, stature), (int(seconds * FRAME_RATE) + 1, 1, 1)), stature)


def present_from(frame: int, there: Actor) -> Actor:
    """Somebody who appears in this frame."""
    return replace(there, first=frame)


def gliding(name: str, start: Sequence[float], end: Sequence[float], seconds: float) -> Actor:
    """Somebody who goes straight from one place to another, without moving a limb."""
    way = np.array(end, dtype=np.float64) - np.array(start)
    heading = float(np.arctan2(way[1], way[0]))
    shares = np.linspace(0.0, 1.0, int(seconds * FRAME_RATE) + 1)
    return actor(name, np.array([body(np.array(start) + share * way, heading) for share in shares]))


def performance(actors: Sequence[Actor], seconds: float, store: Store = CORNER, seed: int = 1) -> Performance:
    """These people, and nothing that they do."""
    script = Script("scene", seed, (), (), (), 0.0)
    return Performance(store, script, int(seconds * FRAME_RATE), tuple(actors), (), (), (), (), (), ())


def camera(height: float = 1.3, **changes: object) -> Camera:
    """A camera at the origin of the floor that looks north, level, without distortion unless told otherwise."""
    given: dict[str, object] = {
        "id": "south", "width": 640, "height": 480, "focal_length": (400.0, 400.0), "principal_point": (320.0, 240.0),
        "position": (0.0, 0.0, height), "orientation": (-(0.5**0.5), 0.0, 0.0, 0.5**0.5),
    }  # fmt: skip
    return Camera.model_validate(given | changes)


def store(*cameras: Camera, fixtures: Sequence[Fixture] = (), outline: Sequence[tuple[float, float]] = ()) -> Store:
    """A store with these cameras; its only fixture stands far away, unless others are given."""
    shelf = Shelf(id="F1", height=1.0, clearance=0.4)
    far = Fixture(id="F", position=(90.0, 90.0, 0.0), size=(1.0, 0.5, 1.5), shelves=(shelf,))
    return Store(
        id="scene", name="Scene", currency="EUR", time_zone="Europe/Berlin", outline=tuple(outline),
        cameras=cameras, fixtures=tuple(fixtures) or (far,),
    )  # fmt: skip


SHARP = CameraSettings(
    ShutterSettings(dropped=0.0),
    DetectionSettings(
        input_sigma=0.0,
        blur=1e-3,
        blur_sigma=0.0,
        guess=1.0,
        turned_facing=0.0,
        turned_behind=0.0,
        strength=50.0,
        lookalikes=0,
    ),
)
"""A network that sees all and errs nowhere."""
