"""The picture of a store: its plan from above, with the uppermost goods, and below it every fixture from the front."""

from __future__ import annotations

import colorsys
import io
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Camera, Fixture, Gate, Store

if TYPE_CHECKING:  # matplotlib takes half a second to import, and only a picture needs it
    from matplotlib.axes import Axes

PICTURE_SUFFIXES = (".svg", ".png")

_WIDTH = 12.0
"""Of the picture, inches."""

_BORDER = 0.7
"""Around and between its two drawings, inches."""

_MARGIN = 0.35
"""Around what is drawn, metres."""

_INK, _WALL, _WOOD, _FRONT, _BARE = "#22303c", "#5b6770", "#e9e4da", "#b5532a", "#f2f2f0"
_GATE, _KIOSK, _CAMERA = "#1d8a5f", "#7a4ea3", "#2b6cb0"

_SMALL = 5.5
"""Size of the products' names, points."""

_FRONTS_WIDTH = 4.8
"""Metres of fixtures beside each other: at this scale a name fits over two plates of four inches."""

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Hues this part of a turn apart are far from each other, however many there are."""


def draw(store: Store, suffix: str) -> bytes:
    """Draws a store; the same store gives the same bytes (with the same matplotlib).

    Args:
        store: What to draw.
        suffix: `.svg` or `.png`.

    Returns:
        The content of the picture's file.
    """
    import matplotlib
    from matplotlib.figure import Figure

    content = io.BytesIO()
    with matplotlib.rc_context(
        {
            "svg.hashsalt": store.id,  # ids of the SVG's elements would be random otherwise
            "svg.fonttype": "none",  # text stays text
            "text.parse_math": False,  # names may hold a $
            "text.color": _INK,
            "font.size": 9,
        }
    ):
        (left, bottom), (right, top) = _extent(store)
        rows, fronts_width, fronts_height = _rows(store)
        inches = _WIDTH - 2 * _BORDER
        plan_inches, fronts_inches = inches * (top - bottom) / (right - left), inches * fronts_height / fronts_width
        height = plan_inches + fronts_inches + 4 * _BORDER
        figure = Figure(figsize=(_WIDTH, height))
        across = _BORDER / _WIDTH, inches / _WIDTH
        plan_bottom = (fronts_inches + 3 * _BORDER) / height
        plan = figure.add_axes((across[0], plan_bottom, across[1], plan_inches / height))
        fronts = figure.add_axes((across[0], _BORDER / height, across[1], fronts_inches / height))
        plan.set(xlim=(left, right), ylim=(bottom, top), ylabel="y of map [m]")
        plan.set_xlabel("x of map [m]", loc="left")
        _plan(plan, store)
        plan.set_title(f"{store.name} ({store.id}) from above, a colour for each product", loc="left", weight="bold")
        for fixture, x, y in rows:
            _front(fronts, store, fixture, (x, y), inches / fronts_width)
        fronts.set(xlim=(0, fronts_width), ylim=(-fronts_height, 0))
        fronts.set_title("Every fixture from the front", loc="left", weight="bold")
        fronts.set_axis_off()
        metadata = {"Date": None} if suffix == ".svg" else {"Software": None}
        figure.savefig(content, format=suffix[1:], dpi=150, metadata=metadata)
    return content.getvalue()


def _extent(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Lower left and upper right corner of all that stands in `map`."""
    points = [*store.outline, *(camera.position[:2] for camera in store.cameras)]
    points += [point for fixture in store.fixtures for point in _corners(fixture)]
    points += [point for gate in store.gates for point in (gate.from_point, gate.to_point)]
    points += [store.kiosk.position] if store.kiosk else []
    return np.min(points, axis=0) - _MARGIN, np.max(points, axis=0) + _MARGIN


