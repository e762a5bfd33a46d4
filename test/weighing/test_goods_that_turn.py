"""Goods that come and go, or go and come back, before their scale has settled between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plate_simulator import PlateSimulator, plate_id
from weighed_shelf import events_of, seconds, weigh

from storegraph.weighing.turns import turn

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_put_down_and_taken_within_a_second_is_two_events(seed):
    shelf = PlateSimulator(3, 16.0, noise=1.0, seed=seed, walking=False)
    shelf.move(1, 8.0, 1000.0)
    shelf.move(1, 8.9, -990.0)
    came, went = events_of(weigh(shelf))
    assert abs(came.delta - 1000.0) < 4 * came.sigma
    assert abs(went.delta + 990.0) < 4 * went.sigma
    assert seconds(shelf, came.begin) == pytest.approx(8.0, abs=0.1)
    assert seconds(shelf, went.begin) == pytest.approx(8.9, abs=0.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_and_replaced_at_once_is_two_events(seed):
    shelf = PlateSimulator(3, 16.0, noise=1.0, seed=seed, walking=False)
    away = np.interp(shelf.time, [8.0, 8.1, 8.35, 8.45], [0.0, 1.0, 1.0, 0.0])
    shelf.grams[:, 1] += np.where(shelf.time < 8.35, -500.0 * away, 5.0 - 505.0 * away)
    went, came = events_of(weigh(shelf))
    assert abs(went.delta + 500.0) < 4 * went.sigma
    assert abs(came.delta - 505.0) < 4 * came.sigma
    assert went.end <= came.begin


def test_what_turns_beside_a_heavy_movement_is_no_cross_talk():
    shelf = PlateSimulator(5, 16.0, noise=1.0, seed=1, walking=False)
    shelf.move(1, 8.0, 1000.0)
    shelf.move(1, 8.9, -985.0)
    shelf.move(3, 9.3, -600.0)
    moved = [(event.changes[0].scale, round(event.delta, -1)) for event in events_of(weigh(shelf))]
    assert sorted(moved) == [(plate_id(1), -980.0), (plate_id(1), 1000.0), (plate_id(3), -600.0)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hand_that_presses_for_a_second_does_not_turn_anything(seed):
    shelf = PlateSimulator(3, 30.0, noise=1.0, seed=seed, walking=False)
    for number, force in enumerate((100.0, 500.0, 1000.0, 3000.0)):
        shelf.lean(1, 8.0 + 5 * number, force, 1.2)
    assert weigh(shelf) == []


@given(st.floats(20.0, 3000.0), st.floats(0.0, 1.0))
def test_a_force_that_wanders_once_in_a_second_is_no_goods(force, phase):
    time = np.arange(120) / 60.0
    wandering = 1.0 + 0.017 * np.sqrt(2) * np.sin(2 * np.pi * (time + phase))
    readings = force * wandering * np.clip(10 * np.minimum(time, 2.0 - time), 0.0, 1.0)
    assert turn(readings, (0.0, 0.0), least=15.0, band=1.0, tremor=0.01, rate=60.0) is None


@given(st.floats(-2000.0, 2000.0), st.floats(-2000.0, 2000.0), st.floats(-2000.0, 2000.0))
def test_a_turn_lies_beyond_both_levels(before, between, after):
    readings = np.repeat([before, between, after], 30)
    found = turn(readings, (before, after), least=20.0, band=1.0, tremor=0.01, rate=60.0)
    assert (found is not None) == (between >= max(before, after) + 20.0 or between <= min(before, after) - 20.0)
    assert found is None or (found.level == pytest.approx(between) and 29 <= found.first <= found.last <= 60)
