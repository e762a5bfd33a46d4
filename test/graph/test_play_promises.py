"""What is promised of played topics holds, and is as much as can be promised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.merge import END
from storegraph.graph.operator import Promise
from storegraph.graph.promises import PlayedTopics
from storegraph.observations import GateEvent, Passage, Shoppers

GATE, SHOPPERS = "gate/events", "shoppers"


def passage(stamp: int) -> GateEvent:
    return GateEvent(stamp, "front", Passage.ENTRY, "", "", str(stamp), False)


def test_a_gate_is_silent_up_to_its_next_event_or_as_far_as_anything_was_played() -> None:
    topics = PlayedTopics()
    topics.expect({GATE: [50, 80]})
    assert dict(topics.silence()) == {GATE: Promise(50)}
    topics.play(GATE, passage(50))
    topics.play(SHOPPERS, Shoppers(60, (), ()))
    assert dict(topics.silence()) == {GATE: Promise(60, (50, passage(50).key))}
    topics.play(SHOPPERS, Shoppers(90, (), ()))
    assert dict(topics.silence()) == {GATE: Promise(80, (50, passage(50).key))}


def test_after_its_last_event_a_gate_waits_for_the_next_round() -> None:
    topics = PlayedTopics()
    topics.expect({GATE: [50]}, next_round=100)
    topics.play(GATE, passage(50))
    topics.play(SHOPPERS, Shoppers(500, (), ()))
    assert dict(topics.silence())[GATE].watermark == 150


def test_the_end_is_that_of_the_one_played_last() -> None:
    topics = PlayedTopics()
    topics.play(SHOPPERS, Shoppers(9, (), ()))
    topics.play(SHOPPERS, Shoppers(7, (), ()))
    assert topics.end(SHOPPERS) == Promise(END, (7, ""))
    assert topics.end(GATE) == Promise(END, None)


def test_what_speaks_all_the_time_has_come_as_far_as_its_next_message_but_not_into_the_future() -> None:
    topics = PlayedTopics()
    topics.expect({SHOPPERS: [10, 30, 20]})
    topics.play(SHOPPERS, Shoppers(10, (), ()))
    assert topics.measured(SHOPPERS, now=100) == Promise(20, (10, ""))
    assert topics.measured(SHOPPERS, now=15) == Promise(15, (10, ""))
    topics.play(SHOPPERS, Shoppers(30, (), ()))
    assert topics.measured(SHOPPERS, now=100) == Promise(20, (30, ""))
    topics.play(SHOPPERS, Shoppers(20, (), ()))
    assert topics.measured(SHOPPERS, now=100) == Promise(100, (20, ""))
    assert topics.measured(GATE, now=100) is None


@given(st.lists(st.tuples(st.integers(1, 1000), st.booleans())))
def test_in_whatever_order_stamps_come_no_promise_is_broken(played: list[tuple[int, bool]]) -> None:
    topics = PlayedTopics()
    to_come = [stamp for stamp, is_passage in played if is_passage]
    topics.expect({GATE: to_come})
    before = 0
    for stamp, is_passage in played:
        ((_, promise),) = topics.silence()
        assert before <= promise.watermark <= min(to_come, default=promise.watermark)
        before = promise.watermark
        if is_passage:
            topics.play(GATE, passage(to_come.pop(0)))
        else:
            topics.play(SHOPPERS, Shoppers(stamp, (), ()))


@given(st.lists(st.integers(1, 20), min_size=1))
def test_a_promise_that_overtakes_what_was_played_counts_only_once_all_of_it_is_there(played: list[int]) -> None:
    topics = PlayedTopics()
    topics.expect({SHOPPERS: played})
    for count, stamp in enumerate(played, 1):
        topics.play(SHOPPERS, Shoppers(stamp, (), ()))
        promise = topics.measured(SHOPPERS, now=100)
        assert promise is not None and promise.newest is not None
        for arrived in range(count):
            on_the_way = set(played[arrived:count]) - set(played[:arrived])
            if promise.newest[0] in played[:arrived]:
                assert all(stamp >= promise.watermark for stamp in on_the_way)
