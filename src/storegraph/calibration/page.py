"""What a calibration came to as one page: every camera's picture with arrows, and the plan of the store."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray

from storegraph.store.model import Fixture

from .intrinsics import LensReport, coverage
from .lens import rms_of
from .places import PlacedCamera, PlacesReport
from .turning import Floats
from .viewpoint import axes

ARROWS = 300
"""Of a picture; more hide each other."""

LONG_ARROW = 0.04
"""Share of the picture's width: arrows are drawn longer than they are, so that the median one is a quarter of this."""

LOOKS = 0.6
"""Metres: how long the line is that shows on the plan where a camera looks."""


def places_page(report: PlacesReport) -> str:
    """One HTML text that needs nothing from outside."""
    return _page(
        title=f"{report.store.name}: cameras from {report.method}",
        remarks=report.remarks,
        plan=_plan(report),
        canvases=[_canvas(each) for each in report.cameras],
        columns=("camera", "points", "median px", "moved m", "turned °", "± x y z mm", "± °", "clock ms"),
        rows=[_row(each) for each in report.cameras],
    )


def lens_page(report: LensReport, camera: str) -> str:
    """The same of a lens."""
    seen = np.concatenate([view.pixels for view in report.views])
    rows = [
        (view.name, len(view.pixels), f"{rms_of([view], [there]):.2f}")
        for view, there in zip(report.views, report.projected, strict=True)
    ]
    return _page(
        title=f"{camera}: lens, {report.lens.model}, {report.rms:.2f} px",
        remarks=(
            f"focal length {report.lens.focal_length[0]:.1f} x {report.lens.focal_length[1]:.1f} px, "
            f"known to {report.focal_sigma:.2%}",
        ),
        plan=None,
        canvases=[_drawn(camera, report.lens.size, seen, np.concatenate(report.projected), None)],
        columns=("view", "corners", "error px"),
        rows=rows,
    )


def _page(**content: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html").render(**content)


def _row(each: PlacedCamera) -> tuple[str, ...]:
    return (
        each.camera.id,
        str(len(each.seen)),
        f"{each.median:.2f}",
        f"{each.moved:.3f}",
        f"{math.degrees(each.turned):.2f}",
        " ".join(f"{1000 * sigma:.0f}" for sigma in each.position_sigma),
        f"{math.degrees(math.hypot(*each.orientation_sigma)):.2f}",
        f"{1000 * each.clock[0]:+.0f} ± {1000 * each.clock[1]:.0f}" if each.clock else "",
    )


def _canvas(each: PlacedCamera) -> dict[str, Any]:
    size = each.camera.width, each.camera.height
    return _drawn(each.camera.id, size, each.seen, each.projected, each.picture)


def _drawn(
    name: str, size: tuple[int, int], seen: Floats, projected: Floats, picture: NDArray[np.uint8] | None
) -> dict[str, Any]:
    """A picture with arrows from where points were seen to where they should be, and how much of it was covered."""
    visible = np.flatnonzero(np.isfinite(projected).all(axis=1))
    shown = visible[np.linspace(0, len(visible) - 1, min(ARROWS, len(visible))).astype(int)]
    off = projected[shown] - seen[shown]
    median = float(np.median(np.linalg.norm(off, axis=1))) if len(shown) else 1.0
    times = max(1, round(LONG_ARROW * size[0] / 4 / max(median, 1e-6)))
    counts = coverage(seen, size)
    down, across = counts.shape
    return {
        "name": name,
        "width": size[0],
        "height": size[1],
        "times": times,
        "picture": None if picture is None else _data_uri(picture),
        "arrows": np.column_stack((seen[shown], seen[shown] + times * off)).round(1).tolist(),
        "cells": [
            {"x": size[0] * column / across, "y": size[1] * row / down, "count": int(counts[row, column])}
            for row in range(down)
            for column in range(across)
        ],
        "cell": (size[0] / across, size[1] / down),
        "most": int(max(counts.max(), 1)),
    }


def _data_uri(picture: NDArray[np.uint8]) -> str:
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()


def _plan(report: PlacesReport) -> dict[str, Any]:
    """The store from above, y upwards: what SVG needs of it."""
    store = report.store
    fixtures = [_corners(fixture) for fixture in store.fixtures]
    places = [each.camera.position[:2] for each in report.cameras] + [each.position[:2] for each in report.sheets]
    every = np.array([*store.outline, *(corner for corners in fixtures for corner in corners), *places])
    least, most = every.min(axis=0) - 0.5, every.max(axis=0) + 0.5
    return {
        "box": (least[0], -most[1], *(most - least)),
        "outline": _svg(store.outline),
        "fixtures": [_svg(corners) for corners in fixtures],
        "cameras": [_eye(each) for each in report.cameras],
        "sheets": [{"name": each.name, "x": each.position[0], "y": -each.position[1]} for each in report.sheets],
    }


def _eye(each: PlacedCamera) -> dict[str, Any]:
    """A camera on the plan: where it is and looks, and the ellipse in which it lies 95 times of 100."""
    x, y, _ = each.camera.position
    ahead = axes(each.camera)[:2, 2]
    length = max(float(np.linalg.norm(ahead)), 1e-9)
    variances, directions = np.linalg.eigh(each.plane)
    radii = np.sqrt(np.maximum(variances, 0.0) * 5.991)  # chi-squared of two, 95 %
    return {
        "name": each.camera.id,
        "x": x,
        "y": -y,
        "to_x": x + LOOKS * ahead[0] / length,
        "to_y": -(y + LOOKS * ahead[1] / length),
        "radii": radii.tolist(),
        "angle": -math.degrees(math.atan2(directions[1, 0], directions[0, 0])),
    }


def _corners(fixture: Fixture) -> list[tuple[float, float]]:
    x, y, _ = fixture.position
    width, depth, _ = fixture.size
    cosine, sine = math.cos(fixture.yaw), math.sin(fixture.yaw)
    return [
        (x + cosine * a - sine * b, y + sine * a + cosine * b)
        for a, b in ((0, 0), (width, 0), (width, depth), (0, depth))
    ]


def _svg(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.3f},{-y:.3f}" for x, y in points)
