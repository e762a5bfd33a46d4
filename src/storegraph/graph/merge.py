"""The event-time merge: several inputs, one order, whatever the order of arrival.

Each input's watermark is the stamp before which nothing more is expected from it. Observations are released in the
order (stamp, input, key) once every input's watermark has passed them; so the order depends on stamps alone. The
model is that of Akidau et al., "The Dataflow Model" (VLDB 2015), as in Beam and Flink.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

from storegraph.observations import Observation
from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS

BEGINNING = -(2**63)
"""Before every stamp."""
END = 2**63 - 1
"""After every stamp."""


class Punctuality(Enum):
    """Where an input's watermark comes from."""

    MEASURED = "its promises; until the first, its newest stamp less the allowed lateness"
    SPARSE = "its promises; until the first, the others' watermark less the allowed lateness: its silence means nothing"
    ANNOUNCED = "its own promises"
    OCCASIONAL = "it has none: nothing is held back for it, and what is late is left out without harm"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a merge.

    Attributes:
        name: A topic.
        punctuality: Where its watermark comes from.
    """

    name: str
    punctuality: Punctuality = Punctuality.MEASURED


@dataclass(frozen=True, slots=True)
class MergeSettings:
    """How long a merge waits.

    Attributes:
        allowed_lateness: How far behind its input's newest stamp an observation may arrive, nanoseconds. 0.25 s is
            five times the random delay that a graph over several machines must bear.
        idle_after: An input is passed over once another is this far ahead, nanoseconds. An observation further ahead
            than this is not believed until another confirms it, or one broken clock would have all other inputs
            passed over. 5 s is twice the delay of the slowest tracker recorded (2.4 s, AutoCheckout BENCHMARK-1).
        capacity: Observations held at most; beyond, the oldest are released early and counted.
        remembered: Observations of an input that are recognised when they come again: as many as a topic keeps for
            who joins late, and so says again.
        tolerated_loss: Dropped observations of a measured input within `idle_after` that the stages bridge: scales
            for 2 s, which are ten batches. More of them, and any of another input, are a loss.
    """

    allowed_lateness: Annotated[int, Span(0.0, 60.0)] = NANOSECONDS // 4
    idle_after: Annotated[int, Span(0.1, 3600.0)] = 5 * NANOSECONDS
    capacity: Annotated[int, Range(1000, 10000000)] = 100_000
    remembered: Annotated[int, Range(0, 1_000_000)] = 1000
    tolerated_loss: Annotated[int, Range(0, 1000)] = 5


@dataclass(slots=True)
class MergeCounters:
    """What became of the observations of one input.

    Attributes:
        accepted: Taken in.
        late: Dropped, because the order had already passed their stamp.
        duplicates: Dropped, because their stamp and key had been there before.
        implausible: Dropped, because their stamp lay far ahead and was not confirmed.
        forced: Released before the watermark, because the buffer was full.
    """

    accepted: int = 0
    late: int = 0
    duplicates: int = 0
    implausible: int = 0
    forced: int = 0


Identity = tuple[int, int, str]
"""Stamp, input's rank, key: the order of release, and what makes a second observation a duplicate."""


@dataclass(slots=True)
class _InputState:
    """What is known of an input while it runs."""

    rank: int
    punctuality: Punctuality
    exact: bool
    newest: int = BEGINNING
    announced: int = BEGINNING
    progress: int = BEGINNING
    behind_since: int | None = None
    ended: bool = False
    counters: MergeCounters = field(default_factory=MergeCounters)
    released: deque[Identity] = field(default_factory=deque)
    dropped: deque[int] = field(default_factory=deque)


