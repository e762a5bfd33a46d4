"""The shop as a solid: room, gondolas, gates and kiosk, from the store file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.chance import chance
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Fixture, Gate, Point2D, Shelf, Store

from .packs import linear
from .surfaces import Floats, Surfaces, Textures, box, joined, quad, turned

MARGIN = 2.0
"""Metres of floor around the fixtures of a store without an outline."""

HEADROOM = 0.3
"""Metres from the highest camera up to the ceiling."""

CEILING = 2.9
"""Height of a ceiling at least, metres."""

DOORWAY = 2.1
"""Height of a doorway, metres (DIN 18100)."""

OUTSIDE = 6.0
"""Metres that one sees out through a doorway."""

BOARD = 0.025
"""Thickness of a shelf board, metres, with the rail for price tags before it."""
RAIL = 0.04
"""Height of that rail, metres."""
WALL = 0.02
"""Thickness of a gondola's back and sides, metres."""
PLATE = 0.006
"""Of a scale's plate over its board, metres: enough for its rim to be seen."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """A panel in the ceiling.

    Attributes:
        centre: In `map`, metres.
        size: Along x and y, metres.
    """

    centre: tuple[float, float, float]
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shop:
    """All that does not move.

    Attributes:
        surfaces: Everything but goods.
        lamps: In the ceiling.
        outdoors: Textures of what the sun shines on.
    """

    surfaces: Surfaces
    lamps: tuple[Lamp, ...]
    outdoors: tuple[int, ...]


class _Paint:
    """The textures that a shop is painted with, by number."""

    def __init__(self, store: Store, textures: Textures) -> None:
        draw = chance(0, "shop", store.id)
        self.draw = draw
        self.textures = textures
        self.floor = textures.add(linear(_tiles(draw)))
        self.wall = textures.add(linear(_plaster(draw, (222, 219, 210))))
        self.skirting = textures.plain(0.12, 0.11, 0.10)
        self.ceiling = textures.add(linear(_ceiling(draw)))
        self.lamp = textures.plain(1.6, 1.6, 1.55)
        self.metal = textures.plain(*_one_of(draw, ((0.62, 0.62, 0.6), (0.75, 0.74, 0.7), (0.2, 0.2, 0.21))))
        self.back = textures.plain(0.6, 0.6, 0.58)
        self.plinth = textures.plain(0.1, 0.1, 0.1)
        self.plate = textures.add(linear(_plate()))
        self.street = textures.add(linear(_plaster(draw, (150, 150, 148))))
        self.facade = textures.add(linear(_plaster(draw, (205, 208, 212))))
        self.glass = textures.plain(0.35, 0.42, 0.45)
        self.dark = textures.plain(0.05, 0.05, 0.055)
        self.screen = textures.add(linear(_screen()))
        self.sign = textures.plain(*_one_of(draw, ((0.5, 0.05, 0.05), (0.04, 0.25, 0.12), (0.05, 0.12, 0.4))))


def shop_of(store: Store, textures: Textures) -> Shop:
    """The shop of a store; cameras stand inside of its walls, or it has none."""
    paint = _Paint(store, textures)
    height = max([CEILING, *(camera.position[2] + HEADROOM for camera in store.cameras)])
    corners = np.array(_outline(store))
    pieces = [*_room(store, corners, height, paint)]
    for fixture in store.fixtures:
        pieces.append(joined(_gondola(store, fixture, paint)).moved(turned(fixture.yaw), fixture.position))
    for gate in store.gates:
        pieces += _posts(gate, paint)
    if store.kiosk is not None:
        x, y = store.kiosk.position
        pieces.append(joined(_kiosk(paint)).moved(turned(0.0), (x, y, 0.0)))
    lamps = tuple(_lamps(corners, height))
    return Shop(joined(pieces), lamps, (paint.street, paint.facade))


def _outline(store: Store) -> list[Point2D]:
    """The corners of the room: those of the file, or a rectangle around the fixtures."""
    if store.outline:
        return list(store.outline)
    plates = ScaleGeometry.of(store)
    placed = np.concatenate([plates.centre[:, :2], [fixture.position[:2] for fixture in store.fixtures]])
    (x0, y0), (x1, y1) = placed.min(axis=0) - MARGIN, placed.max(axis=0) + MARGIN
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _room(store: Store, corners: Floats, height: float, paint: _Paint) -> Iterator[Surfaces]:
    low, high = corners.min(axis=0), corners.max(axis=0)
    width, depth = high - low
    tiles, plaster = 4.8, 3.0
    yield quad((*low, 0), (width, 0, 0), (0, depth, 0), paint.floor, (width / tiles, depth / tiles))
    around = (low - OUTSIDE, high + OUTSIDE)
    size = around[1] - around[0]
    yield quad((*around[0], -0.02), (size[0], 0, 0), (0, size[1], 0), paint.street, (size[0] / 3, size[1] / 3))
    if not all(_inside(camera.position[:2], corners) for camera in store.cameras):
        return
    yield quad((low[0], high[1], height), (width, 0, 0), (0, -depth, 0), paint.ceiling, (width / 2.4, depth / 2.4))
    for corner, other in ((low, (0, 1)), (high, (0, -1))):
        yield from _backdrop(corner, other, around, height, paint)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if _area(corners) > 0:
            start, end = end, start  # seen from inside
        yield from _wall(start, end, [gate for gate in store.gates if _on(gate, start, end)], height, paint, plaster)


def _backdrop(
    corner: Floats, other: tuple[int, int], around: tuple[Floats, Floats], height: float, paint: _Paint
) -> Iterator[Surfaces]:
    """What is across the street, in both directions from a corner."""
    (x0, y0), (x1, y1) = around
    if other[1] > 0:
        yield quad((x0, y0, 0), (x1 - x0, 0, 0), (0, 0, height), paint.facade, (6, 1))
        yield quad((x0, y1, 0), (0, y0 - y1, 0), (0, 0, height), paint.facade, (6, 1))
    else:
        yield quad((x1, y1, 0), (x0 - x1, 0, 0), (0, 0, height), paint.facade, (6, 1))
        yield quad((x1, y0, 0), (0, y1 - y0, 0), (0, 0, height), paint.facade, (6, 1))


def _wall(
    start: Floats, end: Floats, gates: list[Gate], height: float, paint: _Paint, plaster: float
) -> Iterator[Surfaces]:
    """A wall with a doorway at every gate, seen from its right as one goes along it."""
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / length
    doors = sorted(sorted(float((np.array(p) - start) @ along) for p in (g.from_point, g.to_point)) for g in gates)
    edges = [0.0, *(edge for door in doors for edge in door), length]

    def strip(left: float, right: float, low: float, high: float, texture: int) -> Surfaces:
        span = right - left
        across = (*(along * span), 0.0)
        return quad(
            (*(start + along * left), low),
            across,
            (0, 0, high - low),
            texture,
            (span / plaster, (high - low) / plaster),
        )

    for left, right in zip(edges[::2], edges[1::2], strict=True):
        if right - left > 0.01:
            yield strip(left, right, 0.0, 0.08, paint.skirting)
            yield strip(left, right, 0.08, height, paint.wall)
            yield from _posters(start, along, left, right, paint)
    for left, right in doors:
        yield strip(left, right, DOORWAY, height, paint.wall)
        frame = turned(float(np.arctan2(along[1], along[0])))
        for edge in (left, right):
            yield box((edge - 0.03, -0.05, 0), (edge + 0.03, 0.05, DOORWAY), paint.dark).moved(frame, (*start, 0))
        yield box((left, -0.05, DOORWAY - 0.06), (right, 0.05, DOORWAY), paint.dark).moved(frame, (*start, 0))


def _posters(start: Floats, along: Floats, left: float, right: float, paint: _Paint) -> Iterator[Surfaces]:
    """One poster in three metres of wall, above the fixtures' middle."""
    for _ in range(int((right - left) / 3.0 + 0.5)):
        middle = paint.draw.uniform(left + 0.5, right - 0.5) if right - left > 1.2 else (left + right) / 2
        size = paint.draw.uniform(0.35, 0.6)
        texture = paint.textures.add(linear(_poster(paint.draw)))
        corner = np.array([*(start + along * (middle - size / 2)), paint.draw.uniform(1.3, 1.7)])
        inward = np.array([along[1], -along[0], 0.0])
        yield quad(corner + 0.01 * inward, (*(along * size), 0), (0, 0, 1.4 * size), texture)


