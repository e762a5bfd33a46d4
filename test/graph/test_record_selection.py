"""What is recorded is what was asked for; pictures of people only when that is said."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo
from rclpy.type_hash import TypeHash

from storegraph.graph.definitions import definition_of
from storegraph.graph.recorder import RecorderError, Selection, agreed_definition, offered_by_all
from storegraph.graph.topics import Quality

SHOPPERS = ("/corner/shoppers", "storegraph_msgs/msg/Shoppers")
SAMPLES = ("/corner/scales/G1/samples", "storegraph_msgs/msg/ScaleSamples")
PROMISES = ("/corner/shoppers/watermark", "storegraph_msgs/msg/Watermark")
MARKERS = ("/corner/markers", "visualization_msgs/msg/MarkerArray")
PICTURE = ("/corner/cameras/a/image/compressed", "sensor_msgs/msg/CompressedImage")
RAW_PICTURE = ("/corner/cameras/a/image", "sensor_msgs/msg/Image")
LENS = ("/corner/cameras/a/camera_info", "sensor_msgs/msg/CameraInfo")
TRANSFORMS = ("/tf", "tf2_msgs/msg/TFMessage")
ELSEWHERE = ("/cornershop/shoppers", "storegraph_msgs/msg/Shoppers")
ALL = (SHOPPERS, SAMPLES, PROMISES, MARKERS, PICTURE, RAW_PICTURE, LENS, TRANSFORMS, ELSEWHERE)


@pytest.mark.parametrize(
    ("selection", "recorded"),
    [
        (Selection(), {SHOPPERS, SAMPLES}),
        (Selection(pictures=True), {SHOPPERS, SAMPLES, PICTURE, LENS}),
        (Selection(everything=True), {SHOPPERS, SAMPLES, PROMISES, MARKERS, LENS}),
        (Selection(everything=True, pictures=True), {*ALL} - {TRANSFORMS, ELSEWHERE}),
        (Selection(("scales/*", "markers")), {SAMPLES, MARKERS}),
        (Selection(("/tf", "/cornershop/*")), {TRANSFORMS, ELSEWHERE}),
        (Selection(("cameras/*",)), {LENS}),
        (Selection(("cameras/*",), pictures=True), {PICTURE, RAW_PICTURE, LENS}),
    ],
    ids=repr,
)
def test_what_was_asked_for_is_recorded(selection: Selection, recorded: set[tuple[str, str]]) -> None:
    assert {topic for topic in ALL if selection.includes(*topic, "corner")} == recorded


def offer(reliable: bool, kept: bool) -> TopicEndpointInfo:
    """A publisher, as the middleware tells of it."""
    return TopicEndpointInfo(
        qos_profile=QoSProfile(
            depth=7,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if kept else DurabilityPolicy.VOLATILE,
        )
    )


@pytest.mark.parametrize(
    ("offers", "quality"),
    [
        ([(True, True)], Quality(1000, reliable=True, transient_local=True)),
        ([(True, True), (True, False)], Quality(1000, reliable=True, transient_local=False)),
        ([(True, True), (False, False), (True, True)], Quality(1000, reliable=False, transient_local=False)),
    ],
)
def test_a_topic_is_asked_for_with_the_best_that_all_publishers_offer(
    offers: list[tuple[bool, bool]], quality: Quality
) -> None:
    assert offered_by_all([offer(*each) for each in offers], 1000) == quality


def publisher_with(type_hash: TypeHash) -> TopicEndpointInfo:
    return TopicEndpointInfo(node_name="gate", topic_type_hash=type_hash)


def test_a_type_that_somebody_defines_otherwise_is_not_recorded_as_ours() -> None:
    ours = definition_of("storegraph_msgs/msg/GateEvent")
    same = TypeHash(version=1, value=bytes.fromhex(ours.type_hash.removeprefix("RIHS01_")))
    assert agreed_definition(ours.message_type, [publisher_with(same), publisher_with(TypeHash())]) == ours
    with pytest.raises(RecorderError, match="gate publishes storegraph_msgs/msg/GateEvent with hash RIHS01_0000"):
        agreed_definition(ours.message_type, [publisher_with(TypeHash(version=1, value=bytes(32)))])
