"""All gates of a store -> `gate/events`, and how far they have come; who stands at a gate is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rclpy.client import Client
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.task import Future
from storegraph_msgs.srv import AskEntry

from storegraph.graph.diagnostics import Status
from storegraph.graph.encoding import encode
from storegraph.graph.managed import ManagedNode
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.messages.base import to_time
from storegraph.graph.operator import Promise
from storegraph.graph.parameters import SensorSettings
from storegraph.graph.qos import profile_of, watermark_profile
from storegraph.graph.rosidl import ROSIDL_TYPES, message_class
from storegraph.graph.topics import GATE_EVENTS
from storegraph.graph.watermarks import WATERMARK, promise_to_bytes, watermark_name
from storegraph.observations import GateEvent
from storegraph.store.model import Store

from ..errors import SensorError
from ..file import load_sensors
from .admission import ANSWERS, EntryAnswer, EntryRequest, Waiting
from .driver import GateDriver
from .feed import GateFeed
from .model import GateDevice, GateSettings, MqttGate
from .mqtt import MqttDriver
from .recorded import RecordedDriver
from .status import gate_status

PERIOD = 0.05
"""Seconds between looks at the gates, and between promises, which hold up whoever reads the topic by half of it on
average. The node at rest takes 1.7 % of a core; with 0.02 s it takes 4.3 % (`time.process_time` over 15 s)."""


class GateNode(ManagedNode):
    """Publishes who goes through the gates, and asks the ledger about those who stand there.

    One node reads all gates, because those who read the topic know one watermark of it, whoever publishes there.
    """

    def set_up(self, store: Store, settings: GateSettings) -> None:
        """Finds the gates in the sensors file."""
        wanted = self.settings(SensorSettings)
        sensors = load_sensors(wanted.sensors, store)
        if wanted.device:
            raise SensorError(f"parameter device is {wanted.device}; one node reads all gates, so leave it empty")
        if not sensors.gates:
            raise SensorError(f"{sensors.path}: has no gates; list them, or do not start this node")
        if settings.when_unanswered not in ANSWERS:
            raise SensorError(
                f'parameter when_unanswered: "{settings.when_unanswered}" is none; it takes {" or ".join(ANSWERS)}'
            )
        self._drivers = {device.gate: _driver(device, store, settings, sensors.path.parent) for device in sensors.gates}
        self._settings = settings
        conversion = CONVERSIONS[GateEvent]
        self._events = self.create_lifecycle_publisher(
            message_class(conversion.message_type),
            GATE_EVENTS.name,
            profile_of(GATE_EVENTS.delivery),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._promises = self.create_lifecycle_publisher(
            message_class(WATERMARK), watermark_name(GATE_EVENTS.name), watermark_profile()
        )
        self._ledger: Client[AskEntry.Request, AskEntry.Response] = self.create_client(AskEntry, "ledger/ask_entry")

    def join(self) -> None:
        """Begins to listen to the gates."""
        self._feed = GateFeed(self._drivers, self._settings)
        self._waiting = Waiting(self._settings)
        self._told = {gate: driver.condition for gate, driver in self._drivers.items()}
        self._late = dict.fromkeys(self._drivers, 0)
        for driver in self._drivers.values():
            driver.open()
        self._looking = self.create_timer(PERIOD, self._look)

    def leave(self) -> None:
        """Leaves the gates, which keep what happens from now on where they can."""
        self.destroy_timer(self._looking)
        for driver in self._drivers.values():
            driver.close()

    def clean_up(self) -> None:
        """Lets go of the topics and the service."""
        self.destroy_client(self._ledger)
        for publisher in (self._events, self._promises):
            self.destroy_publisher(publisher)

    def statuses(self) -> Iterator[Status]:
        """How each gate is."""
        for gate, driver in self._drivers.items():
            yield gate_status(gate, driver.condition, self._feed.passed[gate], self._feed.late[gate])

    def _look(self) -> None:
        """Publishes what has come, then promises what can be promised, then asks about who stands at the gates."""
        now = self.now
        for event in self._feed.events(now):
            self._publish(event)
        promise = self._feed.promise(now)
        if promise is not None:
            self._promise(promise)
        self._ask(now)
        self._log_changes()

    def _publish(self, event: GateEvent) -> None:
        self._events.publish(encode(event))

    def _promise(self, promise: Promise) -> None:
        self._promises.publish(promise_to_bytes(promise))

    def _ask(self, now: int) -> None:
        for driver in self._drivers.values():
            for request in driver.requests(now):
                self._waiting.take(request, now)
        if self._ledger.service_is_ready():
            for request in self._waiting.to_ask():
                self._waiting.asked(request)
                question = AskEntry.Request(gate=request.gate, request=request.request, token=request.token)
                question.stamp = to_time(ROSIDL_TYPES, request.stamp)
                self._ledger.call_async(question).add_done_callback(partial(self._take_answer, request))
        for request, answer in self._waiting.overdue(now):
            self._answer(request, answer)

    def _take_answer(self, request: EntryRequest, future: Future[AskEntry.Response]) -> None:
        said = None if future.cancelled() or future.exception() is not None else future.result()
        if said is None or not said.decided:
            self._waiting.undecided(request)
        elif self._waiting.decided(request):
            self._answer(request, EntryAnswer(said.allowed, said.reason, said.code))

    def _answer(self, request: EntryRequest, answer: EntryAnswer) -> None:
        if answer.reason:
            told = "let in" if answer.allowed else "not let in"
            self.get_logger().warning(f"gate {request.gate}: somebody was {told}: {answer.reason}")
        self._drivers[request.gate].answer(request, answer)

    def _log_changes(self) -> None:
        for gate, driver in self._drivers.items():
            before, condition = self._told[gate], driver.condition
            if condition.text != before.text and condition.connected:
                self.get_logger().info(f"gate {gate}: {condition.text}")
            elif condition.text != before.text:
                self.get_logger().error(f"gate {gate}: {condition.text}")
            if condition.refused > before.refused:
                self.get_logger().warning(f"gate {gate}: report refused: {condition.last_refusal}")
            self._told[gate] = condition
            if self._feed.late[gate] > self._late[gate]:
                self._late[gate] = self._feed.late[gate]
                self.get_logger().error(f"gate {gate}: {self._late[gate]} passages may have come too late to count")


def _driver(device: GateDevice, store: Store, settings: GateSettings, folder: Path) -> GateDriver:
    """The driver of a device.

    Raises:
        StoregraphError: A recording cannot be read, or the environment lacks a name that the address has.
    """
    if isinstance(device, MqttGate):
        return MqttDriver(device, store, settings, folder)
    return RecordedDriver(device, store, folder)
