"""The graph's topics -> markers for RViz, and where the cameras are for tf2."""

from __future__ import annotations

import math
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point, Pose, Quaternion, Transform, TransformStamped, Vector3
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker as MarkerMessage
from visualization_msgs.msg import MarkerArray

from storegraph.errors import StoregraphError
from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import decode
from storegraph.graph.executables import run
from storegraph.graph.messages import CONVERSIONS, NANOSECONDS, MessageError
from storegraph.graph.node import QOS, kept, message_class
from storegraph.graph.parameters import AUTOSTART, STORE
from storegraph.graph.topics import CARTS, GATE_EVENTS, INTERACTIONS, SCALE_FAULTS, SHOPPERS, WEIGHT_EVENTS
from storegraph.store.file import load_store
from storegraph.store.model import Point3D, Store

from .layout import layout
from .markers import LIVE_MARKERS, STORE_MARKERS, Key, Marker
from .scene import Picture, Scene
from .transforms import MAP_FRAME, camera_transforms

SHOWN = (SHOPPERS, WEIGHT_EVENTS, SCALE_FAULTS, INTERACTIONS, CARTS, GATE_EVENTS)

PERIOD = 0.1
"""Seconds between pictures: people move on smoothly, at a third of the shoppers' own rate."""
REFRESH = 1.0
"""Seconds after which a picture is sent again though nothing changed, for an RViz that comes late."""
LIFETIME = 3
"""Seconds RViz keeps what is not sent again: if this node dies, nobody is left standing in the store."""


class VizNode(LifecycleNode):
    """What the graph publishes -> `markers/store` and `markers/live`.

    Configuring reads the store file; activating publishes what stands in the store, and joins the topics.

    Args:
        options: Those of `rclpy.lifecycle.LifecycleNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__("viz", **options)
        for parameter in (STORE, AUTOSTART):
            descriptor = ParameterDescriptor(description=parameter.text, read_only=True)
            self.declare_parameter(parameter.name, parameter.default, descriptor)
        if self.get_parameter(AUTOSTART.name).value:
            self.trigger_configure()
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads the store file."""
        try:
            self._store = load_store(Path(str(self.get_parameter(STORE.name).value)))
        except StoregraphError as error:
            self.get_logger().error(str(error))
            return TransitionCallbackReturn.FAILURE
        self._static = self.create_lifecycle_publisher(MarkerArray, STORE_MARKERS, kept(1))
        self._live = self.create_lifecycle_publisher(MarkerArray, LIVE_MARKERS, 10)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Publishes what stands in the store, then joins the topics."""
        activated = super().on_activate(state)
        self._scene = Scene(self._store)
        self._news = True
        self._sent = 0.0
        self._static.publish(MarkerArray(markers=[_everything(), *map(marker_to_message, layout(self._store))]))
        self._live.publish(MarkerArray(markers=[_everything()]))  # an earlier run's are still there
        self._publish_transforms(self._store)
        self._joined = [
            self.create_subscription(
                message_class(message_type), topic.name, partial(self._take, topic.name, message_type), qos, raw=True
            )
            for topic in SHOWN
            for message_type, qos in [(CONVERSIONS[topic.carries].message_type, QOS[topic.delivery])]
        ]
        self._timer = self.create_timer(PERIOD, self._show)
        return activated

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leaves the topics."""
        self.destroy_timer(self._timer)
        for subscription in self._joined:
            self.destroy_subscription(subscription)
        return super().on_deactivate(state)

    def _take(self, name: str, message_type: str, data: bytes) -> None:
        try:
            self._scene.tell(decode(BagMessage(name, 0, message_type, data)))
            self._news = True
        except MessageError as error:
            self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)

    def _show(self) -> None:
        if not self._news and time.monotonic() - self._sent < REFRESH:
            return
        self._news, self._sent = False, time.monotonic()
        self._live.publish(MarkerArray(markers=picture_to_messages(self._scene.picture())))

    def _publish_transforms(self, store: Store) -> None:
        """Says where the cameras are; not where tf2_msgs is not installed, as with the wheels from PyPI."""
        try:
            message_type = import_module("tf2_msgs.msg").TFMessage
        except ImportError:
            self.get_logger().info("no transforms: tf2_msgs is not installed; the markers are in map and need none")
            return
        transforms = [
            TransformStamped(
                header=Header(frame_id=transform.parent),
                child_frame_id=transform.child,
                transform=Transform(
                    translation=_vector(transform.translation), rotation=_quaternion(transform.rotation)
                ),
            )
            for transform in camera_transforms(store)
        ]
        self._transforms = self.create_publisher(message_type, "/tf_static", kept(1))
        self._transforms.publish(message_type(transforms=transforms))


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


def main() -> int:
    """Runs the node until it is told to stop; gives the exit code."""
    return run(VizNode)


if __name__ == "__main__":
    sys.exit(main())
