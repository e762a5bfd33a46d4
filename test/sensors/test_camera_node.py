"""Over DDS: what a camera sees arrives under the names and with the stamps and sizes that others expect."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "cameras"')
rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
pytest.importorskip("storegraph_msgs.msg._keypoints2_d", reason="needs the built messages; `make env` builds them")

from corner_nodes import corner_node  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image  # noqa: E402

from storegraph.graph.diagnostics import Level, Status  # noqa: E402
from storegraph.graph.messages import from_time  # noqa: E402
from storegraph.graph.messages.pictures import pixels_from_image  # noqa: E402
from storegraph.graph.qos import profile_of  # noqa: E402
from storegraph.graph.topics import Delivery  # noqa: E402
from storegraph.sensors.cameras.node import CameraNode  # noqa: E402

from recorded_pictures import number_in, write_video  # noqa: E402 isort:skip

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
WIDTH, HEIGHT = 640, 360
PATIENCE = 20.0
"""Seconds until a node that says nothing has failed."""


class Viewer(Node):  # type: ignore[misc]
    """Takes pictures as RViz does; raw ones only when asked to."""

    def __init__(self, *, raw: bool = False) -> None:
        super().__init__("viewer", namespace="corner")
        self.compressed: list[CompressedImage] = []
        self.raw: list[Image] = []
        self.infos: list[CameraInfo] = []
        quality = profile_of(Delivery.PICTURE)
        topic = "cameras/south_west/image"
        self.create_subscription(CompressedImage, f"{topic}/compressed", self.compressed.append, quality)
        self.create_subscription(CameraInfo, "cameras/south_west/camera_info", self.infos.append, quality)
        if raw:
            self.create_subscription(Image, topic, self.raw.append, quality)


class Graph:
    """A viewer, and camera nodes beside it, in one executor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.executor = SingleThreadedExecutor()
        self.nodes: list[Node] = []

    def viewer(self, *, raw: bool = False) -> Viewer:
        return self._added(Viewer(raw=raw))

    def camera(self, devices: str, **settings: object) -> CameraNode:
        """The node of the south-west camera, with a sensors file of these devices."""
        path = self.folder / "sensors.yaml"
        path.write_text(devices)
        return self._added(corner_node("camera:south_west", **{"sensors": str(path), "max_rate": 120.0, **settings}))

    def _added(self, node):
        self.nodes.append(node)
        self.executor.add_node(node)
        return node

    def until(self, holds: Callable[[], bool]) -> bool:
        """Spins until something holds, or patience ends."""
        deadline = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.05)
        return holds()

    def close(self) -> None:
        self.executor.shutdown()
        for node in self.nodes:
            node.destroy_node()


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Graph]:
    monkeypatch.setenv("FASTDDS_DEFAULT_PROFILES_FILE", str(ROOT / "config" / "fastdds.xml"))
    with rclpy.init(args=[]):
        beside = Graph(tmp_path)
        yield beside
        beside.close()


def looped_video(folder: Path, rate: float = 25.0) -> str:
    """A sensors file with a looped video of the south-west camera."""
    write_video(folder / "video.avi", 30, rate, WIDTH, HEIGHT)
    return "cameras:\n  - {camera: south_west, source: video.avi, loop: true}\n"


def source_status(camera: CameraNode) -> Status:
    return next(status for status in camera.statuses() if status.name == "source")


def test_pictures_arrive_with_their_camera_info_of_the_same_stamp(graph: Graph, tmp_path: Path) -> None:
    viewer = graph.viewer(raw=True)
    graph.camera(looped_video(tmp_path))
    assert graph.until(lambda: len(viewer.compressed) > 3 and len(viewer.raw) > 3)
    infos = {from_time(info.header.stamp): info for info in viewer.infos}
    raw = {from_time(image.header.stamp): image for image in viewer.raw}
    both = [image for image in viewer.compressed if from_time(image.header.stamp) in raw]
    assert both
    for image in both:
        stamp = from_time(image.header.stamp)
        assert image.header.frame_id == "south_west_optical_frame"
        assert (infos[stamp].width, infos[stamp].height) == (WIDTH, HEIGHT)
        pixels = pixels_from_image(raw[stamp])
        decoded = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR)
        assert number_in(pixels) == number_in(decoded)
        assert abs(stamp - time.time_ns()) < PATIENCE * 1_000_000_000