def _plan(axes: Axes, store: Store) -> None:
    from matplotlib.patches import Polygon

    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    colours = _colours(store)
    if store.outline:
        axes.add_patch(Polygon(store.outline, facecolor="#fcfbf8", edgecolor=_WALL, linewidth=4, joinstyle="miter"))
    for fixture in store.fixtures:
        corners = _corners(fixture)
        axes.add_patch(Polygon(corners, facecolor=_WOOD, edgecolor=_INK, linewidth=0.8))
        plates = {scale.position: scale for shelf in fixture.shelves for scale in shelf.scales}  # the uppermost there
        for (x, y), scale in plates.items():
            (width, depth), colour = scale.size, colours.get(scale.id, _BARE)
            plate = [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]
            axes.add_patch(Polygon(_in_map(fixture, plate), facecolor=colour, edgecolor="white", linewidth=0.5))
        axes.plot(*zip(*corners[:2], strict=True), color=_FRONT, linewidth=3, solid_capstyle="butt")
        middle = np.mean(corners, axis=0)
        axes.text(middle[0], middle[1], fixture.id, ha="center", va="center", weight="bold", bbox=_label(_WOOD))
    for gate in store.gates:
        _gate(axes, gate)
    if store.kiosk:
        axes.plot(*store.kiosk.position, "s", color=_KIOSK, markersize=11)
        _name(axes, store.kiosk.id, store.kiosk.position, _KIOSK)
    for camera in store.cameras:
        _camera(axes, camera)
    axes.plot([], [], color=_FRONT, linewidth=3, label="front of a fixture")
    axes.plot([], [], color=_GATE, linewidth=4, label="gate")
    axes.plot([], [], "o", color=_CAMERA, label="camera, and where it looks")
    axes.legend(loc="upper right", bbox_to_anchor=(1.0, 0.0), borderaxespad=2.5, ncols=3, frameon=False)


def _gate(axes: Axes, gate: Gate) -> None:
    """The line, and an arrow for each way that is open; in is to the left of the line from one end to the other."""
    ends = np.array([gate.from_point, gate.to_point])
    axes.plot(*ends.T, color=_GATE, linewidth=5, solid_capstyle="butt")
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    inwards = np.array([-along[1], along[0]]) * 0.22
    for passage, way, place in (("entry", inwards, 1 / 3), ("exit", -inwards, 2 / 3)):
        if passage in gate.passages:
            start = ends[0] + (ends[1] - ends[0]) * place - way / 2
            axes.annotate("", start + way, start, arrowprops={"arrowstyle": "-|>", "color": _GATE, "linewidth": 1.5})
    _name(axes, gate.id, gate.to_point, _GATE)


def _camera(axes: Axes, camera: Camera) -> None:
    """A dot, and the sector it looks into, unless it looks straight down."""
    from matplotlib.patches import Wedge

    x, y, z, w = camera.orientation
    axis = (2 * (x * z + w * y), 2 * (y * z - w * x))  # the optical frame's z, seen from above
    if math.hypot(*axis) > 0.1:
        heading = math.degrees(math.atan2(axis[1], axis[0]))
        half = math.degrees(math.atan(camera.width / 2 / camera.focal_length[0]))
        sector = Wedge(camera.position[:2], 0.7, heading - half, heading + half, color=_CAMERA, alpha=0.18, linewidth=0)
        axes.add_patch(sector)
    axes.plot(*camera.position[:2], "o", color=_CAMERA, markersize=7)
    _name(axes, camera.id, camera.position[:2], _CAMERA)


def _rows(store: Store) -> tuple[list[tuple[Fixture, float, float]], float, float]:
    """Where each fixture's front is drawn (left, bottom), and how wide and high they are together, metres."""
    widest = max([_FRONTS_WIDTH, *(fixture.size[0] for fixture in store.fixtures)])
    placed: list[tuple[Fixture, float, float]] = []
    row: list[tuple[Fixture, float]] = []
    x = top = 0.0
    for fixture in (*store.fixtures, None):
        if fixture is None or (row and x + fixture.size[0] > widest):
            bottom = top - max((member.size[2] for member, _ in row), default=0.0) - _MARGIN
            placed += [(member, left, bottom) for member, left in row]
            row, x, top = [], 0.0, bottom - 0.1
        if fixture is not None:
            row.append((fixture, x))
            x += fixture.size[0] + _MARGIN
    width = max((left + fixture.size[0] for fixture, left, _ in placed), default=0.0)
    return placed, width + _MARGIN, -top


