"""A device that reads scales -> `scales/<fixture>/samples`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from traceback import format_exc

from rclpy.qos_overriding_options import QoSOverridingOptions

from storegraph.errors import StoregraphError
from storegraph.graph.diagnostics import Delays, DiagnosticsSettings, Level, Status, delays
from storegraph.graph.interfaces import interfaces
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.node import message_class
from storegraph.graph.parameters import SensorSettings
from storegraph.graph.qos import QOS
from storegraph.graph.topics import SCALE_SAMPLES
from storegraph.observations import ScaleSamples
from storegraph.store.model import Store

from ..errors import SensorError
from ..file import load_sensors
from .driver import STOPPED_WITHIN, samples_topic, scale_driver
from .model import ContactReport, ContactState, ModbusScales, ScaleSettings
from .status import contact_status


class ScaleNode(ManagedNode):
    """Publishes what the scales of one device show, a topic for each fixture.

    One thread reads and publishes, so that no bus keeps the node from answering.
    """

    def set_up(self, store: Store, settings: ScaleSettings) -> None:
        """Finds the device in the sensors file."""
        wanted = self.settings(SensorSettings)
        if not wanted.sensors:
            raise SensorError("parameter sensors is not set; it names the sensors file")
        sensors = load_sensors(Path(wanted.sensors), store)
        device = sensors.scale_device(wanted.device)
        self._driver = scale_driver(device, store, settings, sensors.path.parent)
        self._rate = device.rate if isinstance(device, ModbusScales) else None
        self._place = f"{sensors.path}: {device.name}"
        conversion = CONVERSIONS[ScaleSamples]
        self._samples = {
            fixture: self.create_lifecycle_publisher(
                message_class(conversion.message_type),
                samples_topic(fixture),
                QOS[SCALE_SAMPLES.delivery],
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )
            for fixture in self._driver.fixtures
        }

    def clean_up(self) -> None:
        """Lets go of the topics."""
        for publisher in self._samples.values():
            self.destroy_publisher(publisher)

    def join(self) -> None:
        """Begins to read and to publish."""
        self._failure = ""
        self._departures = {publisher.topic_name: Delays() for publisher in self._samples.values()}
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
            rate = self._rate if report.name.startswith("unit") else None
            yield contact_status(report, before, now - self._told_at, rate)
        self._told, self._told_at = reports, now
        yield delays(self._departures, "latency", self.settings(DiagnosticsSettings).delay_warning)

    def _read(self) -> None:
        """Reads until no more is wanted, or ROS is shut down."""
        try:
            for said in self._driver.run(self._stop):
                if not self.context.ok():
                    return
                if isinstance(said, ContactReport):
                    self._tell(said)
                else:
                    self._publish(said)
        except StoregraphError as error:
            self._failure = str(error)
            self.get_logger().error(self._failure)
        except Exception:  # a thread that ends must not go unnoticed
            self._failure = format_exc(limit=-1)
            self.get_logger().fatal(format_exc())

    def _publish(self, samples: ScaleSamples) -> None:
        conversion = CONVERSIONS[ScaleSamples]
        message = conversion.to_message(interfaces().types, samples)
        publisher = self._samples[samples.fixture]
        publisher.publish(bytes(interfaces().serialize_cdr(message, conversion.message_type)))
        self._departures[publisher.topic_name].note(self.now, samples.stamp)

    def _tell(self, report: ContactReport) -> None:
        told = f"{self._place}: {report.name} {report.state.value}"
        if report.state is ContactState.SILENT:
            self.get_logger().error(f"{told}: {report.reason}; it is tried again")
        else:
            self.get_logger().info(told)