class EventTimeMerger:
    """Orders the observations of several inputs by event time.

    Args:
        inputs: In the order in which observations of equal stamp shall be released.
        settings: How long to wait.
    """

    def __init__(self, inputs: Sequence[Input], settings: MergeSettings = MergeSettings()) -> None:
        self._settings = settings
        self._inputs = {
            entry.name: _InputState(rank, entry.punctuality, entry.punctuality is Punctuality.ANNOUNCED)
            for rank, entry in enumerate(inputs)
        }
        self._names = tuple(self._inputs)
        leading = (Punctuality.MEASURED, Punctuality.ANNOUNCED)
        self._leaders = [state for state in self._inputs.values() if state.punctuality in leading]
        self._measured = sum(state.punctuality is Punctuality.MEASURED for state in self._leaders)
        self._silent = sum(state.punctuality is Punctuality.SPARSE for state in self._inputs.values())
        self._heap: list[tuple[Identity, Observation]] = []
        self._known: set[Identity] = set()
        self._losses = 0
        self._aside: dict[Identity, Observation] = {}
        self._early_promises: dict[str, int] = {}
        self._far_promises: dict[str, int] = {}
        self._watermark = BEGINNING
        self._heard_since: int | None = None
        self._oldest = END
        self._newest = BEGINNING

    @property
    def watermark(self) -> int:
        """Nothing with an earlier stamp is taken in any more, and `release` gives all there is; never goes back."""
        return self._watermark

    @property
    def counters(self) -> dict[str, MergeCounters]:
        """What became of the observations, by input."""
        return {name: state.counters for name, state in self._inputs.items()}

    @property
    def losses(self) -> int:
        """How often so much was dropped that what follows is in doubt."""
        return self._losses

    def push(self, name: str, observation: Observation) -> None:
        """Takes an observation in, or drops and counts it."""
        state = self._inputs[name]
        identity = (observation.stamp, state.rank, observation.key)
        if identity in self._known or identity in self._aside:
            state.counters.duplicates += 1
        elif observation.stamp < self._watermark:
            state.counters.late += 1
            self._note_loss(state, observation.stamp)
        elif state.punctuality is Punctuality.OCCASIONAL:
            self._keep(identity, observation)
        elif (
            state.punctuality is Punctuality.ANNOUNCED or observation.stamp <= self._newest + self._settings.idle_after
        ):
            self._accept(identity, observation)
            self._reconsider()
        else:
            self._aside[identity] = observation
            self._believe_if_confirmed(observation.stamp)

    def announce(self, name: str, watermark: int) -> None:
        """An input promises that nothing with an earlier stamp than `watermark` will come from it."""
        state = self._inputs[name]
        if state.punctuality is Punctuality.OCCASIONAL or not self._is_plausible(state, name, watermark):
            return
        if not state.exact:
            state.exact = True
            if state.punctuality is Punctuality.SPARSE:
                self._leaders.append(state)
                self._silent -= 1
        state.announced = max(state.announced, watermark)
        state.progress = max(state.progress, watermark)
        if self._newest < watermark:
            self._newest = watermark
            for identity in [near for near in self._aside if near[0] <= watermark + self._settings.idle_after]:
                self._accept(identity, self._aside.pop(identity))

    def _is_plausible(self, state: _InputState, name: str, watermark: int) -> bool:
        """Whether a promise is believed.

        One before all observations is looked at again when the time is known; one far ahead is believed only if its
        giver insists while nobody else says anything.
        """
        idle_after = self._settings.idle_after
        if state.punctuality is Punctuality.ANNOUNCED or watermark <= self._newest + idle_after:
            return True
        if self._newest == BEGINNING:
            self._early_promises[name] = watermark
            return False
        return watermark - self._far_promises.setdefault(name, watermark) >= idle_after

    def end(self, name: str) -> None:
        """An input has ended; nothing more will come from it."""
        self._inputs[name].ended = True

    @property
    def ended(self) -> bool:
        """Whether all inputs have ended."""
        return all(state.ended or state.punctuality is Punctuality.OCCASIONAL for state in self._inputs.values())

    def has(self, name: str, stamp: int, key: str) -> bool:
        """Whether an observation has arrived; what lies before the watermark counts as arrived."""
        identity = (stamp, self._inputs[name].rank, key)
        return stamp < self._watermark or identity in self._known or identity in self._aside

    def release(self, now: int | None = None) -> Iterator[tuple[str, Observation]]:
        """What has become due, in order; the watermark moves with it, and no earlier.

        So whoever joins merges to a chain asks the first one first: its promises then reach the next before that
        decides whom to pass over.

        Args:
            now: When the newest observation arrived, nanoseconds. An input is then passed over only after it has been
                behind for `idle_after` of arrivals, too: when a broken link comes back, what had to wait arrives topic
                by topic, within seconds. None: at once.
        """
        if self._heard_since is None:
            self._heard_since = now
        self._watermark = max(self._watermark, self._low_watermark(now))
        while self._heap and self._heap[0][0][0] < self._watermark:
            yield self._pop()
        while len(self._heap) > self._settings.capacity:
            name, observation = self._pop()
            self._inputs[name].counters.forced += 1
            self._watermark = observation.stamp
            yield name, observation

    def finish(self) -> Iterator[tuple[str, Observation]]:
        """Everything left, in order: no input will say more."""
        if self._newest == BEGINNING:
            self._believe()
        self._reconsider()
        self._watermark = END
        yield from self.release()

    def _pop(self) -> tuple[str, Observation]:
        identity, observation = heapq.heappop(self._heap)
        name = self._names[identity[1]]
        released = self._inputs[name].released
        released.append(identity)
        if len(released) > self._settings.remembered:
            self._known.discard(released.popleft())
        return name, observation

    def _note_loss(self, state: _InputState, stamp: int) -> None:
        """Something was dropped: a loss, unless it is one of few of an input that speaks all the time."""
        if state.punctuality is Punctuality.OCCASIONAL:
            return
        if state.punctuality is Punctuality.MEASURED:
            state.dropped.append(stamp)
            if len(state.dropped) <= self._settings.tolerated_loss:
                return
            if abs(stamp - state.dropped.popleft()) > self._settings.idle_after:
                return
        self._losses += 1

    def _accept(self, identity: Identity, observation: Observation) -> None:
        stamp, rank, _ = identity
        state = self._inputs[self._names[rank]]
        state.newest = max(state.newest, stamp)
        state.progress = max(state.progress, stamp)
        self._newest = max(self._newest, stamp)
        self._far_promises.clear()
        self._oldest = min(self._oldest, stamp)
        self._keep(identity, observation)
        early, self._early_promises = self._early_promises, {}
        for name, watermark in early.items():
            self.announce(name, watermark)

    def _keep(self, identity: Identity, observation: Observation) -> None:
        self._inputs[self._names[identity[1]]].counters.accepted += 1
        self._known.add(identity)
        heapq.heappush(self._heap, (identity, observation))

    def _believe_if_confirmed(self, stamp: int) -> None:
        """Far-ahead observations are believed when two inputs agree, or one insists while all others are silent."""
        span = 2 * self._settings.idle_after
        self._disbelieve([other for other in self._aside if abs(other[0] - stamp) > span])
        stamps = [identity[0] for identity in self._aside]
        agreeing = len({identity[1] for identity in self._aside}) > 1
        alone = self._measured <= 1 and len(stamps) > 1
        insisting = max(stamps) - min(stamps) >= self._settings.idle_after
        if agreeing or alone or insisting:
            self._believe()

    def _believe(self) -> None:
        aside, self._aside = self._aside, {}
        for identity, observation in aside.items():
            self._accept(identity, observation)

    def _reconsider(self) -> None:
        """The time is known again: what was set aside either agrees with it or is implausible."""
        if self._aside:
            self._disbelieve([far for far in self._aside if far[0] > self._newest + self._settings.idle_after])
            self._believe()

    def _disbelieve(self, identities: list[Identity]) -> None:
        for identity in identities:
            del self._aside[identity]
            state = self._inputs[self._names[identity[1]]]
            state.counters.implausible += 1
            self._note_loss(state, identity[0])

    def _low_watermark(self, now: int | None) -> int:
        """The stamp before which nothing more is expected from the inputs that are not passed over."""
        lateness = self._settings.allowed_lateness
        leaders = [state for state in self._leaders if not state.ended]
        front = max((state.progress for state in leaders), default=self._newest)
        if front == BEGINNING or (self._silent and not self._idle(front, self._oldest, self._heard_since, now)):
            return BEGINNING  # who has not been heard of may still be on the way
        if not leaders:
            return BEGINNING if self._leaders else front - lateness
        slack = lateness if self._silent else 0
        low = END
        for state in leaders:
            if max(state.progress, self._oldest) >= front - self._settings.idle_after:
                state.behind_since = None
            elif state.behind_since is None:
                state.behind_since = now
            if not self._idle(front, max(state.progress, self._oldest), state.behind_since, now):
                low = min(low, state.announced - slack if state.exact else state.newest - lateness)
        return low

    def _idle(self, front: int, progress: int, since: int | None, now: int | None) -> bool:
        """Whether an input need not be waited for: it is far behind, and has been for long."""
        long = now is None or (since is not None and now - since >= self._settings.idle_after)
        return long and front - progress > self._settings.idle_after
