"""A stage behind its event-time merge: what a node is, whether it runs alone or in a chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from storegraph.observations import Observation
from storegraph.store.model import Store

from .merge import BEGINNING, END, EventTimeMerger, Input, MergeCounters, MergeSettings, Punctuality
from .nodes import NodeSpec
from .stage import Delaying, Doubting, Stage
from .topics import KEYPOINTS, SCALE_SAMPLES, Topic

Output = tuple[Topic, Observation]


@dataclass(frozen=True, slots=True)
class Promise:
    """What the giver of a topic says about it.

    Attributes:
        watermark: Nothing with an earlier stamp will follow, nanoseconds; `END`: nothing at all.
        newest: Stamp and key of the last observation given; None where there has been none. Promises and observations
            may travel on different ways, so a promise must not overtake it.
        losses: How often data was lost on the way to what the topic tells.
    """

    watermark: int
    newest: tuple[int, str] | None = None
    losses: int = 0


def topic_names(topic: Topic, store: Store) -> tuple[str, ...]:
    """The relative names of a topic in a store: one, or one for each camera or each fixture that weighs."""
    if topic is KEYPOINTS:
        ids = [camera.id for camera in store.cameras]
    elif topic is SCALE_SAMPLES:
        ids = [fixture.id for fixture in store.fixtures if any(shelf.scales for shelf in fixture.shelves)]
    else:
        return (topic.name,)
    return tuple(topic.of(each) for each in ids)


def _silent(punctuality: Punctuality) -> bool:
    """Whether nothing can be told from an input's silence but by its promises."""
    return punctuality is not Punctuality.MEASURED


class Operator:
    """Feeds a stage in event-time order, and knows how far it has come.

    Everything it is and knows can be pickled between two calls; what is pushed afterwards gives the same outputs then.

    Args:
        spec: The node.
        store: The store it works in.
        announced: Inputs whose watermark is announced to it. A measured one may come from elsewhere all the same, so
            it is not waited for without end.
        settings: Of the merge.
        stage_settings: Of the stage; its defaults without them.
    """

    def __init__(
        self,
        spec: NodeSpec,
        store: Store,
        announced: Collection[Topic] = (),
        settings: MergeSettings = MergeSettings(),
        stage_settings: object = None,
    ) -> None:
        if spec.stage is None:
            raise ValueError(f"{spec.name} has no stage")
        self.spec = spec
        self._stage = spec.stage(store, stage_settings or spec.settings())
        self._topics = {topic.carries: topic for topic in spec.outputs}
        self._merger = EventTimeMerger(
            [
                Input(name, Punctuality.ANNOUNCED if topic in announced and _silent(punctuality) else punctuality)
                for topic, punctuality in spec.inputs
                for name in topic_names(topic, store)
            ],
            settings,
        )
        self._reached = BEGINNING
        self._promises: dict[str, Promise] = {}
        self._inherited: dict[str, tuple[int, int]] = {}
        self._told_losses = 0

    @property
    def stage(self) -> Stage:
        """What it feeds."""
        return self._stage

    @property
    def watermark(self) -> int:
        """No output will have an earlier stamp, nanoseconds; all inputs with one have been processed."""
        if self._reached in (BEGINNING, END) or not isinstance(self._stage, Delaying):
            return self._reached
        return self._reached - self._stage.delay

    @property
    def counters(self) -> dict[str, MergeCounters]:
        """What became of the observations, by input."""
        return self._merger.counters

    @property
    def losses(self) -> int:
        """How often data was lost on the way to what it gives: at its own merge, and before."""
        return self._merger.losses + sum(total for _, total in self._inherited.values())

    def push(self, name: str, observation: Observation) -> None:
        """Takes an observation in; `pump` processes it when its time has come."""
        self._merger.push(name, observation)
        self._keep_promise(name)

    def announce(self, name: str, promise: Promise) -> None:
        """Takes a promise about an input; it counts as soon as the newest observation that it knows of has arrived.

        What was lost before counts at once. A giver that has forgotten its losses has not undone them.
        """
        said, total = self._inherited.get(name, (0, 0))
        self._inherited[name] = (promise.losses, total + max(0, promise.losses - said))
        self._promises[name] = promise
        self._keep_promise(name)

    @property
    def ended(self) -> bool:
        """Whether all inputs have ended, so that `finish` may be called."""
        return self._merger.ended

    def pump(self, now: int | None = None) -> Iterator[Output]:
        """Processes what has become due. How often it is called changes nothing but when results appear."""
        yield from self._doubts()
        for _, observation in self._merger.release(now):
            yield from self._process(observation)
        if self._merger.watermark > self._reached:
            self._reached = self._merger.watermark
            yield from self._named(self._stage.advance(self._reached))

    def finish(self) -> Iterator[Output]:
        """No more will come: everything that is still held is processed, and everything that can be concluded is."""
        yield from self._doubts()
        for _, observation in self._merger.finish():
            yield from self._process(observation)
        yield from self._named(self._stage.finish())
        self._reached = self._merger.watermark

    def _keep_promise(self, name: str) -> None:
        promise = self._promises.get(name)
        if promise is None or not (promise.newest is None or self._merger.has(name, *promise.newest)):
            return
        del self._promises[name]
        if promise.watermark == END:
            self._merger.end(name)
        else:
            self._merger.announce(name, promise.watermark)

    def _doubts(self) -> Iterator[Output]:
        """Tells the stage that data was lost, if it has since it was last told and the stage wants to know."""
        if self.losses > self._told_losses:
            self._told_losses = self.losses
            if isinstance(self._stage, Doubting):
                yield from self._named(self._stage.doubt(self._reached))

    def _process(self, observation: Observation) -> Iterator[Output]:
        yield from self._named(self._stage.advance(observation.stamp))
        yield from self._named(self._stage.process(observation))

    def _named(self, observations: Iterable[Observation]) -> Iterator[Output]:
        for observation in observations:
            yield self._topics[type(observation)], observation
