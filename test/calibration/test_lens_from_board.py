"""A lens from drawn pictures of a board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from drawn_sheets import DrawnSheet, draw, noisy

from storegraph.calibration.board import parse_board
from storegraph.calibration.errors import CalibrationError
from storegraph.calibration.intrinsics import LensReport, calibrate_lens
from storegraph.calibration.pictures import GreyPicture
from storegraph.calibration.printing import print_sheet
from storegraph.calibration.turning import matrix
from storegraph.cli import main
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

TEXT = "charuco:7x5:0.04:0.03"
BOARD = parse_board(TEXT)
LENS = Camera(
    id="held",
    width=640,
    height=360,
    focal_length=(380.6, 381.0),
    principal_point=(321.3, 178.9),
    distortion=(-0.283, 0.071, 0.0004, -0.0003, 0.0),
    position=(0.0, 0.0, 0.0),
    orientation=(0.0, 0.0, 0.0, 1.0),
)
FACING = np.diag([1.0, -1.0, -1.0])
"""Axes of a board that faces the camera, upright."""


def shown(camera: Camera, places: Sequence[tuple[float, float]], distance: float = 0.36) -> list[GreyPicture]:
    """The board shown at these places of the picture, given as shares of it, each time tilted another way."""
    random = np.random.default_rng(3)
    pictures = []
    for number, place in enumerate(places):
        ray = CameraGroup.of([camera]).rays(np.multiply(place, (camera.width, camera.height))[None, None])[0, 0]
        tilt = matrix(0.55 * np.array([np.cos(2.4 * number), np.sin(2.4 * number), 0.2]))
        sheet = DrawnSheet.board(BOARD, tilt @ FACING, distance * ray)
        pictures.append(GreyPicture(f"{number}.png", noisy(draw(camera, [sheet]), random)))
    return pictures


EVERYWHERE = [(x, y) for y in (0.3, 0.5, 0.7) for x in (0.15, 0.33, 0.5, 0.67, 0.85)]


@pytest.fixture(scope="module")
def pictures() -> list[GreyPicture]:
    return shown(LENS, EVERYWHERE)


@pytest.fixture(scope="module")
def report(pictures: list[GreyPicture]) -> LensReport:
    return calibrate_lens(pictures, BOARD)


def test_a_lens_is_found_to_a_third_of_a_percent(report: LensReport) -> None:
    np.testing.assert_allclose(report.lens.focal_length, LENS.focal_length, rtol=0.0035)
    np.testing.assert_allclose(report.lens.principal_point, LENS.principal_point, atol=2.0)
    assert report.rms < 0.3


def test_points_are_projected_where_the_true_lens_does(report: LensReport) -> None:
    lens = report.lens
    found = LENS.model_copy(
        update={
            "focal_length": lens.focal_length,
            "principal_point": lens.principal_point,
            "distortion_model": lens.model,
            "distortion": lens.distortion,
        }
    )
    pixels = np.stack(np.meshgrid(np.linspace(20, 620, 9), np.linspace(20, 340, 7)), axis=-1).reshape(1, -1, 2)
    there, _ = CameraGroup.of([found]).project(2 * CameraGroup.of([LENS]).rays(pixels))
    # The middle of the picture may lie elsewhere; the camera is then turned, which extrinsics make up for.
    off = there[0] - pixels[0]
    assert np.linalg.norm(off - off.mean(axis=0), axis=1).mean() < 1.0


def test_the_model_with_the_fewest_coefficients_is_taken_that_is_as_good_as_any(report: LensReport) -> None:
    assert report.lens.model == "plumb_bob"
    assert [name for name, _ in report.tried] == [
        "plumb_bob, 2 radial",
        "plumb_bob",
        "equidistant",
        "rational_polynomial",
    ]


def test_a_fisheye_lens_is_found_and_how_certain_it_is() -> None:
    wide = {"focal_length": (300.0, 300.0), "distortion_model": "equidistant", "distortion": (0.02, -0.005, 0.0, 0.0)}
    report = calibrate_lens(shown(LENS.model_copy(update=wide), EVERYWHERE, distance=0.3), BOARD)
    assert report.lens.model == "equidistant"
    off = abs(report.lens.focal_length[0] / 300.0 - 1.0)
    assert 1e-4 < report.focal_sigma < 5e-3
    assert off < 4 * report.focal_sigma


def test_parts_of_the_picture_where_nothing_was_seen_are_named() -> None:
    left = [(x, y) for x in (0.2, 0.25, 0.3) for y in (0.3, 0.4, 0.5, 0.6, 0.7)]
    with pytest.raises(CalibrationError, match=r"never seen in \d of 12 parts of the picture: .*top far right"):
        calibrate_lens(shown(LENS, left), BOARD)


def test_too_few_views_are_told_with_how_many_there_were(pictures: list[GreyPicture]) -> None:
    with pytest.raises(CalibrationError, match=r"found in 4 different views of 4 pictures; 10 are needed"):
        calibrate_lens(pictures[5:9], BOARD)


def test_pictures_of_two_sizes_are_told(pictures: list[GreyPicture]) -> None:
    smaller = GreyPicture("half.png", pictures[0].pixels[::2, ::2].copy())
    with pytest.raises(CalibrationError, match=r"half.png: has 320x180 pixels, those before 640x360"):
        calibrate_lens([pictures[0], smaller], BOARD)


def test_the_command_reads_a_folder_and_prints_what_to_paste(pictures: list[GreyPicture], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for picture in pictures:
        cv2.imwrite(str(folder / picture.name), picture.pixels)
    ran = CliRunner().invoke(main, ["calibrate", "intrinsics", str(folder), "--camera", "held", "--board", TEXT])
    assert ran.exit_code == 0, ran.output
    (camera,) = yaml.safe_load(ran.output[ran.output.index("cameras:") :])["cameras"]
    assert camera["id"] == "held"
    assert Camera(**camera, position=(0, 0, 0), orientation=(0, 0, 0, 1)).focal_length == pytest.approx(
        (380.6, 381.0), rel=0.0035
    )


@pytest.mark.parametrize(("sheet", "size"), [(TEXT, (0.32, 0.24)), ("tag36h11:3:0.16", (0.2, 0.2))])
def test_a_sheet_is_printed_at_its_true_size(sheet: str, size: tuple[float, float], tmp_path: Path) -> None:
    out = tmp_path / "sheet.svg"
    assert print_sheet(sheet, out) == pytest.approx(size)
    assert f'width="{1000 * size[0]:g}mm" height="{1000 * size[1]:g}mm"' in out.read_text(encoding="utf-8")


def test_a_sheet_that_is_no_sheet_is_told(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"tag36h11:0:0\.16"):
        print_sheet("tag36h11:9999:0.16", tmp_path / "sheet.svg")
