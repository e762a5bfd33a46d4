"""Over DDS and a WebSocket: who looks in a browser gets the topics of the store as they are, and only while looking."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("foxglove", reason="needs foxglove-sdk; `make env` installs it")
rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
pytest.importorskip("storegraph_msgs.msg._cart", reason="needs the built messages; `make env` builds them")

from rclpy.node import Node  # noqa: E402
from rosbags.typesys import Stores, get_types_from_msg, get_typestore  # noqa: E402
from visualization_msgs.msg import Marker, MarkerArray  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402
from websockets.sync.client import ClientConnection, connect  # noqa: E402

from storegraph.graph.diagnostics import Level  # noqa: E402
from storegraph.graph.qos import profile  # noqa: E402
from storegraph.graph.topics import Quality  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402
from storegraph.viz.bridge.node import BridgeNode  # noqa: E402
from storegraph.viz.bridge.server import Server, ServerError  # noqa: E402
from storegraph.viz.layout import layout  # noqa: E402
from storegraph.viz.node import ONCE  # noqa: E402

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
Make = Callable[..., Any]
Turn = Callable[..., None]
Until = Callable[[Callable[[], bool]], bool]

MARKERS = "/corner/markers/store"
PATIENCE = 20.0
"""Seconds until what has not happened has failed."""


class Viewer:
    """Speaks Foxglove's protocol (github.com/foxglove/ws-protocol) as a browser does."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._stores: dict[int, tuple[str, Any]] = {}
        self.offered: dict[str, dict[str, Any]] = {}
        assert json.loads(connection.recv(PATIENCE))["op"] == "serverInfo"

    def wait_for(self, topic: str) -> None:
        """Waits until a topic is offered."""
        while topic not in self.offered:
            self._told(json.loads(self._connection.recv(PATIENCE)))

    def subscribe(self, topic: str) -> None:
        """Asks for a topic as soon as it is offered; decodes it later by the definition that came with the offer."""
        self.wait_for(topic)
        channel = self.offered[topic]
        types = get_typestore(Stores.EMPTY)
        types.register(get_types_from_msg(channel["schema"], channel["schemaName"]))
        number = len(self._stores) + 1
        self._stores[number] = channel["schemaName"], types
        subscription = {"id": number, "channelId": channel["id"]}
        self._connection.send(json.dumps({"op": "subscribe", "subscriptions": [subscription]}))

    def receive(self) -> Any:
        """The next message of any topic that was asked for."""
        while isinstance(frame := self._connection.recv(PATIENCE), str):
            self._told(json.loads(frame))
        operation, number, _ = struct.unpack_from("<BIQ", frame)
        assert operation == 1
        name, types = self._stores[number]
        return types.deserialize_cdr(frame[struct.calcsize("<BIQ") :], name)

    def _told(self, told: dict[str, Any]) -> None:
        if told["op"] == "advertise":
            self.offered |= {channel["topic"]: channel for channel in told["channels"]}


@contextmanager
def viewer(url: str) -> Iterator[Viewer]:
    with connect(url, subprotocols=["foxglove.sdk.v1"]) as connection:
        yield Viewer(connection)


def url_of(bridge: BridgeNode) -> str:
    (status,) = bridge.statuses()
    assert status.level is Level.OK, status.message
    return status.message.split()[-1]


def test_who_comes_late_still_gets_the_whole_store_and_the_next_one_too(managed: Make, turn: Turn) -> None:
    viz, bridge = managed("viz"), managed("bridge", port=0)
    drawn = {marker.key: marker.text for marker in layout(load_store(CORNER))}
    turn(viz, bridge)
    for _ in range(2):
        with viewer(url_of(bridge)) as looks:
            looks.subscribe(MARKERS)
            everything, *markers = looks.receive().markers
            assert everything.action == Marker.DELETEALL
            assert {(marker.ns, marker.id): marker.text for marker in markers} == drawn


def test_a_topic_is_taken_from_the_graph_only_while_somebody_looks(managed: Make, turn: Turn, until: Until) -> None:
    store, bridge = Node("store", namespace="corner"), managed("bridge", port=0)
    live = store.create_publisher(MarkerArray, "markers/live", 10)
    turn(store, bridge)
    with viewer(url_of(bridge)) as looks:
        looks.wait_for("/corner/markers/live")
        assert live.get_subscription_count() == 0
        looks.subscribe("/corner/markers/live")
        assert until(lambda: live.get_subscription_count() == 1)
        live.publish(MarkerArray(markers=[Marker(ns="heads", id=3, text="ada")]))
        (marker,) = looks.receive().markers
        assert (marker.ns, marker.id, marker.text) == ("heads", 3, "ada")
    assert until(lambda: live.get_subscription_count() == 0)


def test_a_second_viewer_gets_what_is_kept_though_the_first_has_it(managed: Make, turn: Turn) -> None:
    store, bridge = Node("store", namespace="corner"), managed("bridge", port=0)
    kept = store.create_publisher(MarkerArray, "markers/store", ONCE)
    kept.publish(MarkerArray(markers=[Marker(id=1)]))
    turn(store, bridge)
    with viewer(url_of(bridge)) as first, viewer(url_of(bridge)) as second:
        for each in (first, second):
            each.subscribe(MARKERS)
            assert [marker.id for marker in each.receive().markers] == [1]


def test_another_stores_topics_are_not_offered(managed: Make, turn: Turn) -> None:
    other, bridge = Node("other", namespace="corner_2"), managed("bridge", port=0)
    for name in ("carts", "/corner/carts", "/tf_static", "/somewhere"):
        other.create_publisher(MarkerArray, name, 1)
    turn(other, bridge)
    with viewer(url_of(bridge)) as looks:
        looks.wait_for("/corner/carts")
        looks.wait_for("/tf_static")
        assert not {"/corner_2/carts", "/somewhere"} & looks.offered.keys()


@pytest.mark.parametrize("quality", [Quality(5, reliable=False, transient_local=False), Quality(1, True, True)])
def test_it_takes_what_a_publisher_offers(managed: Make, turn: Turn, until: Until, quality: Quality) -> None:
    store, bridge = Node("store", namespace="corner"), managed("bridge", port=0)
    publisher = store.create_publisher(MarkerArray, "markers/live", profile(quality))
    turn(store, bridge)
    with viewer(url_of(bridge)) as looks:
        looks.subscribe("/corner/markers/live")
        assert until(lambda: publisher.get_subscription_count() == 1)
        publisher.publish(MarkerArray(markers=[Marker(id=7)]))
        assert [marker.id for marker in looks.receive().markers] == [7]


def test_a_viewer_is_told_when_the_bridge_ends(managed: Make) -> None:
    bridge = managed("bridge", port=0)
    with viewer(url_of(bridge)) as looks:
        bridge.destroy_node()
        with pytest.raises(ConnectionClosed):
            looks.wait_for("/corner/never")


def test_a_port_that_is_taken_is_told_and_served_when_it_is_free(managed: Make, turn: Turn, until: Until) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bridge = managed("bridge", port=port)
        (status,) = bridge.statuses()
        assert status.level is Level.ERROR
        assert f"127.0.0.1:{port}" in status.message and "in use" in status.message
    turn(bridge)
    assert until(lambda: next(bridge.statuses()).level is Level.OK)
    assert url_of(bridge) == f"ws://127.0.0.1:{port}"


def test_an_address_of_another_machine_is_refused_by_name() -> None:
    with pytest.raises(ServerError, match=r"192\.0\.2\.1:8765"):  # RFC 5737: belongs to nobody
        Server("Storegraph", "192.0.2.1", 8765)
