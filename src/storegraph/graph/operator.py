"""A stage behind its event-time merge: what a node is, whether it runs alone or in a chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from storegraph.observations import Observation
from storegraph.store.model import Store

from .merge import BEGINNING, EventTimeMerger, Input, MergeCounters, MergeSettings, Punctuality
from .nodes import NodeSpec
from .topics import SCALE_SAMPLES, Topic

Output = tuple[Topic, Observation]


def topic_names(topic: Topic, store: Store) -> tuple[str, ...]:
    """The relative names of a topic in a store: one, or one for each fixture that weighs."""
    if topic is not SCALE_SAMPLES:
        return (topic.name,)
    weighing = (fixture for fixture in store.fixtures if any(shelf.scales for shelf in fixture.shelves))
    return tuple(topic.name.format(fixture.id.replace(".", "_")) for fixture in weighing)


class Operator:
    """Feeds a stage in event-time order, and knows how far it has come.

    Everything it is and knows can be pickled between two calls; what is pushed afterwards gives the same outputs then.

    Args:
        spec: The node.
        store: The store it works in.
        announced: Inputs whose watermark is announced to it; the others' follows from their stamps.
        settings: Of the merge.
    """

    def __init__(
        self, spec: NodeSpec, store: Store, announced: Collection[Topic] = (), settings: MergeSettings = MergeSettings()
    ) -> None:
        self.spec = spec
        self._stage = spec.stage(store)
        self._topics = {topic.carries: topic for topic in spec.outputs}
        self._merger = EventTimeMerger(
            [
                Input(name, Punctuality.ANNOUNCED if topic in announced else punctuality)
                for topic, punctuality in spec.inputs
                for name in topic_names(topic, store)
            ],
            settings,
        )
        self._reached = BEGINNING

    @property
    def watermark(self) -> int:
        """Everything with an earlier stamp has been processed; no output will have one, nanoseconds."""
        return self._reached

    @property
    def counters(self) -> dict[str, MergeCounters]:
        """What became of the observations, by input."""
        return self._merger.counters

    def push(self, name: str, observation: Observation) -> None:
        """Takes an observation in; `pump` processes it when its time has come."""
        self._merger.push(name, observation)

    def announce(self, name: str, watermark: int) -> None:
        """Nothing with an earlier stamp will come on an input."""
        self._merger.announce(name, watermark)

    def pump(self) -> Iterator[Output]:
        """Processes what has become due. How often it is called changes nothing but when results appear."""
        for _, observation in self._merger.release():
            yield from self._process(observation)
        if self._merger.watermark > self._reached:
            self._reached = self._merger.watermark
            yield from self._named(self._stage.advance(self._reached))

    def finish(self) -> Iterator[Output]:
        """No more will come: everything that is still held is processed, and everything that can be concluded is."""
        for _, observation in self._merger.finish():
            yield from self._process(observation)
        yield from self._named(self._stage.finish())
        self._reached = self._merger.watermark

    def _process(self, observation: Observation) -> Iterator[Output]:
        yield from self._named(self._stage.advance(observation.stamp))
        yield from self._named(self._stage.process(observation))

    def _named(self, observations: Iterable[Observation]) -> Iterator[Output]:
        for observation in observations:
            yield self._topics[type(observation)], observation
