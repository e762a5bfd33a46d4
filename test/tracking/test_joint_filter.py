"""The filters of many joints at once are the Kalman filter that everybody knows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.tracking.filtering import Motion, predict, step, update

JOINTS = 5


def states(random: np.random.Generator, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Random means and covariances of joints."""
    root = random.normal(0.0, 0.3, (*shape, 6, 6))
    return random.normal(0.0, 1.0, (*shape, 6)), root @ np.swapaxes(root, -1, -2) + 1e-3 * np.eye(6)


def information(jacobian: np.ndarray, innovation: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What one picture tells of some joints."""
    weighted = np.swapaxes(jacobian, -1, -2) / noise[:, None, None]
    return weighted @ jacobian, (weighted @ innovation[..., None])[..., 0]


def motion(random: np.random.Generator, seconds: float) -> Motion:
    return Motion.of(seconds, random.uniform(0.5, 3.0, JOINTS), random.uniform(0.2, 2.0, JOINTS))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), seconds=st.floats(0.001, 2.0))
def test_predicting_and_measuring_are_those_of_filterpy(seed: int, seconds: float):
    kalman = pytest.importorskip("filterpy.kalman")
    random = np.random.default_rng(seed)
    mean, covariance = states(random, 2, JOINTS)
    times = motion(random, seconds)
    jacobian, innovation = random.normal(0.0, 100.0, (JOINTS, 2, 3)), random.normal(0.0, 5.0, (JOINTS, 2))
    noise = random.uniform(1.0, 50.0, JOINTS)
    moved, spread = predict(mean, covariance, times)
    told = information(jacobian, innovation, noise)
    seen, sure, evidence = update(moved[1], spread[1], *told)
    np.testing.assert_allclose(step(spread[1, :, :3, :3], *told), (seen - moved[1])[:, :3], rtol=1e-6, atol=1e-9)
    for joint in range(JOINTS):
        single = kalman.KalmanFilter(dim_x=6, dim_z=2)
        single.x, single.P = mean[1, joint], covariance[1, joint]
        single.F = np.kron([[1.0, times.glide[joint]], [0.0, times.damping[joint]]], np.eye(3))
        rows = [[times.position[joint], times.mixed[joint]], [times.mixed[joint], times.velocity[joint]]]
        single.Q = np.kron(rows, np.eye(3))
        single.predict()
        np.testing.assert_allclose(moved[1, joint], single.x, atol=1e-12)
        np.testing.assert_allclose(spread[1, joint], single.P, atol=1e-12)
        observed = np.hstack((jacobian[joint], np.zeros((2, 3))))
        single.update(observed @ single.x + innovation[joint], R=noise[joint] * np.eye(2), H=observed)
        if_known = -(innovation[joint] @ innovation[joint]) / noise[joint] / 2 - np.log(2 * np.pi * noise[joint])
        np.testing.assert_allclose(evidence[joint], single.log_likelihood - if_known, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(seen[joint], single.x, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(sure[joint], single.P, rtol=1e-6, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), first=st.floats(0.001, 1.0), second=st.floats(0.001, 1.0))
def test_two_steps_are_one_step_of_both_times(seed: int, first: float, second: float):
    random = np.random.default_rng(seed)
    mean, covariance = states(random, JOINTS)
    speed, memory = random.uniform(0.5, 3.0, JOINTS), random.uniform(0.2, 2.0, JOINTS)
    halfway = predict(mean, covariance, Motion.of(first, speed, memory))
    twice = predict(*halfway, Motion.of(second, speed, memory))
    once = predict(mean, covariance, Motion.of(first + second, speed, memory))
    np.testing.assert_allclose(twice[0], once[0], atol=1e-9)
    np.testing.assert_allclose(twice[1], once[1], atol=1e-9)


def test_a_joint_that_is_not_measured_comes_to_a_halt_and_its_speed_stays_within_what_people_do():
    mean, covariance = np.array([[0.0, 0, 0, 1.5, 0, 0]]), np.eye(6)[None] * 0.01
    moved, spread = predict(mean, covariance, Motion.of(60.0, np.array([1.0]), np.array([1.0])))
    np.testing.assert_allclose(moved[0], [1.5, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(np.diag(spread[0, 3:, 3:]), 1.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_measuring_never_makes_a_joint_less_certain_and_keeps_a_covariance_one(seed: int):
    random = np.random.default_rng(seed)
    mean, covariance = states(random, JOINTS)
    told = information(random.normal(0.0, 100.0, (JOINTS, 2, 3)), np.zeros((JOINTS, 2)), np.full(JOINTS, 4.0))
    _, sure, _ = update(mean, covariance, *told)
    np.testing.assert_array_equal(sure, np.swapaxes(sure, -1, -2))
    assert np.linalg.eigvalsh(sure).min() > -1e-9
    assert np.linalg.eigvalsh(covariance - sure).min() > -1e-9
