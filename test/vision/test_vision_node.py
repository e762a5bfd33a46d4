"""Over DDS: pictures in, the people in them out; what cannot be used is counted and changes nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
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
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402

from storegraph.graph.bag import BagMessage  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.diagnostics import Level, Status  # noqa: E402
from storegraph.graph.encoding import encode  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.messages import CONVERSIONS  # noqa: E402
from storegraph.graph.messages.pictures import (  # noqa: E402
    COMPRESSED_IMAGE,
    IMAGE,
    camera_topic,
    fill_compressed_image,
    fill_header,
    fill_image,
)
from storegraph.graph.qos import profile_of, watermark_profile  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import INTERACTIONS, KEYPOINTS, Delivery  # noqa: E402
from storegraph.graph.watermarks import WATERMARK, promise_from_message, watermark_name  # noqa: E402
from storegraph.observations import (  # noqa: E402
    Action,
    Candidate,
    Hypothesis,
    Interaction,
    ItemsProbability,
    Keypoints,
    PersonKeypoints,
)
from storegraph.store.file import load_store  # noqa: E402
from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.model import MODELS, VisionSettings, load_detector  # noqa: E402
from storegraph.vision.models import MOVENET_MULTIPOSE, installed, models_folder  # noqa: E402
from storegraph.vision.node import VisionNode  # noqa: E402

from drawn_pictures import joints, people  # noqa: E402 isort:skip

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
CAMERAS = [camera.id for camera in load_store(CORNER).cameras]
WIDTH, HEIGHT = 640, 360
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
PATIENCE = 20.0
"""Seconds until a node that says nothing has failed."""


class BrightSpots:
    """Finds a bright spot as a person of one joint; refuses black pictures, and takes its time if told to."""

    joints = ("nose",)

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.batches: list[int] = []

    def detect(self, pictures: Sequence[np.ndarray]) -> list[tuple[PersonKeypoints, ...]]:
        time.sleep(self.seconds)
        self.batches.append(len(pictures))
        return [self._spots(picture) for picture in pictures]

    def _spots(self, picture: np.ndarray) -> tuple[PersonKeypoints, ...]:
        if not picture.any():
            raise ValueError("a black picture")
        _, bright = cv2.threshold(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 200, 255, cv2.THRESH_BINARY)
        count, _, boxes, centres = cv2.connectedComponentsWithStats(bright)
        return tuple(
            PersonKeypoints(
                score=1.0,
                box=boxes[place, :4].astype(np.float32),
                points=centres[place : place + 1].astype(np.float32),
                scores=np.ones(1, np.float32),
            )
            for place in range(1, count)
        )


def with_spot(x: int, y: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    picture = np.full((height, width, 3), 40, np.uint8)
    cv2.circle(picture, (x, y), 12, (255, 255, 255), cv2.FILLED)
    return picture


class Cameras(Node):  # type: ignore[misc]
    """Publishes pictures as the cameras do, and takes down keypoints."""

    def __init__(self) -> None:
        super().__init__("cameras", namespace="corner")
        quality = profile_of(Delivery.PICTURE)
        self.compressed = {
            each: self.create_publisher(CompressedImage, camera_topic(COMPRESSED_IMAGE, each), quality)
            for each in CAMERAS
        }
        self.raw = {each: self.create_publisher(Image, camera_topic(IMAGE, each), quality) for each in CAMERAS}
        self.keypoints: list[Keypoints] = []
        self.promised: dict[str, int] = {}
        for camera in CAMERAS:
            topic, message_type = camera_topic(KEYPOINTS.name, camera), CONVERSIONS[Keypoints].message_type

            def take(data: bytes, topic: str = topic, message_type: str = message_type) -> None:
                observation = decode(BagMessage(topic, 0, message_type, bytes(data)))
                assert isinstance(observation, Keypoints)
                self.keypoints.append(observation)

            def hear(data: bytes, camera: str = camera) -> None:
                promise = promise_from_message(interfaces().deserialize_cdr(bytes(data), WATERMARK))
                self.promised[camera] = promise.watermark

            self.create_subscription(message_class(message_type), topic, take, profile_of(KEYPOINTS.delivery), raw=True)
            self.create_subscription(
                message_class(WATERMARK), watermark_name(topic), hear, watermark_profile(), raw=True
            )

    def show(self, camera: str, stamp: int, picture: np.ndarray | bytes) -> None:
        """Publishes a picture, or bytes in place of one."""
        message = CompressedImage()
        fill_header(message.header, stamp, camera)
        data = np.frombuffer(picture, np.uint8) if isinstance(picture, bytes) else cv2.imencode(".jpg", picture)[1]
        fill_compressed_image(message, data)
        self.compressed[camera].publish(message)

    def show_raw(self, camera: str, stamp: int, picture: np.ndarray) -> None:
        message = Image()
        fill_header(message.header, stamp, camera)
        fill_image(message, picture, "bgr8")
        self.raw[camera].publish(message)


class Graph:
    """A vision node beside the cameras, in one executor."""

    def __init__(self) -> None:
        self.cameras = Cameras()
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.cameras)

    def started(self, **settings: object) -> VisionNode:
        self.vision = corner_node("vision", **{"model": "bright_spots", **settings})
        self.executor.add_node(self.vision)
        if not settings.get("autostart", True):
            return self.vision
        publishers = self.cameras.raw if settings.get("raw") else self.cameras.compressed
        assert self.until(lambda: all(each.get_subscription_count() for each in publishers.values()))
        assert self.until(lambda: self.cameras.count_publishers("cameras/south_west/keypoints") == 1)
        return self.vision

    def until(self, holds: Callable[[], bool]) -> bool:
        """Spins until something holds, or patience ends."""
        deadline = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.05)
        return holds()

    def status(self, name: str) -> Status:
        return next(status for status in self.vision.statuses() if status.name == name)

    def counted(self, camera: str, what: str) -> int:
        """One of the counters of a camera's pictures."""
        return int(str(self.status("pictures").values[f"{camera}: {what}"]))

    def close(self) -> None:
        self.executor.shutdown()
        self.vision.destroy_node()
        self.cameras.destroy_node()


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> BrightSpots:
    spots = BrightSpots()
    monkeypatch.setitem(MODELS, "bright_spots", lambda settings: spots)
    return spots


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch, detector: BrightSpots) -> Iterator[Graph]:
    monkeypatch.setenv("FASTDDS_DEFAULT_PROFILES_FILE", str(ROOT / "config" / "fastdds.xml"))
    with rclpy.init(args=[]):
        beside = Graph()
        yield beside
        beside.close()


