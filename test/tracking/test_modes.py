"""Hands that rest or reach: the interacting multiple model of many joints at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import SECOND, START, STORE, USUAL, Cameras, strollers

from storegraph.observations import COCO_17
from storegraph.tracking.filtering import Motion, predict, update
from storegraph.tracking.modes import MODES, RESTING, Modes, combine, mixture, switching
from storegraph.tracking.skeleton import Skeleton
from storegraph.tracking.tracker import MultiViewTracker

PEOPLE, JOINTS = 2, 3
SPEED, MEMORY = np.tile([0.1, 1.0], (JOINTS, 1)), np.full((JOINTS, 1), 0.3)


def states(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Random means and covariances of joints."""
    root = random.normal(0.0, 0.3, (PEOPLE, JOINTS, 6, 6))
    covariance = root @ np.swapaxes(root, -1, -2) + 1e-3 * np.eye(6)
    return random.normal(0.0, 1.0, (PEOPLE, JOINTS, 6)), covariance


State = tuple[np.ndarray, np.ndarray, Modes]
"""Mean and covariance of the mixture, and the modes."""


def predicted(mean: np.ndarray, modes: Modes, step: Motion, seconds: float) -> State:
    """The joints a step later, step [K, M]; all filters of a person side by side."""
    probability, start, spread = modes.interact(mean, seconds)
    return combine(probability, *predict(start, spread, step))


def measured(mean: np.ndarray, modes: Modes, information: np.ndarray, vector: np.ndarray) -> State:
    """The joints after they have been seen."""
    own, evidence = modes.expecting(information, vector)
    told = information[:, :, None].repeat(MODES, axis=2)
    moved, spread, gained = update(mean[:, :, None] + modes.deviation, modes.covariance, told, own)
    return combine(modes.weighed(evidence + gained), moved, spread)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), seconds=st.floats(0.01, 0.5))
def test_hands_that_rest_or_reach_are_those_of_filterpy(seed: int, seconds: float):
    kalman = pytest.importorskip("filterpy.kalman")
    random = np.random.default_rng(seed)
    mean, covariance = states(random)
    step, modes = Motion.of(seconds, SPEED, MEMORY), Modes.alike(covariance)
    person, joint = PEOPLE - 1, JOINTS - 1
    filters = []
    for mode in range(2):
        single = kalman.KalmanFilter(dim_x=6, dim_z=2)
        single.x, single.P = mean[person, joint], covariance[person, joint]
        glide, damping = step.glide[joint, 0], step.damping[joint, 0]
        single.F = np.kron([[1.0, glide], [0.0, damping]], np.eye(3))
        noise = step.position[joint, mode], step.mixed[joint, mode], step.velocity[joint, mode]
        single.Q = np.kron([[noise[0], noise[1]], [noise[1], noise[2]]], np.eye(3))
        filters.append(single)
    both = kalman.IMMEstimator(filters, modes.probability[person, joint], switching(seconds))
    for _ in range(4):
        mean, covariance, modes = predicted(mean, modes, step, seconds)
        both.predict()
        for mode, single in enumerate(filters):
            expected = mean[person, joint] + modes.deviation[person, joint, mode]
            np.testing.assert_allclose(expected, single.x, rtol=1e-6, atol=1e-7)
            np.testing.assert_allclose(modes.covariance[person, joint, mode], single.P, rtol=1e-6, atol=1e-7)
        derivatives = random.normal(0.0, 10.0, (PEOPLE, JOINTS, 2, 3))
        innovation, noise = random.normal(0.0, 5.0, (PEOPLE, JOINTS, 2)), random.uniform(1.0, 50.0, (PEOPLE, JOINTS))
        observed = np.hstack((derivatives[person, joint], np.zeros((2, 3))))
        seen = observed @ mean[person, joint] + innovation[person, joint]
        for single in filters:
            single.H, single.R = observed, noise[person, joint] * np.eye(2)
        both.update(seen)
        weighted = np.swapaxes(derivatives, -1, -2) / noise[..., None, None]
        vector = (weighted @ innovation[..., None])[..., 0]
        mean, covariance, modes = measured(mean, modes, weighted @ derivatives, vector)
        np.testing.assert_allclose(modes.probability[person, joint], both.mu, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(mean[person, joint], both.x, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(covariance[person, joint], both.P, rtol=1e-6, atol=1e-7)


@given(first=st.floats(0.0, 10.0), second=st.floats(0.0, 10.0))
def test_what_a_hand_does_after_two_steps_is_what_it_does_after_one_of_both_times(first: float, second: float):
    np.testing.assert_allclose(switching(first) @ switching(second), switching(first + second), atol=1e-12)
    np.testing.assert_allclose(switching(first).sum(axis=1), 1.0)


def followed(speeds: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Whether a hand rests and how far it is from where it was, of one that lies for 3 s and then moves at 1 m/s.

    It is seen 40 times a second, to 5 cm along each axis.

    Args:
        speeds: Of its velocity, in each of the modes.
    """
    random, sigma, rate = np.random.default_rng(1), 0.05, 40
    step = Motion.of(1 / rate, np.array([speeds]), np.array([[0.25]]))
    mean, modes = np.zeros((1, 1, 6)), Modes.alike(np.eye(6)[None, None] * 0.1)
    rests, errors = [], []
    for number in range(4 * rate):
        truth = np.array([max(number / rate - 3.0, 0.0), 0.0, 0.0])
        mean, _, modes = predicted(mean, modes, step, 1 / rate)
        innovation = truth + random.normal(0.0, sigma, 3) - mean[0, 0, :3]
        mean, _, modes = measured(mean, modes, np.eye(3)[None, None] / sigma**2, innovation[None, None] / sigma**2)
        rests.append(float(modes.probability[0, 0, 0]))
        errors.append(float(np.linalg.norm(mean[0, 0, :3] - truth)))
    return np.array(rests).reshape(4, rate), np.array(errors).reshape(4, rate)


def test_a_hand_that_lies_still_is_known_better_and_one_that_reaches_is_followed_no_worse():
    rests, errors = followed([RESTING, 0.8])
    _, always_reaching = followed([0.8, 0.8])
    _, always_resting = followed([RESTING, RESTING])
    assert rests[1:3].mean() > 0.7
    assert rests[3].min() < 0.1
    assert errors[1:3].mean() < 0.8 * always_reaching[1:3].mean()
    assert errors[3].mean() < 1.1 * always_reaching[3].mean() < 0.5 * always_resting[3].mean()


def test_a_wrist_is_always_the_mixture_of_its_modes():
    # Somebody is lost for a while, and sides are exchanged: what changes a wrist changes its modes.
    world = Cameras(strollers(3, 4.0, seed=1), USUAL, seed=1)
    tracker, hands = MultiViewTracker(STORE.cameras), Skeleton.of(COCO_17).hands
    for number in range(60):
        moment = number / 15
        blind = 2.0 < moment < 3.0
        pictures = {
            camera.id: np.zeros((0, 17, 3)) if blind else world.see(camera.id, moment) for camera in STORE.cameras
        }
        tracker.update(START + number * SECOND // 15, pictures)
        figures = tracker._figures
        if number == 20:
            figures._swapped[0] = 1.0
        middle, spread = mixture(figures.hands.probability, figures.hands.deviation, figures.hands.covariance)
        np.testing.assert_allclose(middle, 0.0, atol=1e-9)
        np.testing.assert_allclose(spread, figures.covariance[:, hands], rtol=1e-6, atol=1e-9)
    assert len(tracker.shoppers().shoppers) == 3