def test_raw_pictures_arrive_from_another_process_as_compressed_ones_do(graph: Graph, tmp_path: Path) -> None:
    viewer = graph.viewer(raw=True)
    (tmp_path / "sensors.yaml").write_text(looped_video(tmp_path, rate=30.0))
    given = {"store": CORNER, "sensors": tmp_path / "sensors.yaml", "device": "south_west", "max_rate": 60.0}
    parameters = [word for name, value in given.items() for word in ("-p", f"{name}:={value}")]
    command = [sys.executable, "-m", "storegraph.graph.executables", "camera:south_west", "--ros-args"]
    process = subprocess.Popen([*command, "-r", "__ns:=/corner", *parameters])
    try:
        assert graph.until(lambda: bool(viewer.raw and viewer.compressed))
        viewer.raw.clear()
        viewer.compressed.clear()
        assert graph.until(lambda: len(viewer.raw) > 60)
        # Large pictures are what the default shared memory loses; a busy machine may skip some of both.
        assert len(viewer.raw) >= 0.9 * len(viewer.compressed)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()


def test_nobody_pays_for_pictures_that_nobody_takes(graph: Graph, tmp_path: Path) -> None:
    viewer = graph.viewer()
    camera = graph.camera(looped_video(tmp_path))
    assert graph.until(lambda: len(viewer.compressed) > 3)
    assert camera.count_subscribers("cameras/south_west/image") == 0
    assert viewer.raw == []


def test_rate_and_quality_may_be_changed_while_the_node_is_active_and_the_source_may_not(
    graph: Graph, tmp_path: Path
) -> None:
    viewer = graph.viewer()
    camera = graph.camera(looped_video(tmp_path), quality=100)
    assert graph.until(lambda: len(viewer.compressed) > 3)
    fine = max(len(image.data) for image in viewer.compressed)
    results = camera.set_parameters([Parameter("quality", value=1), Parameter("max_rate", value=5.0)])
    assert all(result.successful for result in results)
    assert not camera.set_parameters([Parameter("device", value="north_east")])[0].successful
    assert graph.until(lambda: len(viewer.compressed[-1].data) < fine)
    viewer.compressed.clear()
    assert graph.until(lambda: len(viewer.compressed) > 4)
    stamps = [from_time(image.header.stamp) for image in viewer.compressed[1:]]
    assert (stamps[-1] - stamps[0]) / (len(stamps) - 1) >= 150_000_000


def test_a_source_that_is_missing_is_told_and_the_node_stays_active_until_it_comes(
    graph: Graph, tmp_path: Path
) -> None:
    viewer = graph.viewer()
    devices = looped_video(tmp_path)
    (tmp_path / "video.avi").rename(tmp_path / "away.avi")
    camera = graph.camera(devices, retry_after=0.1, retry_at_most=0.2)
    assert graph.until(lambda: source_status(camera).level == Level.ERROR)
    assert f"{tmp_path}/video.avi: No such file or directory" in source_status(camera).message
    (tmp_path / "away.avi").rename(tmp_path / "video.avi")
    assert graph.until(lambda: bool(viewer.compressed))
    assert graph.until(lambda: source_status(camera).level == Level.OK)


@pytest.mark.parametrize(
    ("devices", "settings"),
    [
        ("cameras:\n  - {camera: south_west, source: video.avi}\n", {"device": "south_eats"}),
        ("cameras:\n  - {camera: south_weast, source: video.avi}\n", {}),
        ("cameras: []\n", {"sensors": ""}),
    ],
    ids=["device not in the sensors file", "camera not in the store file", "no sensors file"],
)
def test_what_does_not_fit_together_leaves_the_node_unconfigured(graph: Graph, devices: str, settings: dict) -> None:
    camera = graph.camera(devices, autostart=False, **settings)
    assert camera.trigger_configure() == TransitionCallbackReturn.FAILURE


def test_the_node_can_be_left_and_joined_again(graph: Graph, tmp_path: Path) -> None:
    viewer = graph.viewer()
    camera = graph.camera(looped_video(tmp_path))
    for transition in (camera.trigger_deactivate, camera.trigger_cleanup, camera.trigger_configure):
        assert transition() == TransitionCallbackReturn.SUCCESS
    viewer.compressed.clear()
    assert camera.trigger_activate() == TransitionCallbackReturn.SUCCESS
    assert graph.until(lambda: len(viewer.compressed) > 1)
