"""Bodies as a whole: what joints that nobody sees do beside those that somebody does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import LEFT_WRIST, SECOND, TRUNK, Walker

from storegraph.observations import COCO_17
from storegraph.tracking.figures import Figures
from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.skeleton import Skeleton


def somebody(velocity: np.ndarray) -> Figures:
    """One person at the moment 0, whose joints have these velocities, shape [17, 3] or [3]."""
    figures = Figures(Skeleton.of(COCO_17), DEFAULTS)
    joints = Walker.to((1.0, 1.0), (4.0, 1.0)).joints(0.0)
    figures.add(joints, np.tile(1e-3 * np.eye(3), (17, 1, 1)), np.ones(17))
    figures.mean[0, :, 3:] = velocity
    return figures


def test_arms_and_legs_go_with_the_trunk_of_somebody_whom_nobody_sees():
    figures = somebody(np.array([1.0, 0.5, 0.0]))
    before = figures.positions[0].copy()
    for step in range(10):
        figures.predict((step + 1) * SECOND // 5)
    moved = figures.positions[0] - before
    np.testing.assert_allclose(moved, np.tile(moved[TRUNK[0]], (17, 1)), atol=1e-9)
    assert moved[0, 0] > 0.7


def test_a_hand_that_moves_by_itself_halts_while_the_body_walks_on():
    velocity = np.tile([1.0, 0.0, 0.0], (17, 1))
    velocity[LEFT_WRIST] += [0.0, 2.0, 0.0]
    figures = somebody(velocity)
    before = figures.positions[0].copy()
    figures.predict(2 * SECOND)
    moved = figures.positions[0] - before
    np.testing.assert_allclose(moved[LEFT_WRIST, 0], moved[TRUNK[0], 0])
    assert 0.3 < moved[LEFT_WRIST, 1] < 0.6
    assert abs(figures.mean[0, LEFT_WRIST, 4]) < 0.01 < figures.mean[0, LEFT_WRIST, 3]


def test_a_trunk_whose_joints_move_apart_keeps_its_shape_while_nobody_sees_it():
    velocity = np.tile([1.0, 0.0, 0.0], (17, 1))
    velocity[TRUNK[0]] += [0.0, 0.4, 0.0]
    velocity[TRUNK[1]] -= [0.0, 0.4, 0.0]
    figures = somebody(velocity)
    before = figures.positions[0, TRUNK].copy()
    figures.predict(SECOND)
    moved = figures.positions[0, TRUNK] - before
    np.testing.assert_allclose(moved[:, 0], moved[0, 0])
    assert moved[0, 0] > 0.5
    # In the beginning they do move as they did: a turn of the shoulders is no error.
    assert 0.04 < moved[0, 1] < 0.09


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), first=st.floats(0.01, 2.0), second=st.floats(0.01, 2.0))
def test_a_body_is_in_the_same_place_after_two_steps_as_after_one_of_both_times(seed: int, first: float, second: float):
    velocity = np.random.default_rng(seed).normal(0.0, 1.0, (17, 3))
    halfway, there = round(first * SECOND), round((first + second) * SECOND)
    twice, once = somebody(velocity), somebody(velocity)
    twice.predict(halfway)
    twice.predict(there)
    once.predict(there)
    np.testing.assert_allclose(twice.mean, once.mean, atol=1e-9)
    np.testing.assert_allclose(twice.covariance, once.covariance, atol=1e-9)
