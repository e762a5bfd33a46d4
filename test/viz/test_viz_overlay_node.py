"""Over DDS: pictures and keypoints of one stamp come out as one picture, while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="needs OpenCV; `make env` installs it")
rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
pytest.importorskip("storegraph_msgs.msg._keypoints2_d", reason="needs the built messages; `make env` builds them")

from rclpy.node import Node  # noqa: E402
from sensor_msgs.msg import CompressedImage  # noqa: E402
from storegraph_msgs.msg import Keypoints2D  # noqa: E402

from storegraph.graph.diagnostics import Level  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.messages import CONVERSIONS, from_time  # noqa: E402
from storegraph.graph.messages.pictures import fill_compressed_image, fill_header  # noqa: E402
from storegraph.graph.qos import profile_of  # noqa: E402
from storegraph.graph.topics import KEYPOINTS, Delivery  # noqa: E402
from storegraph.observations import COCO_17, Keypoints, PersonKeypoints  # noqa: E402

SECOND = 1_000_000_000
CAMERA = "north_east"
NOSE = (100, 50)


class Store(Node):  # type: ignore[misc]
    """Publishes as camera and vision do, and looks at what comes out."""

    def __init__(self) -> None:
        super().__init__("store", namespace="corner")
        camera = f"cameras/{CAMERA}"
        self._pictures = self.create_publisher(
            CompressedImage, f"{camera}/image/compressed", profile_of(Delivery.PICTURE)
        )
        self._keypoints = self.create_publisher(Keypoints2D, f"{camera}/keypoints", profile_of(KEYPOINTS.delivery))
        self.overlays: list[Any] = []

    def look(self) -> Any:
        topic = f"cameras/{CAMERA}/overlay/compressed"
        return self.create_subscription(CompressedImage, topic, self.overlays.append, profile_of(Delivery.PICTURE))

    @property
    def listeners(self) -> tuple[int, int]:
        return self._pictures.get_subscription_count(), self._keypoints.get_subscription_count()

    def show(self, stamp: int, picture: bytes) -> None:
        message = CompressedImage()
        fill_header(message.header, stamp, CAMERA)
        fill_compressed_image(message, np.frombuffer(picture, np.uint8))
        self._pictures.publish(message)

    def find(self, stamp: int) -> None:
        points = np.full((17, 2), np.nan, np.float32)
        points[0] = NOSE
        person = PersonKeypoints(0.9, np.array([60, 30, 80, 200], np.float32), points, np.ones(17, np.float32))
        keypoints = Keypoints(stamp, CAMERA, 320, 240, COCO_17, (person,))
        conversion = CONVERSIONS[Keypoints]
        message = conversion.to_message(interfaces().types, keypoints)
        self._keypoints.publish(bytes(interfaces().serialize_cdr(message, conversion.message_type)))


def grey() -> bytes:
    _, jpeg = cv2.imencode(".jpg", np.full((240, 320, 3), 128, np.uint8))
    encoded: bytes = jpeg.tobytes()
    return encoded


def test_who_was_found_is_drawn_on_the_picture_of_that_stamp_while_somebody_looks(
    managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    store, overlay = Store(), managed("overlay")
    turn(store, overlay)
    looking = store.look()
    assert until(lambda: store.listeners == (1, 1))
    store.show(SECOND, grey())
    store.show(2 * SECOND, grey())
    store.find(2 * SECOND)
    assert until(lambda: bool(store.overlays))
    (drawn,) = store.overlays
    assert (from_time(drawn.header.stamp), drawn.header.frame_id) == (2 * SECOND, f"{CAMERA}_optical_frame")
    image = cv2.imdecode(np.frombuffer(drawn.data, np.uint8), cv2.IMREAD_COLOR)
    assert np.ptp(image[NOSE[1], NOSE[0]]) > 50 > np.ptp(image[200, 300])  # colour on grey

    store.show(3 * SECOND, b"no picture")
    store.find(3 * SECOND)
    assert until(lambda: next(overlay.statuses()).level is Level.WARN), "what is no picture was not told"

    store.destroy_subscription(looking)
    assert until(lambda: store.listeners == (0, 0)), "nobody looks any more"


def test_the_quality_can_be_changed_while_it_runs(
    managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    store, overlay = Store(), managed("overlay")
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    _, picture = cv2.imencode(".jpg", noise)
    turn(store, overlay)
    store.look()
    assert until(lambda: store.listeners == (1, 1))
    for quality in (90, 10):
        overlay.set_parameters([rclpy.parameter.Parameter("quality", value=quality)])
        store.show(quality * SECOND, picture.tobytes())
        store.find(quality * SECOND)
        assert until(lambda: any(from_time(each.header.stamp) == quality * SECOND for each in store.overlays))  # noqa: B023
    fine, coarse = (len(each.data) for each in store.overlays)
    assert coarse < fine / 2
