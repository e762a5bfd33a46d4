"""Cameras from markers that are drawn as the cameras of the corner store see them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_sheets import DrawnSheet, draw, noisy

from storegraph.calibration.errors import CalibrationError
from storegraph.calibration.extrinsics import places_from_markers
from storegraph.calibration.markers import from_markers
from storegraph.calibration.page import places_page
from storegraph.calibration.pictures import GreyPicture
from storegraph.calibration.places import PlacesReport
from storegraph.calibration.survey import Marker, Survey
from storegraph.calibration.targets import look, targets_of
from storegraph.calibration.turning import vector
from storegraph.calibration.viewpoint import axes
from storegraph.graph.bag import BagWriter
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SIZE = 0.4
TRUE = (
    Marker(id=0, size=SIZE, position=(1.5, 1.5, 0.0)),
    Marker(id=1, size=SIZE, position=(4.5, 1.5, 0.0)),
    Marker(id=2, size=SIZE, position=(3.0, 2.5, 0.0), top=(1.0, 0.0, 0.0)),
    Marker(id=3, size=SIZE, position=(4.2, 3.6, 0.0)),
    Marker(id=4, size=SIZE, position=(1.6, 3.5, 0.0)),
    Marker(id=5, size=SIZE, position=(3.0, 4.5, 1.2), faces=(0.0, -1.0, 0.0), top=(0.0, 0.0, 1.0)),
)
MEASURED = (0, 1, 4)
SURVEY = Survey(
    markers=tuple(marker if marker.id in MEASURED else marker.model_copy(update={"position": None}) for marker in TRUE)
)
NOWHERE = STORE.model_copy(
    update={
        "cameras": tuple(
            camera.model_copy(update={"position": (0.0, 0.0, 1.0), "orientation": (0.0, 0.0, 0.0, 1.0)})
            for camera in STORE.cameras
        )
    }
)


@pytest.fixture(scope="module")
def pictures() -> Mapping[str, np.ndarray]:
    sheets = [DrawnSheet.marker("tag36h11", each.id, SIZE, each.axes(), each.position) for each in TRUE]
    random = np.random.default_rng(0)
    return {camera.id: noisy(draw(camera, sheets), random) for camera in STORE.cameras}


@pytest.fixture(scope="module")
def report(pictures: Mapping[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> PlacesReport:
    pytest.importorskip("rclpy", reason="pictures are written into bags by rclpy")
    from storegraph.graph.picture_messages import picture_messages

    bag = tmp_path_factory.mktemp("markers") / "bag"
    with BagWriter(bag, STORE.id) as writer:
        for camera in STORE.cameras:
            _, jpeg = cv2.imencode(".jpg", pictures[camera.id], [cv2.IMWRITE_JPEG_QUALITY, 95])
            for message in picture_messages(camera, 10**18, jpeg.tobytes(), 10**18):
                writer.write_message(message)
    return places_from_markers(bag, NOWHERE, SURVEY)


def test_corners_are_found_to_a_fifth_of_a_pixel(pictures: Mapping[str, np.ndarray]) -> None:
    survey = Survey(markers=TRUE)
    targets, off = targets_of(survey), []
    for camera in STORE.cameras:
        seen = look([GreyPicture("0", pictures[camera.id])], survey, targets)
        assert seen is not None
        for place, (points, pixels) in seen.corners.items():
            world = targets[place].points[points] @ TRUE[place].axes().T + TRUE[place].position
            off.append(CameraGroup.of([camera]).project(world[None])[0][0] - pixels)
    assert len(off) >= 12
    assert np.sqrt((np.concatenate(off) ** 2).mean()) < 0.2


def test_cameras_of_which_nothing_was_known_are_found(report: PlacesReport) -> None:
    for each, true in zip(report.cameras, STORE.cameras, strict=True):
        assert np.linalg.norm(np.subtract(each.camera.position, true.position)) < 0.04
        assert np.degrees(np.linalg.norm(vector(axes(each.camera) @ axes(true).T))) < 0.4
        assert each.rms < 0.5


def test_markers_that_were_not_measured_are_found_too(report: PlacesReport) -> None:
    found = {sheet.name: sheet for sheet in report.sheets}
    for marker in TRUE:
        sheet = found[f"marker {marker.id}"]
        assert (sheet.off is not None) == (marker.id in MEASURED)
        assert np.linalg.norm(np.subtract(sheet.position, marker.position)) < 0.04


def test_the_page_shows_what_the_cameras_saw(report: PlacesReport) -> None:
    page = places_page(report)
    assert page.count("data:image/jpeg;base64,") == len(STORE.cameras)
    assert page.count("<figure>") == len(STORE.cameras)


def test_a_camera_that_sees_no_marker_in_common_is_named_with_what_it_sees(pictures: Mapping[str, np.ndarray]) -> None:
    survey = Survey(markers=(TRUE[0], SURVEY.markers[3]))
    looks = {}
    for camera in STORE.cameras:
        blank = np.full_like(pictures[camera.id], 110) if camera.id == "north_west" else pictures[camera.id]
        looks[camera.id] = look([GreyPicture("0", blank)], survey, targets_of(survey))
    with pytest.raises(CalibrationError, match=r"north_west.* sees none.*Put a marker"):
        from_markers(STORE.cameras, looks, targets_of(survey), survey, lens=False)


def test_a_survey_without_a_place_is_refused() -> None:
    survey = Survey(markers=(SURVEY.markers[2],))
    with pytest.raises(CalibrationError, match="measure at least one"):
        from_markers(STORE.cameras, {}, targets_of(survey), survey, lens=False)
