"""The world of a calibration -> `map`: metres, z up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.importers.errors import ImporterError
from storegraph.store.model import Camera

UPWARDS = {
    "z": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "-z": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "y": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "-y": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "x": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "-x": ((0, 1, 0), (0, 0, -1), (-1, 0, 0)),
}
"""The axes of `map` in a world whose given axis points up."""

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres."""

WIDEST = 100.0
"""Metres between the cameras of one place, at most: a soccer field is so long. Cameras 2 m apart are 200 cm apart."""

UPRIGHT = 0.5
"""Cosine of the angle between up and what is up for the cameras on the whole, at least. Of cameras that look straight
down from all sides the mean is up all the same; one of another axis is at 90 degrees to it."""


def in_map(cameras: Mapping[str, Camera], calibration: Path, up: str | None, unit: str) -> dict[str, Camera]:
    """The cameras of a calibration in `map`.

    Args:
        cameras: In the world of the calibration, by name.
        calibration: Of the project, for errors.
        up: The axis of that world that points up, a key of `UPWARDS`; None for z, if that goes with the cameras, which
            are mostly upright.
        unit: Of its lengths, a key of `UNITS`.

    Raises:
        ImporterError: The cameras are farther apart than those of any place, or lie on their sides.
    """
    from scipy.spatial.transform import Rotation  # takes half a second to import, and only this importer needs it

    metres = UNITS[unit]
    places = metres * np.array([camera.position for camera in cameras.values()])
    apart = float(np.linalg.norm(places[:, None] - places, axis=2).max())
    if apart > WIDEST:
        raise ImporterError(
            f"{calibration}: cameras are {apart:.0f} m apart; if `translation` is not in {unit}, --unit says in what"
        )
    turns = Rotation.from_quat([camera.orientation for camera in cameras.values()])
    if up is None:
        _check(turns.apply([0.0, -1.0, 0.0]), calibration)
    turn = Rotation.from_matrix(np.array(UPWARDS[up or "z"], dtype=np.float64))
    return {
        name: camera.model_copy(
            update={
                "position": tuple(turn.apply(place).tolist()),
                "orientation": tuple(orientation.tolist()),
            }
        )
        if (up or "z", unit) != ("z", "m")
        else camera
        for (name, camera), place, orientation in zip(cameras.items(), places, (turn * turns).as_quat(), strict=True)
    }


def _check(tops: NDArray[np.float64], calibration: Path) -> None:
    """Whether cameras are upright where z points up, by where the tops of their pictures (-y there) point in `map`."""
    mean = tops.mean(axis=0)
    upright = float(np.linalg.norm(mean))
    if upright < UPRIGHT or mean[2] >= UPRIGHT * upright:
        return
    axis = int(np.abs(mean).argmax())
    likely = ("-" if mean[axis] < 0 else "") + "xyz"[axis]
    raise ImporterError(
        f"{calibration}: where z points up, these cameras lie on their sides or stand on their heads; if another axis "
        f"points up, as {likely} seems to, give --up {likely}; if they do lie so, --up z"
    )
