"""The store as the page draws it: its plan from above, and every fixture from the front.

A plan's points are in centimetres, x as in `map`, y downwards as SVG has it. A front's lengths are per cent of the
fixture's width and height.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from storegraph.store.model import Camera, Fixture, Point2D, Store

MARGIN = 0.6
"""Around what is drawn, metres: room for names, and for those who come to the gate."""

SIGHT = 0.7
"""How far the sector is drawn into which a camera looks, metres."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where plates lie, one above the other.

    Attributes:
        scales: Their ids, from the bottom up.
        points: Corners, as SVG has them.
    """

    scales: tuple[str, ...]
    points: str


@dataclass(frozen=True, slots=True)
class Footprint:
    """A fixture from above."""

    fixture: str
    points: str
    front: str
    middle: tuple[int, int]
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A camera, a kiosk or a gate: its name, where that stands, and what is drawn."""

    name: str
    at: tuple[int, int]
    points: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The store from above.

    Attributes:
        box: Left, top, width and height.
        outline: The walls' corners; empty where the store file has none.
        fixtures: In the order of the store file.
        gates: With the ends of their lines.
        cameras: With the corners of the sector they look into; none for one that looks straight down.
        kiosk: None where there is none.
    """

    box: tuple[int, int, int, int]
    outline: str
    fixtures: tuple[Footprint, ...]
    gates: tuple[Mark, ...]
    cameras: tuple[Mark, ...]
    kiosk: Mark | None


@dataclass(frozen=True, slots=True)
class Box:
    """A facing or a plate seen from the front, per cent of the fixture.

    Attributes:
        scales: Ids of the plates.
        name: Of the goods; empty for a plate, and where nothing is planned.
        left, bottom, width, height: Where.
    """

    scales: tuple[str, ...]
    name: str
    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Front:
    """A fixture as a shopper before it sees it.

    Attributes:
        fixture: Id.
        width: Metres.
        height: Metres.
        goods: A box for each facing.
        plates: A box for each scale.
    """

    fixture: str
    width: float
    height: float
    goods: tuple[Box, ...]
    plates: tuple[Box, ...]


def plan_of(store: Store) -> Plan:
    """Draws a store from above."""
    corners = {fixture.id: _in_map(fixture, _rectangle((0, 0), fixture.size[:2])) for fixture in store.fixtures}
    ends = [point for gate in store.gates for point in (gate.from_point, gate.to_point)]
    drawn = [*store.outline, *ends, *(camera.position[:2] for camera in store.cameras)]
    drawn += [point for points in corners.values() for point in points]
    drawn += [store.kiosk.position] if store.kiosk else []
    left, right = min(x for x, _ in drawn) - MARGIN, max(x for x, _ in drawn) + MARGIN
    bottom, top = min(y for _, y in drawn) - MARGIN, max(y for _, y in drawn) + MARGIN
    (x, y), (across, down) = _centimetres((left, top)), (round(100 * (right - left)), round(100 * (top - bottom)))
    return Plan(
        box=(x, y, across, down),
        outline=_svg(store.outline),
        fixtures=tuple(_footprint(fixture, corners[fixture.id]) for fixture in store.fixtures),
        gates=tuple(
            Mark(
                gate.id, _centimetres(_middle((gate.from_point, gate.to_point))), _svg((gate.from_point, gate.to_point))
            )
            for gate in store.gates
        ),
        cameras=tuple(Mark(each.id, _centimetres(each.position[:2]), _svg(_sector(each))) for each in store.cameras),
        kiosk=Mark(store.kiosk.id, _centimetres(store.kiosk.position), "") if store.kiosk else None,
    )


def fronts_of(store: Store) -> tuple[Front, ...]:
    """Draws every fixture from the front."""
    return tuple(_front(fixture, store) for fixture in store.fixtures)


def _footprint(fixture: Fixture, corners: list[Point2D]) -> Footprint:
    stacks: dict[tuple[Point2D, Point2D], list[str]] = {}
    for shelf in fixture.shelves:
        for scale in shelf.scales:
            stacks.setdefault((scale.position, scale.size), []).append(scale.id)
    spots = (Spot(tuple(ids), _svg(_in_map(fixture, _rectangle(*place)))) for place, ids in stacks.items())
    return Footprint(fixture.id, _svg(corners), _svg(corners[:2]), _centimetres(_middle(corners)), tuple(spots))


def _sector(camera: Camera) -> list[Point2D]:
    """The corners of what a camera looks into; none where it looks straight down."""
    x, y, z, w = camera.orientation
    axis = (2 * (x * z + w * y), 2 * (y * z - w * x))  # the optical frame's z, seen from above
    if math.hypot(*axis) < 0.1:
        return []
    heading, half = math.atan2(axis[1], axis[0]), math.atan(camera.width / 2 / camera.focal_length[0])
    at = camera.position
    rays = (heading + half * part for part in (-1, -0.5, 0, 0.5, 1))
    return [at[:2], *((at[0] + SIGHT * math.cos(ray), at[1] + SIGHT * math.sin(ray)) for ray in rays)]


def _front(fixture: Fixture, store: Store) -> Front:
    products = store.products()
    facing_of = {scale: facing for facing in store.facings for scale in facing.scales}
    width, _, height = fixture.size
    goods: list[Box] = []
    plates: list[Box] = []
    for shelf in fixture.shelves:
        spans: dict[tuple[str, ...], tuple[str, float, float]] = {}
        for scale in shelf.scales:
            left, right = scale.position[0], scale.position[0] + scale.size[0]
            place = 100 * left / width, 100 * shelf.height / height, 100 * scale.size[0] / width
            plates.append(Box((scale.id,), "", *place, 100 * shelf.clearance / height))
            facing = facing_of.get(scale.id)
            if facing and facing.gtin is not None:
                name, begin, end = spans.get(facing.scales, (products[facing.gtin].name, left, right))
                spans[facing.scales] = name, min(begin, left), max(end, right)
        goods += [
            Box(
                scales,
                name,
                100 * left / width,
                100 * shelf.height / height,
                100 * (right - left) / width,
                100 * shelf.clearance / height,
            )
            for scales, (name, left, right) in spans.items()
        ]
    return Front(fixture.id, width, height, tuple(goods), tuple(plates))


def _rectangle(corner: Point2D, size: Point2D) -> list[Point2D]:
    (x, y), (width, depth) = corner, size
    return [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]


def _in_map(fixture: Fixture, points: Iterable[Point2D]) -> list[Point2D]:
    cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
    x, y, _ = fixture.position
    return [(x + cosine * px - sine * py, y + sine * px + cosine * py) for px, py in points]


def _middle(points: Iterable[Point2D]) -> Point2D:
    xs, ys = zip(*points, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _centimetres(point: Point2D) -> tuple[int, int]:
    return round(100 * point[0]), round(-100 * point[1])


def _svg(points: Iterable[Point2D]) -> str:
    return " ".join(f"{x},{y}" for x, y in map(_centimetres, points))
