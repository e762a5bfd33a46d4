"""A node that runs a stage: topics in, an operator, topics out. No decision is taken here.

Messages are taken and given as the bytes they travel as, through the same conversion as a bag's, so a live graph
computes what a replay of its recording computes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from rclpy.qos import QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions

from storegraph import __version__
from storegraph.observations import Observation
from storegraph.store.model import Store

from .bag import BagMessage
from .decoding import Decoder
from .diagnostics import Delays, DiagnosticsSettings, Level, Status, clocks, delays, rates
from .encoding import encode
from .interfaces import interfaces
from .journal import Journal
from .managed import ManagedNode
from .merge import BEGINNING, END, MergeSettings, Punctuality
from .messages import CONVERSIONS, MessageError
from .nodes import COMPUTED
from .operator import Operator, Output, Promise, topic_names
from .parameters import NodeSettings, StageSettings
from .qos import profile_of, watermark_profile
from .rosidl import message_class
from .stage import Stage
from .topics import Topic
from .watermarks import SUFFIX, WATERMARK, promise_from_message, promise_to_bytes, watermark_name


class StageNode(ManagedNode):
    """A node around a stage.

    Configuring makes the operator, or takes it up where the journal left it; activating tells it what the journal has,
    then joins the topics.
    """

    def set_up(self, store: Store, settings: Any) -> None:
        """Makes the operator, or takes it up where the journal left it."""
        self._decoder = Decoder()
        self._newest: dict[Topic, tuple[int, str]] = {}
        self._refused = 0
        self._received = 0
        self._finished = False
        self._inputs = {name: topic for topic, _ in self.spec.inputs for name in topic_names(topic, store)}
        self._measured = frozenset(
            name
            for topic, punctuality in self.spec.inputs
            for name in topic_names(topic, store)
            if punctuality is Punctuality.MEASURED and topic not in COMPUTED
        )
        self._operator, self._told_before = self._recovered(store, settings)
        self._arrivals = {name: Delays() for name in self._inputs}
        self._departures = {topic.name: Delays() for topic in self.spec.outputs}
        self._outputs = {
            topic: self.create_lifecycle_publisher(
                message_class(CONVERSIONS[topic.carries].message_type),
                topic.name,
                profile_of(topic.delivery),
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )
            for topic in self.spec.outputs
        }
        self._promises = {
            topic: self.create_lifecycle_publisher(
                message_class(WATERMARK), watermark_name(topic.name), watermark_profile()
            )
            for topic in self.spec.outputs
        }

    def join(self) -> None:
        """Tells the operator what the journal has, then joins the topics."""
        for message in self._told_before:
            self._tell(message)
        if self._told_before:
            self.get_logger().info(f"took up {len(self._told_before)} inputs from the journal")
        self._told_before = []
        self._joined = self.now
        self._subscriptions_made = [
            self._subscribe(name, CONVERSIONS[topic.carries].message_type, profile_of(topic.delivery))
            for name, topic in self._inputs.items()
        ]
        self._subscriptions_made += [
            self._subscribe(watermark_name(name), WATERMARK, watermark_profile()) for name in self._inputs
        ]

    def leave(self) -> None:
        """Leaves the topics."""
        for subscription in self._subscriptions_made:
            self.destroy_subscription(subscription)

    def clean_up(self) -> None:
        """Lets go of the topics and the journal."""
        for publisher in (*self._outputs.values(), *self._promises.values()):
            self.destroy_publisher(publisher)
        if self._journal is not None:
            self._journal.close()

    def statuses(self) -> Iterator[Status]:
        """What was dropped, how the sensors are, and how long everything takes."""
        settings = self.settings(DiagnosticsSettings)
        yield self._inputs_status()
        yield rates(self._arrivals, self._measured, self.now, self._joined, settings.silent_warning)
        yield delays(self._arrivals, "arrival", settings.delay_warning)
        yield delays(self._departures, "latency", settings.delay_warning)
        family = {name: topic.name for name, topic in self._inputs.items()}
        measured = {name: entry for name, entry in self._arrivals.items() if name in self._measured}
        yield clocks(measured, family, settings.skew_warning)

    def taken_in(self, observation: Observation) -> None:
        """Is told every input before the stage is; they come in no particular order, and may come twice."""

    def published(self, observation: Observation) -> None:
        """Is told everything that has been published."""

    @property
    def stage(self) -> Stage:
        """The stage, as it is now."""
        return self._operator.stage

    def _recovered(self, store: Store, settings: object) -> tuple[Operator, list[BagMessage]]:
        merge = self.settings(MergeSettings)
        operator = Operator(self.spec, store, COMPUTED, merge, settings)
        folder = self.settings(StageSettings).journal
        self._journal = None
        if not folder:
            return operator, []
        store_file = Path(self.settings(NodeSettings).store).read_bytes()
        version = f"{__version__}/{sha256(store_file).hexdigest()}/{merge}/{settings}"
        self._journal = Journal(Path(folder) / f"{self.get_name()}.sqlite", version)
        return self._journal.recover(operator)

    def _subscribe(self, name: str, message_type: str, qos: QoSProfile) -> Any:
        take = partial(self._take, name, message_type)
        overrides = None if message_type == WATERMARK else QoSOverridingOptions.with_default_policies()
        return self.create_subscription(
            message_class(message_type), name, take, qos, raw=True, qos_overriding_options=overrides
        )

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
                observation = self._decoder.decode(message)
                self._arrivals[message.topic].note(self.now, observation.stamp)
                self.taken_in(observation)
                self._operator.push(message.topic, observation)
            except MessageError as error:
                self._refused += 1
                self.get_logger().warning(f"refused: {error}", throttle_duration_sec=10.0)
        self._go_on(message.log_time)

    def _go_on(self, now: int) -> None:
        before = self._operator.watermark
        self._publish(self._operator.pump(now))
        if self._operator.ended and not self._finished:
            self._finished = True
            self._publish(self._operator.finish())
            self._promise(END)
        elif self._operator.watermark > before:
            self._promise(self._operator.watermark)

    def _publish(self, outputs: Iterable[Output]) -> None:
        for topic, observation in outputs:
            self._newest[topic] = (observation.stamp, observation.key)
            self._outputs[topic].publish(encode(observation))
            self._departures[topic.name].note(self.now, observation.stamp)
            self.published(observation)

    def _promise(self, watermark: int) -> None:
        """Says of every output how far it has come."""
        for topic, publisher in self._promises.items():
            publisher.publish(promise_to_bytes(Promise(watermark, self._newest.get(topic), self._operator.losses)))

    def _inputs_status(self) -> Status:
        """What was dropped, and how far the node has come."""
        counters = self._operator.counters
        dropped = sum(each.late + each.implausible + each.forced for each in counters.values()) + self._refused
        values: dict[str, object] = {
            "received": self._received,
            "refused": self._refused,
            "losses": self._operator.losses,
        }
        if self._operator.watermark not in (BEGINNING, END):
            values["watermark"] = self._operator.watermark
        for name, each in counters.items():
            values |= {f"{name}: accepted": each.accepted, f"{name}: late": each.late}
            values |= {f"{name}: duplicates": each.duplicates, f"{name}: implausible": each.implausible}
        told = f"{dropped} messages dropped" if dropped else "all messages used"
        return Status(Level.WARN if dropped else Level.OK, "inputs", told, values)
