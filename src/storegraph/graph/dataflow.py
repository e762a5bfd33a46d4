"""The graph in one process: nodes joined by event-time merges, without any middleware.

When a node's watermark moves it announces it to the nodes behind it, so a chain of nodes is as deterministic as one:
what comes out depends on the stamps of what went in, not on when it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from storegraph.observations import Observation
from storegraph.store.model import Store

from .merge import MergeCounters, MergeSettings
from .nodes import NodeSpec
from .operator import Operator, Output, Promise, topic_names
from .topics import Topic

Sink = Callable[[Topic, Observation], None]
"""Takes whatever the nodes give."""


class Dataflow:
    """Runs nodes over observations pushed in any order within the allowed lateness.

    Args:
        nodes: Upstream first.
        store: The store they work in.
        sink: Called with everything that any node gives; of one topic, in event-time order.
        settings: Of every merge.
        stage_settings: What stages are set to, by the names of their nodes; the others have their defaults.
    """

    def __init__(
        self,
        nodes: Sequence[NodeSpec],
        store: Store,
        sink: Sink,
        settings: MergeSettings = MergeSettings(),
        stage_settings: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self._sink = sink
        given = {topic for spec in nodes for topic in spec.outputs}
        self._operators = [Operator(spec, store, given, settings, stage_settings.get(spec.name)) for spec in nodes]
        self._consumers: dict[str, list[Operator]] = {}
        for operator in self._operators:
            for topic, _ in operator.spec.inputs:
                for name in topic_names(topic, store):
                    self._consumers.setdefault(name, []).append(operator)
        self._inputs = frozenset(self._consumers) - {topic.name for topic in given}

    @property
    def inputs(self) -> frozenset[str]:
        """Relative names of the topics to push."""
        return self._inputs

    @property
    def counters(self) -> dict[tuple[str, str], MergeCounters]:
        """What became of the observations, by node and input."""
        return {
            (operator.spec.name, name): counters
            for operator in self._operators
            for name, counters in operator.counters.items()
        }

    def push(self, name: str, observation: Observation) -> None:
        """Takes an observation from outside; `pump` processes it when its time has come.

        Args:
            name: Relative topic name, one of `inputs`.
            observation: Of the kind that the topic carries.
        """
        for operator in self._consumers[name]:
            operator.push(name, observation)

    def pump(self) -> None:
        """Processes what has become due. How often it is called changes nothing but when results appear."""
        for operator in self._operators:
            before = operator.watermark
            self._deliver(operator.pump())
            if operator.watermark > before:
                for topic in operator.spec.outputs:
                    for consumer in self._consumers.get(topic.name, ()):
                        consumer.announce(topic.name, Promise(operator.watermark, losses=operator.losses))

    def finish(self) -> None:
        """No more will come: everything that is still held is processed, and everything that can be concluded is."""
        for operator in self._operators:
            self._deliver(operator.finish())

    def _deliver(self, outputs: Iterable[Output]) -> None:
        for topic, observation in outputs:
            self._sink(topic, observation)
            for consumer in self._consumers.get(topic.name, ()):
                consumer.push(topic.name, observation)
