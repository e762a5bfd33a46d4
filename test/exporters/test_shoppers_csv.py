"""Shoppers as a table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from storegraph.atomic import OutputError
from storegraph.exporters.shoppers import write_shoppers_csv
from storegraph.graph.bag import BagError, BagWriter
from storegraph.observations import (
    COCO_17,
    GateEvent,
    Keypoints,
    Passage,
    PersonKeypoints,
    Shopper,
    Shoppers,
    ShopperState,
)
from storegraph.store.file import load_store
from storegraph.tracking.cameras import CameraGroup

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
START = 1_700_000_000_000_000_000
RATE = 25.0
JOINTS = ("nose", "left_wrist")


def shopper(name: str, state: ShopperState, x: float) -> Shopper:
    """One whose wrist is not known."""
    positions = np.array([[x, 1.5, 1.625], [np.nan] * 3], dtype=np.float32)
    return Shopper(name, state, positions, np.zeros((0, 6), np.float32), np.array([0.875, 0.0], np.float32))


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Two snapshots, 3 and 5 frames after the first picture: one shopper who is taken for a person, one who is not."""
    path = tmp_path / "bag"
    with BagWriter(path, "shop") as writer:
        writer.write("cameras/a/keypoints", Keypoints(START, "a", 640, 360, JOINTS, ()), START)
        for frame, state in ((3, ShopperState.TENTATIVE), (5, ShopperState.TRACKED)):
            stamp = START + round(frame * 1e9 / RATE)
            people = (shopper("one", state, frame / 8), shopper("ghost", ShopperState.TENTATIVE, 4.0))
            writer.write("shoppers", Shoppers(stamp, JOINTS, people), stamp)
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_known_joint_of_everybody_taken_for_a_person_has_a_row(bag: Path, tmp_path: Path) -> None:
    out = tmp_path / "shoppers.csv"
    assert write_shoppers_csv(bag, out) == 2
    first, second = rows(out)
    assert first == {
        "frame": "0",
        "stamp": str(START + 120_000_000),
        "id": "one",
        "joint": "nose",
        "x": "0.3750",
        "y": "1.5000",
        "z": "1.6250",
        "confidence": "0.875",
    }
    assert (second["frame"], second["x"]) == ("1", "0.6250")


def test_with_a_frame_rate_frames_are_those_of_the_cameras(bag: Path, tmp_path: Path) -> None:
    write_shoppers_csv(bag, tmp_path / "shoppers.csv", rate=RATE)
    assert [row["frame"] for row in rows(tmp_path / "shoppers.csv")] == ["3", "5"]


def test_refined_joints_are_where_the_pictures_of_their_moment_show_them(tmp_path: Path) -> None:
    """A person who stands still is told of 5 cm beside where four cameras see them, late."""
    body = np.array([2.5, 2.5, 0.0]) + 0.1 * np.arange(17)[:, None] * [0.2, 0.3, 1.0]
    stamp = START + 1_000_000_000
    with BagWriter(tmp_path / "bag", STORE.id) as writer:
        found = Shopper(
            "one", ShopperState.TRACKED, (body + 0.05).astype("f4"), np.ones((17, 6), "f4"), np.ones(17, "f4")
        )
        writer.write("shoppers", Shoppers(stamp, COCO_17, (found,)), stamp)
        for camera in STORE.cameras:
            points = CameraGroup.of([camera]).project(body[None])[0][0].astype(np.float32)
            person = PersonKeypoints(0.9, np.zeros(4, np.float32), points, np.full(17, 0.9, np.float32))
            for moment, people in ((START, ()), (stamp, (person,))):
                seen = Keypoints(moment, camera.id, camera.width, camera.height, COCO_17, people)
                writer.write(f"cameras/{camera.id}/keypoints", seen, moment + 200_000_000)
    write_shoppers_csv(tmp_path / "bag", tmp_path / "shoppers.csv", refined_by=STORE.cameras)
    told = [[float(row[axis]) for axis in "xyz"] for row in rows(tmp_path / "shoppers.csv")]
    assert np.abs(np.array(told) - body).max() < 0.005


def test_a_bag_that_tells_of_nobody_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag", "shop") as writer:
        writer.write("gate/events", GateEvent(START, "g", Passage.ENTRY, "t", "p", "", derived=False), START)
    with pytest.raises(BagError, match="tells of shoppers in 0 stores"):
        write_shoppers_csv(tmp_path / "bag", tmp_path / "shoppers.csv")
    assert not (tmp_path / "shoppers.csv").exists()


def test_a_file_that_is_there_is_kept(bag: Path, tmp_path: Path) -> None:
    (tmp_path / "shoppers.csv").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_shoppers_csv(bag, tmp_path / "shoppers.csv")
    assert (tmp_path / "shoppers.csv").read_text() == "mine"
