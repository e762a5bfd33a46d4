"""What a calibration came to: a table for the terminal, JSON for programs, and one page to look at."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray
from rich.table import Table

from storegraph.store.model import Camera, Fixture, Store

from .bundle import Adjusted, Scene
from .intrinsics import LensReport, coverage
from .turning import Floats, vector
from .viewpoint import CENTRE, CLOCK, TURN, UNKNOWNS, axes

ARROWS = 300
"""Of a picture; more hide each other."""

LONG_ARROW = 0.04
"""Share of the picture's width: arrows are drawn longer than they are, so that the median one is a quarter of this."""

LOOKS = 0.6
"""Metres: how long the line is that shows on the plan where a camera looks."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedCamera:
    """A camera of a report.

    Attributes:
        camera: As it was found.
        before: As the store file had it.
        position_sigma: Standard deviation along x, y, z of `map`, metres.
        plane: Covariance of x and y, square metres, shape [2, 2].
        orientation_sigma: Standard deviation about x, y, z of `map`, radians.
        clock: By how much its clock is behind that of the first camera, and the standard deviation, seconds; None where
            that was not asked.
        seen: Where points were seen, pixels, shape [N, 2].
        projected: Where they should have been, shape [N, 2].
        picture: What it saw, grey; None where there are no pictures.
    """

    camera: Camera
    before: Camera
    position_sigma: tuple[float, float, float]
    plane: Floats
    orientation_sigma: tuple[float, float, float]
    clock: tuple[float, float] | None
    seen: Floats
    projected: Floats
    picture: NDArray[np.uint8] | None

    @property
    def rms(self) -> float:
        """Root mean square of the distances between what was seen and what should have been, pixels."""
        return float(np.sqrt(np.nanmean(((self.projected - self.seen) ** 2).sum(axis=1))))

    @property
    def median(self) -> float:
        """Their median, pixels: some of what a network sees of people is simply wrong."""
        return float(np.nanmedian(np.linalg.norm(self.projected - self.seen, axis=1)))

    @property
    def moved(self) -> float:
        """How far it is from where the store file had it, metres."""
        return math.dist(self.camera.position, self.before.position)

    @property
    def turned(self) -> float:
        """By how much it is turned against the store file, radians."""
        return float(np.linalg.norm(vector(axes(self.camera) @ axes(self.before).T)))


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """A marker or board of a report.

    Attributes:
        name: For people.
        position: Where its middle was found to be, metres.
        off: How far that is from where it was measured, metres; None: it was not measured.
    """

    name: str
    position: tuple[float, float, float]
    off: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PlacesReport:
    """Where cameras are.

    Attributes:
        store: That they are in.
        method: "markers" or "people".
        cameras: In the order of the store file.
        sheets: Markers and boards.
        remarks: What somebody should know, in sentences.
    """

    store: Store
    method: str
    cameras: tuple[PlacedCamera, ...]
    sheets: tuple[PlacedSheet, ...]
    remarks: tuple[str, ...]


def placed_cameras(
    before: Sequence[Camera], adjusted: Adjusted, scene: Scene, pictures: Mapping[str, NDArray[np.uint8]], timed: bool
) -> tuple[PlacedCamera, ...]:
    """The cameras of a report.

    Args:
        before: As the store file has them.
        adjusted: What was found.
        scene: The one scene from which it was.
        pictures: Of cameras, by id.
        timed: Whether the clocks were asked.
    """
    cameras = []
    sightings = scene.sightings
    for index, (camera, old) in enumerate(zip(adjusted.cameras, before, strict=True)):
        own = slice(index * UNKNOWNS, (index + 1) * UNKNOWNS)
        covariance = adjusted.covariance[own, own]
        sigma = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        rows = sightings.cameras == index
        clock = float(adjusted.unknowns[index, CLOCK.start]), float(sigma[CLOCK.start])
        cameras.append(
            PlacedCamera(
                camera=camera,
                before=old,
                position_sigma=tuple(sigma[CENTRE].tolist()),
                plane=covariance[3:5, 3:5],
                orientation_sigma=tuple(sigma[TURN].tolist()),
                clock=clock if timed else None,
                seen=sightings.pixels[rows],
                projected=adjusted.projected[0][rows],
                picture=pictures.get(camera.id),
            )
        )
    return tuple(cameras)


def places_table(report: PlacesReport) -> Table:
    """For the terminal."""
    table = Table("camera", "points", r"median \[px]", r"moved \[m]", r"turned \[deg]", r"known to \[mm]", r"\[deg]")
    timed = any(each.clock is not None for each in report.cameras)
    if timed:
        table.add_column(r"clock behind \[ms]")
    for each in report.cameras:
        row = [
            each.camera.id,
            str(len(each.seen)),
            f"{each.median:.2f}",
            f"{each.moved:.3f}",
            f"{math.degrees(each.turned):.2f}",
            f"{1000 * max(each.position_sigma):.0f}",
            f"{math.degrees(math.hypot(*each.orientation_sigma)):.2f}",
        ]
        if each.clock is not None:
            row.append(f"{1000 * each.clock[0]:+.0f} ± {1000 * each.clock[1]:.0f}")
        table.add_row(*row)
    return table


def lens_table(report: LensReport) -> Table:
    """For the terminal."""
    table = Table("view", "corners", r"error \[px]")
    for view, there in zip(report.views, report.projected, strict=True):
        error = np.sqrt(((there - view.pixels) ** 2).sum(axis=1).mean())
        table.add_row(view.name, str(len(view.pixels)), f"{error:.2f}")
    return table


def places_data(report: PlacesReport) -> dict[str, Any]:
    """For programs; metres, radians, seconds, pixels."""
    return {
        "store": report.store.id,
        "method": report.method,
        "cameras": [
            {
                "id": each.camera.id,
                "position": each.camera.position,
                "orientation": each.camera.orientation,
                "focal_length": each.camera.focal_length,
                "distortion": each.camera.distortion,
                "position_sigma": each.position_sigma,
                "orientation_sigma": each.orientation_sigma,
                "clock_behind": each.clock and each.clock[0],
                "clock_sigma": each.clock and each.clock[1],
                "points": len(each.seen),
                "reprojection_rms": each.rms,
                "reprojection_median": each.median,
                "moved": each.moved,
                "turned": each.turned,
            }
            for each in report.cameras
        ],
        "sheets": [{"name": each.name, "position": each.position, "off": each.off} for each in report.sheets],
        "remarks": report.remarks,
    }


def lens_data(report: LensReport) -> dict[str, Any]:
    """For programs; pixels."""
    return {
        "distortion_model": report.lens.model,
        "size": report.lens.size,
        "focal_length": report.lens.focal_length,
        "principal_point": report.lens.principal_point,
        "distortion": report.lens.distortion,
        "focal_sigma": report.focal_sigma,
        "rms": report.rms,
        "pictures": report.pictures,
        "found_in": report.found_in,
        "views": [view.name for view in report.views],
        "left_out": report.left_out,
        "tried": [
            {"model": name, "held_out_rms": error if math.isfinite(error) else None} for name, error in report.tried
        ],
    }


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
        (view.name, len(view.pixels), f"{np.sqrt(((there - view.pixels) ** 2).sum(axis=1).mean()):.2f}")
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
