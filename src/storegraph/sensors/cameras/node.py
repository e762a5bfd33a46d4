"""A camera's source -> `cameras/<id>/image`, `…/image/compressed` and `…/camera_info`."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import cv2
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from storegraph.graph.diagnostics import Delays, DiagnosticsSettings, Status, delays
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages.pictures import (
    CAMERA_INFO,
    COMPRESSED_IMAGE,
    IMAGE,
    camera_topic,
    fill_camera_info,
    fill_compressed_image,
    fill_header,
    fill_image,
)
from storegraph.graph.newest import Newest
from storegraph.graph.parameters import SensorSettings
from storegraph.graph.qos import profile_of
from storegraph.graph.topics import Delivery
from storegraph.sensors.file import load_sensors
from storegraph.store.model import Store

from .capture import Capture
from .model import CameraSettings, Picture, SourceState
from .status import source_status


class CameraNode(ManagedNode):
    """Publishes what one camera sees.

    One thread reads the source, one compresses and publishes, so that neither a camera that hangs nor a large picture
    keeps the node from answering. A picture is compressed, or published whole, only while somebody takes it.
    """

    def set_up(self, store: Store, settings: CameraSettings) -> None:
        """Finds the camera in the sensors file and the store file."""
        wanted = self.settings(SensorSettings)
        sensors = load_sensors(wanted.sensors, store)
        device = sensors.camera_device(wanted.device)
        self._device = device.beside(sensors.path.parent)
        self._camera = next(camera for camera in store.cameras if camera.id == device.camera)
        self._settings = settings
        self._image = self._publisher(Image, IMAGE)
        self._compressed = self._publisher(CompressedImage, COMPRESSED_IMAGE)
        self._info = self._publisher(CameraInfo, CAMERA_INFO)

    def clean_up(self) -> None:
        """Lets go of the topics."""
        for publisher in (self._image, self._compressed, self._info):
            self.destroy_publisher(publisher)

    def join(self) -> None:
        """Begins to read and to publish."""
        self._pictures: Newest[Picture] = Newest()
        self._departures = Delays()
        self._capture = Capture(
            self._device, self._camera, self._settings, lambda: self.now, self._pictures, self._tell
        )
        self._told = self._capture.condition
        self._publishing = Thread(target=self._publish_all, name=f"publish {self._camera.id}", daemon=True)
        self._publishing.start()
        self._capture.start()

    def leave(self) -> None:
        """Gives the source back."""
        self._capture.stop()
        self._publishing.join()

    def changed(self, settings: CameraSettings) -> None:
        """Takes over rate and quality."""
        if settings.max_rate != self._settings.max_rate:
            self._capture.limit(settings.max_rate)
        self._settings = settings

    def statuses(self) -> Iterator[Status]:
        """How the source is, and how long after the exposure a picture goes out."""
        limits, before = self.settings(DiagnosticsSettings), self._told
        self._told = self._capture.condition
        yield source_status(self._device, self._told, before, self.now, limits.silent_warning)
        topic = camera_topic(IMAGE, self._camera.id)
        latency = delays({topic: self._departures}, "latency", limits.delay_warning)
        rate = {f"{topic} [Hz]": f"{self._departures.rate(self.now):.2f}"}
        yield Status(latency.level, latency.name, latency.message, {**rate, **latency.values})

    def _publisher(self, message_type: type, topic: str) -> Any:
        return self.create_lifecycle_publisher(
            message_type,
            camera_topic(topic, self._camera.id),
            profile_of(Delivery.PICTURE),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def _tell(self, state: SourceState, reason: str) -> None:
        if state is SourceState.LOST:
            self.get_logger().error(f"{reason}; it is tried again")
        else:
            self.get_logger().info(f"{self._device.source} {state.value}")

    def _publish_all(self) -> None:
        """Publishes the newest picture again and again, until no more are wanted or ROS is shut down."""
        while pictures := self._pictures.take(1):
            try:
                for picture in pictures.values():
                    self._publish(picture)
                    self._departures.note(self.now, picture.stamp)
            except RuntimeError:  # of rclpy, whose shutdown does not wait for this thread
                if self.context.ok():
                    raise
                return

    def _publish(self, picture: Picture) -> None:
        camera = self._camera
        info = CameraInfo()
        fill_header(info.header, picture.stamp, camera.id)
        fill_camera_info(info, camera)
        self._info.publish(info)
        if self._compressed.get_subscription_count():
            compressed = CompressedImage(header=info.header)
            _, jpeg = cv2.imencode(".jpg", picture.pixels, (cv2.IMWRITE_JPEG_QUALITY, self._settings.quality))
            fill_compressed_image(compressed, jpeg)
            self._compressed.publish(compressed)
        if self._image.get_subscription_count():
            image = Image(header=info.header)
            fill_image(image, picture.pixels, "bgr8")
            self._image.publish(image)
