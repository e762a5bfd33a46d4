"""Calibrations whose world is not `map`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from storegraph.importers.errors import ImporterError
from storegraph.importers.pose2sim.world import UNITS, UPWARDS, in_map
from storegraph.store.file import load_store
from storegraph.store.model import Camera

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
CAMERAS = {camera.id: camera for camera in STORE.cameras}
FILE = Path("calibration")


def elsewhere(up: str, unit: str = "m") -> dict[str, Camera]:
    """The cameras of the store in a world in which this axis points up, with such a unit."""
    back = Rotation.from_matrix(np.array(UPWARDS[up], dtype=float)).inv()
    return {
        name: camera.model_copy(
            update={
                "position": tuple((back.apply(camera.position) / UNITS[unit]).tolist()),
                "orientation": tuple((back * Rotation.from_quat(camera.orientation)).as_quat().tolist()),
            }
        )
        for name, camera in CAMERAS.items()
    }


@pytest.mark.parametrize("up", UPWARDS)
@pytest.mark.parametrize("unit", UNITS)
def test_whatever_axis_is_up_and_whatever_the_unit_is_the_cameras_are_where_they_are(up: str, unit: str) -> None:
    found = in_map(elsewhere(up, unit), FILE, up, unit)
    for name, camera in CAMERAS.items():
        np.testing.assert_allclose(found[name].position, camera.position, atol=1e-9)
        turned = Rotation.from_quat(found[name].orientation) * Rotation.from_quat(camera.orientation).inv()
        assert turned.magnitude() < 1e-9


@pytest.mark.parametrize("axis", UPWARDS)
def test_axes_are_turned_and_not_mirrored_and_the_one_that_is_up_becomes_z(axis: str) -> None:
    turn = np.array(UPWARDS[axis], dtype=float)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    upwards = (-1.0 if axis.startswith("-") else 1.0) * np.eye(3)["xyz".index(axis[-1])]
    np.testing.assert_array_equal(turn @ upwards, [0.0, 0.0, 1.0])


@pytest.mark.parametrize("up", [axis for axis in UPWARDS if axis != "z"])
def test_cameras_that_lie_where_z_is_up_are_an_error_that_names_the_axis_that_is(up: str) -> None:
    with pytest.raises(ImporterError, match=rf"give --up {up};"):
        in_map(elsewhere(up), FILE, None, "m")
    assert in_map(elsewhere(up), FILE, "z", "m") == elsewhere(up)


def test_cameras_that_stand_are_taken_as_they_are() -> None:
    assert in_map(CAMERAS, FILE, None, "m") == CAMERAS


@pytest.mark.parametrize("unit", ["cm", "mm"])
def test_lengths_that_are_no_metres_are_an_error_that_asks_for_their_unit(unit: str) -> None:
    with pytest.raises(ImporterError, match=r"cameras are \d+ m apart; if `translation` is not in m, --unit says"):
        in_map(elsewhere("z", unit), FILE, None, "m")
