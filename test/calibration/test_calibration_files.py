"""The files of a calibration: the survey that is read, the store file that is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from storegraph.atomic import OutputError
from storegraph.calibration.board import parse_board
from storegraph.calibration.errors import CalibrationError
from storegraph.calibration.rewriting import rewrite, section
from storegraph.calibration.survey import Marker, load_survey
from storegraph.cli import main
from storegraph.store.file import load_store
from storegraph.store.model import Store

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"


@pytest.fixture(scope="module")
def store() -> Store:
    return load_store(CORNER)


def survey_of(text: str, folder: Path) -> Path:
    path = folder / "survey.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_survey_says_what_was_measured(tmp_path: Path, store: Store) -> None:
    text = """
markers:
  - {id: 0, size: 0.16, position: [1.0, 1.2, 0.0]}
  - {id: 2, size: 0.16}
cameras: [{id: south_west, position: [0.15, 0.15, 2.75]}]
people: {stature: 1.78}
"""
    survey = load_survey(survey_of(text, tmp_path), store)
    assert [marker.position for marker in survey.markers] == [(1.0, 1.2, 0.0), None]
    assert (survey.cameras[0].id, survey.people.stature) == ("south_west", 1.78)


def test_all_mistakes_are_told_at_once_with_line_key_value_and_what_is_allowed(tmp_path: Path, store: Store) -> None:
    text = """
dictionary: tag36h11
markers:
  - {id: 600, size: 0.16, position: [1.0, 1.2, 0.0]}
  - {id: 1, size: 0.16, position: [0, 0, 1.4], faces: [1, 0, 0], top: [1, 0, 0]}
  - {id: 1, size: 0.16}
cameras: [{id: south_wst, position: [0.15, 0.15, 2.75]}]
"""
    with pytest.raises(CalibrationError) as caught:
        load_survey(survey_of(text, tmp_path), store)
    lines = str(caught.value).splitlines()
    assert [line.partition("survey.yaml:")[2] for line in lines] == [
        "4: markers[0].id 600 is not in tag36h11; its ids are 0 to 586",
        "5: markers[1].faces [1.0, 0.0, 0.0] is not at a right angle to top [1.0, 0.0, 0.0]; a sheet faces away from "
        "itself, and its top lies in it",
        "6: markers[2].id 1 is there twice; every id is given once",
        '7: cameras[0].id "south_wst" is no camera of the store (did you mean south_west?); there are north_east, '
        "north_west, south_east, south_west",
    ]


def test_a_key_that_is_not_known_is_told_with_those_that_are(tmp_path: Path, store: Store) -> None:
    with pytest.raises(CalibrationError, match=r"survey.yaml:1: markers\[0\].sise is no key here \(did you mean size"):
        load_survey(survey_of("markers: [{id: 1, sise: 0.1}]\n", tmp_path), store)


def test_a_sheet_on_a_wall_has_its_axes_right_up_and_out() -> None:
    marker = Marker(id=1, size=0.1, position=(0.0, 2.0, 1.0), faces=(2.0, 0.0, 0.0), top=(0.0, 0.0, 3.0))
    np.testing.assert_allclose(marker.axes(), [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("chess:5x7:0.04:0.03", "a board is charuco:"),
        ("charuco:5x7:0.04:0.05", "must be smaller than the square"),
        ("charuco:2x7:0.04:0.03", "a side has 3 to 50"),
        ("charuco:5x7:0.04:0.03:4x4_5", r"did you mean 4x4_50"),
        ("charuco:20x20:0.04:0.03", "needs 200 markers; 4x4_50 has 50"),
    ],
)
def test_a_board_that_cannot_be_is_told(text: str, told: str) -> None:
    with pytest.raises(CalibrationError, match=told):
        parse_board(text)


def test_only_the_values_that_changed_are_other_than_before(tmp_path: Path) -> None:
    out = tmp_path / "new.yaml"
    rewrite(CORNER, out, {"south_east": {"position": (5.8123456, 0.2, 2.7)}})
    before, after = CORNER.read_text(encoding="utf-8").splitlines(), out.read_text(encoding="utf-8").splitlines()
    assert [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new] == [
        ("position: [5.85, 0.15, 2.75]", "position: [5.8123, 0.2, 2.7]")
    ]
    assert load_store(out).cameras[1].position == (5.8123, 0.2, 2.7)


def test_a_store_file_is_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "new.yaml"
    out.write_text("mine\n", encoding="utf-8")
    with pytest.raises(OutputError, match="--force"):
        rewrite(CORNER, out, {})
    assert out.read_text(encoding="utf-8") == "mine\n"
    rewrite(CORNER, out, {}, replace=True)
    assert load_store(out) == load_store(CORNER)


@pytest.mark.parametrize("there", ["--out", "--report"])
def test_what_would_be_replaced_is_told_before_anything_is_looked_at(tmp_path: Path, there: str) -> None:
    (tmp_path / "mine").touch()
    nowhere = ["calibrate", "extrinsics", str(tmp_path / "no bag"), "--store", str(CORNER)]
    ran = CliRunner().invoke(main, [*nowhere, there, str(tmp_path / "mine")])
    assert ran.exit_code == 2
    assert "mine: exists already" in ran.output


def test_a_camera_that_the_file_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="cameras has no attic"):
        rewrite(CORNER, tmp_path / "new.yaml", {"attic": {"position": (0.0, 0.0, 1.0)}})


def test_a_section_to_paste_is_a_part_of_a_store_file() -> None:
    assert (
        section({"attic": {"position": (1.0, 2.0, 3.0)}}) == "cameras:\n  - id: attic\n    position: [1.0, 2.0, 3.0]\n"
    )
