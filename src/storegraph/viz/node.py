"""The graph's topics -> markers for RViz, and where the cameras are for tf2."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from builtin_interfaces.msg import Duration, Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point, Pose, Quaternion, TransformStamped, Vector3
from geometry_msgs.msg import Transform as TransformMessage
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.timer import Timer
from std_msgs.msg import ColorRGBA, Header
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker as MarkerMessage
from visualization_msgs.msg import MarkerArray

from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import decode
from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS, MessageError
from storegraph.graph.qos import profile, profile_of
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import (
    CARTS,
    INTERACTIONS,
    PASSAGES,
    SCALE_FAULTS,
    SHOPPERS,
    WEIGHT_EVENTS,
    Quality,
)
from storegraph.store.model import Point3D, Store
from storegraph.units import NANOSECONDS

from .health import Health
from .layout import layout
from .markers import LIVE_MARKERS, STORE_MARKERS, Key, Marker
from .scene import Picture, Scene
from .settings import VizSettings
from .transforms import MAP_FRAME, Transform, camera_transforms

SHOWN = (SHOPPERS, WEIGHT_EVENTS, SCALE_FAULTS, INTERACTIONS, CARTS, PASSAGES)

ONCE = profile(Quality(1, reliable=True, transient_local=True))
"""For what is published once, and kept for who comes late."""

REFRESH = 1.0
"""Seconds after which a picture is sent again though nothing changed, for an RViz that comes late."""
LIFETIME = 3
"""Seconds RViz keeps what is not sent again: if this node dies, nobody is left standing in the store."""


class VizNode(ManagedNode):
    """What the graph publishes -> `markers/store`, `markers/live` and `/tf_static`.

    It is not behind a merge: what comes late is shown late.
    """

    def set_up(self, store: Store, settings: VizSettings) -> None:
        """Lays out the store, and an empty scene."""
        self._store = store
        self._scene = Scene(store, settings)
        self._health = Health()
        self._refused = 0
        self._static = self.create_lifecycle_publisher(MarkerArray, STORE_MARKERS, ONCE)
        self._live = self.create_lifecycle_publisher(MarkerArray, LIVE_MARKERS, 10)
        self._transforms = self.create_lifecycle_publisher(TFMessage, "/tf_static", ONCE)

    def join(self) -> None:
        """Publishes what stands in the store, then joins the topics."""
        self._news = True
        self._sent = 0.0
        self._pictures = 0
        self._static.publish(MarkerArray(markers=[_everything(), *map(marker_to_message, layout(self._store))]))
        self._live.publish(MarkerArray(markers=[_everything()]))  # an earlier run's are still there
        transforms = [_transform_to_message(each) for each in camera_transforms(self._store)]
        self._transforms.publish(TFMessage(transforms=transforms))
        self._joined = [
            self.create_subscription(
                message_class(message_type), topic.name, partial(self._take, topic.name, message_type), qos, raw=True
            )
            for topic in SHOWN
            for message_type, qos in [(CONVERSIONS[topic.carries].message_type, profile_of(topic.delivery))]
        ]
        self._joined.append(self.create_subscription(DiagnosticArray, "/diagnostics", self._hear, 10))
        self._drawing = self._drawing_timer(self._scene.settings.rate)

    def leave(self) -> None:
        """Leaves the topics."""
        self.destroy_timer(self._drawing)
        for subscription in self._joined:
            self.destroy_subscription(subscription)

    def clean_up(self) -> None:
        """Lets go of the topics."""
        for publisher in (self._static, self._live, self._transforms):
            self.destroy_publisher(publisher)

    def changed(self, settings: VizSettings) -> None:
        """Takes over the settings from the next picture on."""
        self._scene.settings = settings
        self.destroy_timer(self._drawing)
        self._drawing = self._drawing_timer(settings.rate)

    def statuses(self) -> Iterator[Status]:
        """How much was drawn."""
        values = {"pictures": self._pictures, "refused": self._refused}
        told = f"{self._refused} messages refused" if self._refused else "drawing"
        yield Status(Level.WARN if self._refused else Level.OK, "pictures", told, values)

    def _drawing_timer(self, rate: float) -> Timer:
        """Of a clock that goes on when a simulated one stands still, and no faster when that one does."""
        return self.create_timer(1 / rate, self._show, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _take(self, name: str, message_type: str, data: bytes) -> None:
        try:
            self._scene.tell(decode(BagMessage(name, 0, message_type, data)))
            self._news = True
        except MessageError as error:
            self._refused += 1
            self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)

    def _hear(self, array: DiagnosticArray) -> None:
        """Takes what a node of this store says about itself."""
        prefix, told = f"{self.get_namespace().rstrip('/')}/", defaultdict(list)
        for each in array.status:
            if each.name.startswith(prefix):
                node, _, side = each.name.removeprefix(prefix).partition(": ")
                told[node].append(Status(Level(int.from_bytes(each.level)), side, each.message))
        for node, statuses in told.items():
            self._health.tell(node, statuses, time.monotonic_ns())

    def _show(self) -> None:
        if not self._news and time.monotonic() - self._sent < REFRESH:
            return
        self._news, self._sent = False, time.monotonic()
        self._scene.ailments = self._health.ailments(time.monotonic_ns())
        self._live.publish(MarkerArray(markers=picture_to_messages(self._scene.picture())))
        self._pictures += 1


def _transform_to_message(transform: Transform) -> TransformStamped:
    return TransformStamped(
        header=Header(frame_id=transform.parent),
        child_frame_id=transform.child,
        transform=TransformMessage(
            translation=_vector(transform.translation), rotation=_quaternion(transform.rotation)
        ),
    )


def picture_to_messages(picture: Picture) -> list[MarkerMessage]:
    """What is gone is deleted; what is shown ends by itself after `LIFETIME`."""
    lifetime = Duration(sec=LIFETIME)
    gone = [_deletion(key, picture.stamp) for key in picture.gone]
    return gone + [marker_to_message(marker, lifetime) for marker in picture.shown]


def marker_to_message(marker: Marker, lifetime: Duration | None = None) -> MarkerMessage:
    """A `visualization_msgs/Marker`; without a lifetime it stays."""
    red, green, blue, alpha = marker.colour
    return MarkerMessage(
        header=_header(marker.stamp),
        ns=marker.namespace,
        id=marker.number,
        type=int(marker.shape),
        action=MarkerMessage.ADD,
        pose=Pose(position=_point(marker.position), orientation=_turned(marker.yaw)),
        scale=_vector(marker.size),
        color=ColorRGBA(r=red, g=green, b=blue, a=alpha),
        lifetime=lifetime or Duration(),
        points=[_point(each) for each in marker.points],
        text=marker.text,
    )


def _deletion(key: Key, stamp: int) -> MarkerMessage:
    namespace, number = key
    return MarkerMessage(header=_header(stamp), ns=namespace, id=number, action=MarkerMessage.DELETE)


def _everything() -> MarkerMessage:
    """Deletes all markers of the topic."""
    return MarkerMessage(header=_header(0), action=MarkerMessage.DELETEALL)


def _header(stamp: int) -> Header:
    return Header(stamp=Time(sec=stamp // NANOSECONDS, nanosec=stamp % NANOSECONDS), frame_id=MAP_FRAME)


def _point(coordinates: Point3D) -> Point:
    x, y, z = coordinates
    return Point(x=x, y=y, z=z)


def _vector(extents: Point3D) -> Vector3:
    x, y, z = extents
    return Vector3(x=x, y=y, z=z)


def _quaternion(rotation: tuple[float, float, float, float]) -> Quaternion:
    x, y, z, w = rotation
    return Quaternion(x=x, y=y, z=z, w=w)


def _turned(yaw: float) -> Quaternion:
    return Quaternion(z=math.sin(yaw / 2), w=math.cos(yaw / 2))
