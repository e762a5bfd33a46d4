"""A node of the graph under rclpy: topics in, an operator, topics out. No decision is taken here.

Messages are taken and given as the bytes they travel as, through the same conversion as a bag's, so a live graph
computes what a replay of its recording computes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from traceback import format_exc
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from storegraph import __version__
from storegraph.errors import StoregraphError
from storegraph.observations import Observation
from storegraph.store.file import load_store
from storegraph.store.model import Store

from .bag import BagMessage
from .decoding import Decoder
from .interfaces import interfaces
from .journal import Journal
from .merge import BEGINNING, END, MergeSettings
from .messages import CONVERSIONS, NANOSECONDS, MessageError
from .nodes import NODES, NodeSpec
from .operator import Operator, Output, Promise, topic_names
from .parameters import ALLOWED_LATENESS, AUTOSTART, IDLE_AFTER, JOURNAL, PARAMETERS, STORE, Parameter
from .topics import Delivery, Topic
from .watermarks import SUFFIX, WATERMARK, promise_from_message, promise_to_message, watermark_name

DIAGNOSTICS_PERIOD = 1.0
"""Seconds (REP-107)."""


def kept(depth: int) -> QoSProfile:
    """Reliable, and kept for who comes late."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


QOS = {Delivery.MEASUREMENT: kept(1000), Delivery.EVENT: kept(100)}
WATERMARK_QOS = kept(1)
"""Of promises only the newest counts."""


def message_class(message_type: str) -> Any:
    """The rosidl class of a message, by its full name."""
    package, _, name = message_type.split("/")
    return getattr(import_module(f"{package}.msg"), name)


