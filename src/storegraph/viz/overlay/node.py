"""Pictures of the cameras and keypoints -> the same pictures with people drawn on them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Thread
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from sensor_msgs.msg import CompressedImage

from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import decode
from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS, MessageError, from_time
from storegraph.graph.messages.pictures import COMPRESSED_IMAGE, camera_topic, fill_compressed_image, fill_header
from storegraph.graph.newest import Newest
from storegraph.graph.qos import profile_of
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import KEYPOINTS, Delivery
from storegraph.observations import Keypoints
from storegraph.store.model import Store
from storegraph.viz.settings import OverlaySettings

from .model import OVERLAY, OverlayError, Pair
from .pairing import Pairing

FOUND = CONVERSIONS[Keypoints].message_type

LOOK = 1.0
"""Seconds between looking whether somebody wants to see a camera."""


class OverlayNode(ManagedNode):
    """`cameras/<id>/image/compressed` and `cameras/<id>/keypoints` -> `cameras/<id>/overlay/compressed`.

    Only of cameras whose overlay somebody subscribes to. Decoding, drawing and encoding have a thread of their own;
    when it is behind, it draws the newest of each camera.
    """

    def set_up(self, store: Store, settings: OverlaySettings) -> None:
        """Loads OpenCV.

        Raises:
            OverlayError: It is not installed.
        """
        try:
            from .drawing import overlaid
        except ImportError as error:
            raise OverlayError(
                f"people cannot be drawn on pictures: {error}; `pip install 'storegraph[cameras]'` brings OpenCV"
            ) from error
        self._overlaid = overlaid
        self._quality = settings.quality
        self._overlays = {
            camera.id: self.create_lifecycle_publisher(
                CompressedImage, camera_topic(OVERLAY, camera.id), profile_of(Delivery.PICTURE)
            )
            for camera in store.cameras
        }

    def join(self) -> None:
        """Begins to look who looks."""
        self._watched: dict[str, list[Any]] = {}
        self._drawn = self._refused = 0
        self._pairs: Newest[Pair] = Newest()
        self._thread = Thread(target=self._draw, name="overlay", daemon=True)
        self._thread.start()
        self._looking = self.create_timer(LOOK, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def leave(self) -> None:
        """Leaves all cameras."""
        self.destroy_timer(self._looking)
        for camera in list(self._watched):
            self._unwatch(camera)
        self._pairs.close()
        self._thread.join()

    def changed(self, settings: OverlaySettings) -> None:
        """Takes over the quality."""
        self._quality = settings.quality

    def statuses(self) -> Iterator[Status]:
        """How many cameras are looked at, and what was drawn."""
        values = {"drawn": self._drawn, "passed over": sum(self._pairs.dropped.values()), "refused": self._refused}
        told = f"{len(self._watched)} of {len(self._overlays)} cameras are looked at"
        yield Status(Level.WARN if self._refused else Level.OK, "overlays", told, values)

    def clean_up(self) -> None:
        """Lets go of the topics."""
        for publisher in self._overlays.values():
            self.destroy_publisher(publisher)

    def _look(self) -> None:
        for camera, publisher in self._overlays.items():
            wanted = publisher.get_subscription_count() > 0
            if wanted and camera not in self._watched:
                self._watch(camera)
            elif not wanted and camera in self._watched:
                self._unwatch(camera)

    def _watch(self, camera: str) -> None:
        pairing = Pairing()
        keypoints = camera_topic(KEYPOINTS.name, camera)
        self._watched[camera] = [
            self.create_subscription(
                CompressedImage,
                camera_topic(COMPRESSED_IMAGE, camera),
                partial(self._take_picture, camera, pairing),
                profile_of(Delivery.PICTURE),
            ),
            # Taken as pictures are: what was found before somebody looked is of no use.
            self.create_subscription(
                message_class(FOUND),
                keypoints,
                partial(self._take_keypoints, camera, pairing, keypoints),
                profile_of(Delivery.PICTURE),
                raw=True,
            ),
        ]

    def _unwatch(self, camera: str) -> None:
        for subscription in self._watched.pop(camera):
            self.destroy_subscription(subscription)

    def _take_picture(self, camera: str, pairing: Pairing, message: CompressedImage) -> None:
        self._pass_on(camera, pairing.picture(from_time(message.header.stamp), bytes(message.data)))

    def _take_keypoints(self, camera: str, pairing: Pairing, topic: str, data: bytes) -> None:
        try:
            keypoints = decode(BagMessage(topic, 0, FOUND, data))
        except MessageError as error:
            self._refuse(error)
            return
        assert isinstance(keypoints, Keypoints)
        self._pass_on(camera, pairing.keypoints(keypoints))

    def _pass_on(self, camera: str, pair: Pair | None) -> None:
        if pair is not None:
            self._pairs.put(camera, pair)

    def _draw(self) -> None:
        """Draws what is newest, until nothing more comes; runs in the thread."""
        while taken := self._pairs.take(1):
            for camera, pair in taken.items():
                try:
                    jpeg = self._overlaid(pair, self._quality)
                except OverlayError as error:
                    self._refuse(error)
                    continue
                message = CompressedImage()
                fill_header(message.header, pair.keypoints.stamp, camera)
                fill_compressed_image(message, jpeg)
                self._overlays[camera].publish(message)
                self._drawn += 1

    def _refuse(self, error: Exception) -> None:
        self._refused += 1
        self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)
