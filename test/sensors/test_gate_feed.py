"""The gates of a store as one feed: each passage once, and a promise that holds for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.graph.merge import BEGINNING, END, EventTimeMerger, Input, MergeSettings, Punctuality
from storegraph.graph.operator import Promise
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.gates.driver import GateCondition
from storegraph.sensors.gates.feed import REMEMBERED, GateFeed
from storegraph.sensors.gates.model import GateSettings

SETTINGS = GateSettings()
START = 1_700_000_000_000_000_000
STEP = 100_000_000


@dataclass(frozen=True)
class Sample:
    """What another sensor says."""

    stamp: int
    key: str = ""


@dataclass
class ScriptedGate:
    """A gate that tells what it is told to, and knows how far it has come."""

    told: deque[GateEvent] = field(default_factory=deque)
    reached: int = BEGINNING

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def events(self, now: int) -> Iterator[GateEvent]:
        while self.told:
            yield self.told.popleft()

    def watermark(self, now: int) -> int:
        return self.reached

    def clock(self, now: int) -> int:
        return now

    @property
    def condition(self) -> GateCondition:
        return GateCondition(True, "")


def passage(stamp: int, gate: str = "front") -> GateEvent:
    return GateEvent(stamp, gate, Passage.EXIT, "", "", "", derived=False)


def test_a_passage_told_twice_is_given_once() -> None:
    gate = ScriptedGate(deque([passage(1), passage(2), passage(1)]))
    feed = GateFeed({"front": gate}, SETTINGS)
    assert [event.stamp for event in feed.events(10)] == [1, 2]
    gate.told.append(passage(2))
    assert list(feed.events(11)) == []
    assert feed.passed == {"front": 2}


def test_no_more_passages_are_remembered_than_a_broker_sends_again() -> None:
    gate = ScriptedGate(deque(passage(stamp) for stamp in range(REMEMBERED + 1)))
    feed = GateFeed({"front": gate}, SETTINGS)
    assert len(list(feed.events(0))) == REMEMBERED + 1
    gate.told.extend([passage(0), passage(REMEMBERED)])
    assert [event.stamp for event in feed.events(0)] == [0]


def test_a_promise_is_the_least_of_all_gates_and_names_the_passage_given_last() -> None:
    front, back = ScriptedGate(reached=70), ScriptedGate(deque([passage(50, "back"), passage(40, "back")]), reached=60)
    feed = GateFeed({"front": front, "back": back}, SETTINGS)
    assert len(list(feed.events(100))) == 2
    assert feed.promise(100) == Promise(60, (40, passage(40, "back").key))


def test_while_one_gate_cannot_be_heard_nothing_is_promised() -> None:
    front, back = ScriptedGate(reached=70), ScriptedGate()
    feed = GateFeed({"front": front, "back": back}, SETTINGS)
    assert feed.promise(100) is None
    back.reached = 80
    assert feed.promise(100) == Promise(70)


def test_a_gate_that_has_ended_does_not_hold_up_the_others() -> None:
    feed = GateFeed({"front": ScriptedGate(reached=END), "back": ScriptedGate(reached=80)}, SETTINGS)
    assert feed.promise(100) == Promise(80)


def test_a_store_without_gates_promises_nothing() -> None:
    assert GateFeed({}, SETTINGS).promise(100) is None


@given(st.lists(st.integers(0, 100)))
def test_promises_only_go_forward(reached: list[int]) -> None:
    gate = ScriptedGate()
    feed = GateFeed({"front": gate}, SETTINGS)
    promises = []
    for gate.reached in reached:
        promises += [promise.watermark for promise in [feed.promise(0)] if promise is not None]
    assert promises == sorted(set(promises))
    assert promises[-1:] == ([max(reached)] if reached else [])


def test_a_late_passage_is_given_and_counted_once() -> None:
    gate = ScriptedGate(reached=70)
    feed = GateFeed({"front": gate}, SETTINGS)
    feed.promise(100)
    gate.told.extend([passage(69), passage(69), passage(70)])
    assert [event.stamp for event in feed.events(101)] == [69, 70]
    assert feed.late == {"front": 1}


STEPS = st.integers(0, 10)


@settings(deadline=None)
@given(
    lag=STEPS,
    lateness=STEPS,
    heard=st.tuples(*[st.booleans()] * 5),
    share=st.sampled_from([0.05, 1.0]),
    seed=st.integers(0),
)
def test_whatever_a_merge_drops_as_late_has_been_counted(
    lag: int, lateness: int, heard: tuple[bool, ...], share: float, seed: int
) -> None:
    """Two gates beside a sensor that always speaks; one of them comes and goes, 3 s each time."""
    waiting = GateSettings(promise_lag=lag * STEP, allowed_lateness=lateness * STEP, idle_after=20 * STEP)
    gates = {"front": ScriptedGate(), "back": ScriptedGate()}
    feed = GateFeed(gates, waiting)
    inputs = [Input("scales"), Input("gates", Punctuality.SPARSE)]
    random = Random(seed)
    merger = EventTimeMerger(inputs, MergeSettings(lateness * STEP, idle_after=20 * STEP))
    for step in range(150):
        now = START + step * STEP
        merger.push("scales", Sample(now))
        for name, gate in gates.items():
            gate.reached = now - lag * STEP if name == "front" or heard[step // 30] else BEGINNING
        if random.random() < share:
            gates[random.choice(("front", "back"))].told.append(passage(now - random.randrange(30) * STEP))
        dropped, counted = merger.counters["gates"].late, sum(feed.late.values())
        for event in feed.events(now):
            merger.push("gates", event)
        promise = feed.promise(now)
        if promise is not None:
            merger.announce("gates", promise.watermark)
        list(merger.release())
        assert merger.counters["gates"].late - dropped <= sum(feed.late.values()) - counted
