"""What weighing promises of whole streams."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from autocheckout_scales import read_recording
from hypothesis import given, settings
from hypothesis import strategies as st
from plate_simulator import FIXTURE, SECOND, PlateSimulator, plate_id, shelf_store
from weighed_shelf import events_of, faults_of, seconds, weigh

from storegraph.observations import ScaleCondition, ScaleFault
from storegraph.weighing import WeighingSettings, WeighingStage

RECORDING = Path(__file__).resolve().parents[3] / "shared/data/autocheckout-benchmark-1/plate_data.json"


@pytest.mark.skipif(not RECORDING.exists(), reason="the AutoCheckout recording is not on this machine")
def test_a_real_recording_has_its_one_event():
    store, messages = read_recording(RECORDING)
    stage = WeighingStage(store)
    outputs = [output for message in messages for output in stage.process(message)] + list(stage.finish())
    (event,) = events_of(outputs)
    first = min(message.stamp for message in messages if message.fixture == "G1")
    assert [change.scale for change in event.changes] == ["G1.S5.P11"]
    assert event.delta == pytest.approx(-622.9, abs=2.0)
    assert event.sigma < 2.0
    assert 11.9 < (event.begin - first) / SECOND < 12.3
    assert 12.5 < (event.end - first) / SECOND < 12.9
    assert (event.stamp - event.end) / SECOND < 0.8
    assert {"G1.S5.P9", "G1.S5.P10"} <= {change.scale for change in event.cross_talk}
    assert all(abs(change.delta) < 12 for change in event.cross_talk)


@pytest.mark.parametrize("rate", [10.0, 25.0, 100.0, 500.0, 1000.0])
def test_goods_are_weighed_at_any_rate(rate):
    shelf = PlateSimulator(2, 14.0, noise=1.0, seed=1, rate=rate)
    shelf.move(0, 8.0, -150.0)
    (event,) = events_of(weigh(shelf))
    assert event.delta == pytest.approx(-150.0, abs=max(2.0, 4 * event.sigma))
    assert seconds(shelf, event.begin) == pytest.approx(8.0, abs=0.3 if rate < 50 else 0.1)
    assert seconds(shelf, event.end) == pytest.approx(8.3, abs=0.5 if rate < 50 else 0.2)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 150), min_size=1, max_size=8), st.sampled_from([10.0, 60.0, 100.0 / 3.0]))
def test_it_does_not_matter_how_samples_are_cut_into_messages(lengths, rate):
    shelf = PlateSimulator(4, 16.0, noise=3.0, seed=5, rate=rate)
    shelf.move(1, 9.0, -200.0, press=60.0)
    shelf.grams[round(11 * rate) : round(11.6 * rate), 1] = np.nan
    shelf.grams[round(5 * rate) : round(9 * rate), 3] = np.nan
    (whole,) = shelf.messages(batch=10**6)
    cut, first = [], 0
    while first < len(whole.grams):
        length = lengths[len(cut) % len(lengths)]
        stamp = whole.stamp + round(first * SECOND / rate)
        cut.append(replace(whole, stamp=stamp, grams=whole.grams[first : first + length]))
        first += length
    outputs = weigh(shelf, cut)
    assert outputs == weigh(shelf, [whole])
    assert len(events_of(outputs)) == 1
    assert len(faults_of(outputs)) == 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("grams", "noise"), [(30.0, 1.0), (-30.0, 3.0), (-60.0, 5.0), (-150.0, 12.0), (600.0, 5.0)])
def test_quick_goods_are_found_once_and_soon(grams, noise, seed):
    shelf = PlateSimulator(3, 13.0, noise, seed)
    shelf.move(1, 8.0, grams)
    (event,) = events_of(weigh(shelf))
    assert [change.scale for change in event.changes] == [plate_id(1)]
    assert abs(event.delta - grams) < 4 * event.sigma
    assert seconds(shelf, event.begin) == pytest.approx(8.1, abs=0.3)
    assert seconds(shelf, event.stamp) < 8.3 + 1.0


@pytest.mark.parametrize("seed", range(4))
def test_a_press_before_a_pick_belongs_to_the_pick(seed):
    shelf = PlateSimulator(3, 14.0, noise=2.0, seed=seed, walking=False)
    shelf.move(1, 8.0, -600.0, press=60.0)
    (event,) = events_of(weigh(shelf))
    assert seconds(shelf, event.begin) == pytest.approx(8.0, abs=0.15)
    assert event.delta == pytest.approx(-600.0, abs=3.0)


@pytest.mark.parametrize("duration", [1.0, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_slow_pick_up_is_one_event(duration, seed):
    shelf = PlateSimulator(3, 20.0, noise=3.0, seed=seed)
    shelf.move(1, 9.0, -400.0, duration)
    (event,) = events_of(weigh(shelf))
    assert event.delta == pytest.approx(-400.0, abs=8.0)
    assert seconds(shelf, event.begin) == pytest.approx(9.0, abs=0.4)
    assert seconds(shelf, event.end) == pytest.approx(9.0 + duration, abs=0.4)


@pytest.mark.parametrize("offset", np.arange(0.0, 0.15, 0.03))
def test_two_picks_a_second_apart_are_two_events(offset):
    shelf = PlateSimulator(3, 14.0, noise=1.0, seed=2)
    shelf.move(1, 8.0 + offset, -300.0)
    shelf.move(1, 9.0 + offset, -300.0)
    first, second = events_of(weigh(shelf))
    assert first.delta == pytest.approx(-300.0, abs=3.0)
    assert second.delta == pytest.approx(-300.0, abs=3.0)


@pytest.mark.parametrize("seed", range(5))
def test_leaning_on_a_plate_is_no_event(seed):
    shelf = PlateSimulator(4, 26.0, noise=1.0, seed=seed)
    for lean in range(3):
        shelf.lean(int(shelf.random.integers(4)), 8.0 + 6 * lean, float(shelf.random.uniform(200, 3000)), 1.0 + lean)
    assert weigh(shelf) == []


@pytest.mark.parametrize("noise", [1.0, 5.0, 12.0])
def test_footsteps_are_no_event(noise):
    assert weigh(PlateSimulator(12, 60.0, noise, seed=7)) == []


def test_offsets_and_early_noise_are_no_event():
    shelf = PlateSimulator(20, 6.0, noise=12.0, seed=11)
    shelf.move(3, 0.5, -400.0)
    assert weigh(shelf) == []


def test_slow_drift_is_followed():
    shelf = PlateSimulator(3, 60.0, noise=1.0, seed=3)
    shelf.grams += 1.0 * shelf.time[:, np.newaxis]
    shelf.move(1, 50.0, -100.0)
    (event,) = events_of(weigh(shelf))
    assert event.delta == pytest.approx(-100.0, abs=5.0)


def test_goods_across_two_plates_are_one_event():
    shelf = PlateSimulator(5, 14.0, noise=1.0, seed=4)
    shelf.move(2, 8.0, -400.0)
    shelf.move(3, 8.05, -150.0)
    (event,) = events_of(weigh(shelf))
    assert [change.scale for change in event.changes] == [plate_id(2), plate_id(3)]
    assert event.delta == pytest.approx(-550.0, rel=0.04)
    assert event.delta == sum(change.delta for change in event.changes)
    assert event.event_id == f"{plate_id(2)}@{event.begin}"


@pytest.mark.parametrize(("other", "at"), [(4, 8.0), (4, 8.2), (3, 8.6)])
def test_two_people_at_different_plates_are_two_events(other, at):
    shelf = PlateSimulator(5, 14.0, noise=1.0, seed=4)
    shelf.move(2, 8.0, -200.0)
    shelf.move(other, at, -300.0)
    events = events_of(weigh(shelf))
    carriers = sorted([change.scale for change in event.changes] for event in events)
    assert carriers == [[plate_id(2)], [plate_id(other)]]


@pytest.mark.parametrize("grams", [-600.0, -2000.0, 3000.0])
def test_neighbours_that_move_through_the_frame_are_listed_and_are_no_events(grams):
    shelf = PlateSimulator(5, 16.0, noise=1.0, seed=6)
    shelf.move(2, 8.0, grams)
    (event,) = events_of(weigh(shelf))
    assert [change.scale for change in event.changes] == [plate_id(2)]
    assert [change.scale for change in event.cross_talk] == [plate_id(1), plate_id(3)]
    assert [change.delta for change in event.cross_talk] == pytest.approx([0.015 * grams] * 2, abs=1.5)


def test_a_light_pick_under_a_heavy_hand_is_an_event():
    shelf = PlateSimulator(3, 16.0, noise=1.0, seed=6)
    shelf.lean(1, 8.0, 2000.0, 1.5)
    shelf.move(1, 8.7, -30.0)
    (event,) = events_of(weigh(shelf))
    assert [change.scale for change in event.changes] == [plate_id(1)]
    assert event.delta == pytest.approx(-30.0, abs=2.0)


def test_errors_are_as_large_as_their_standard_errors_say():
    for noise in (1.0, 5.0, 12.0):
        scores = []
        for seed in range(4):
            shelf = PlateSimulator(4, 62.0, noise, seed)
            grams = [-float(shelf.random.uniform(150, 400)) for _ in range(9)]
            for move, delta in enumerate(grams):
                shelf.move(move % 4, 8.0 + 6 * move, delta)
            events = events_of(weigh(shelf))
            assert len(events) == len(grams)
            scores += [(event.delta - delta) / event.sigma for event, delta in zip(events, grams, strict=True)]
        assert 0.4 < np.sqrt(np.mean(np.square(scores))) < 1.3


@pytest.mark.parametrize("at", [8.0, 8.1, 8.6])
def test_what_comes_through_the_frame_from_a_neighbour_that_moves_too_is_in_the_standard_error(at):
    shelf = PlateSimulator(5, 16.0, noise=1.0, seed=6, walking=False)
    shelf.move(2, 8.0, -500.0)
    shelf.move(3, at, -1500.0)
    found = {change.scale: change for event in events_of(weigh(shelf)) for change in event.changes}
    assert abs(found[plate_id(2)].delta + 500.0) < 4 * found[plate_id(2)].sigma
    assert abs(found[plate_id(3)].delta + 1500.0) < 4 * found[plate_id(3)].sigma


def test_a_plate_dead_from_the_start_is_reported_once_and_disturbs_nobody():
    shelf = PlateSimulator(3, 14.0, noise=1.0, seed=8)
    shelf.move(1, 8.0, -100.0)
    shelf.grams[:, 2] = np.nan
    outputs = weigh(shelf)
    (fault,) = faults_of(outputs)
    assert (fault.fixture, fault.scale, fault.condition) == (FIXTURE, plate_id(2), ScaleCondition.SILENT)
    assert fault.since == shelf.stamp(0.0)
    assert 2.0 < seconds(shelf, fault.stamp) < 2.5
    assert len(events_of(outputs)) == 1


def test_a_change_in_a_short_outage_is_an_event_that_bridges_it():
    shelf = PlateSimulator(3, 16.0, noise=1.0, seed=8)
    shelf.move(1, 8.5, -100.0)
    shelf.grams[8 * 60 : round(9.5 * 60), 1] = np.nan
    (event,) = weigh(shelf)
    assert seconds(shelf, event.begin) == pytest.approx(8.0, abs=0.2)
    assert seconds(shelf, event.end) == pytest.approx(9.5, abs=0.2)
    assert event.delta == pytest.approx(-100.0, abs=2.0)


def test_a_change_in_a_long_outage_is_a_fault_and_no_event():
    shelf = PlateSimulator(3, 20.0, noise=1.0, seed=8)
    shelf.move(1, 9.0, -100.0)
    shelf.grams[8 * 60 : 12 * 60, 1] = np.nan
    shelf.move(1, 17.0, -50.0)
    silent, back, event = weigh(shelf)
    assert (silent.since, silent.scale, silent.condition) == (shelf.stamp(8.0), plate_id(1), ScaleCondition.SILENT)
    assert (back.scale, back.condition) == (plate_id(1), ScaleCondition.OK)
    assert seconds(shelf, back.since) == pytest.approx(12.0, abs=0.2)
    assert event.delta == pytest.approx(-50.0, abs=2.0)


def test_a_stuck_plate_is_reported_once_and_again_when_it_moves():
    shelf = PlateSimulator(2, 24.0, noise=1.0, seed=8)
    shelf.grams[4 * 60 : 16 * 60, 1] = shelf.grams[4 * 60, 1]
    outputs = weigh(shelf, settings=WeighingSettings(stuck_after=5.0))
    assert [(fault.scale, fault.condition) for fault in outputs] == [
        (plate_id(1), ScaleCondition.STUCK),
        (plate_id(1), ScaleCondition.OK),
    ]
    assert [seconds(shelf, fault.since) for fault in outputs] == pytest.approx([4.0, 16.0], abs=0.2)


def test_a_fixture_that_falls_silent_is_reported_by_the_clock_of_events():
    shelf = PlateSimulator(2, 6.0, noise=1.0, seed=9)
    stage = WeighingStage(shelf_store(2))
    assert [output for message in shelf.messages() for output in stage.process(message)] == []
    assert list(stage.advance(shelf.stamp(7.9))) == []
    faults = list(stage.advance(shelf.stamp(8.1)))
    assert [(f.since, f.scale, f.condition) for f in faults] == [
        (shelf.stamp(6.0), plate_id(p), ScaleCondition.SILENT) for p in range(2)
    ]
    assert list(stage.advance(shelf.stamp(60.0))) == []
    later = [replace(message, stamp=message.stamp + 100 * SECOND) for message in shelf.messages()]
    back = [output for message in later for output in stage.process(message)]
    assert [(fault.scale, fault.condition) for fault in back] == [(plate_id(p), ScaleCondition.OK) for p in range(2)]


def test_it_does_not_matter_when_the_clock_is_told():
    shelf = PlateSimulator(2, 16.0, noise=1.0, seed=9)
    messages = [m for m in shelf.messages() if not 6 < seconds(shelf, m.stamp) < 9]
    stage = WeighingStage(shelf_store(2))
    outputs = []
    for message in messages:
        outputs += stage.process(message)
        for later in (0.3, 1.0, 2.05, 2.2):
            if seconds(shelf, message.stamp) > 5.9 and message is not messages[-1]:
                following = messages[messages.index(message) + 1].stamp
                outputs += stage.advance(min(following, message.stamp + round(later * SECOND)))
    assert outputs == weigh(shelf, messages)
    assert len(outputs) == 4


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(3.0, 12.0), st.floats(0.1, 4.0), st.integers(0, 2)), max_size=3))
def test_nothing_is_told_with_a_stamp_from_before_what_was_reached(outages):
    """Who was promised that nothing earlier would come has dropped it, and doubts what everybody has taken."""
    shelf = PlateSimulator(3, 16.0, noise=1.0, seed=9)
    shelf.move(0, 8.0, -300.0)
    shelf.grams[9 * 60 : 12 * 60, 0] = np.nan
    boards = [
        replace(message, scales=message.scales[board], grams=message.grams[:, board])
        for message in shelf.messages()
        for board in (slice(0, 2), slice(2, 3))
        if not any(
            begin < seconds(shelf, message.stamp) < begin + lasts and which in (board.start, 1)
            for begin, lasts, which in outages
        )
    ]
    stage = WeighingStage(shelf_store(4))
    reached = 0
    for message in boards:
        assert all(output.stamp >= reached for output in stage.advance(message.stamp))
        reached = message.stamp
        assert all(output.stamp >= reached for output in stage.process(message))


def test_lost_messages_are_bridged():
    shelf = PlateSimulator(2, 14.0, noise=1.0, seed=9)
    shelf.move(0, 8.3, -100.0)
    kept = [m for m in shelf.messages() if not 8.0 < seconds(shelf, m.stamp) < 9.0]
    (event,) = weigh(shelf, kept)
    assert event.delta == pytest.approx(-100.0, abs=2.0)


def test_a_scale_that_was_never_heard_is_silent():
    shelf = PlateSimulator(2, 6.0, noise=1.0, seed=9)
    stage = WeighingStage(shelf_store(3))
    outputs = [output for message in shelf.messages() for output in stage.process(message)]
    assert outputs == [
        ScaleFault(shelf.stamp(2.0), FIXTURE, plate_id(2), ScaleCondition.SILENT, since=shelf.stamp(0.0))
    ]


def test_no_scale_is_silent_before_the_first_reading():
    shelf = PlateSimulator(2, 6.0, noise=1.0, seed=9)
    stage = WeighingStage(shelf_store(2))
    assert list(stage.advance(shelf.stamp(0.0) - 5 * SECOND)) == []  # what a merge knows when the graph starts
    assert [output for message in shelf.messages() for output in stage.process(message)] == []


def test_scales_that_the_store_does_not_have_are_ignored_and_named():
    shelf = PlateSimulator(3, 14.0, noise=1.0, seed=9)
    shelf.move(1, 8.0, -100.0)
    stage = WeighingStage(shelf_store(2))
    outputs = [output for message in shelf.messages() for output in stage.process(message)]
    outputs += stage.process(replace(shelf.messages()[0], stamp=shelf.stamp(14.0), fixture="F9"))
    assert len(events_of(outputs)) == len(outputs) == 1
    assert stage.unknown_scales == {f"{FIXTURE}/{plate_id(2)}"} | {f"F9/{plate_id(p)}" for p in range(3)}


def test_scales_of_one_fixture_may_come_in_several_messages():
    shelf = PlateSimulator(4, 14.0, noise=1.0, seed=4)
    shelf.move(1, 8.0, -400.0)
    shelf.move(2, 8.05, -150.0)
    split = [
        replace(message, scales=message.scales[part], grams=message.grams[:, part])
        for message in shelf.messages()
        for part in (slice(0, 2), slice(2, 4))
    ]
    (event,) = events_of(weigh(shelf, split))
    assert [change.scale for change in event.changes] == [plate_id(1), plate_id(2)]


def test_nothing_half_settled_is_reported_at_the_end():
    shelf = PlateSimulator(2, 8.45, noise=1.0, seed=9)
    shelf.move(0, 8.0, -100.0)
    assert weigh(shelf) == []


def test_memory_does_not_grow_with_the_stream():
    shelf = PlateSimulator(4, 60.0, noise=3.0, seed=10)
    for move in range(8):
        shelf.move(move % 4, 8.0 + 6 * move, -200.0)
    stage = WeighingStage(shelf_store(4))
    sizes = []
    for lap in range(3):
        for message in shelf.messages():
            for _ in stage.process(replace(message, stamp=message.stamp + 60 * lap * SECOND)):
                pass
        sizes.append(len(pickle.dumps(stage)))
    assert sizes[2] == pytest.approx(sizes[0], rel=0.02)


def test_a_gap_shorter_than_a_block_does_not_delay_a_later_change():
    shelf = PlateSimulator(2, 16.0, noise=1.0, seed=9)
    shelf.move(1, 9.0, -100.0)
    first = 7 * 60 // 9 * 9
    shelf.grams[first : first + 6, 1] = np.nan
    (event,) = weigh(shelf)
    assert seconds(shelf, event.begin) == pytest.approx(9.0, abs=0.2)
    assert seconds(shelf, event.stamp) < 9.3 + 1.0


def test_a_fixture_gives_the_same_beside_others_as_alone():
    shelf, other = PlateSimulator(3, 20.0, noise=3.0, seed=4), PlateSimulator(3, 20.0, noise=3.0, seed=5)
    shelf.move(1, 9.0, -200.0)
    other.move(0, 8.0, -300.0)
    (fixture,) = shelf_store(3).fixtures
    beside = fixture.model_copy(update={"id": "F2"})
    both = shelf_store(3).model_copy(update={"fixtures": (fixture, beside)})
    late = [replace(m, fixture="F2", stamp=m.stamp + SECOND // 7) for m in other.messages(batch=5)]
    lost = [m for m in late if not 11 < seconds(other, m.stamp) < 15]
    stage = WeighingStage(both)
    messages = sorted([*shelf.messages(), *lost], key=lambda message: message.stamp)
    outputs = [output for message in messages for output in stage.process(message)] + list(stage.finish())
    assert [output for output in outputs if output.fixture == FIXTURE] == weigh(shelf)
    assert len(faults_of(outputs)) == 6
