"""Any topic of the store -> viewers in a browser, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.managed import ManagedNode
from storegraph.graph.qos import profile
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import Quality
from storegraph.share import ShareError
from storegraph.store.model import Store
from storegraph.viz.settings import BridgeSettings

from .server import Server, ServerError

COMMON = frozenset({"/clock", "/diagnostics", "/rosout", "/tf", "/tf_static"})
"""Topics that ROS keeps outside of namespaces."""

SCAN = 1.0
"""Seconds between looking which topics there are."""
LOOK = 0.1
"""Seconds between looking which of them viewers want: one who clicks does not feel it."""

DEPTH = 100
"""Messages that may wait on their way here: all that events keep for who comes late."""


class BridgeNode(ManagedNode):
    """The topics below the node's namespace, and ROS's common ones, for Foxglove and Lichtblick.

    A topic is subscribed to while somebody looks at it, and its messages are passed on as the bytes they are. Whoever
    begins to look gets what the topic keeps for those who come late; so do, once more, those who look already.
    """

    def set_up(self, store: Store, settings: BridgeSettings) -> None:
        """Takes the settings."""
        self._title = f"Storegraph: {store.name}"
        self._settings = settings

    def join(self) -> None:
        """Begins to serve, as soon as the port can be had."""
        self._server: Server | None = None
        self._problem_seen = ""
        self._types: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._joined: dict[str, Any] = {}
        self._passed_on = 0
        clock = Clock(clock_type=ClockType.STEADY_TIME)  # one that goes on when a simulated one stands still
        self._timers_made = [
            self.create_timer(SCAN, self._scan, clock=clock),
            self.create_timer(LOOK, self._look, clock=clock),
        ]
        self._scan()

    def leave(self) -> None:
        """Ends all connections."""
        for timer in self._timers_made:
            self.destroy_timer(timer)
        for topic in list(self._joined):
            self._unsubscribe(topic)
        if self._server is not None:
            self._server.close()

    def statuses(self) -> Iterator[Status]:
        """Where viewers connect, and what they look at."""
        if self._server is None:
            yield Status(Level.ERROR, "viewers", self._problem_seen)
            return
        values = {"offered": len(self._types), "passed on": self._passed_on}
        told = f"{len(self._joined)} topics are looked at, at {self._server.url}"
        yield Status(Level.OK, "viewers", told, values)

    def _scan(self) -> None:
        """Offers the topics that are new."""
        if self._server is None:
            self._serve()
        if self._server is None:
            return
        for topic, (message_type, *_) in self.get_topic_names_and_types():
            if self._is_shown(topic) and topic not in self._types and topic not in self._unknown:
                try:
                    message_class(message_type)
                    self._server.offer(topic, message_type)
                    self._types[topic] = message_type
                except (ImportError, AttributeError, ShareError) as error:
                    self._unknown.add(topic)
                    self.get_logger().warning(f"{topic} is not offered: {message_type} is not installed ({error})")

    def _serve(self) -> None:
        try:
            self._server = Server(self._title, self._settings.host, self._settings.port)
        except ServerError as error:
            if str(error) != self._problem_seen:
                self.get_logger().error(f"{error}; trying again every second")
            self._problem_seen = str(error)
        else:
            self.get_logger().info(f"viewers connect to {self._server.url}")

    def _is_shown(self, topic: str) -> bool:
        return topic in COMMON or topic.startswith(f"{self.get_namespace().rstrip('/')}/")

    def _look(self) -> None:
        """Subscribes to what is looked at, and to nothing else."""
        if self._server is None:
            return
        looked_at = self._server.looked_at()
        for topic in self._joined.keys() - looked_at:
            self._unsubscribe(topic)
        for topic in (looked_at - self._joined.keys()) | (looked_at & self._server.newly_looked_at()):
            self._unsubscribe(topic)
            self._subscribe(topic)

    def _subscribe(self, topic: str) -> None:
        publishers = self.get_publishers_info_by_topic(topic)
        if not publishers:
            return  # until there is one
        self._joined[topic] = self.create_subscription(
            message_class(self._types[topic]),
            topic,
            partial(self._pass_on, topic),
            _as_offered([info.qos_profile for info in publishers]),
            raw=True,
        )

    def _unsubscribe(self, topic: str) -> None:
        if topic in self._joined:
            self.destroy_subscription(self._joined.pop(topic))

    def _pass_on(self, topic: str, data: bytes) -> None:
        assert self._server is not None
        self._server.send(topic, data)
        self._passed_on += 1


def _as_offered(profiles: list[QoSProfile]) -> QoSProfile:
    """The most that all publishers of a topic offer, so that none of them is left out (REP-2003)."""
    reliable = all(each.reliability is ReliabilityPolicy.RELIABLE for each in profiles)
    kept = all(each.durability is DurabilityPolicy.TRANSIENT_LOCAL for each in profiles)
    return profile(Quality(DEPTH, reliable=reliable, transient_local=kept))
