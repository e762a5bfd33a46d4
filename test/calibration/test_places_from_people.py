"""Cameras from somebody who walks about alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from shop_walkers import SECOND, START, misplaced, walked

from storegraph.calibration.bundle import Adjusted
from storegraph.calibration.errors import CalibrationError
from storegraph.calibration.people import from_people
from storegraph.calibration.rewriting import pose_of, rewrite
from storegraph.calibration.survey import MeasuredCamera, Survey, Walkers
from storegraph.calibration.turning import vector
from storegraph.calibration.viewpoint import CENTRE, CLOCK, UNKNOWNS, axes
from storegraph.calibration.walks import Glimpses, glimpses
from storegraph.cli import main
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import KEYPOINTS
from storegraph.observations import Keypoints
from storegraph.store.file import load_store

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
STORE = load_store(CORNER)
CAMERAS = STORE.cameras
NAMES = [camera.id for camera in CAMERAS]
CLOCKS = {"south_east": 0.08, "north_east": -0.05}
MEASURED = tuple(
    MeasuredCamera(id=camera.id, position=camera.position, within=0.01) for camera in (CAMERAS[0], CAMERAS[2])
)


@pytest.fixture(scope="module")
def seen() -> Glimpses:
    return glimpses(walked(CAMERAS, 40.0, clocks=CLOCKS), NAMES)


@pytest.fixture(scope="module")
def adjusted(seen: Glimpses) -> Adjusted:
    survey = Survey(cameras=MEASURED, people=Walkers(stature=1.78))
    return from_people(misplaced(CAMERAS, 0.3, np.radians(5), 1), seen, survey, lens=False)[0]


def test_cameras_that_were_put_wrong_are_found(adjusted: Adjusted) -> None:
    for found, true in zip(adjusted.cameras, CAMERAS, strict=True):
        assert np.linalg.norm(np.subtract(found.position, true.position)) < 0.04
        assert np.degrees(np.linalg.norm(vector(axes(found) @ axes(true).T))) < 0.5


def test_what_is_said_of_the_uncertainty_holds(adjusted: Adjusted) -> None:
    for index, (found, true) in enumerate(zip(adjusted.cameras, CAMERAS, strict=True)):
        own = slice(index * UNKNOWNS + CENTRE.start, index * UNKNOWNS + CENTRE.stop)
        off = np.subtract(found.position, true.position)
        assert off @ np.linalg.solve(adjusted.covariance[own, own], off) < 16.3  # chi-squared of three, 99.9 %


def test_clocks_that_are_apart_are_found(adjusted: Adjusted) -> None:
    behind = dict(zip(NAMES, adjusted.unknowns[:, CLOCK.start], strict=True))
    for name in NAMES:
        assert behind[name] == pytest.approx(CLOCKS.get(name, 0.0), abs=0.02)


def test_of_rough_poses_the_cameras_fit_each_other_better_than_the_map(seen: Glimpses) -> None:
    found, _ = from_people(misplaced(CAMERAS, 0.2, np.radians(3), 2), seen, Survey(), lens=False)
    apart, true = (np.array([camera.position for camera in cameras]) for cameras in (found.cameras, CAMERAS))
    sides = np.linalg.norm(apart - np.roll(apart, 1, axis=0), axis=1)
    assert sides / np.linalg.norm(true - np.roll(true, 1, axis=0), axis=1) == pytest.approx(np.ones(4), abs=0.04)


def test_nobody_is_alone_while_a_camera_sees_two(seen: Glimpses) -> None:
    pictures = list(walked(CAMERAS, 20.0))
    second = [each for each in pictures if each.people and each.camera == NAMES[0]][20]
    crowd = Keypoints(
        second.stamp, *(getattr(second, key) for key in ("camera", "width", "height", "joints")), second.people * 2
    )
    found = glimpses([each for each in pictures if each is not second] + [crowd], NAMES)
    first = min(each.stamp for each in pictures)
    assert len(found.seconds)
    assert (np.abs(found.seconds - (second.stamp - first) / SECOND) > 0.5).all()


def test_a_camera_that_saw_too_little_is_named() -> None:
    pictures = [each for each in walked(CAMERAS, 12.0) if each.camera != NAMES[3] or each.stamp < START + SECOND]
    with pytest.raises(CalibrationError, match=f"camera {NAMES[3]}: saw the feet of somebody alone in . pictures; 40"):
        from_people(CAMERAS, glimpses(pictures, NAMES), Survey(), lens=False)


def test_the_command_makes_a_store_file_and_a_report(tmp_path: Path) -> None:
    bag, rough, survey = tmp_path / "bag", tmp_path / "rough.yaml", tmp_path / "survey.yaml"
    with BagWriter(bag, STORE.id) as writer:
        for each in sorted(walked(CAMERAS, 15.0), key=lambda each: each.stamp):
            writer.write(KEYPOINTS.of(each.camera), each, each.stamp)
    wrong = misplaced(CAMERAS, 0.2, np.radians(3), 3)
    rewrite(CORNER, rough, {camera.id: pose_of(camera) for camera in wrong})
    lines = [f"  - {{id: {each.id}, position: {list(each.position)}}}" for each in MEASURED]
    survey.write_text("\n".join(["people: {stature: 1.78}", "cameras:", *lines]) + "\n", encoding="utf-8")
    out, report = tmp_path / "calibrated.yaml", tmp_path / "report"
    arguments = ["calibrate", "extrinsics", bag, "--store", rough, "--survey", survey, "--out", out, "--report", report]
    ran = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert ran.exit_code == 0, ran.output
    assert all(name in ran.output for name in NAMES)  # whole, also on a narrow terminal
    for found, true in zip(load_store(out).cameras, CAMERAS, strict=True):
        assert np.linalg.norm(np.subtract(found.position, true.position)) < 0.08
    told = json.loads((report / "report.json").read_text(encoding="utf-8"))
    assert [camera["id"] for camera in told["cameras"]] == NAMES
    page = (report / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in NAMES)
    assert "http" not in page