def test_a_spot_in_a_picture_comes_out_where_it_is(graph: Graph) -> None:
    graph.started()
    graph.cameras.show("north_east", START, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    (seen,) = graph.cameras.keypoints
    assert (seen.stamp, seen.camera, seen.width, seen.height) == (START, "north_east", WIDTH, HEIGHT)
    assert seen.joints == ("nose",)
    np.testing.assert_allclose(seen.people[0].points, [[200, 100]], atol=1.0)


def test_keypoints_come_with_the_promise_that_nothing_earlier_follows(graph: Graph) -> None:
    graph.started()
    for stamp in (START, START + 1):
        graph.cameras.show("north_east", stamp, with_spot(200, 100))
        assert graph.until(lambda stamp=stamp: graph.cameras.promised.get("north_east", 0) > stamp)
    assert graph.cameras.promised == {"north_east": START + 2}


def test_a_picture_of_nobody_gives_keypoints_of_nobody(graph: Graph) -> None:
    graph.started()
    graph.cameras.show("north_east", START, np.full((HEIGHT, WIDTH, 3), 40, np.uint8))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    assert graph.cameras.keypoints[0].people == ()


def test_uncompressed_pictures_give_the_same(graph: Graph) -> None:
    graph.started(raw=True)
    graph.cameras.show_raw("north_east", START, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    np.testing.assert_allclose(graph.cameras.keypoints[0].people[0].points, [[200, 100]], atol=0.5)


def test_while_the_detector_is_busy_the_newest_picture_of_each_camera_waits(
    graph: Graph, detector: BrightSpots
) -> None:
    graph.started()
    detector.seconds = 0.5
    graph.cameras.show(CAMERAS[0], START, with_spot(200, 100))
    assert graph.until(lambda: graph.counted(CAMERAS[0], "received") == 1)
    for number in (1, 2, 3):
        for camera in CAMERAS:
            graph.cameras.show(camera, START + number, with_spot(200, 100))
    assert graph.until(lambda: len(graph.cameras.keypoints) == 1 + len(CAMERAS))
    assert sorted(detector.batches) == [1, len(CAMERAS)]
    assert {seen.stamp for seen in graph.cameras.keypoints[1:]} == {START + 3}
    assert graph.counted(CAMERAS[0], "dropped") == 2


def test_a_late_picture_and_a_second_one_of_a_moment_are_passed_over_and_counted(graph: Graph) -> None:
    graph.started()
    for stamp in (START + 2, START + 1, START + 2):
        graph.cameras.show("south_west", stamp, with_spot(200, 100))
    assert graph.until(lambda: graph.counted("south_west", "received") == 3)
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    assert [seen.stamp for seen in graph.cameras.keypoints] == [START + 2]
    assert graph.counted("south_west", "late") == 2


def test_what_is_no_picture_or_has_another_size_is_refused_and_the_next_picture_is_seen(graph: Graph) -> None:
    graph.started()
    assert graph.status("pictures").level == Level.OK
    refused: list[np.ndarray | bytes] = [b"no picture", b"", with_spot(9, 9, 64, 48)]
    for number, picture in enumerate(refused, 1):
        graph.cameras.show("south_west", START + number, picture)
        assert graph.until(lambda number=number: graph.counted("south_west", "refused") == number)
    graph.cameras.show("south_west", START + 9, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    assert [seen.stamp for seen in graph.cameras.keypoints] == [START + 9]
    assert graph.status("pictures").level == Level.WARN


def test_a_detector_that_fails_is_told_and_the_next_picture_is_seen(graph: Graph) -> None:
    graph.started()
    graph.cameras.show("south_west", START, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert graph.until(lambda: graph.counted("south_west", "failed") == 1)
    assert graph.cameras.keypoints == []
    graph.cameras.show("south_west", START + 1, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    assert graph.status("pictures").message == "1 pictures could not be used"


def test_a_silent_camera_is_told(graph: Graph) -> None:
    graph.started(silent_warning=0.1)
    now = time.time_ns()
    graph.cameras.show("south_west", now, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    time.sleep(0.2)
    assert "cameras/north_east/image/compressed has been silent" in graph.status("rates").message
    (latency,) = graph.status("latency").values.values()
    assert 0.0 < float(str(latency).split("/")[0]) < PATIENCE


def test_the_node_can_be_left_and_joined_again(graph: Graph) -> None:
    vision = graph.started()
    assert vision.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    assert vision.trigger_cleanup() == TransitionCallbackReturn.SUCCESS
    assert vision.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert vision.trigger_activate() == TransitionCallbackReturn.SUCCESS
    assert graph.until(lambda: graph.cameras.compressed["south_west"].get_subscription_count() == 1)
    graph.cameras.show("south_west", START, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))


def test_a_model_that_is_not_known_leaves_the_node_unconfigured(graph: Graph) -> None:
    with pytest.raises(VisionError, match=r"none is called bright_spot \(did you mean bright_spots\?\)"):
        load_detector(VisionSettings(model="bright_spot"))
    vision = graph.started(model="bright_spot", autostart=False)
    assert vision.trigger_configure() == TransitionCallbackReturn.FAILURE


def doubtful(stamp: int, probability: float) -> Interaction:
    """An interaction at a moment, of so sure an explanation."""
    return Interaction(
        stamp=stamp,
        event_id=f"G1/{stamp}",
        begin=stamp,
        end=stamp,
        fixture="G1",
        scales=("G1.1",),
        delta=-330.0,
        sigma=1.0,
        who=(Candidate("a", 1.0, 0.1),),
        what=(ItemsProbability((), 1.0),),
        action=(1.0, 0.0, 0.0),
        hypotheses=(Hypothesis("a", Action.TAKE, (), probability),),
    )


def tell(graph: Graph, *interactions: Interaction) -> None:
    """Publishes interactions, as attribution does."""
    message_type = message_class(CONVERSIONS[Interaction].message_type)
    publisher = graph.cameras.create_publisher(message_type, INTERACTIONS.name, profile_of(INTERACTIONS.delivery))
    for interaction in interactions:
        publisher.publish(encode(interaction))


def pictures_below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jpg"))


def test_by_default_no_image_leaves_the_node_by_a_topic_or_to_the_disk(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    vision = graph.started()
    tell(graph, doubtful(START, 0.3))
    graph.cameras.show("south_west", START, with_spot(200, 100))
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    assert graph.until(lambda: graph.cameras.count_subscribers(INTERACTIONS.name) == 0)
    given = vision.get_publisher_names_and_types_by_node("vision", "/corner")
    assert given, "the node publishes something"
    types = {each for _, types in given for each in types}
    assert not [each for each in types if each.startswith("sensor_msgs/")]
    assert list(tmp_path.rglob("*")) == []


def test_switched_on_the_pictures_of_an_interaction_in_doubt_are_kept_for_a_person_and_deleted_in_time(
    graph: Graph, tmp_path: Path
) -> None:
    vision = graph.started(ring=30.0, review_folder=str(tmp_path), review_margin=0.5, review_for=2.0)
    sent = [START + number * SECOND for number in range(4)]
    for stamp in sent:
        graph.cameras.show("south_west", stamp, with_spot(200, 100))
        assert graph.until(lambda stamp=stamp: any(seen.stamp == stamp for seen in graph.cameras.keypoints))
    tell(graph, doubtful(sent[1], 0.95), doubtful(sent[2], 0.5))
    assert graph.until(lambda: bool(pictures_below(tmp_path)))
    (kept,) = pictures_below(tmp_path)
    assert kept.relative_to(tmp_path).as_posix() == f"event_G1_{sent[2]}/south_west_{sent[2]}.jpg"
    assert cv2.imread(str(kept)).shape == (HEIGHT, WIDTH, 3)
    assert graph.until(lambda: not list(tmp_path.iterdir()))
    given = vision.get_publisher_names_and_types_by_node("vision", "/corner")
    assert not [name for name, types in given if any(each.startswith("sensor_msgs/") for each in types)]


@pytest.fixture
def weights() -> None:
    """Skips where the model cannot be run."""
    pytest.importorskip("torch", reason="needs torch; `make env` installs it where it can be had")
    try:
        installed(MOVENET_MULTIPOSE, models_folder())
    except VisionError as error:
        pytest.skip(str(error))


def test_the_model_finds_a_figure_in_a_picture_that_came_over_dds(weights: None, graph: Graph) -> None:
    graph.started(model=MOVENET_MULTIPOSE.name, size=256)
    graph.cameras.show("south_west", START, people(HEIGHT, WIDTH, [(200.0, 60.0, 260.0)])[..., ::-1])
    assert graph.until(lambda: bool(graph.cameras.keypoints))
    (figure,) = graph.cameras.keypoints[0].people
    distances = np.linalg.norm(figure.points - joints(200.0, 60.0, 260.0), axis=1)
    assert distances.max() < 20.0  # a head is 25 pixels wide