def _gondola(store: Store, fixture: Fixture, paint: _Paint) -> Iterator[Surfaces]:
    """Back, sides, plinth, and boards with a rail of price tags before each, in the fixture's frame."""
    width, depth, height = fixture.size
    yield box((0, depth - WALL, 0), (width, depth, height), paint.back)
    for left in (-WALL, width):
        yield box((left, 0.02, 0), (left + WALL, depth, height), paint.metal)
    lowest = min((shelf.height for shelf in fixture.shelves), default=0.1)
    if lowest > 0.05:
        yield box((0, 0.03, 0), (width, depth - WALL, lowest - RAIL), paint.plinth)
    yield box((-WALL, 0.0, height - 0.02), (width + WALL, depth, height + 0.06), paint.sign, paint.metal, paint.metal)
    for shelf in fixture.shelves:
        yield from _shelf(store, fixture, shelf, paint)


def _shelf(store: Store, fixture: Fixture, shelf: Shelf, paint: _Paint) -> Iterator[Surfaces]:
    width, depth, _ = fixture.size
    top = shelf.height - PLATE
    yield box((0, 0.01, top - BOARD), (width, depth - WALL, top), paint.metal)
    rail = paint.textures.add(linear(_rail(paint.draw, store, shelf, width)))
    yield box((0, 0.0, top - RAIL), (width, 0.01, top + 0.004), rail, paint.metal)
    for scale in shelf.scales:
        x, y = scale.position
        low, high = (x + 0.003, y, top), (x + scale.size[0] - 0.003, y + scale.size[1], shelf.height)
        yield box(low, high, paint.plate)


