"""Cameras from people who walk about alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

from .bundle import Adjusted, Sightings, adjust
from .errors import CalibrationError
from .survey import Survey
from .turning import Floats
from .viewpoint import Expected
from .walks import (
    ANKLE,
    FEET,
    JOINT_SIGMA,
    KNOTS,
    PARTS,
    PIXEL_SIGMA,
    SHARES,
    STATURE,
    STATURE_SIGMA,
    Glimpses,
    Walks,
)

ROUGH_POSITION = 0.3
"""Metres: how well a camera's place is known that somebody took from a plan."""

ROUGH_ORIENTATION = np.radians(5.0)
"""Radians, about each axis: the same of where it looks."""

CLOCK = 0.1
"""Seconds: how far apart cameras' clocks are at most, two times out of three; NTP in a shop keeps them nearer."""

FOCAL, RADIAL = 0.02, 0.02
"""As of `markers`."""

TAPED_STATURE = 0.01
"""Metres: how well somebody's stature is measured."""

NEEDED = 40
"""Glimpses of the feet that a camera needs: four seconds of walking at ten pictures a second."""

FARTHEST = 15.0
"""Metres from a camera: farther away a pixel is too much to begin with."""


def from_people(cameras: Sequence[Camera], seen: Glimpses, survey: Survey, *, lens: bool) -> tuple[Adjusted, Walks]:
    """Finds cameras from what they see of somebody who walks about alone.

    Args:
        cameras: Their poses are as good as `ROUGH_POSITION` and `ROUGH_ORIENTATION` say.
        seen: By cameras in the same order.
        survey: What was measured: places of cameras, the walker's stature.
        lens: Whether focal lengths and distortion are adjusted too.

    Raises:
        CalibrationError: A camera saw too little.
    """
    for index, camera in enumerate(cameras):
        count = int(((seen.cameras == index) & (seen.parts == FEET)).sum())
        if count < NEEDED:
            raise CalibrationError(
                f"camera {camera.id}: saw the feet of somebody alone in {count} pictures; {NEEDED} are needed. "
                f"Walk about where it sees you from head to foot, with nobody else in the store"
            )
    walks = _walks(cameras, seen, survey)
    places = {each.id: each for each in survey.cameras}
    expected = []
    for index, camera in enumerate(cameras):
        measured = places.get(camera.id)
        there = camera.model_copy(update={"position": measured.position}) if measured else camera
        expected.append(
            Expected(
                there,
                position=measured.within if measured else ROUGH_POSITION,
                orientation=ROUGH_ORIENTATION,
                focal=FOCAL if lens else 0.0,
                radial=RADIAL if lens else 0.0,
                clock=CLOCK if index else 0.0,  # the first camera's clock is what the others are compared with
            )
        )
    return adjust(cameras, expected, [walks]), walks


def _walks(cameras: Sequence[Camera], seen: Glimpses, survey: Survey) -> Walks:
    """The scene to begin with: everybody upright above where their feet seem to be."""
    stature = survey.people.stature
    statures = np.full(seen.count, stature or STATURE)
    knots: list[float] = []
    walk: list[int] = []
    ends = np.zeros((seen.count, 2), dtype=np.intp)
    for index in range(seen.count):
        own = seen.seconds[seen.walks == index]
        times = np.arange(own.min() - KNOTS, own.max() + 2 * KNOTS, KNOTS)
        ends[index] = len(knots), len(knots) + len(times) - 1
        knots += times.tolist()
        walk += [index] * len(times)
    first, last = ends[seen.walks].T
    feet, metres = _feet(cameras, seen)
    lines = np.zeros((len(knots), len(PARTS), 3))
    for index in range(seen.count):
        rows = slice(ends[index, 0], ends[index, 1] + 1)
        own = (seen.walks == index) & np.isfinite(feet).all(axis=1)
        lines[rows, :, :2] = _smoothed(seen.seconds[own], feet[own], np.array(knots[rows]))[:, None]
        lines[rows, :FEET, 2] = SHARES * statures[index]
        lines[rows, FEET, 2] = ANKLE
    width = np.array([camera.width for camera in cameras])[seen.cameras]
    return Walks(
        sightings=Sightings(seen.cameras, seen.pixels, np.hypot(metres * JOINT_SIGMA, PIXEL_SIGMA * width / 640)),
        seconds=seen.seconds,
        parts=seen.parts,
        first=first,
        last=last,
        knots=np.array(knots),
        walk=np.array(walk, dtype=np.intp),
        lines=lines,
        statures=statures,
        stature_sigma=TAPED_STATURE if stature else STATURE_SIGMA,
    )


def _feet(cameras: Sequence[Camera], seen: Glimpses) -> tuple[Floats, Floats]:
    """About where glimpses are, on a floor that is z = 0.

    Returns:
        Where feet stand, x and y, metres, shape [N, 2], NaN of other parts; and pixels a metre there, shape [N].
    """
    heights = np.append(SHARES * STATURE, ANKLE)[seen.parts]
    feet, metres = np.full((len(heights), 2), np.nan), np.full(len(heights), np.nan)
    for index, camera in enumerate(cameras):
        rows = np.flatnonzero(seen.cameras == index)
        rays = CameraGroup.of([camera]).rays(seen.pixels[None, rows])[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            length = (heights[rows] - camera.position[2]) / rays[:, 2]
        length = np.where((length > 0) & (length < FARTHEST), length, np.nan)
        below = seen.parts[rows] == FEET
        feet[rows[below]] = (np.array(camera.position) + length[:, None] * rays)[below, :2]
        metres[rows] = np.mean(camera.focal_length) / np.nan_to_num(length, nan=FARTHEST)
    return feet, metres


def _smoothed(seconds: Floats, places: Floats, knots: Floats) -> Floats:
    """The median place around each knot, shape [K, 2]; where there is none, between those that have one."""
    found = np.full((len(knots), 2), np.nan)
    for index, knot in enumerate(knots.tolist()):
        near = np.abs(seconds - knot) <= 2 * KNOTS
        if near.any():
            found[index] = np.median(places[near], axis=0)
    known = np.isfinite(found).all(axis=1)
    if not known.any():
        return np.zeros((len(knots), 2))
    return np.stack([np.interp(knots, knots[known], found[known, axis]) for axis in (0, 1)], axis=1)
