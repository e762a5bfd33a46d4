"""`cameras/<id>/image/compressed` of every camera -> `cameras/<id>/keypoints`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CompressedImage, Image

from storegraph.atomic import OutputError
from storegraph.errors import StoregraphError
from storegraph.graph.bag import BagMessage
from storegraph.graph.decoding import decode
from storegraph.graph.diagnostics import Delays, DiagnosticsSettings, Level, Status, clocks, delays, rates
from storegraph.graph.encoding import encode
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS, Message, MessageError, from_time
from storegraph.graph.messages.pictures import COMPRESSED_IMAGE, IMAGE, bgr_from_image, camera_topic
from storegraph.graph.newest import Newest
from storegraph.graph.operator import Promise
from storegraph.graph.qos import profile_of, watermark_profile
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import INTERACTIONS, KEYPOINTS, Delivery
from storegraph.graph.watermarks import WATERMARK, promise_to_bytes, watermark_name
from storegraph.observations import Interaction, Keypoints
from storegraph.store.model import Store

from .model import PictureCounters, VisionSettings, load_detector
from .pictures import decoded, fitting
from .ring import HeldPicture, PictureRing, ReviewFolder, ReviewSettings, in_doubt

KEYPOINTS_2D = CONVERSIONS[Keypoints]

FORGETTING = 1.0
"""Seconds between two looks for pictures that have been kept for long enough."""

MEGABYTE = 1_000_000


class VisionNode(ManagedNode):
    """Finds people in the newest picture of every camera.

    The detector works in a thread of its own. While it is busy only the newest picture of each camera waits; those that
    have waited longest are looked at first, several cameras' together.

    No picture is published or kept, unless the parameter `ring` is above 0: `storegraph.vision.ring` says what then is.
    """

    def set_up(self, store: Store, settings: VisionSettings) -> None:
        """Loads the model."""
        self._settings = settings
        self._detector = load_detector(settings)
        self._cameras = {camera.id: camera for camera in store.cameras}
        self._review = self.settings(ReviewSettings)
        self._folder = self._review_folder()
        self._outputs = {
            camera: self.create_lifecycle_publisher(
                message_class(KEYPOINTS_2D.message_type),
                camera_topic(KEYPOINTS.name, camera),
                profile_of(KEYPOINTS.delivery),
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )
            for camera in self._cameras
        }
        self._promises = {
            camera: self.create_lifecycle_publisher(
                message_class(WATERMARK), watermark_name(camera_topic(KEYPOINTS.name, camera)), watermark_profile()
            )
            for camera in self._cameras
        }

    def clean_up(self) -> None:
        """Lets go of the topics and the model."""
        for publisher in (*self._outputs.values(), *self._promises.values()):
            self.destroy_publisher(publisher)
        del self._detector

    def join(self) -> None:
        """Begins to take pictures and to look at them."""
        self._joined = self.now
        self._pictures: Newest[Message] = Newest()
        self._newest: dict[str, int] = {}
        self._counters = {camera: PictureCounters() for camera in self._cameras}
        self._arrivals = {self._input(camera): Delays() for camera in self._cameras}
        self._departures = {camera_topic(KEYPOINTS.name, camera): Delays() for camera in self._cameras}
        self._looking = Thread(target=self._look, name="vision", daemon=True)
        self._looking.start()
        self._taking = [self._subscribe(camera) for camera in self._cameras]
        self._ring = PictureRing(self._review.ring) if self._review.ring else None
        self._forgetting = self.create_timer(FORGETTING, self._forget, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self._folder is not None:
            message_type = CONVERSIONS[Interaction].message_type
            judge = partial(self._judge, message_type)
            quality = profile_of(INTERACTIONS.delivery)
            self._taking.append(
                self.create_subscription(message_class(message_type), INTERACTIONS.name, judge, quality, raw=True)
            )

    def leave(self) -> None:
        """Takes no more pictures, and forgets those in the ring; the batch under way is finished."""
        self.destroy_timer(self._forgetting)
        self._ring = None
        for subscription in self._taking:
            self.destroy_subscription(subscription)
        self._pictures.close()
        self._looking.join()

    def statuses(self) -> Iterator[Status]:
        """What became of the pictures, which cameras are silent, and how long everything takes."""
        limits = self.settings(DiagnosticsSettings)
        yield self._pictures_status()
        yield rates(self._arrivals, frozenset(self._arrivals), self.now, self._joined, limits.silent_warning)
        yield delays(self._arrivals, "arrival", limits.delay_warning)
        yield delays(self._departures, "latency", limits.delay_warning)
        yield clocks(self._arrivals, dict.fromkeys(self._arrivals, IMAGE), limits.skew_warning)

    def _input(self, camera: str) -> str:
        return camera_topic(IMAGE if self._settings.raw else COMPRESSED_IMAGE, camera)

    def _subscribe(self, camera: str) -> Any:
        return self.create_subscription(
            Image if self._settings.raw else CompressedImage,
            self._input(camera),
            partial(self._take, camera),
            profile_of(Delivery.PICTURE),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def _take(self, camera: str, message: Message) -> None:
        stamp, counters = from_time(message.header.stamp), self._counters[camera]
        counters.received += 1
        self._arrivals[self._input(camera)].note(self.now, stamp)
        if stamp <= self._newest.get(camera, stamp - 1):
            counters.late += 1
            return
        self._newest[camera] = stamp
        self._pictures.put(camera, message)
        if self._ring is not None:
            self._hold(self._ring, camera, stamp, message)

    def _review_folder(self) -> ReviewFolder | None:
        """Where pictures for a person are written; None where they are not."""
        review = self._review
        if not review.ring or not review.review_folder:
            return None
        return ReviewFolder(Path(review.review_folder), review.review_for, review.review_megabytes * MEGABYTE)

    def _hold(self, ring: PictureRing, camera: str, stamp: int, message: Message) -> None:
        """Puts a picture into the ring; one that cannot be read is refused elsewhere."""
        try:
            jpeg = cv2.imencode(".jpg", bgr_from_image(message))[1] if self._settings.raw else message.data
        except StoregraphError:
            return
        ring.put(time.monotonic_ns(), HeldPicture(stamp, camera, bytes(jpeg)))

    def _forget(self) -> None:
        """Lets go of pictures that have been kept for long enough."""
        if self._ring is not None:
            self._ring.forget(time.monotonic_ns())
        if self._folder is not None:
            self._folder.forget(time.time_ns())

    def _judge(self, message_type: str, data: bytes) -> None:
        """Keeps the pictures of an interaction that is in doubt, and drops those of one that is so no more."""
        if self._ring is None or self._folder is None:
            return
        try:
            interaction = decode(BagMessage(INTERACTIONS.name, 0, message_type, data))
            assert isinstance(interaction, Interaction)
            if in_doubt(interaction, self._review.review_sure):
                begin, end = (
                    interaction.begin - self._review.review_margin,
                    interaction.end + self._review.review_margin,
                )
                self._folder.keep(interaction.event_id, self._ring.between(begin, end))
            else:
                self._folder.drop(interaction.event_id)
        except (MessageError, OutputError) as error:
            self.get_logger().warning(f"no pictures for review: {error}", throttle_duration_sec=10.0)

    def _look(self) -> None:
        """Looks at the newest pictures again and again, until no more are wanted or ROS is shut down."""
        while messages := self._pictures.take(self._settings.batch):
            try:
                for keypoints in self._found(messages):
                    self._publish(keypoints)
            except RuntimeError:  # of rclpy, whose shutdown does not wait for this thread
                if self.context.ok():
                    raise
                return

    def _found(self, messages: Mapping[str, Message]) -> list[Keypoints]:
        """The people in the newest pictures of some cameras; pictures that are no use are counted."""
        pictures = {
            camera: pixels
            for camera, message in messages.items()
            if (pixels := self._pixels(camera, message)) is not None
        }
        if not pictures:
            return []
        try:
            people = self._detector.detect(list(pictures.values()))
            return [
                Keypoints(
                    stamp=from_time(messages[camera].header.stamp),
                    camera=camera,
                    width=self._cameras[camera].width,
                    height=self._cameras[camera].height,
                    joints=self._detector.joints,
                    people=found,
                )
                for camera, found in zip(pictures, people, strict=True)
            ]
        except Exception as error:  # whatever a model raises, the next pictures may be better
            for camera in pictures:
                self._counters[camera].failed += 1
            self.get_logger().error(f"the detector failed: {error!r}", throttle_duration_sec=10.0)
            return []

    def _pixels(self, camera: str, message: Message) -> NDArray[np.uint8] | None:
        try:
            pixels = bgr_from_image(message) if self._settings.raw else decoded(np.frombuffer(message.data, np.uint8))
            return fitting(pixels, self._cameras[camera])
        except StoregraphError as error:
            self._counters[camera].refused += 1
            self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)
            return None

    def _publish(self, keypoints: Keypoints) -> None:
        """Publishes keypoints, and promises that nothing earlier follows: pictures are looked at in their order."""
        camera = keypoints.camera
        self._outputs[camera].publish(encode(keypoints))
        promise = Promise(keypoints.stamp + 1, (keypoints.stamp, keypoints.key))
        self._promises[camera].publish(promise_to_bytes(promise))
        self._counters[camera].seen += 1
        self._departures[camera_topic(KEYPOINTS.name, camera)].note(self.now, keypoints.stamp)

    def _pictures_status(self) -> Status:
        dropped = self._pictures.dropped
        values: dict[str, object] = {}
        for camera, counters in self._counters.items():
            values |= {f"{camera}: {name}": count for name, count in asdict(counters).items()}
            values[f"{camera}: dropped"] = dropped.get(camera, 0)
        lost = sum(counters.refused + counters.failed for counters in self._counters.values())
        told = f"{lost} pictures could not be used" if lost else "all pictures can be used"
        return Status(Level.WARN if lost else Level.OK, "pictures", told, values)
