"""A device that reads scales -> `scales/<fixture>/samples`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread
from traceback import format_exc

from rclpy.qos_overriding_options import QoSOverridingOptions

from storegraph.errors import StoregraphError
from storegraph.graph.diagnostics import Delays, DiagnosticsSettings, Level, Status, delays
from storegraph.graph.encoding import encode
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.parameters import SensorSettings
from storegraph.graph.qos import profile_of, watermark_profile
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import SCALE_SAMPLES
from storegraph.graph.watermarks import WATERMARK, promise_to_bytes, watermark_name
from storegraph.observations import ScaleSamples
from storegraph.store.model import Store

from ..file import load_sensors
from .driver import STOPPED_WITHIN, fixtures_of, scale_driver
from .model import ContactReport, ContactState, ScaleSettings
from .progress import Progress
from .status import contact_status

CONVERSION = CONVERSIONS[ScaleSamples]


class FixtureTopic:
    """The topic of a fixture's samples, and of the promises about it.

    Args:
        node: That publishes.
        fixture: Fixture id.
        promised: Whether the node gives all samples of the fixture, in order.
    """

    def __init__(self, node: ManagedNode, fixture: str, promised: bool) -> None:
        self._node = node
        self._samples = node.create_lifecycle_publisher(
            message_class(CONVERSION.message_type),
            SCALE_SAMPLES.of(fixture),
            profile_of(SCALE_SAMPLES.delivery),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._promises = (
            node.create_lifecycle_publisher(
                message_class(WATERMARK), watermark_name(SCALE_SAMPLES.of(fixture)), watermark_profile()
            )
            if promised
            else None
        )
        self.progress = Progress()
        self.departures = Delays()

    def publish(self, samples: ScaleSamples) -> None:
        """Publishes samples, then how far they have come; samples that would break a promise are left out."""
        if self._promises is not None and not self.progress.takes(samples):
            return
        self._samples.publish(encode(samples))
        self.departures.note(self._node.now, samples.stamp)
        if self._promises is not None:
            self._promises.publish(promise_to_bytes(self.progress.after(samples)))

    def destroy(self) -> None:
        """Lets go of the topics."""
        self._node.destroy_publisher(self._samples)
        if self._promises is not None:
            self._node.destroy_publisher(self._promises)


class ScaleNode(ManagedNode):
    """Publishes what the scales of one device show, a topic for each fixture.

    One thread reads and publishes, so that no bus keeps the node from answering. Where a fixture has one device, and
    its driver gives samples in order, the node promises how far the fixture has come, so that nobody waits for more.
    """

    def set_up(self, store: Store, settings: ScaleSettings) -> None:
        """Finds the device in the sensors file."""
        wanted = self.settings(SensorSettings)
        sensors = load_sensors(wanted.sensors, store)
        device = sensors.scale_device(wanted.device)
        others = [fixtures_of(other, store) for other in sensors.scales if other.name != device.name]
        self._driver = scale_driver(device, store, settings, sensors.path.parent)
        self._place = f"{sensors.path}: {device.name}"
        self._topics = {
            fixture: FixtureTopic(self, fixture, self._driver.in_order and fixture not in set().union(*others))
            for fixture in self._driver.fixtures
        }

    def clean_up(self) -> None:
        """Lets go of the topics."""
        for topic in self._topics.values():
            topic.destroy()

    def join(self) -> None:
        """Begins to read and to publish."""
        self._failure = ""
        self._told, self._told_at = self._driver.reports, time.monotonic()
        self._stop = Event()
        self._thread = Thread(target=self._read, name=f"read {self.get_name()}", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Gives the device back."""
        self._stop.set()
        self._thread.join(STOPPED_WITHIN)

    def statuses(self) -> Iterator[Status]:
        """How the device and its units do, and how long after its first sample a message goes out."""
        if self._failure:
            yield Status(Level.ERROR, "reading", self._failure)
        reports, now = self._driver.reports, time.monotonic()
        for report, before in zip(reports, self._told, strict=True):
            yield contact_status(report, before, now - self._told_at)
        self._told, self._told_at = reports, now
        late = sum(topic.progress.late for topic in self._topics.values())
        if late:
            text = f"{late} messages left out: the clock of this machine was set back; restart the nodes of the store"
            yield Status(Level.ERROR, "clock", text)
        departures = {SCALE_SAMPLES.of(fixture): topic.departures for fixture, topic in self._topics.items()}
        yield delays(departures, "latency", self.settings(DiagnosticsSettings).delay_warning)

    def _read(self) -> None:
        """Reads until no more is wanted, or ROS is shut down."""
        try:
            for said in self._driver.run(self._stop):
                if not self.context.ok():
                    return
                if isinstance(said, ContactReport):
                    self._tell(said)
                else:
                    self._topics[said.fixture].publish(said)
        except StoregraphError as error:
            self._failure = str(error)
            self.get_logger().error(self._failure)
        except Exception:  # a thread that ends must not go unnoticed
            self._failure = format_exc(limit=-1)
            self.get_logger().fatal(format_exc())

    def _tell(self, report: ContactReport) -> None:
        told = f"{self._place}: {report.name} {report.state.value}"
        if report.state is ContactState.SILENT:
            self.get_logger().error(f"{told}: {report.reason}; it is tried again")
        else:
            self.get_logger().info(told)
