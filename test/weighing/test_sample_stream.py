"""How messages become blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.observations import ScaleSamples
from storegraph.units import NANOSECONDS as SECOND
from storegraph.weighing.model import DEFAULTS
from storegraph.weighing.stream import SampleStream, samples_per_block

RATE = 60.0


def message(first: int, readings: list[float]) -> ScaleSamples:
    """Readings of one scale from a sample of the stream on."""
    grams = np.array(readings, np.float32)[:, np.newaxis]
    return ScaleSamples(round(first * SECOND / RATE), "F", RATE, ("S",), grams)


def drain(stream: SampleStream) -> tuple[list[int], list[float]]:
    """Times and readings of all complete blocks."""
    blocks = list(stream.blocks)
    stream.blocks.clear()
    return [int(t) for b in blocks for t in b.times], [float(g) for b in blocks for g in b.grams[:, 0]]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_blocks_hold_the_samples_in_order_with_their_times(lengths):
    stream = SampleStream(1, None, RATE, 0, DEFAULTS)
    first = 0
    for length in lengths:
        stream.append(message(first, [float(first + k) for k in range(length)]))
        first += length
    times, grams = drain(stream)
    whole = first // 9 * 9
    assert times == [round(k * SECOND / RATE) for k in range(whole)]
    assert grams == [float(k) for k in range(whole)]


def test_a_gap_is_filled_with_missing_readings():
    stream = SampleStream(1, None, RATE, 0, DEFAULTS)
    stream.append(message(0, [1.0] * 9))
    stream.append(message(18, [2.0] * 9))
    _, grams = drain(stream)
    assert grams[:9] == [1.0] * 9
    assert np.isnan(grams[9:18]).all()
    assert grams[18:] == [2.0] * 9


def test_a_stamp_that_jitters_leaves_no_gap():
    stream = SampleStream(1, None, RATE, 0, DEFAULTS)
    stream.append(message(0, [1.0] * 9))
    stream.append(message(10, [2.0] * 9))
    assert drain(stream)[1] == [1.0] * 9 + [2.0] * 9


def test_what_a_message_repeats_is_left_out():
    stream = SampleStream(1, None, RATE, 0, DEFAULTS)
    stream.append(message(0, [1.0] * 18))
    stream.append(message(9, [2.0] * 18))
    stream.append(message(0, [3.0] * 9))
    times, grams = drain(stream)
    assert grams == [1.0] * 18 + [2.0] * 9
    assert times == sorted(times)


def test_silence_fills_no_more_than_it_takes_to_see_it():
    stream = SampleStream(1, None, RATE, 0, DEFAULTS)
    stream.append(message(0, [1.0] * 9))
    stream.fall_silent()
    stream.fall_silent()
    missing = np.isnan(drain(stream)[1]).sum()
    assert DEFAULTS.silent_after * RATE < missing < (DEFAULTS.silent_after + 2 * DEFAULTS.block) * RATE
    stream.append(message(10**6, [2.0] * 18))
    assert not stream.silent
    assert np.isnan(drain(stream)[1]).sum() <= 9


@pytest.mark.parametrize(("rate", "samples"), [(10.0, 4), (60.0, 9), (1000.0, 150)])
def test_a_block_is_as_long_as_set_or_four_samples(rate, samples):
    assert samples_per_block(rate, DEFAULTS) == samples