def _posts(gate: Gate, paint: _Paint) -> Iterator[Surfaces]:
    """A reader's post at each end of the line."""
    for x, y in (gate.from_point, gate.to_point):
        yield box((-0.05, -0.12, 0), (0.05, 0.12, 0.95), paint.metal).moved(turned(0), (x, y, 0))
        yield box((-0.055, -0.1, 0.95), (0.055, 0.1, 0.98), paint.dark).moved(turned(0), (x, y, 0))


def _kiosk(paint: _Paint) -> Iterator[Surfaces]:
    yield box((-0.15, -0.12, 0), (0.15, 0.12, 0.04), paint.dark)
    yield box((-0.04, -0.04, 0.04), (0.04, 0.04, 1.05), paint.metal)
    tilt = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    screen = box((-0.17, -0.02, -0.12), (0.17, 0.02, 0.12), paint.screen, paint.dark)
    yield screen.moved(np.diag([-1.0, -1.0, 1.0]) @ tilt, (0, 0, 1.15))


def _lamps(corners: Floats, height: float) -> Iterator[Lamp]:
    """Panels of 1.2 x 0.3 m every two metres or so, as offices and shops have them."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    counts = np.maximum(1, np.round((high - low) / (2.0, 2.2)).astype(int))
    for column in range(counts[0]):
        for row in range(counts[1]):
            x, y = low + (high - low) * (np.array([column, row]) + 0.5) / counts
            if _inside((x, y), corners):
                yield Lamp((float(x), float(y), height - 0.01), (1.2, 0.3))


def _inside(point: tuple[float, ...], corners: Floats) -> bool:
    """Whether a point lies in a polygon (the even-odd rule)."""
    x, y = point
    start, end = corners, np.roll(corners, -1, axis=0)
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = start[:, 0] + (y - start[:, 1]) / (end[:, 1] - start[:, 1]) * (end[:, 0] - start[:, 0])
    return bool(np.sum(spans & (x < crossing)) % 2)


def _area(corners: Floats) -> float:
    """Of a polygon, positive if it goes counterclockwise."""
    x, y = corners.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _on(gate: Gate, start: Floats, end: Floats) -> bool:
    """Whether a gate's line lies in a wall."""
    along = (end - start) / np.linalg.norm(end - start)
    offsets = np.array([gate.from_point, gate.to_point]) - start
    beside = np.abs(offsets[:, 0] * along[1] - offsets[:, 1] * along[0])
    place = offsets @ along
    return bool((beside < 0.3).all() and (place > -0.1).all() and (place < np.linalg.norm(end - start) + 0.1).all())


def _one_of(draw: np.random.Generator, colours: tuple[tuple[float, float, float], ...]) -> tuple[float, float, float]:
    return colours[int(draw.integers(len(colours)))]


