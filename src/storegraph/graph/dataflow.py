"""The graph in one process: nodes joined by event-time merges, without any middleware.

Every node has a merger before its stage. When a merger's watermark moves, the node announces it to the nodes behind
it, so a chain of nodes is as deterministic as one: what comes out depends on the stamps of what went in, not on when
it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from storegraph.observations import Observation
from storegraph.store.model import Store

from .merge import BEGINNING, EventTimeMerger, Input, MergeCounters, MergeSettings, Punctuality
from .nodes import NodeSpec
from .stage import Stage
from .topics import SCALE_SAMPLES, Topic

Sink = Callable[[Topic, Observation], None]
"""Takes whatever the nodes give."""


def topic_names(topic: Topic, store: Store) -> tuple[str, ...]:
    """The relative names of a topic in a store: one, or one for each fixture that weighs."""
    if topic is not SCALE_SAMPLES:
        return (topic.name,)
    weighing = (fixture for fixture in store.fixtures if any(shelf.scales for shelf in fixture.shelves))
    return tuple(topic.name.format(fixture.id.replace(".", "_")) for fixture in weighing)


@dataclass(slots=True)
class _Running:
    """A node at work."""

    spec: NodeSpec
    stage: Stage
    merger: EventTimeMerger
    outputs: dict[type, Topic]
    consumers: list[tuple[Topic, _Running]] = field(default_factory=list)
    reached: int = BEGINNING


class Dataflow:
    """Runs nodes over observations pushed in any order within the allowed lateness.

    Args:
        nodes: Upstream first.
        store: The store they work in.
        sink: Called with everything that any node gives; of one topic, in event-time order.
        settings: Of every merge.
    """

    def __init__(
        self, nodes: Sequence[NodeSpec], store: Store, sink: Sink, settings: MergeSettings = MergeSettings()
    ) -> None:
        self._sink = sink
        self._nodes: list[_Running] = []
        self._consumers: dict[str, list[_Running]] = {}
        given: dict[Topic, _Running] = {}
        for spec in nodes:
            inputs = [
                Input(name, Punctuality.ANNOUNCED if topic in given else punctuality)
                for topic, punctuality in spec.inputs
                for name in topic_names(topic, store)
            ]
            node = _Running(
                spec,
                spec.stage(store),
                EventTimeMerger(inputs, settings),
                {topic.carries: topic for topic in spec.outputs},
            )
            for topic, _ in spec.inputs:
                if topic in given:
                    given[topic].consumers.append((topic, node))
                    continue
                for name in topic_names(topic, store):
                    self._consumers.setdefault(name, []).append(node)
            given.update(dict.fromkeys(spec.outputs, node))
            self._nodes.append(node)

    @property
    def inputs(self) -> frozenset[str]:
        """Relative names of the topics to push."""
        return frozenset(self._consumers)

    @property
    def counters(self) -> dict[tuple[str, str], MergeCounters]:
        """What became of the observations, by node and input."""
        return {(node.spec.name, name): of for node in self._nodes for name, of in node.merger.counters.items()}

    def push(self, name: str, observation: Observation) -> None:
        """Takes an observation from outside; `pump` processes it when its time has come.

        Args:
            name: Relative topic name, one of `inputs`.
            observation: Of the kind that the topic carries.
        """
        for node in self._consumers[name]:
            node.merger.push(name, observation)

    def pump(self) -> None:
        """Processes what has become due. How often it is called changes nothing but when results appear."""
        for node in self._nodes:
            for _, observation in node.merger.release():
                self._process(node, observation)
            watermark = node.merger.watermark
            if watermark > node.reached:
                node.reached = watermark
                self._emit(node, node.stage.advance(watermark))
                for topic, consumer in node.consumers:
                    consumer.merger.announce(topic.name, watermark)

    def finish(self) -> None:
        """No more will come: everything that is still held is processed, and everything that can be concluded is."""
        for node in self._nodes:
            for _, observation in node.merger.finish():
                self._process(node, observation)
            self._emit(node, node.stage.finish())

    def _process(self, node: _Running, observation: Observation) -> None:
        self._emit(node, node.stage.advance(observation.stamp))
        self._emit(node, node.stage.process(observation))

    def _emit(self, node: _Running, outputs: Iterable[Observation]) -> None:
        for observation in outputs:
            topic = node.outputs[type(observation)]
            self._sink(topic, observation)
            for consumed, consumer in node.consumers:
                if consumed is topic:
                    consumer.merger.push(topic.name, observation)
