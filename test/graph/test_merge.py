"""The event-time merge promises one order, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.merge import EventTimeMerger, Input, MergeSettings, Punctuality

SECOND = 1_000_000_000
SETTINGS = MergeSettings(allowed_lateness=SECOND, idle_after=5 * SECOND)


@dataclass(frozen=True)
class Tick:
    """An observation that is nothing but its stamp and key."""

    stamp: int
    key: str = ""


def merged(merger: EventTimeMerger, arrivals: list[tuple[str, Tick]]) -> list[tuple[str, Tick]]:
    released = []
    for name, tick in arrivals:
        merger.push(name, tick)
        released += merger.release()
    return [*released, *merger.finish()]


def two_inputs(**settings: int) -> EventTimeMerger:
    return EventTimeMerger([Input("a"), Input("b")], MergeSettings(**settings) if settings else SETTINGS)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[tuple[str, Tick]], list[tuple[str, Tick]]]:
    """Two dense inputs in the order of their stamps, and in one of arrival within the allowed lateness."""
    gaps = draw(st.lists(st.integers(0, SECOND // 2), min_size=2, max_size=60))
    names = draw(st.lists(st.sampled_from("ab"), min_size=len(gaps), max_size=len(gaps)))
    delays = draw(st.lists(st.integers(0, SECOND - 1), min_size=len(gaps), max_size=len(gaps)))
    stamps = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    sent = [(name, Tick(stamp, str(index))) for index, (name, stamp) in enumerate(zip(names, stamps, strict=True))]
    arrivals = [
        entry for _, entry in sorted(zip(delays, sent, strict=True), key=lambda each: each[0] + each[1][1].stamp)
    ]
    return sent, arrivals


def by_stamp(entries: list[tuple[str, Tick]]) -> list[tuple[str, Tick]]:
    return sorted(entries, key=lambda entry: (entry[1].stamp, entry[0], entry[1].key))


@given(streams())
def test_arrivals_in_any_order_within_the_allowed_lateness_come_out_in_one_order(
    stream: tuple[list[tuple[str, Tick]], list[tuple[str, Tick]]],
) -> None:
    sent, arrivals = stream
    assert merged(two_inputs(), arrivals) == by_stamp(sent)


@given(streams())
def test_what_arrives_twice_comes_out_once(stream: tuple[list[tuple[str, Tick]], list[tuple[str, Tick]]]) -> None:
    sent, arrivals = stream
    merger = two_inputs()
    twice = [entry for arrival in arrivals for entry in (arrival, arrival)]
    assert merged(merger, twice) == by_stamp(sent)
    assert sum(counters.duplicates for counters in merger.counters.values()) == len(sent)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 100 * SECOND)), max_size=80))
def test_the_order_never_goes_back_and_every_arrival_is_accounted_for(raw: list[tuple[str, int]]) -> None:
    merger = two_inputs()
    released = merged(merger, [(name, Tick(stamp, str(index))) for index, (name, stamp) in enumerate(raw)])
    stamps = [tick.stamp for _, tick in released]
    assert stamps == sorted(stamps)
    counted = merger.counters.values()
    assert sum(each.accepted for each in counted) == len(released)
    assert sum(each.accepted + each.late + each.implausible for each in counted) == len(raw)


def test_an_input_that_falls_silent_is_passed_over_once_the_others_are_far_ahead() -> None:
    merger = two_inputs()
    arrivals = [("a", Tick(0)), ("b", Tick(0))] + [("a", Tick(second * SECOND)) for second in range(1, 9)]
    for name, tick in arrivals:
        merger.push(name, tick)
        released = list(merger.release())
    assert released[-1] == ("a", Tick(6 * SECOND)), "b is 8 s behind and no longer waited for"


def test_an_input_that_is_merely_slow_is_waited_for() -> None:
    merger = two_inputs()
    for second in range(5):
        merger.push("a", Tick(second * SECOND))
    merger.push("b", Tick(0))
    assert list(merger.release()) == []


def test_a_sparse_input_holds_the_others_back_at_the_beginning_only() -> None:
    merger = EventTimeMerger([Input("a"), Input("gate", Punctuality.SPARSE)], SETTINGS)
    merger.push("gate", Tick(0))
    for second in range(6):
        merger.push("a", Tick(second * SECOND))
    assert list(merger.release()) == []
    merger.push("a", Tick(6 * SECOND))
    assert [name for name, _ in merger.release()] == ["a", "gate", "a", "a", "a", "a"]


def test_an_occasional_input_holds_nothing_back_and_is_in_order_while_it_is_in_time() -> None:
    def released(*told: int) -> list[tuple[str, int]]:
        merger = EventTimeMerger([Input("a"), Input("told", Punctuality.OCCASIONAL)], SETTINGS)
        order = []
        for stamp in told:
            merger.push("told", Tick(stamp))
        for second in range(3):
            merger.push("a", Tick(second * SECOND))
            order += [(name, tick.stamp) for name, tick in merger.release()]
        assert merger.counters["told"].accepted == len(told)
        merger.end("a")
        assert merger.ended
        return order

    assert [each for each in released(SECOND // 2, 3600 * SECOND) if each[0] == "a"] == released()
    assert released(SECOND // 2, 3600 * SECOND)[1] == ("told", SECOND // 2)


def test_what_an_occasional_input_says_too_late_is_counted_and_is_no_loss() -> None:
    merger = EventTimeMerger([Input("a"), Input("told", Punctuality.OCCASIONAL)], SETTINGS)
    for second in range(3):
        merger.push("a", Tick(second * SECOND))
    list(merger.release())
    merger.push("told", Tick(0))
    assert (merger.counters["told"].late, merger.losses, list(merger.release())) == (1, 0, [])


def test_an_announced_input_holds_the_others_until_it_promises() -> None:
    merger = EventTimeMerger([Input("a"), Input("events", Punctuality.ANNOUNCED)], SETTINGS)
    for second in range(4):
        merger.push("a", Tick(second * SECOND))
    assert list(merger.release()) == []
    merger.announce("events", SECOND)
    assert [tick.stamp for _, tick in merger.release()] == [0]
    merger.announce("events", 3 * SECOND)
    assert [tick.stamp for _, tick in merger.release()] == [SECOND]


def test_a_sparse_input_may_be_late_behind_an_announced_one_too() -> None:
    merger = EventTimeMerger([Input("events", Punctuality.ANNOUNCED), Input("gate", Punctuality.SPARSE)], SETTINGS)
    for second in range(9):
        merger.push("events", Tick(second * SECOND))
        merger.announce("events", second * SECOND)
        list(merger.release())
    merger.push("gate", Tick(7 * SECOND + 1))
    assert merger.counters["gate"].late == 0


def test_a_sparse_input_that_promises_is_waited_for() -> None:
    merger = EventTimeMerger([Input("a"), Input("gate", Punctuality.SPARSE)], SETTINGS)
    merger.announce("gate", SECOND)
    for second in range(5):
        merger.push("a", Tick(second * SECOND))
    assert [tick.stamp for _, tick in merger.release()] == [0]


def test_a_measured_input_that_promises_costs_no_lateness() -> None:
    merger = two_inputs()
    for name in "ab":
        merger.push(name, Tick(10 * SECOND, name))
        assert list(merger.release()) == []
    merger.announce("a", 10 * SECOND + 1)
    assert list(merger.release()) == []
    merger.announce("b", 10 * SECOND + 1)
    assert [name for name, _ in merger.release()] == ["a", "b"]


def test_an_input_that_has_ended_is_not_waited_for() -> None:
    merger = two_inputs()
    for second in range(4):
        merger.push("a", Tick(second * SECOND))
    merger.push("b", Tick(0))
    merger.end("b")
    assert [tick.stamp for _, tick in merger.release()] == [0, 0, SECOND]
    assert not merger.ended
    merger.end("a")
    assert merger.ended


def test_what_comes_later_than_allowed_is_dropped_and_counted() -> None:
    merger = two_inputs()
    arrivals = [(name, Tick(second * SECOND)) for second in range(10) for name in "ab"]
    released = merged(merger, [*arrivals, ("a", Tick(2 * SECOND, "late"))])
    assert released == by_stamp(arrivals)
    assert merger.counters["a"].late == 1


def test_stamps_that_jump_back_by_an_hour_are_dropped_and_counted() -> None:
    hour = 3600 * SECOND
    merger = two_inputs()
    before = [(name, Tick(hour + tenth * SECOND // 10)) for tenth in range(30) for name in "ab"]
    jumped = [("b", Tick(tenth * SECOND // 10)) for tenth in range(30)]
    assert merged(merger, before + jumped) == by_stamp(before)
    assert merger.counters["b"].late == 30


def test_one_stamp_an_hour_ahead_does_not_make_all_others_late() -> None:
    merger = two_inputs()
    normal = [(name, Tick(tenth * SECOND // 10)) for tenth in range(40) for name in "ab"]
    arrivals = [*normal[:30], ("a", Tick(3600 * SECOND)), *normal[30:]]
    assert merged(merger, arrivals) == by_stamp(normal)
    assert merger.counters["a"].implausible == 1


def test_a_clock_an_hour_ahead_from_the_start_does_not_stop_the_other_inputs() -> None:
    merger = EventTimeMerger([Input("a"), Input("b"), Input("c")], SETTINGS)
    normal = [(name, Tick(tenth * SECOND // 10)) for tenth in range(100) for name in "ab"]
    skewed = [("c", Tick(3600 * SECOND + tenth * SECOND // 10)) for tenth in range(100)]
    arrivals = [entry for pair in zip(normal[::2], normal[1::2], skewed, strict=True) for entry in pair]
    assert merged(merger, arrivals) == by_stamp(normal)
    assert merger.counters["c"].implausible == 100


def test_the_promises_of_a_clock_an_hour_ahead_do_not_make_all_others_late() -> None:
    merger = two_inputs()
    for second in range(20):
        merger.announce("b", (3600 + second) * SECOND)
        merger.push("a", Tick(second * SECOND))
        list(merger.release())
    assert merger.counters["a"].late == 0
    assert merger.watermark < 20 * SECOND


def test_after_a_pause_of_all_inputs_the_one_that_goes_on_promising_is_believed() -> None:
    merger = EventTimeMerger([Input("a"), Input("b", Punctuality.SPARSE)], SETTINGS)
    merger.push("a", Tick(SECOND))
    merger.push("a", Tick(2 * SECOND))
    for second in range(3600, 3610):
        merger.announce("b", second * SECOND)
    assert [tick.stamp for _, tick in merger.release()] == [SECOND, 2 * SECOND]


def test_one_that_is_behind_because_the_rest_arrives_first_is_waited_for() -> None:
    """A link that was broken comes back: all of one input arrives before the first of the other."""
    merger, released, now = two_inputs(), [], 0
    for name in "ab":
        for second in range(30):
            now += SECOND // 100
            merger.push(name, Tick(second * SECOND, name))
            released += merger.release(now)
    released += merger.finish()
    assert [tick.stamp for _, tick in released] == sorted(second * SECOND for second in [*range(30)] * 2)


def test_one_that_is_behind_for_long_is_passed_over_by_the_clock_of_arrivals_too() -> None:
    merger = two_inputs()
    merger.push("b", Tick(0))
    for second in range(30):
        merger.push("a", Tick(second * SECOND))
        list(merger.release(second * SECOND))
    assert merger.watermark > 20 * SECOND


def test_few_drops_of_an_input_that_speaks_all_the_time_are_no_loss() -> None:
    merger = two_inputs()
    for second in range(100):
        for name in "ab":
            merger.push(name, Tick(second * SECOND))
        list(merger.release())
    for tenth in range(SETTINGS.tolerated_loss):
        merger.push("a", Tick(tenth * SECOND // 10 + 1))
    assert merger.losses == 0
    merger.push("a", Tick(SECOND + 1))
    assert merger.losses == 1


def test_every_drop_of_an_input_that_speaks_seldom_is_a_loss() -> None:
    merger = EventTimeMerger([Input("a"), Input("b", Punctuality.SPARSE)], SETTINGS)
    for second in range(100):
        merger.push("a", Tick(second * SECOND))
        list(merger.release())
    merger.push("b", Tick(0))
    assert merger.losses == 1


def test_what_comes_again_is_no_loss_however_old_it_is() -> None:
    merger = two_inputs()
    for second in range(100):
        for name in "ab":
            merger.push(name, Tick(second * SECOND))
        list(merger.release())
    for second in range(90):
        merger.push("a", Tick(second * SECOND))
    assert merger.losses == 0
    assert merger.counters["a"].duplicates == 90


def test_after_a_pause_of_all_inputs_the_merge_goes_on() -> None:
    merger = two_inputs()
    before = [(name, Tick(tenth * SECOND // 10)) for tenth in range(10) for name in "ab"]
    after = [(name, Tick(600 * SECOND + tenth * SECOND // 10)) for tenth in range(10) for name in "ab"]
    assert merged(merger, before + after) == by_stamp(before + after)


def test_the_first_observation_of_a_sparse_input_is_not_lost_before_the_time_is_known() -> None:
    merger = EventTimeMerger([Input("events", Punctuality.ANNOUNCED), Input("gate", Punctuality.SPARSE)], SETTINGS)
    merger.push("gate", Tick(SECOND))
    merger.announce("events", 3 * SECOND)
    merger.announce("events", 9 * SECOND)
    assert [tick.stamp for _, tick in merger.release()] == [SECOND]


def test_a_single_observation_is_not_lost() -> None:
    assert merged(two_inputs(), [("a", Tick(7))]) == [("a", Tick(7))]


def test_a_full_buffer_releases_the_oldest_and_counts_it() -> None:
    merger = two_inputs(capacity=10)
    ticks = [("a", Tick(tenth)) for tenth in range(20)]
    for name, tick in ticks:
        merger.push(name, tick)
        merger.push("b", Tick(0))
        list(merger.release())
    assert merger.counters["a"].forced + merger.counters["b"].forced == 11


def test_memory_does_not_grow_with_the_length_of_the_stream() -> None:
    merger = two_inputs()
    for tenth in range(20_000):
        for name in "ab":
            merger.push(name, Tick(tenth * SECOND // 10))
        list(merger.release())
    assert len(merger._known) < 2 * SETTINGS.remembered + 200
    assert len(merger._heap) < 50