def _noise(draw: np.random.Generator, side: int, grains: tuple[tuple[int, float], ...]) -> NDArray[np.float32]:
    """Noise that repeats at its edges: of several sizes of grain, in texels, each so strong."""
    noise = np.zeros((side, side), np.float32)
    for grain, strength in grains:
        few = draw.normal(size=(side // grain, side // grain)).astype(np.float32)
        padded = cv2.copyMakeBorder(few, 2, 2, 2, 2, cv2.BORDER_WRAP)
        large = cv2.resize(padded, None, fx=grain, fy=grain, interpolation=cv2.INTER_CUBIC)
        noise += strength * large[2 * grain : 2 * grain + side, 2 * grain : 2 * grain + side]
    return noise


def _tiles(draw: np.random.Generator) -> NDArray[np.uint8]:
    """Floor tiles of 40 cm, 4.8 m in all: each a little different, with joints and wear."""
    side, count = 960, 12
    tile = side // count
    colour = np.array(_one_of(draw, ((178.0, 172.0, 160.0), (150.0, 148.0, 144.0), (196.0, 190.0, 178.0))))
    shades = np.kron(draw.normal(0, 5, (count, count)), np.ones((tile, tile)))
    noise = _noise(draw, side, ((2, 3.0), (8, 3.0), (60, 4.0)))
    floor = colour + (shades + noise)[..., None]
    joints = np.zeros((side, side), bool)
    for line in range(count):
        joints[line * tile : line * tile + 2] = joints[:, line * tile : line * tile + 2] = True
    floor[joints] *= 0.72
    return np.asarray(np.clip(floor, 0, 255), np.uint8)


def _plaster(draw: np.random.Generator, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    noise = _noise(draw, 240, ((2, 1.5), (10, 1.5), (60, 2.5)))
    return np.clip(np.array(colour) + noise[..., None], 0, 255).astype(np.uint8)


def _ceiling(draw: np.random.Generator) -> NDArray[np.uint8]:
    """Panels of 60 cm in a grid, four by four."""
    panels = np.full((240, 240), 216.0) + _noise(draw, 240, ((2, 5.0),))
    for line in range(0, 240, 60):
        panels[line : line + 2] = panels[:, line : line + 2] = 170
    return np.repeat(np.clip(panels, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _plate() -> NDArray[np.uint8]:
    plate = np.full((40, 40, 3), (88, 90, 92), np.uint8)
    cv2.rectangle(plate, (0, 0), (39, 39), (50, 50, 52), 1)
    return plate


def _rail(draw: np.random.Generator, store: Store, shelf: Shelf, width: float) -> NDArray[np.uint8]:
    """A rail for price tags with one below every facing, 2 mm a texel."""
    columns = max(8, int(width / 0.002))
    rail = np.full((20, columns, 3), (196, 198, 200), np.uint8)
    left = {scale.id: scale.position[0] for scale in shelf.scales}
    for facing in store.facings:
        places = [left[scale] for scale in facing.scales if scale in left]
        if not places or facing.gtin is None:
            continue
        start = int((min(places) + draw.uniform(0.03, 0.12)) / width * columns)
        paper = (250, 240, 120) if draw.random() < 0.2 else (248, 248, 244)
        cv2.rectangle(rail, (start, 2), (start + 28, 18), paper, -1)
        cv2.putText(rail, f"{draw.integers(0, 9)}.{draw.integers(10, 99)}", (start + 2, 15), 0, 0.35, (30, 30, 30), 1)
    return rail


def _poster(draw: np.random.Generator) -> NDArray[np.uint8]:
    ground, other = (tuple(int(c) for c in draw.integers(40, 235, 3)) for _ in range(2))
    poster = np.full((140, 100, 3), ground, np.uint8)
    cv2.circle(poster, (int(draw.integers(30, 70)), 75), int(draw.integers(20, 38)), other, -1, cv2.LINE_AA)
    cv2.rectangle(poster, (10, 12), (90, 30), (245, 245, 240), -1)
    cv2.putText(poster, "ANGEBOT", (14, 27), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    cv2.putText(
        poster,
        f"{draw.integers(0, 5)},{draw.integers(10, 99)}",
        (22, 128),
        cv2.FONT_HERSHEY_DUPLEX,
        0.9,
        (240, 240, 235),
        2,
        cv2.LINE_AA,
    )
    return poster


def _screen() -> NDArray[np.uint8]:
    screen = np.full((60, 90, 3), (40, 90, 160), np.uint8)
    cv2.rectangle(screen, (10, 24), (80, 38), (240, 240, 240), -1)
    cv2.putText(screen, "e-mail", (24, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return screen
