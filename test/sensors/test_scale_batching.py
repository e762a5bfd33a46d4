"""Samples become messages: none is lost, none is made up, and their times stay right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storegraph.sensors.scales.batching import Batching, columns_of
from storegraph.sensors.scales.progress import Progress
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SECOND = 1_000_000_000


def test_the_scales_of_a_device_are_those_of_their_fixtures_in_the_order_of_the_store():
    assert columns_of({"F1.1.2", "G1.2.1", "G1.1.3"}, STORE) == {"G1": ("G1.1.3", "G1.2.1"), "F1": ("F1.1.2",)}


def test_a_full_batch_is_one_message_for_each_fixture():
    batching = Batching({"G1": ("a", "b"), "F1": ("c",)}, rate=10.0, samples=2)
    assert list(batching.add(0, SECOND, np.array([1, 2, 3], np.float32))) == []
    one, other = batching.add(1, SECOND * 11 // 10, np.array([4, 5, 6], np.float32))
    assert (one.stamp, one.fixture, one.rate, one.scales) == (SECOND, "G1", 10.0, ("a", "b"))
    assert (one.grams.tolist(), other.grams.tolist()) == ([[1, 2], [4, 5]], [[3], [6]])
    assert (other.stamp, other.fixture, other.scales) == (SECOND, "F1", ("c",))


def test_a_batch_whose_first_sample_is_missing_is_stamped_with_the_time_it_would_have_had():
    batching = Batching({"G1": ("a",)}, rate=10.0, samples=3)
    assert list(batching.add(1, SECOND, np.array([1], np.float32))) == []
    (message,) = batching.add(2, SECOND * 11 // 10, np.array([2], np.float32))
    assert message.stamp == SECOND * 9 // 10
    assert np.array_equal(message.grams, [[np.nan], [1], [2]], equal_nan=True)


@given(places=st.lists(st.integers(0, 200), min_size=1, unique=True).map(sorted), samples=st.integers(1, 12))
def test_every_sample_is_given_once_at_its_time_and_the_others_are_nan(places: list[int], samples: int):
    rate = 20.0
    batching = Batching({"G1": ("a",)}, rate, samples)
    messages = []
    for place in [*places, places[-1] + 2 * samples]:  # the last one only ends the batch before it
        messages += batching.add(place, SECOND + place * SECOND // 20, np.array([place], np.float32))
    given_at = {}
    for message in messages:
        assert message.grams.shape == (samples, 1)
        for row, (grams,) in enumerate(message.grams.tolist()):
            if not np.isnan(grams):
                given_at[int(grams)] = message.stamp + row * SECOND // 20
    given_at.pop(places[-1] + 2 * samples, None)
    assert given_at == {place: SECOND + place * SECOND // 20 for place in places}
    stamps = [message.stamp for message in messages]
    assert stamps == sorted(set(stamps))


@given(
    late=st.lists(st.floats(0, 0.49), min_size=40, max_size=40),
    samples=st.integers(1, 8),
    missing=st.sets(st.integers(0, 39)),
)
def test_a_promise_is_never_broken_by_samples_that_were_taken_late(late: list[float], samples: int, missing: set[int]):
    batching, progress = Batching({"G1": ("a",)}, 20.0, samples), Progress()
    for place in sorted(set(range(40)) - missing):
        taken = SECOND + round((place + late[place]) * SECOND / 20)
        for message in batching.add(place, taken, np.zeros(1, np.float32)):
            assert progress.takes(message)
            assert progress.after(message).watermark >= message.stamp
    assert progress.late == 0


def test_after_the_clock_was_set_back_messages_are_left_out_until_it_is_where_it_was_and_told_as_lost():
    batching, progress = Batching({"G1": ("a",)}, 10.0, 1), Progress()
    stamps = [10 * SECOND, 5 * SECOND, 9 * SECOND, 11 * SECOND]
    messages = [
        message for place, stamp in enumerate(stamps) for message in batching.add(place, stamp, np.zeros(1, np.float32))
    ]
    given_out, losses = [], []
    for message in messages:
        if progress.takes(message):
            given_out.append(message.stamp)
            losses.append(progress.after(message).losses)
    assert given_out == [10 * SECOND, 11 * SECOND]
    assert losses == [0, 2]
