"""The people in a recording's pictures are found one picture after the other, and none is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "cameras"')
pytest.importorskip("rclpy.serialization", reason="rclpy is not installed; `make env` installs it")

from storegraph.atomic import OutputError  # noqa: E402
from storegraph.cli.vision import vision  # noqa: E402
from storegraph.graph.bag import BagError, BagReader, BagWriter  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.messages.pictures import CAMERA_INFO, COMPRESSED_IMAGE, camera_topic  # noqa: E402
from storegraph.graph.picture_messages import picture_messages  # noqa: E402
from storegraph.graph.replay import replay  # noqa: E402
from storegraph.graph.seeing import see  # noqa: E402
from storegraph.graph.topics import GATE_EVENTS, KEYPOINTS  # noqa: E402
from storegraph.observations import COCO_17, GateEvent, Keypoints, Passage, PersonKeypoints  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
STORE = load_store(CORNER)
LEFT, RIGHT = STORE.cameras[:2]
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
DELAY = 30_000_000
"""Nanoseconds from a picture's stamp until it is recorded."""


class Brightness:
    """Finds one person, whose only joint is at the mean brightness of the picture."""

    joints = ("nose",)

    def detect(self, pictures: Sequence[np.ndarray]) -> list[tuple[PersonKeypoints, ...]]:
        return [
            (PersonKeypoints(1.0, np.zeros(4, np.float32), np.full((1, 2), each.mean(), np.float32), np.ones(1, "f4")),)
            for each in pictures
        ]


def jpeg(brightness: int, width: int = LEFT.width, height: int = LEFT.height) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((height, width, 3), brightness, np.uint8))[1])


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Two cameras, one of which has a broken picture and keypoints of an earlier time, and a gate."""
    path = tmp_path / "bag"
    entry = GateEvent(START, "front", Passage.ENTRY, "", "card", "", derived=False)
    old = Keypoints(START, LEFT.id, LEFT.width, LEFT.height, COCO_17, ())
    with BagWriter(path, STORE.id) as writer:
        writer.write(GATE_EVENTS.name, entry, START)
        writer.write(camera_topic(KEYPOINTS.name, LEFT.id), old, START)
        for number in range(3):
            for camera, brightness in ((LEFT, 50), (RIGHT, 100)):
                stamp = START + number * SECOND // 10
                data = b"broken" if (camera, number) == (RIGHT, 1) else jpeg(brightness + number)
                for message in picture_messages(camera, stamp, data, stamp + DELAY):
                    writer.write_message(message)
    return path


def seen_in(bag: Path) -> list[Keypoints]:
    with BagReader(bag, STORE.id) as reader:
        names = reader.names_of(KEYPOINTS)
        return [keypoints for each in reader.messages(names) if isinstance(keypoints := decode(each), Keypoints)]


def test_every_picture_that_can_be_used_gives_keypoints_with_its_stamp(bag: Path, tmp_path: Path) -> None:
    report = see(bag, STORE, tmp_path / "seen", Brightness())
    assert (report.pictures, report.people) == (5, 5)
    assert dict(report.refused) == {"6 bytes cannot be decoded to a picture": 1}
    found = [
        (each.camera, (each.stamp - START) * 10 // SECOND, round(float(each.people[0].points[0, 0])))
        for each in seen_in(tmp_path / "seen")
    ]
    assert found == [
        (LEFT.id, 0, 50), (RIGHT.id, 0, 100), (LEFT.id, 1, 51), (LEFT.id, 2, 52), (RIGHT.id, 2, 102),
    ]  # fmt: skip


def test_all_else_is_copied_but_no_picture_unless_that_is_wished(bag: Path, tmp_path: Path) -> None:
    pictures = {camera_topic(name, each.id) for name in (COMPRESSED_IMAGE, CAMERA_INFO) for each in (LEFT, RIGHT)}
    held = {}
    for name, keep in (("without", False), ("with", True)):
        see(bag, STORE, tmp_path / name, Brightness(), keep_pictures=keep)
        with BagReader(tmp_path / name, STORE.id) as reader:
            held[name] = {str(reader.relative(topic.name)): topic.count for topic in reader.topics}
    assert held["without"] == {
        GATE_EVENTS.name: 1,
        camera_topic(KEYPOINTS.name, LEFT.id): 3,
        camera_topic(KEYPOINTS.name, RIGHT.id): 2,
    }
    assert held["with"] == held["without"] | dict.fromkeys(pictures, 3)


def test_the_same_bag_gives_the_same_bytes(bag: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("once", "again"):
        see(bag, STORE, tmp_path / name, Brightness())
        with BagReader(tmp_path / name, STORE.id) as reader:
            topics = {str(reader.relative(topic.name)) for topic in reader.topics}
            contents.append([(each.topic, each.log_time, each.data) for each in reader.messages(topics)])
    assert contents[0] == contents[1]


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag", STORE.id) as writer:
        for message in picture_messages(LEFT, START, jpeg(9, 64, 48), START):
            writer.write_message(message)
    report = see(tmp_path / "bag", STORE, tmp_path / "seen", Brightness())
    (reason,) = report.refused
    assert f"a picture of camera {LEFT.id} has 64x48 pixels" in reason
    assert report.pictures == 0


def test_a_bag_without_pictures_and_an_output_that_is_there_are_told(bag: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="exists already"):
        see(bag, STORE, bag, Brightness())
    see(bag, STORE, tmp_path / "seen", Brightness())
    with pytest.raises(BagError, match="seen: has no picture of a camera of the store, such as cameras/"):
        see(tmp_path / "seen", STORE, tmp_path / "again", Brightness())


def test_a_replay_of_pictures_says_what_finds_the_people_in_them(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "filmed", STORE.id) as writer:
        for message in picture_messages(LEFT, START, jpeg(9), START):
            writer.write_message(message)
    told = f"filmed: has pictures, such as .*/image/compressed, .*storegraph vision {tmp_path / 'filmed'} --store"
    with pytest.raises(BagError, match=told):
        replay(tmp_path / "filmed", STORE, tmp_path / "replayed")


def test_the_command_says_what_it_found(bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storegraph.vision.model.load_detector", lambda settings: Brightness())
    arguments = [str(bag), "--store", str(CORNER), "--out", str(tmp_path / "seen")]
    result = CliRunner().invoke(vision, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "5 people in 5 pictures" in result.output
    assert "refused 1: 6 bytes cannot be decoded to a picture" in result.output
