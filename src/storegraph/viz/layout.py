"""What stands in the store: all that is drawn once."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

import numpy as np

from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Camera, Fixture, Gate, Point2D, Point3D, Store

from .markers import NEUTRAL, UP, Colour, Floats, Marker, Shape, point, points, text
from .transforms import rotation_matrix, unit_quaternion

WALL: Colour = (0.8, 0.8, 0.8, 1.0)
BODY: Colour = (0.5, 0.55, 0.6, 0.12)
BOARD: Colour = (0.45, 0.4, 0.35, 0.6)
VIEW: Colour = (0.3, 0.7, 1.0, 0.8)
GATE: Colour = (0.6, 0.4, 0.9, 1.0)

LINE = 0.02
"""Metres: width of a line on the floor, one to two pixels when a store of 10 m fills the window."""
PLATE = 0.01
"""Metres: how thick plates and boards are drawn."""
FRUSTUM = 0.5
"""Metres from a camera to the far end of what is drawn of its view: enough to see where it looks, without hiding
what that is."""
LABEL = 0.03
"""Metres: height of a letter on a facing's label, as on shelf-edge labels."""
LABEL_COLUMNS = 14
"""Letters on a line of a label: 14 letters of 3 cm, about half as wide as high, are as wide as a facing of 25 cm."""


def layout(store: Store) -> tuple[Marker, ...]:
    """The store as its file describes it: walls, gates, cameras, fixtures, plates and what lies on them by plan."""
    return tuple(
        [
            *_outline(store.outline),
            *(marker for number, gate in enumerate(store.gates) for marker in _gate(gate, number)),
            *(marker for number, camera in enumerate(store.cameras) for marker in _camera(camera, number)),
            *_fixtures(store.fixtures),
            *_plates(ScaleGeometry.of(store)),
            *_labels(store),
        ]
    )


def plate_top(plates: ScaleGeometry) -> Floats:
    """The middle of each plate's surface in `map`, metres, shape [S, 3]."""
    return plates.centre - plates.half_extents * UP


def gate_line(gate: Gate) -> tuple[Point3D, Point3D]:
    """The line people cross, just above the floor."""
    return (*gate.from_point, LINE), (*gate.to_point, LINE)


def frustum(camera: Camera) -> tuple[Point3D, ...]:
    """What a camera sees: both ends of each edge of a pyramid, metres in `map`.

    It goes from the optical centre through the corners of the picture; the lens' distortion is left out.
    """
    corners = np.array([(0, 0), (camera.width, 0), (camera.width, camera.height), (0, camera.height)], dtype=np.float64)
    rays = np.column_stack([(corners - camera.principal_point) / camera.focal_length, np.ones(4)]) * FRUSTUM
    far = points(rays @ rotation_matrix(unit_quaternion(camera)).T + camera.position)
    edges = [end for corner in far for end in (camera.position, corner)]
    rim = [end for pair in zip(far, (*far[1:], far[0]), strict=True) for end in pair]
    return (*edges, *rim)


def _outline(corners: tuple[Point2D, ...]) -> Iterator[Marker]:
    if corners:
        line = tuple((x, y, 0.0) for x, y in (*corners, corners[0]))
        yield Marker("walls", 0, Shape.LINE_STRIP, WALL, (LINE, 0.0, 0.0), points=line)


def _gate(gate: Gate, number: int) -> Iterator[Marker]:
    yield Marker("gates", number, Shape.LINE_LIST, GATE, (2 * LINE, 0.0, 0.0), points=gate_line(gate))
    yield text("gate names", number, gate.id, (*gate.from_point, 0.1), 0.1)


def _camera(camera: Camera, number: int) -> Iterator[Marker]:
    yield Marker("cameras", number, Shape.LINE_LIST, VIEW, (LINE / 2, 0.0, 0.0), points=frustum(camera))
    yield text("camera names", number, camera.id, camera.position, 0.1)


def _fixtures(fixtures: tuple[Fixture, ...]) -> Iterator[Marker]:
    boards = 0
    for number, fixture in enumerate(fixtures):
        width, depth, height = fixture.size
        yield Marker("fixtures", number, Shape.CUBE, BODY, fixture.size, _middle(fixture, height / 2), fixture.yaw)
        yield text("fixture names", number, fixture.id, _middle(fixture, height + 0.15), 0.15)
        for shelf in fixture.shelves:
            middle = _middle(fixture, shelf.height - 1.5 * PLATE)
            yield Marker("shelves", boards, Shape.CUBE, BOARD, (width, depth, PLATE), middle, fixture.yaw)
            boards += 1


def _middle(fixture: Fixture, height: float) -> Point3D:
    """Of a fixture's ground plan, so many metres above its origin."""
    x, y, z = fixture.position
    width, depth, _ = fixture.size
    cosine, sine = np.cos(fixture.yaw) / 2, np.sin(fixture.yaw) / 2
    return float(x + cosine * width - sine * depth), float(y + sine * width + cosine * depth), z + height


def _plates(plates: ScaleGeometry) -> Iterator[Marker]:
    gap = 0.01  # metres between two plates, so that one can tell them apart
    for number, middle in enumerate(plate_top(plates) - PLATE / 2 * UP):
        width, depth, _ = (2 * plates.half_extents[number]).tolist()
        size = (max(width - gap, width / 2), max(depth - gap, depth / 2), PLATE)
        yield Marker("plates", number, Shape.CUBE, NEUTRAL, size, point(middle), float(plates.yaw[number]))


def _labels(store: Store) -> Iterator[Marker]:
    """What lies there by plan, hung below the front edge of its plates."""
    names = {product.gtin: product.name for product in store.catalogue}
    geometry = ScaleGeometry.of(store)
    for number, facing in enumerate(store.facings):
        plates = geometry.select(facing.scales)
        if facing.gtin is None or not plates.scales:
            continue
        forward = np.column_stack([np.sin(plates.yaw), -np.cos(plates.yaw), np.zeros(len(plates.scales))])
        front = (plate_top(plates) + forward * plates.half_extents[:, 1:2]).mean(axis=0) - 2 * LABEL * UP
        words = fill(names.get(facing.gtin) or facing.gtin, LABEL_COLUMNS, break_long_words=False)
        yield text("facings", number, words, point(front), LABEL)
