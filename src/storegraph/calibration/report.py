"""What a calibration came to: a table for the terminal, JSON for programs. `page.py` makes a page to look at."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Column, Table

from .intrinsics import LensReport
from .lens import rms_of
from .places import PlacesReport


def places_table(report: PlacesReport) -> Table:
    """For the terminal."""
    table = Table(
        Column("camera", no_wrap=True),
        "points",
        r"median \[px]",
        r"moved \[m]",
        r"turned \[deg]",
        r"known to \[mm]",
        r"\[deg]",
    )
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
        table.add_row(view.name, str(len(view.pixels)), f"{rms_of([view], [there]):.2f}")
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
