"""How begin, middle and end of a change are found."""

from __future__ import annotations

import numpy as np
import pytest

from storegraph.weighing.changes import course, first_rest, last_rest, running_median

RATE = 60.0


def ramp(before: float, after: float, begin: int, length: int, total: int = 240, noise: float = 0.0) -> np.ndarray:
    """Readings that go evenly from one level to another."""
    random = np.random.default_rng(1)
    return np.interp(np.arange(total), [begin, begin + length], [before, after]) + random.normal(0, noise, total)


@pytest.mark.parametrize("length", [1, 12, 60])
@pytest.mark.parametrize("after", [-100.0, 700.0])
def test_a_change_begins_where_it_leaves_and_ends_where_it_rests(length, after):
    found = course(ramp(100.0, after, 90, length, noise=0.5), 100.0, after, 2.0, RATE)
    assert found.begin == pytest.approx(90, abs=3)
    assert found.end == pytest.approx(90 + length, abs=3)
    assert found.middle == pytest.approx(90 + length / 2, abs=3)


def test_passing_through_the_level_is_not_resting_on_it():
    readings = ramp(0.0, -600.0, 120, 6)
    readings[90:119] += 60.0 * np.sin(np.pi * np.arange(29) / 29)
    assert course(readings, 0.0, -600.0, 4.0, RATE).begin == pytest.approx(91, abs=4)


def test_noise_hardly_moves_the_middle():
    for length in (1, 30):
        found = course(ramp(0.0, 30.0, 100, length, noise=5.0), 0.0, 30.0, 10.0, RATE)
        assert found.middle == pytest.approx(100 + length / 2, abs=8)


def test_a_change_that_began_before_the_readings_has_no_begin():
    assert course(np.full(100, 5.0), 0.0, 5.0, 1.0, RATE).begin is None


def test_rests_are_stretches_not_moments():
    readings = np.array([0.0, 0.0, 0.0, 9.0, 0.0, 9.0, 5.0, 5.0, 5.0, 0.0])
    assert last_rest(readings, 0.0, 1.0, 3) == 2
    assert first_rest(readings, 5.0, 1.0, 3) == 6
    assert first_rest(readings, 5.0, 1.0, 4) is None
    assert last_rest(readings, 7.0, 0.5, 1) is None


def test_the_running_median_keeps_steps_and_takes_out_spikes():
    step = np.repeat([0.0, 100.0], 20)
    spiked = step.copy()
    spiked[[5, 6, 30]] = 999.0
    assert np.array_equal(running_median(spiked), step)
