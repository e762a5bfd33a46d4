"""Faults do what they say to any stream, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.graph.encoding import encode
from storegraph.observations import (
    COCO_17,
    GateEvent,
    Keypoints,
    Passage,
    PersonKeypoints,
    ScaleSamples,
    Shopper,
    Shoppers,
    ShopperState,
)
from storegraph.simulation.faults.breaking import broken
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.stream import Recorded

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
LATENCY = SECOND // 20
RATE, BATCH = 60.0, 12
SCALES, GATE, SHOPPERS, CAMERA = "scales/G1/samples", "gate/events", "shoppers", "cameras/c1/keypoints"
PLATES = ("G1.1", "G1.2")


def stamp(seconds: float) -> int:
    return START + round(seconds * SECOND)


def batch(number: int) -> Recorded:
    """Readings that count up, so that each is known again; the second scale reads 1000 g more."""
    first = number * BATCH
    counted = np.arange(first, first + BATCH, dtype=np.float32)
    grams = np.stack([counted, counted + 1000], axis=1)
    begin = stamp(first / RATE)
    return Recorded(begin + LATENCY + SECOND // 5, SCALES, ScaleSamples(begin, "G1", RATE, PLATES, grams))


def picture(number: int) -> Recorded:
    points = np.full((17, 2), number, np.float32)
    person = PersonKeypoints(0.5, np.zeros(4, np.float32), points, np.full(17, 0.5, np.float32))
    seen = Keypoints(stamp(number / 10), "c1", 640, 360, COCO_17, (person,))
    return Recorded(seen.stamp + LATENCY, CAMERA, seen)


def snapshot(number: int) -> Recorded:
    positions = np.full((1, 3), number, np.float32)
    shopper = Shopper("7", ShopperState.TRACKED, positions, np.zeros((0, 6), np.float32), np.ones(1, np.float32))
    return Recorded(stamp(number / 10) + LATENCY, SHOPPERS, Shoppers(stamp(number / 10), ("neck",), (shopper,)))


def passage(second: int) -> Recorded:
    seen = GateEvent(stamp(second), "front", Passage.ENTRY, "token", f"p{second}", "", False)
    return Recorded(seen.stamp + LATENCY, GATE, seen)


def recording(seconds: int = 10) -> list[Recorded]:
    """Everything that sensors say, by log time."""
    heard = [make(number) for make in (picture, snapshot) for number in range(10 * seconds)]
    heard += [batch(number) for number in range(5 * seconds)] + [passage(second) for second in range(seconds)]
    return sorted(heard, key=lambda recorded: recorded[:2])


def after(*faults: Fault, stream: Sequence[Recorded] | None = None, seed: int = 1) -> list[Recorded]:
    return list(broken(recording() if stream is None else stream, faults, seed, START))


def of(topic: str, heard: Sequence[Recorded]) -> list[Recorded]:
    return [recorded for recorded in heard if recorded.topic == topic]


def same(one: Recorded, other: Recorded) -> bool:
    """Heard at the same moment, and the same to the last bit."""
    return one[:2] == other[:2] and encode(one.observation) == encode(other.observation)


def all_same(some: Sequence[Recorded], others: Sequence[Recorded]) -> bool:
    return len(some) == len(others) and all(map(same, some, others))


def readings(heard: Sequence[Recorded]) -> dict[int, tuple[float, ...]]:
    """Every sample of the scales by its time, in microseconds: stamps of samples are rounded to nanoseconds."""
    found: dict[int, tuple[float, ...]] = {}
    for recorded in of(SCALES, heard):
        samples = recorded.observation
        assert isinstance(samples, ScaleSamples)
        for k, row in enumerate(samples.grams):
            moment = round((samples.stamp - START + k * SECOND / samples.rate) / 1000)
            assert moment not in found
            found[moment] = tuple(map(float, row))
    return found


def people(recorded: Recorded) -> np.ndarray:
    """Values of whoever is seen."""
    match recorded.observation:
        case Keypoints() as seen:
            return seen.people[0].points
        case Shoppers() as seen:
            return seen.shoppers[0].positions
        case _:
            raise AssertionError(recorded.topic)


kinds = st.sampled_from(["drop", "delay", "duplicate", "reorder", "freeze", "nan", "skew", "offset", "drift", "crash"])
streams = st.sampled_from(["*", SCALES, GATE, SHOPPERS, CAMERA, "scales/*", "cameras/*/keypoints"])
seconds = st.floats(0.0, 12.0)


@st.composite
def faults(draw: st.DrawFn, kinds: st.SearchStrategy[str] = kinds) -> Fault:
    begin = draw(seconds)
    return Fault.model_validate(
        {
            "kind": draw(kinds),
            "stream": draw(streams),
            "scales": draw(st.sampled_from([(), ("G1.1",)])),
            "begin": begin,
            "end": begin + draw(st.floats(0.1, 12.0)),
            "share": draw(st.floats(0.0, 1.0)),
            "seconds": draw(st.floats(0.0, 3.0)),
            "amount": draw(st.floats(-100.0, 100.0)),
        }
    )


# ---- All of them -----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(faults(), max_size=3), st.integers(0, 2**32))
def test_what_is_heard_is_in_order_and_equal_seeds_give_the_same_bytes(wrong: list[Fault], seed: int) -> None:
    heard = after(*wrong, seed=seed)
    assert [recorded.log_time for recorded in heard] == sorted(recorded.log_time for recorded in heard)
    assert all_same(heard, after(*wrong, seed=seed))


@settings(max_examples=40, deadline=None)
@given(faults())
def test_only_the_streams_that_are_named_are_struck(wrong: Fault) -> None:
    stream = recording()
    heard = after(wrong.model_copy(update={"stream": SCALES}), stream=stream)
    for topic in (GATE, SHOPPERS, CAMERA):
        assert all_same(of(topic, heard), of(topic, stream))


@settings(max_examples=40, deadline=None)
@given(faults())
def test_a_topic_is_struck_alike_whatever_else_is_in_the_stream(wrong: Fault) -> None:
    stream = recording()
    whole = after(wrong, stream=stream)
    for topic in (SCALES, GATE, SHOPPERS, CAMERA):
        assert all_same(of(topic, whole), after(wrong, stream=of(topic, stream)))


@settings(max_examples=40, deadline=None)
@given(faults(st.sampled_from(["delay", "duplicate", "reorder", "freeze", "nan", "skew", "offset", "drift"])))
def test_nothing_is_lost_but_by_drop_and_crash(wrong: Fault) -> None:
    stream = recording()
    heard = after(wrong, stream=stream)
    if wrong.kind != "duplicate":
        assert len(heard) == len(stream)
    if wrong.kind in ("delay", "duplicate", "reorder"):
        before = {encode(recorded.observation) for recorded in stream}
        assert {encode(recorded.observation) for recorded in heard} == before


@settings(max_examples=40, deadline=None)
@given(faults(st.sampled_from(["drop", "delay", "duplicate", "reorder", "freeze", "nan", "skew", "offset"])))
def test_what_was_measured_before_or_after_a_fault_is_as_it_was(wrong: Fault) -> None:
    def outside(heard: Sequence[Recorded]) -> list[bytes]:
        begin, end = stamp(wrong.begin) - SECOND // 5, stamp(wrong.end)
        moved = abs(wrong.seconds) * SECOND if wrong.kind == "skew" else 0
        kept = (recorded.observation for recorded in heard)
        return sorted(encode(seen) for seen in kept if not begin <= seen.stamp < end + moved)

    assert outside(after(wrong)) == outside(recording())


def test_no_more_is_held_than_the_longest_delay_brings() -> None:
    pulled = 0

    def endless() -> Iterator[Recorded]:
        nonlocal pulled
        while True:
            yield snapshot(pulled)
            pulled += 1

    wrong = Fault(kind="reorder", stream="*", seconds=2.0), Fault(kind="delay", stream="*", seconds=1.0)
    heard = broken(endless(), wrong, 1, START)
    for taken in range(1000):
        next(heard)
        assert pulled - taken <= 35


# ---- On the way ------------------------------------------------------------------------------------------------------


def test_a_share_of_the_messages_is_dropped() -> None:
    stream = recording(60)
    left = len(of(SHOPPERS, after(Fault(kind="drop", stream=SHOPPERS, share=0.25), stream=stream)))
    assert 0.65 * 600 < left < 0.85 * 600
    assert of(SHOPPERS, after(Fault(kind="drop", stream=SHOPPERS), stream=stream)) == []


def test_delayed_messages_keep_their_order_and_come_no_later_than_said() -> None:
    stream = of(SHOPPERS, recording())
    heard = after(Fault(kind="delay", stream="*", seconds=1.5, share=0.3), stream=stream)
    assert [seen.observation.stamp for seen in heard] == [seen.observation.stamp for seen in stream]
    lags = [late.log_time - due.log_time for late, due in zip(heard, stream, strict=True)]
    assert 0 == min(lags) < SECOND < max(lags) <= 1.5 * SECOND


def test_reordered_messages_overtake_one_another() -> None:
    stream = of(SHOPPERS, recording())
    heard = after(Fault(kind="reorder", stream="*", seconds=1.0, share=0.5), stream=stream)
    stamps = [seen.observation.stamp for seen in heard]
    assert stamps != sorted(stamps)
    due = {seen.observation.stamp: seen.log_time for seen in stream}
    assert all(0 <= seen.log_time - due[seen.observation.stamp] <= SECOND for seen in heard)


def test_duplicated_messages_come_twice() -> None:
    heard = of(GATE, after(Fault(kind="duplicate", stream=GATE, seconds=0.5, begin=2, end=5)))
    stamps = sorted((seen.observation.stamp - START) // SECOND for seen in heard)
    assert stamps == [0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9]


def test_a_crashed_driver_is_silent_and_then_begins_other_batches() -> None:
    heard = of(SCALES, after(Fault(kind="crash", stream=SCALES, begin=2.0, end=3.51)))
    before = [seen for seen in heard if seen.log_time < stamp(2.0)]
    assert all_same(before, [seen for seen in of(SCALES, recording()) if seen.log_time < stamp(2.0)])
    first = heard[len(before)]
    assert first.log_time >= stamp(3.51)
    # the first reading after 3.51 s is number 211, at 3.517 s; batches used to begin with multiples of 12
    assert first.observation.stamp == stamp(211 / RATE)
    left = readings(heard)
    assert min(moment for moment in left if moment > 2_000_000) == round(211 / RATE * 1e6)
    true = readings(recording())
    assert all(left[moment] == true[moment] for moment in left)
    last = (len(true) - 211) // BATCH * BATCH + 210
    assert [row[0] for row in left.values() if row[0] > 210] == list(map(float, range(211, last + 1)))


def test_what_a_crashed_camera_saw_is_lost_even_when_it_had_not_arrived() -> None:
    heard = of(CAMERA, after(Fault(kind="crash", stream=CAMERA, begin=2.0, end=3.0)))
    gone = {seen.observation.stamp for seen in of(CAMERA, recording())} - {seen.observation.stamp for seen in heard}
    # 2.0 - 0.05 s of latency: the picture of 1.9 s had arrived, that of 2.0 s had not
    assert sorted(gone) == [stamp(number / 10) for number in range(20, 30)]


# ---- What is measured ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(seconds, st.floats(0.1, 12.0), st.sampled_from([(), ("G1.2",), ("G1.1", "G1.2")]))
def test_dead_scales_read_nothing_and_the_others_what_they_did(
    begin: float, lasts: float, scales: tuple[str, ...]
) -> None:
    wrong = Fault(kind="nan", stream=SCALES, scales=scales, begin=begin, end=begin + lasts)
    dead, true = readings(after(wrong)), readings(recording())
    assert dead.keys() == true.keys()
    for moment, row in dead.items():
        for scale, read, was in zip(PLATES, row, true[moment], strict=True):
            struck = scale in (scales or PLATES) and begin <= moment / 1e6 < begin + lasts
            if abs(moment / 1e6 - begin) > 1e-5 and abs(moment / 1e6 - begin - lasts) > 1e-5:
                assert np.isnan(read) if struck else read == was


def test_a_frozen_scale_repeats_its_last_reading() -> None:
    wrong = Fault(kind="freeze", stream=SCALES, scales=("G1.1",), begin=1.0, end=2.0)
    for row in list(readings(after(wrong)).values())[60:120]:
        assert row[0] == 59
        assert row[1] > 1059
    assert list(readings(after(wrong)).values())[120] == (120.0, 1120.0)


def test_what_is_frozen_from_the_beginning_repeats_what_it_said_first() -> None:
    assert {row for row in readings(after(Fault(kind="freeze", stream="scales/*"))).values()} == {(0.0, 1000.0)}


@pytest.mark.parametrize("topic", [CAMERA, SHOPPERS])
def test_frozen_people_stand_still_while_time_goes_on(topic: str) -> None:
    heard = of(topic, after(Fault(kind="freeze", stream=topic, begin=2.0, end=5.0)))
    assert [float(people(seen).flat[0]) for seen in heard] == [*range(20), *[19] * 30, *range(50, 100)]
    assert [seen.observation.stamp for seen in heard] == [stamp(number / 10) for number in range(100)]


@pytest.mark.parametrize("topic", [CAMERA, SHOPPERS])
def test_people_may_be_displaced_drift_or_become_nan(topic: str) -> None:
    moved = after(Fault(kind="offset", stream=topic, amount=0.25, begin=1.0))
    assert [float(people(seen).flat[0]) for seen in of(topic, moved)][8:12] == [8, 9, 10.25, 11.25]
    drifted = after(Fault(kind="drift", stream=topic, amount=10.0, begin=1.0, end=2.0))
    told = np.array([people(seen).flat[0] for seen in of(topic, drifted)])
    wanted = np.arange(100) + 10 * np.clip(np.arange(100) / 10 - 1, 0, 1)
    np.testing.assert_allclose(told, wanted, atol=1e-4)
    blind = of(topic, after(Fault(kind="nan", stream=topic, begin=1.0)))
    assert [bool(np.isnan(people(seen)).all()) for seen in blind] == [number >= 10 for number in range(100)]


def test_a_scale_drifts_at_the_rate_said_and_stays_where_it_has_come_to() -> None:
    wrong = Fault(kind="drift", stream=SCALES, scales=("G1.2",), begin=2.0, end=7.0, amount=3.0)
    told = np.array(list(readings(after(wrong)).values()))
    drift = told - np.array(list(readings(recording()).values()))
    assert not drift[:, 0].any()
    np.testing.assert_allclose(drift[:, 1], 3.0 * np.clip(np.arange(600) / RATE - 2.0, 0.0, 5.0), atol=1e-3)


@given(st.floats(-3.0, 3.0))
def test_a_skewed_clock_shifts_stamps_and_nothing_else(shift: float) -> None:
    stream = recording(2)
    heard = after(Fault(kind="skew", stream=GATE, seconds=shift), stream=stream)
    for late, due in zip(of(GATE, heard), of(GATE, stream), strict=True):
        assert isinstance(due.observation, GateEvent)
        by = round(shift * SECOND)
        assert late == due._replace(observation=replace(due.observation, stamp=due.observation.stamp + by))


def test_faults_strike_in_their_order() -> None:
    dead = Fault(kind="nan", stream=SCALES)
    stuck = Fault(kind="freeze", stream=SCALES, begin=5.0)
    assert np.isnan(list(readings(after(dead, stuck)).values())[-1]).all()
    dead_before = Fault(kind="nan", stream=SCALES, end=5.0)
    assert np.isnan(list(readings(after(dead_before, stuck)).values())[-1]).all()
    assert list(readings(after(stuck, dead_before)).values())[-1] == (299.0, 1299.0)


def test_who_passes_a_gate_has_no_values_to_be_wrong() -> None:
    for kind in ("nan", "freeze", "offset", "drift"):
        heard = after(Fault.model_validate({"kind": kind, "stream": GATE, "amount": 5.0}))
        assert all_same(of(GATE, heard), of(GATE, recording()))
