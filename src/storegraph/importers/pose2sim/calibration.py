"""`calibration/Calib*.toml` -> cameras."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from storegraph.importers.errors import ImporterError
from storegraph.store.model import Camera

Floats = NDArray[np.float64]

NO_CAMERA = frozenset({"metadata"})
"""Sections of the file that are about something else."""


class _Calibration(BaseModel):
    """A camera's section. `rotation` (a rotation vector) and `translation` take the world into the camera."""

    model_config = ConfigDict(extra="ignore")

    size: tuple[float, float]
    matrix: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
    distortions: tuple[float, ...]
    rotation: tuple[float, float, float]
    translation: tuple[float, float, float]
    fisheye: bool = False


def read_calibration(project: Path) -> dict[str, Camera]:
    """The cameras of a project, by the names of their sections, in their order.

    They are in the world of the calibration, which Pose2Sim has in metres, z up.

    Raises:
        ImporterError: There is not one calibration file, or it does not say what it should.
    """
    folder = project / "calibration"
    found = sorted(folder.glob("Calib*.toml"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        others = ", ".join(sorted(path.name for path in folder.glob("*") if path.is_file()))
        fix = f" (Pose2Sim.calibration() makes one of {others})" if others and not found else ""
        raise ImporterError(f"{folder}: must hold one Calib*.toml; it holds {names}{fix}")
    path = found[0]
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImporterError(f"{path}: cannot be read: {error}") from error
    cameras = {name: _camera(path, name, section) for name, section in sections.items() if name not in NO_CAMERA}
    if len({camera.id for camera in cameras.values()}) < max(len(cameras), 1):
        raise ImporterError(f"{path}: needs cameras with names that differ; it has {', '.join(cameras) or 'none'}")
    return cameras


def _camera(path: Path, name: str, section: Mapping[str, Any]) -> Camera:
    try:
        calibration = _Calibration.model_validate(section)
        model: Literal["equidistant", "plumb_bob"] = "equidistant" if calibration.fisheye else "plumb_bob"
        coefficients = calibration.distortions
        if not calibration.fisheye and len(coefficients) == 4:
            coefficients = (*coefficients, 0.0)  # no k3
        position, orientation = _pose(np.array(calibration.rotation), np.array(calibration.translation))
        (fx, _, cx), (_, fy, cy), _ = calibration.matrix
        return Camera(
            id=camera_id(name),
            width=round(calibration.size[0]),
            height=round(calibration.size[1]),
            focal_length=(fx, fy),
            principal_point=(cx, cy),
            distortion_model=model,
            distortion=coefficients,
            position=position,
            orientation=orientation,
        )
    except ValidationError as error:
        problems = "; ".join(
            f"{name}.{'.'.join(str(key) for key in each['loc'])}: {each['msg']}" for each in error.errors()
        )
        raise ImporterError(f"{path}: {problems}") from error


def camera_id(name: str) -> str:
    """A name as an identifier of the store file: other characters than letters, digits and dots become underscores."""
    identifier = re.sub(r"[^A-Za-z0-9_.]", "_", name)
    return identifier if identifier[:1].isalpha() else f"camera_{identifier}"


def _pose(
    rotation: Floats, translation: Floats
) -> tuple[tuple[float, float, float], tuple[float, float, float, float]]:
    """Where the optical centre is in the world, and the camera's axes there as a unit quaternion x, y, z, w."""
    angle = float(np.linalg.norm(rotation))
    axis = rotation / angle if angle else np.zeros(3)
    into_world = -axis * math.sin(angle / 2)
    w = math.cos(angle / 2)
    centre = -_turned(translation, into_world, w)
    x, y, z = into_world.tolist()
    return (float(centre[0]), float(centre[1]), float(centre[2])), (x, y, z, w)


def _turned(vector: Floats, imaginary: Floats, real: float) -> Floats:
    """A vector turned by a unit quaternion."""
    once: Floats = np.cross(imaginary, vector) * 2
    turned: Floats = vector + real * once + np.cross(imaginary, once)
    return turned