def _front(axes: Axes, store: Store, fixture: Fixture, corner: tuple[float, float], inches: float) -> None:
    """A fixture as a shopper sees it, its lower left corner at a point, so many inches to the metre."""
    from matplotlib.patches import Rectangle

    (x, y), (width, _, height) = corner, fixture.size
    axes.add_patch(Rectangle((x, y), width, height, facecolor=_WOOD, edgecolor=_INK, linewidth=0.8))
    axes.text(x, y + height + 0.04, fixture.id, weight="bold")
    products, colours = store.products(), _colours(store)
    facing_of = {name: facing for facing in store.facings for name in facing.scales}
    for shelf in fixture.shelves:
        base = y + shelf.height
        axes.plot([x, x + width], [base, base], color=_INK, linewidth=1.2, solid_capstyle="butt")
        spans: dict[str, tuple[float, float]] = {}
        for scale in shelf.scales:
            left, right = x + scale.position[0], x + scale.position[0] + scale.size[0]
            facing = facing_of.get(scale.id)
            goods = (left, base), right - left, shelf.clearance * 0.9
            axes.add_patch(Rectangle(*goods, facecolor=colours.get(scale.id, _BARE), edgecolor="white", linewidth=0.6))
            if facing and facing.gtin is not None:
                begin, end = spans.get(facing.scales[0], (left, right))
                spans[facing.scales[0]] = (min(begin, left), max(end, right))
        for first, (begin, end) in spans.items():
            gtin = facing_of[first].gtin
            assert gtin is not None
            middle = (begin + end) / 2, base + shelf.clearance * 0.45
            text = _wrapped(products[gtin].name, (end - begin) * inches, shelf.clearance * 0.9 * inches)
            axes.text(*middle, text, ha="center", va="center", fontsize=_SMALL, linespacing=1.0, clip_on=True)


def _colours(store: Store) -> dict[str, tuple[float, float, float]]:
    """The colour of the product on each scale that has one."""
    hues = {product.gtin: place * _GOLDEN % 1.0 for place, product in enumerate(store.catalogue)}
    planned = [(name, facing.gtin) for facing in store.facings for name in facing.scales]
    return {name: colorsys.hls_to_rgb(hues[gtin], 0.78, 0.55) for name, gtin in planned if gtin is not None}


def _wrapped(name: str, width: float, height: float) -> str:
    """A name in as many lines as fit a box of inches: a letter is about 0.6 of the font's size wide, a line 1.2."""
    columns, lines = (int(extent * 72 / _SMALL / share) for extent, share in ((width, 0.6), (height, 1.2)))
    return "\n".join(textwrap.wrap(name, max(columns, 2), max_lines=max(lines, 1), placeholder="…"))


def _corners(fixture: Fixture) -> list[tuple[float, float]]:
    """The footprint in `map`; the first two corners are the front edge, left and right."""
    width, depth, _ = fixture.size
    return _in_map(fixture, [(0, 0), (width, 0), (width, depth), (0, depth)])


def _in_map(fixture: Fixture, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
    x, y, _ = fixture.position
    return [(x + cosine * px - sine * py, y + sine * px + cosine * py) for px, py in points]


def _name(axes: Axes, name: str, point: tuple[float, float], colour: str) -> None:
    right = point[0] < sum(axes.get_xlim()) / 2
    axes.annotate(
        name,
        point,
        xytext=(7 if right else -7, 7),
        textcoords="offset points",
        ha="left" if right else "right",
        color=colour,
        fontsize=8,
        bbox=_label("white"),
    )


def _label(colour: str) -> dict[str, Any]:
    return {"facecolor": colour, "edgecolor": "none", "alpha": 0.85, "pad": 1.0}