class StageNode(LifecycleNode):
    """One node of the graph as a managed node.

    Configuring reads the store file and takes up the journal; activating joins the topics. Whatever is wrong with the
    store file, the parameters or the journal leaves the node unconfigured, with the reason in its log.

    Args:
        spec: Which node.
        options: Those of `rclpy.lifecycle.LifecycleNode`.
    """

    def __init__(self, spec: NodeSpec, **options: Any) -> None:
        super().__init__(spec.name, **options)
        self._spec = spec
        self._decoder = Decoder()
        self._newest: dict[Topic, tuple[int, str]] = {}
        self._refused = 0
        self._received = 0
        self._finished = False
        for parameter in PARAMETERS:
            self.declare_parameter(parameter.name, parameter.default, _descriptor(parameter))
        if self._value(AUTOSTART):
            self.trigger_configure()
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Makes the operator, or takes it up where the journal left it."""
        try:
            path = Path(str(self._value(STORE)))
            store = load_store(path)
            self._operator, told = self._recovered(store, path)
        except StoregraphError as error:
            self.get_logger().error(str(error))
            return TransitionCallbackReturn.FAILURE
        except Exception:  # rclpy would swallow it
            self.get_logger().fatal(format_exc())
            raise
        self._outputs = {
            topic: self.create_lifecycle_publisher(
                message_class(CONVERSIONS[topic.carries].message_type), topic.name, QOS[topic.delivery]
            )
            for topic in self._spec.outputs
        }
        self._promises = {
            topic: self.create_lifecycle_publisher(message_class(WATERMARK), watermark_name(topic.name), WATERMARK_QOS)
            for topic in self._spec.outputs
        }
        self._told_before = told
        self._store = store
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Tells the operator what the journal has, then joins the topics."""
        activated = super().on_activate(state)
        for message in self._told_before:
            self._tell(message)
        if self._told_before:
            self.get_logger().info(f"took up {len(self._told_before)} inputs from the journal")
        self._told_before = []
        self._subscriptions_made = [
            self._subscribe(name, CONVERSIONS[topic.carries].message_type, QOS[topic.delivery])
            for topic, _ in self._spec.inputs
            for name in topic_names(topic, self._store)
        ]
        self._subscriptions_made += [
            self._subscribe(watermark_name(name), WATERMARK, WATERMARK_QOS)
            for topic, _ in self._spec.inputs
            for name in topic_names(topic, self._store)
        ]
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._timer = self.create_timer(DIAGNOSTICS_PERIOD, self._diagnose)
        self.get_logger().info(f"active in {self._store.name}: {self._spec.summary}")
        return activated

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leaves the topics."""
        self.destroy_timer(self._timer)
        for subscription in self._subscriptions_made:
            self.destroy_subscription(subscription)
        return super().on_deactivate(state)

    def _recovered(self, store: Store, path: Path) -> tuple[Operator, list[BagMessage]]:
        announced = {topic for node in NODES for topic in node.outputs}
        settings = MergeSettings(
            allowed_lateness=round(float(self._value(ALLOWED_LATENESS)) * NANOSECONDS),
            idle_after=round(float(self._value(IDLE_AFTER)) * NANOSECONDS),
        )
        operator = Operator(self._spec, store, announced, settings)
        folder = str(self._value(JOURNAL))
        if not folder:
            self._journal = None
            return operator, []
        version = f"{__version__}/{sha256(path.read_bytes()).hexdigest()}/{settings}"
        self._journal = Journal(Path(folder) / f"{self._spec.name}.sqlite", version)
        return self._journal.recover(operator)

    def _subscribe(self, name: str, message_type: str, qos: QoSProfile) -> Any:
        take = partial(self._take, name, message_type)
        return self.create_subscription(message_class(message_type), name, take, qos, raw=True)

    def _take(self, name: str, message_type: str, data: bytes) -> None:
        """Notes an input in the journal, then tells the operator."""
        message = BagMessage(name, time.time_ns(), message_type, data)
        if self._journal is not None:
            self._journal.append(message)
        self._tell(message)
        if self._journal is not None and self._journal.long:
            self._journal.keep(self._operator)

    def _tell(self, message: BagMessage) -> None:
        self._received += 1
        if message.message_type == WATERMARK:
            promise = promise_from_message(interfaces().deserialize_cdr(message.data, WATERMARK))
            self._operator.announce(message.topic.removesuffix(SUFFIX), promise)
        else:
            try:
                self._operator.push(message.topic, self._decoder.decode(message))
            except MessageError as error:
                self._refused += 1
                self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)
        self._go_on()

    def _go_on(self) -> None:
        before = self._operator.watermark
        self._publish(self._operator.pump())
        if self._operator.ended and not self._finished:
            self._finished = True
            self._publish(self._operator.finish())
            self._promise(END)
        elif self._operator.watermark > before:
            self._promise(self._operator.watermark)

    def _publish(self, outputs: Iterable[Output]) -> None:
        for topic, observation in outputs:
            self._newest[topic] = (observation.stamp, observation.key)
            self._outputs[topic].publish(_data(observation))

    def _promise(self, watermark: int) -> None:
        """Says of every output how far it has come."""
        for topic, publisher in self._promises.items():
            message = promise_to_message(interfaces().types, Promise(watermark, self._newest.get(topic)))
            publisher.publish(bytes(interfaces().serialize_cdr(message, WATERMARK)))

    def _diagnose(self) -> None:
        """Reports what was dropped, and how far the node has come."""
        counters = self._operator.counters
        dropped = sum(each.late + each.implausible + each.forced for each in counters.values()) + self._refused
        values = {"received": self._received, "refused": self._refused}
        if self._operator.watermark not in (BEGINNING, END):
            values["watermark"] = self._operator.watermark
        for name, each in counters.items():
            values |= {f"{name}: accepted": each.accepted, f"{name}: late": each.late}
            values |= {f"{name}: duplicates": each.duplicates, f"{name}: implausible": each.implausible}
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if dropped else DiagnosticStatus.OK,
            name=f"{self.get_fully_qualified_name()}: inputs",
            message=f"{dropped} messages dropped" if dropped else "all messages used",
            hardware_id=self._spec.name,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)

    def _value(self, parameter: Parameter) -> str | bool | float:
        value: str | bool | float = self.get_parameter(parameter.name).value
        return value


def _data(observation: Observation) -> bytes:
    """An observation as the bytes of its message."""
    conversion = CONVERSIONS[type(observation)]
    message = conversion.to_message(interfaces().types, observation)
    return bytes(interfaces().serialize_cdr(message, conversion.message_type))


def _descriptor(parameter: Parameter) -> ParameterDescriptor:
    ranges = [FloatingPointRange(from_value=parameter.least, to_value=parameter.most)] if parameter.most else []
    text = f"{parameter.text} [{parameter.unit}]" if parameter.unit else parameter.text
    return ParameterDescriptor(description=text, read_only=True, floating_point_range=ranges)
