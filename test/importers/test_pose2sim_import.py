"""What becomes of a Pose2Sim project."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from storegraph.cli import main
from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.replay import replay
from storegraph.importers.errors import ImporterError
from storegraph.importers.pose2sim import has_poses, import_pose2sim
from storegraph.importers.pose2sim.project import START
from storegraph.observations import COCO_17, Keypoints, PersonKeypoints
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.model import TrackingSettings
from storegraph.tracking.skeleton import BODY_25, HALPE_26

SIZE = (1088, 1920)
MATRIX = ((1681.2, 0.0, 533.0), (0.0, 1681.1, 948.1), (0.0, 0.0, 1.0))
DISTORTIONS = (-0.047, 0.14, 0.0006, 0.0007)
POSES = {
    "cam_1": ((1.9, -0.6, 0.5), (-0.4, 0.1, 4.2)),
    "cam_2": ((1.2, 1.3, -1.1), (0.3, 0.2, 3.9)),
}
"""Rotation vector and translation, metres, of the world into each camera."""

POINTS = np.array([[0.1, 0.2, 1.6], [-0.3, 0.4, 0.9], [0.2, -0.1, 0.1]])
"""In front of both."""


def calibrate(project: Path, fisheye: bool = False) -> None:
    (project / "calibration").mkdir(parents=True, exist_ok=True)
    sections = [
        f'[{name}]\nname = "{name}"\nsize = [ {SIZE[0]}.0, {SIZE[1]}.0 ]\nmatrix = {[list(row) for row in MATRIX]}\n'
        f"distortions = {list(DISTORTIONS)}\nrotation = {list(rotation)}\ntranslation = {list(translation)}\n"
        f"fisheye = {str(fisheye).lower()}\n"
        for name, (rotation, translation) in POSES.items()
    ]
    text = "\n".join([*sections, "[metadata]\nadjusted = false\nerror = 0.0\n"])
    (project / "calibration" / "Calib_scene.toml").write_text(text)


def pose(project: Path, camera: str, frame: int, *people: list[float]) -> Path:
    folder = project / "pose" / f"{camera}_json"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{camera}_{frame:06d}.json"
    path.write_text(json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": person} for person in people]}))
    return path


def person(joints: int, x: float) -> list[float]:
    """Joint n is at (x + n, 2 n) with score 0.5; the second was not found."""
    return [value for n in range(joints) for value in ((0.0, 0.0, 0.0) if n == 1 else (x + n, 2.0 * n, 0.5))]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "My trial"
    calibrate(project)
    (project / "Config.toml").write_text("[project]\nframe_rate = 50\n")
    for frame in (0, 1, 3):
        pose(project, "cam_1", frame, person(17, 100.0 * frame), person(17, 500.0))
        pose(project, "cam_2", frame)
    return project


def imported(project: Path, tmp_path: Path, **settings: object) -> list[Keypoints]:
    import_pose2sim(project, tmp_path / "bag", tmp_path / "store.yaml", **settings)  # type: ignore[arg-type]
    store = load_store(tmp_path / "store.yaml")
    with BagReader(tmp_path / "bag", store.id) as reader:
        names = {f"cameras/{camera.id}/keypoints" for camera in store.cameras}
        return [decode(message) for message in reader.messages(names)]  # type: ignore[misc]


def test_every_file_becomes_a_picture_with_its_people_at_the_stamp_of_its_number(project: Path, tmp_path: Path) -> None:
    pictures = imported(project, tmp_path)
    seen = [((picture.stamp - START) // 1_000_000, picture.camera, len(picture.people)) for picture in pictures]
    assert seen == [
        (0, "cam_1", 2), (0, "cam_2", 0), (20, "cam_1", 2), (20, "cam_2", 0), (60, "cam_1", 2), (60, "cam_2", 0),
    ]  # fmt: skip
    first = pictures[2].people[0]
    assert np.array_equal(first.points[2], [102.0, 4.0])
    assert np.isnan(first.points[1]).all()
    assert first.scores[1] == 0.0
    assert first.score == 0.5
    assert first.box.tolist() == [100.0, 0.0, 16.0, 32.0]
    assert {picture.joints for picture in pictures} == {COCO_17}


@pytest.mark.parametrize("fisheye", [False, True])
def test_cameras_project_as_opencv_does_with_the_calibration(project: Path, tmp_path: Path, fisheye: bool) -> None:
    calibrate(project, fisheye)
    imported(project, tmp_path)
    for camera in load_store(tmp_path / "store.yaml").cameras:
        rotation, translation = (np.array(part) for part in POSES[camera.id])
        model = cv2.fisheye if fisheye else cv2
        expected, _ = model.projectPoints(
            POINTS[:, None], rotation, translation, np.array(MATRIX), np.array(DISTORTIONS)
        )
        pixels = CameraGroup.of([camera]).project(POINTS[None])[0][0]
        assert np.abs(pixels - expected[:, 0]).max() < 1e-3
        assert math.isclose(np.linalg.norm(camera.orientation), 1.0)


@pytest.mark.parametrize("joints", [COCO_17, BODY_25, HALPE_26], ids=len)
def test_the_number_of_joints_tells_which_they_are(project: Path, tmp_path: Path, joints: tuple[str, ...]) -> None:
    for frame in (0, 1, 3):
        pose(project, "cam_1", frame, person(len(joints), 0.0))
    assert {picture.joints for picture in imported(project, tmp_path)} == {joints}


def test_a_given_frame_rate_counts(project: Path, tmp_path: Path) -> None:
    pictures = imported(project, tmp_path, rate=100.0)
    assert pictures[-1].stamp - START == 30_000_000


def no_rate(project: Path) -> None:
    (project / "Config.toml").write_text("[project]\nframe_rate = 'auto'\n")


def other_joints(project: Path) -> None:
    pose(project, "cam_2", 3, person(25, 0.0))


def unknown_joints(project: Path) -> None:
    pose(project, "cam_1", 1, person(21, 0.0))


def half_a_file(project: Path) -> None:
    path = pose(project, "cam_1", 1, person(17, 0.0))
    path.write_text(path.read_text()[:50])


def no_poses_of_a_camera(project: Path) -> None:
    (project / "pose" / "cam_2_json").rename(project / "pose" / "somewhere")


def two_calibrations(project: Path) -> None:
    (project / "calibration" / "Calib_again.toml").write_text("")


def calibration_of_another_form(project: Path) -> None:
    (project / "calibration" / "Calib_scene.toml").rename(project / "calibration" / "Calib.qca.txt")


def no_matrix(project: Path) -> None:
    path = project / "calibration" / "Calib_scene.toml"
    path.write_text(path.read_text().replace("matrix", "matrices", 1))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_rate, "no Config.toml says project.frame_rate as a number, and there is no video; --fps says it"),
        (other_joints, "cam_2_000003.json: has people of 25 joints; the pictures before, of 17"),
        (unknown_joints, r"cam_1_000001.json: has people of \[21\] joints; known are 17, 25, 26"),
        (half_a_file, "cam_1_000001.json: is not as OpenPose writes it"),
        (no_poses_of_a_camera, "must have a folder <camera>_json for each of cam_1, cam_2; it has cam_1_json"),
        (two_calibrations, r"must hold one Calib\*.toml; it holds Calib_again.toml, Calib_scene.toml"),
        (calibration_of_another_form, r"it holds none \(Pose2Sim.calibration\(\) makes one of Calib.qca.txt\)"),
        (no_matrix, "Calib_scene.toml: cam_1.matrix: Field required"),
    ],
)
def test_a_project_that_is_not_as_it_should_be_is_an_error_that_names_it(project, tmp_path, spoil, told) -> None:
    spoil(project)
    with pytest.raises(ImporterError, match=told):
        imported(project, tmp_path)
    assert not (tmp_path / "bag").exists()
    assert not (tmp_path / "store.yaml").exists()


class Spots:
    """Finds the middle of what is bright in a picture as a person of one joint."""

    joints = ("nose",)

    def detect(self, pictures: Sequence[np.ndarray]) -> list[tuple[PersonKeypoints, ...]]:
        found = []
        for picture in pictures:
            rows, columns = np.nonzero(picture[..., 0] > 128)
            point, box = np.array([(columns.mean(), rows.mean())], np.float32), np.zeros(4, np.float32)
            found.append((PersonKeypoints(1.0, box, point, np.ones(1, np.float32)),))
        return found


def film(project: Path, camera: str, *places: tuple[int, int], size: tuple[int, int] = SIZE) -> None:
    """A video at 25 pictures a second, of a spot that is at these places."""
    (project / "videos").mkdir(exist_ok=True)
    path = project / "videos" / f"{camera}.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, size)
    for place in places:
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        cv2.circle(picture, place, 20, (255, 255, 255), cv2.FILLED)
        video.write(picture)
    video.release()


@pytest.fixture
def filmed(tmp_path: Path) -> Path:
    """A project without poses."""
    project = tmp_path / "filmed"
    calibrate(project)
    film(project, "cam_1", (100, 200), (120, 200), (140, 200))
    film(project, "cam_2", (500, 900), (500, 920))
    return project


def test_without_poses_people_are_found_in_the_videos_at_their_rate(filmed: Path, tmp_path: Path) -> None:
    assert not has_poses(filmed)
    pictures = imported(filmed, tmp_path, detector=Spots())
    seen = [((picture.stamp - START) // 1_000_000, picture.camera) for picture in pictures]
    assert seen == [(0, "cam_1"), (0, "cam_2"), (40, "cam_1"), (40, "cam_2"), (80, "cam_1")]
    points = np.array([picture.people[0].points[0] for picture in pictures])
    np.testing.assert_allclose(points, [(100, 200), (500, 900), (120, 200), (500, 920), (140, 200)], atol=2.0)


def test_the_command_looks_at_videos_with_the_network_it_is_told(filmed: Path, tmp_path: Path) -> None:
    told = ["import", "pose2sim", filmed, "--out", tmp_path / "bag", "--store", tmp_path / "store.yaml", "--size", 128]

    def run(model: str) -> Result:
        return CliRunner().invoke(main, [*map(str, told), "--model", model])

    refused = run("compactt")
    assert refused.exit_code == 2
    assert "none is called compactt" in refused.stderr
    assert not (tmp_path / "bag").exists()
    pytest.importorskip("torch", reason="the network runs in torch")
    assert "5 pictures of 2 cameras at 25 a second, with 0 people" in run("compact").stdout


def test_where_there_are_poses_the_videos_are_not_looked_at(project: Path, tmp_path: Path) -> None:
    film(project, "cam_1", (100, 200))
    assert has_poses(project)
    assert {picture.joints for picture in imported(project, tmp_path, detector=Spots())} == {COCO_17}


def test_videos_that_do_not_go_with_the_cameras_are_told(filmed: Path, tmp_path: Path) -> None:
    film(filmed, "cam_2", (10, 10), size=(64, 48))
    with pytest.raises(ImporterError, match=r"cam_2.avi: has pictures of 64x48 pixels; camera cam_2 was calibrated"):
        imported(filmed, tmp_path, detector=Spots())
    (filmed / "videos" / "cam_2.avi").unlink()
    with pytest.raises(ImporterError, match=r"must have a video of each of cam_1, cam_2 in videos; it has cam_1.avi"):
        imported(filmed, tmp_path, detector=Spots())
    assert not (tmp_path / "bag").exists()


def test_what_is_imported_is_replayed_as_far_as_cameras_tell(project: Path, tmp_path: Path) -> None:
    import_pose2sim(project, tmp_path / "bag", tmp_path / "store.yaml")
    store = load_store(tmp_path / "store.yaml")
    report = replay(tmp_path / "bag", store, tmp_path / "out", stage_settings={"tracking": TrackingSettings(period=0)})
    assert report.messages == 6
    with BagReader(tmp_path / "out" / "bag", store.id) as reader:
        stamps = [decode(message).stamp - START for message in reader.messages({"shoppers"})]
    assert stamps == [0, 20_000_000, 60_000_000]
