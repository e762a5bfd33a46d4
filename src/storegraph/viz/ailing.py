"""What is wrong with the nodes of a store, drawn where it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from storegraph.graph.diagnostics import Level
from storegraph.store.model import Point3D, Store

from .health import Ailment, Ailments
from .layout import frustum, gate_line
from .markers import FAULTY, NOTE, UP, Colour, Marker, Shape, point, text

COLOURS: dict[Level, Colour] = {
    Level.WARN: (1.0, 0.8, 0.0, 1.0),
    Level.ERROR: (1.0, 0.1, 0.1, 1.0),
    Level.STALE: FAULTY,
}

LINES: Point3D = (0.03, 0.0, 0.0)
"""Metres: width of the lines of what ails, thicker than those of a camera or gate that is well."""
LETTER = 0.1
"""Metres: height of a letter of what is told of the whole store."""
ABOVE_ALL: Point3D = (0.0, 0.0, 3.0)
"""Metres in `map`: where broken nodes are told, above the store's origin."""

GATES = "gate"
"""The node that reads all gates; of each it tells as `gate <id>`."""


def ailing(store: Store, ailments: Ailments) -> Iterator[Marker]:
    """Cameras and gates that are not well are lit, with what is wrong; of the other nodes, the broken ones are told.

    Args:
        store: Where they stand.
        ailments: What is wrong now.
    """
    others = {node: dict(sides) for node, sides in ailments.items()}
    for number, camera in enumerate(store.cameras):
        sides = others.pop(f"camera_{camera.id}".replace(".", "_"), {})
        worst = max(sides.values(), key=lambda each: each.level, default=None)
        yield from _lit(number, f"camera {camera.id}", frustum(camera), worst)
    gone = ailments.get(GATES, {}).get("")
    for number, gate in enumerate(store.gates, len(store.cameras)):
        ailment = others.get(GATES, {}).pop(f"gate {gate.id}", gone)
        yield from _lit(number, f"gate {gate.id}", gate_line(gate), ailment)
    broken = [
        f"{node}: {each.message}"
        for node, sides in sorted(others.items())
        for each in sides.values()
        if each.level > Level.WARN
    ]
    if broken:
        yield text("ailments", -1, "\n".join(broken), ABOVE_ALL, LETTER)


def _lit(number: int, name: str, lines: tuple[Point3D, ...], ailment: Ailment | None) -> Iterator[Marker]:
    if ailment is not None:
        yield Marker("ailing", number, Shape.LINE_LIST, COLOURS[ailment.level], LINES, points=lines)
        below = point(np.array(lines[0]) - LETTER * UP)
        yield text("ailments", number, f"{name}: {ailment.message}", below, NOTE)
