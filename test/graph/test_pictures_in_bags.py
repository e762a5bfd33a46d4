"""Pictures lie in a bag as a camera's node publishes them."""

from __future__ import annotations

from pathlib import Path

import pytest

serialization = pytest.importorskip("rclpy.serialization", reason="rclpy is not installed; `make env` installs it")

from sensor_msgs.msg import CameraInfo, CompressedImage  # noqa: E402

from storegraph.graph.bag import BagReader, BagWriter  # noqa: E402
from storegraph.graph.messages.pictures import CAMERA_INFO, COMPRESSED_FORMAT, COMPRESSED_IMAGE, camera_topic  # noqa: E402
from storegraph.graph.picture_messages import picture_messages  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
STAMP = 1_700_000_000_123_456_789
CAMERA = STORE.cameras[0]


def test_a_picture_comes_back_from_a_bag_with_its_camera(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag", STORE.id) as writer:
        for message in picture_messages(CAMERA, STAMP, b"a JPEG file", STAMP + 5):
            writer.write_message(message)
    names = [camera_topic(name, CAMERA.id) for name in (CAMERA_INFO, COMPRESSED_IMAGE)]
    with BagReader(tmp_path / "bag", STORE.id) as reader:
        assert {topic.name: topic.count for topic in reader.topics} == {f"/{STORE.id}/{name}": 1 for name in names}
        held = {message.topic: message for message in reader.messages(names)}
    assert {message.log_time for message in held.values()} == {STAMP + 5}
    info = serialization.deserialize_message(held[names[0]].data, CameraInfo)
    picture = serialization.deserialize_message(held[names[1]].data, CompressedImage)
    for header in (info.header, picture.header):
        assert header.stamp.sec * 10**9 + header.stamp.nanosec == STAMP
        assert header.frame_id == f"{CAMERA.id}_optical_frame"
    assert (info.width, info.height) == (CAMERA.width, CAMERA.height)
    assert (picture.format, bytes(picture.data)) == (COMPRESSED_FORMAT, b"a JPEG file")
