"""The gates of a store as one feed: each passage once, and a promise that holds for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.merge import BEGINNING, END
from storegraph.graph.operator import Promise
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.gates.driver import GateCondition
from storegraph.sensors.gates.feed import REMEMBERED, GateFeed


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

    def overdue(self, stamp: int, now: int) -> bool:
        return stamp < self.reached

    @property
    def condition(self) -> GateCondition:
        return GateCondition(True, "")


def passage(stamp: int, gate: str = "front") -> GateEvent:
    return GateEvent(stamp, gate, Passage.EXIT, "", "", "", derived=False)


def test_a_passage_told_twice_is_given_once() -> None:
    gate = ScriptedGate(deque([passage(1), passage(2), passage(1)]))
    feed = GateFeed({"front": gate})
    assert [event.stamp for event in feed.events(10)] == [1, 2]
    gate.told.append(passage(2))
    assert list(feed.events(11)) == []
    assert feed.passed == {"front": 2}


def test_no_more_passages_are_remembered_than_a_broker_sends_again() -> None:
    gate = ScriptedGate(deque(passage(stamp) for stamp in range(REMEMBERED + 1)))
    feed = GateFeed({"front": gate})
    assert len(list(feed.events(0))) == REMEMBERED + 1
    gate.told.extend([passage(0), passage(REMEMBERED)])
    assert [event.stamp for event in feed.events(0)] == [0]


def test_a_promise_is_the_least_of_all_gates_and_names_the_newest_passage() -> None:
    front, back = ScriptedGate(reached=70), ScriptedGate(deque([passage(50, "back"), passage(40, "back")]), reached=60)
    feed = GateFeed({"front": front, "back": back})
    assert len(list(feed.events(100))) == 2
    assert feed.promise(100) == Promise(60, (50, passage(50, "back").key))


def test_while_one_gate_cannot_be_heard_nothing_is_promised() -> None:
    front, back = ScriptedGate(reached=70), ScriptedGate()
    feed = GateFeed({"front": front, "back": back})
    assert feed.promise(100) is None
    back.reached = 80
    assert feed.promise(100) == Promise(70)


def test_a_gate_that_has_ended_does_not_hold_up_the_others() -> None:
    feed = GateFeed({"front": ScriptedGate(reached=END), "back": ScriptedGate(reached=80)})
    assert feed.promise(100) == Promise(80)


def test_a_store_without_gates_promises_nothing() -> None:
    assert GateFeed({}).promise(100) is None


@given(st.lists(st.integers(0, 100)))
def test_promises_only_go_forward(reached: list[int]) -> None:
    gate = ScriptedGate()
    feed = GateFeed({"front": gate})
    promises = []
    for gate.reached in reached:
        promises += [promise.watermark for promise in [feed.promise(0)] if promise is not None]
    assert promises == sorted(set(promises))
    assert promises[-1:] == ([max(reached)] if reached else [])


def test_an_overdue_passage_is_given_and_counted_once() -> None:
    gate = ScriptedGate(deque([passage(69), passage(69), passage(70)]), reached=70)
    feed = GateFeed({"front": gate})
    assert [event.stamp for event in feed.events(101)] == [69, 70]
    assert feed.late == {"front": 1}
