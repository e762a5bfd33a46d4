"""Cameras from markers and boards on floor and shelves, some of which were measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Camera
from storegraph.store.problem import listed
from storegraph.tracking.cameras import CameraGroup

from .bundle import Adjusted, Sightings, adjust
from .errors import CalibrationError
from .survey import MeasuredCamera, Survey
from .targets import CORNER_SIGMA, FixedSheets, Look, Target
from .turning import Floats
from .viewpoint import Expected, axes, placed

Pose = tuple[Floats, Floats]
"""Axes [3, 3] (columns) and origin [3] in `map`."""

FOCAL = 0.02
"""Standard deviation of a focal length that is adjusted too, as a share: a lens that was focused anew."""

RADIAL = 0.02
"""The same of the first two coefficients of its distortion."""


def from_markers(
    cameras: Sequence[Camera], looks: Mapping[str, Look], targets: Sequence[Target], survey: Survey, *, lens: bool
) -> tuple[Adjusted, FixedSheets]:
    """Finds cameras, and sheets that were not measured, from what the cameras see of them.

    Args:
        cameras: Of which only the lenses are believed.
        looks: What each sees, by id.
        targets: The sheets; at least one was measured.
        survey: What else was measured.
        lens: Whether focal lengths and distortion are adjusted too.

    Returns:
        The adjusted cameras, in their order, and the sheets, in whose `start` the adjustment began.

    Raises:
        CalibrationError: A camera sees no sheet that hangs together with a measured one.
    """
    known: dict[int, Pose] = {
        place: (target.pose.axes(), np.array(target.pose.position))
        for place, target in enumerate(targets)
        if target.pose.position is not None
    }
    if not known:
        raise CalibrationError(
            "no marker or board of the survey has a position; measure at least one, better three that are far apart"
        )
    posed = _chained(cameras, looks, targets, known)
    seen = sorted({place for look in looks.values() for place in look.corners if place in known})
    scene = _scene(cameras, looks, targets, seen, known)
    start = [placed(camera, *posed[camera.id]) for camera in cameras]
    measured = {each.id: each for each in survey.cameras}
    expected = [_expected(camera, measured.get(camera.id), lens) for camera in start]
    return adjust(start, expected, [scene]), scene


def _expected(camera: Camera, measured: MeasuredCamera | None, lens: bool) -> Expected:
    focal, radial = (FOCAL, RADIAL) if lens else (0.0, 0.0)
    if measured is None:
        return Expected(camera, focal=focal, radial=radial)
    there = camera.model_copy(update={"position": measured.position})
    return Expected(there, position=measured.within, focal=focal, radial=radial)


def _chained(
    cameras: Sequence[Camera], looks: Mapping[str, Look], targets: Sequence[Target], known: dict[int, Pose]
) -> dict[str, Pose]:
    """Cameras from sheets whose place is known, and sheets from cameras, in turn; fills `known`."""
    posed: dict[str, Pose] = {}
    while True:
        before = len(posed) + len(known)
        for camera in cameras:
            corners = looks[camera.id].corners
            if camera.id not in posed and corners.keys() & known.keys():
                posed[camera.id] = _camera_pose(camera, looks[camera.id], targets, known)
        seen = {place for name in posed for place in looks[name].corners}
        for place in sorted(seen - known.keys()):
            known[place] = _sheet_pose(targets[place], place, cameras, looks, posed)
        if len(posed) + len(known) == before:
            break
    if lost := [camera.id for camera in cameras if camera.id not in posed]:
        sees = "; ".join(f"{name} sees {listed(targets[place].name for place in looks[name].corners)}" for name in lost)
        raise CalibrationError(
            f"camera {listed(lost)} cannot be placed: {sees}. Put a marker where this camera and another one see it "
            f"whole, at least 40 pixels wide, and name it in the survey"
        )
    return posed


def _camera_pose(camera: Camera, look: Look, targets: Sequence[Target], known: Mapping[int, Pose]) -> Pose:
    """From all sheets it sees whose place is known."""
    seen = [place for place in look.corners if place in known]
    world = np.concatenate(
        [targets[place].points[look.corners[place][0]] @ known[place][0].T + known[place][1] for place in seen]
    )
    return _best(_poses(camera, world, np.concatenate([look.corners[place][1] for place in seen])))


def _sheet_pose(
    target: Target, place: int, cameras: Sequence[Camera], looks: Mapping[str, Look], posed: Mapping[str, Pose]
) -> Pose:
    """Of a sheet: the pose, as one of the cameras has it, that fits best what all of them see."""
    seeing = [camera for camera in cameras if camera.id in posed and place in looks[camera.id].corners]
    candidates = []
    for camera in seeing:
        points, pixels = looks[camera.id].corners[place]
        for _, (turned, centre) in _poses(camera, target.points[points], pixels):
            inside = posed[camera.id][0] @ turned.T
            pose = inside, posed[camera.id][1] - inside @ centre
            errors = [_misfit(each, posed[each.id], target, pose, looks[each.id].corners[place]) for each in seeing]
            candidates.append((max(errors), pose))
    return _best(candidates)


def _misfit(camera: Camera, at: Pose, target: Target, pose: Pose, corners: tuple[NDArray[np.intp], Floats]) -> float:
    """How far a camera sees a sheet from where it should be with this pose, pixels."""
    points, pixels = corners
    world = target.points[points] @ pose[0].T + pose[1]
    projected, _ = CameraGroup.of([placed(camera, *at)]).project(world[None])
    return float(np.nan_to_num(np.linalg.norm(projected[0] - pixels, axis=1), nan=np.inf).mean())


def _best(candidates: Sequence[tuple[float, Pose]]) -> Pose:
    return min(candidates, key=lambda candidate: candidate[0])[1]


def _poses(camera: Camera, world: Floats, pixels: Floats) -> list[tuple[float, Pose]]:
    """Poses of a camera that may see these points there: points of a plane can have two."""
    rays = CameraGroup.of([camera]).rays(pixels[None])[0] @ axes(camera)
    ahead = np.isfinite(rays).all(axis=1) & (rays[:, 2] > 0.05)
    if ahead.sum() < 4:
        raise CalibrationError(
            f"camera {camera.id}: sees markers where its lens model has no light; calibrate the lens"
        )
    world, image = world[ahead], rays[ahead, :2] / rays[ahead, 2:]
    flat = len(world) == 4
    method = cv2.SOLVEPNP_IPPE if flat else cv2.SOLVEPNP_SQPNP
    _, turns, shifts, errors = cv2.solvePnPGeneric(world, image, np.eye(3), np.zeros(5), flags=method)
    posed = []
    for turn, shift, error in zip(turns, shifts, np.ravel(errors), strict=True):
        into_camera = cv2.Rodrigues(turn)[0]
        pose = np.asarray(into_camera.T, np.float64), np.asarray(-into_camera.T @ shift.ravel(), np.float64)
        posed.append((float(error), pose))
    return posed


def _scene(
    cameras: Sequence[Camera],
    looks: Mapping[str, Look],
    targets: Sequence[Target],
    seen: Sequence[int],
    known: Mapping[int, Pose],
) -> FixedSheets:
    rows = [
        (index, row, targets[place].points[point], pixel)
        for index, camera in enumerate(cameras)
        for row, place in enumerate(seen)
        if place in looks[camera.id].corners
        for point, pixel in zip(*looks[camera.id].corners[place], strict=True)
    ]
    index, of_target, local, pixels = (np.array(column) for column in zip(*rows, strict=True))
    return FixedSheets(
        sightings=Sightings(index, pixels, np.full(len(rows), CORNER_SIGMA)),
        targets=tuple(targets[place] for place in seen),
        axes=np.array([known[place][0] for place in seen]),
        middles=np.array([known[place][1] for place in seen]),
        of_target=of_target,
        local=local,
    )
