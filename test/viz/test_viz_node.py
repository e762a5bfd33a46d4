"""Over DDS: what the graph says arrives as markers, and who left is deleted."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
pytest.importorskip("storegraph_msgs.msg._shoppers", reason="needs the built messages; `make env` builds them")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.node import Node  # noqa: E402
from visualization_msgs.msg import Marker, MarkerArray  # noqa: E402

from storegraph.graph.bag import BagReader  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.messages import CONVERSIONS, from_time  # noqa: E402
from storegraph.graph.qos import profile_of  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import SHOPPERS  # noqa: E402
from storegraph.observations import Shoppers  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402
from storegraph.viz.layout import layout  # noqa: E402
from storegraph.viz.markers import LIVE_MARKERS, STORE_MARKERS  # noqa: E402
from storegraph.viz.node import ONCE  # noqa: E402
from storegraph.viz.transforms import camera_transforms  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
CORNER = ROOT / "config" / "stores" / "corner.yaml"
PATIENCE = 30.0
"""Seconds until a node that says nothing has failed."""


class Viewer(Node):  # type: ignore[misc]
    """Publishes shoppers, and holds the markers as RViz does."""

    def __init__(self) -> None:
        super().__init__("viewer", namespace="corner")
        message_type = message_class(CONVERSIONS[Shoppers].message_type)
        self.shoppers = self.create_publisher(message_type, SHOPPERS.name, profile_of(SHOPPERS.delivery))
        self.markers: dict[str, dict[tuple[str, int], Any]] = {STORE_MARKERS: {}, LIVE_MARKERS: {}}
        self.create_subscription(MarkerArray, STORE_MARKERS, self._holds(STORE_MARKERS), ONCE)
        self.create_subscription(MarkerArray, LIVE_MARKERS, self._holds(LIVE_MARKERS), 10)

    def _holds(self, topic: str) -> Callable[[Any], None]:
        def take(array: Any) -> None:
            for marker in array.markers:
                if marker.action == Marker.DELETEALL:
                    self.markers[topic].clear()
                elif marker.action == Marker.DELETE:
                    self.markers[topic].pop((marker.ns, marker.id), None)
                else:
                    self.markers[topic][marker.ns, marker.id] = marker

        return take


@pytest.fixture
def viewer(ros: Any) -> Iterator[tuple[Viewer, SingleThreadedExecutor]]:
    node, executor = Viewer(), SingleThreadedExecutor()
    executor.add_node(node)
    yield node, executor
    executor.shutdown()


def turned_until(executor: SingleThreadedExecutor, holds: Callable[[], bool]) -> bool:
    """Spins until something holds, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.1)
    return holds()


def test_the_demos_shoppers_stand_in_the_store_until_they_leave(
    viewer: tuple[Viewer, SingleThreadedExecutor],
) -> None:
    node, executor = viewer
    with BagReader(DEMO, "corner") as reader:
        recorded = [message.data for message in reader.messages({SHOPPERS.name})][:300]
        last = decode(list(reader.messages({SHOPPERS.name}))[299])
    assert isinstance(last, Shoppers) and len(last.shoppers) > 1
    command = [sys.executable, "-m", "storegraph.graph.executables", "viz", "--ros-args", "-r", "__ns:=/corner"]
    process = subprocess.Popen([*command, "-p", f"store:={CORNER}"])
    store, live = node.markers[STORE_MARKERS], node.markers[LIVE_MARKERS]
    try:
        for data in recorded:
            node.shoppers.publish(data)
        assert turned_until(executor, lambda: bool(store)), "the store was not drawn"
        assert {key: marker.text for key, marker in store.items()} == {
            marker.key: marker.text for marker in layout(load_store(CORNER))
        }
        assert turned_until(executor, lambda: any(_drawn_at(marker) == last.stamp for marker in live.values()))
        names = {marker.text for (namespace, _), marker in live.items() if namespace == "names"}
        assert names == {shopper.shopper_id for shopper in last.shoppers}
        assert {marker.header.frame_id for marker in live.values()} == {"map"}

        empty = CONVERSIONS[Shoppers].to_message(interfaces().types, Shoppers(last.stamp + 1, last.joints, ()))
        node.shoppers.publish(bytes(interfaces().serialize_cdr(empty, CONVERSIONS[Shoppers].message_type)))
        assert turned_until(executor, lambda: not live), "who left was not deleted"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()


def _drawn_at(marker: Any) -> int:
    return from_time(marker.header.stamp)


def test_every_camera_has_its_frame_on_tf_static_for_who_comes_late(
    ros: Any, managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    tf2_msgs = pytest.importorskip("tf2_msgs.msg", reason="needs tf2_msgs; `make env` builds it")
    viz, listener, told = managed("viz"), Node("listener"), []
    turn(viz, listener)
    listener.create_subscription(tf2_msgs.TFMessage, "/tf_static", told.append, ONCE)
    assert until(lambda: bool(told))
    frames = {each.child_frame_id: (each.header.frame_id, each.transform) for each in told[0].transforms}
    expected = camera_transforms(load_store(CORNER))
    assert {name: parent for name, (parent, _) in frames.items()} == {each.child: "map" for each in expected}
    for each in expected:
        _, transform = frames[each.child]
        translation, rotation = transform.translation, transform.rotation
        assert (translation.x, translation.y, translation.z) == each.translation
        assert (rotation.x, rotation.y, rotation.z, rotation.w) == each.rotation


def test_how_often_it_draws_can_be_changed_while_it_runs(
    ros: Any, managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    viz, told = managed("viz", rate=0.2), []
    listener = Node("listener", namespace="corner")
    listener.create_subscription(MarkerArray, LIVE_MARKERS, lambda _: told.append(time.monotonic()), 10)
    turn(viz, listener)
    (result,) = viz.set_parameters([ros.parameter.Parameter("rate", value=20.0)])
    assert result.successful, result.reason
    assert until(lambda: len(told) >= 2)
    assert told[1] - told[0] < 3.0, "at 0.2 Hz there are 5 s between two pictures"
    (refused,) = viz.set_parameters([ros.parameter.Parameter("rate", value=0.0)])
    assert not refused.successful


def test_a_simulated_clock_that_stands_still_does_not_stop_it(
    managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    viz, told = managed("viz", use_sim_time=True), []
    listener = Node("listener", namespace="corner")
    listener.create_subscription(MarkerArray, LIVE_MARKERS, told.append, 10)
    turn(viz, listener)
    assert until(lambda: len(told) >= 2)


def test_what_a_camera_node_says_of_itself_is_drawn(
    ros: Any, managed: Callable[..., Any], turn: Callable[..., None], until: Callable[[Callable[[], bool]], bool]
) -> None:
    viz, camera, told = managed("viz"), Node("camera_north_east", namespace="corner"), []
    diagnostics = camera.create_publisher(DiagnosticArray, "/diagnostics", 10)
    camera.create_subscription(MarkerArray, LIVE_MARKERS, told.append, 10)
    turn(viz, camera)
    status = DiagnosticStatus(level=DiagnosticStatus.ERROR, name="/corner/camera_north_east: source", message="gone")
    other = DiagnosticStatus(level=DiagnosticStatus.ERROR, name="/corner_2/camera_north_west: source", message="gone")
    assert until(lambda: diagnostics.get_subscription_count() == 1)
    diagnostics.publish(DiagnosticArray(status=[other, status]))
    assert until(lambda: any(marker.ns == "ailments" for array in told for marker in array.markers))
    texts = {marker.text for array in told for marker in array.markers if marker.ns == "ailments"}
    assert texts == {"camera north_east: gone"}
