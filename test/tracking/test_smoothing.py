"""Joints are where the pictures shortly afterwards show them to have been."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_tracking_stage import WALKERS, bytes_of, run, seen
from walkers import LEFT_WRIST, RIGHT_WRIST, SECOND, START, STORE

from storegraph.observations import COCO_17, Shoppers
from storegraph.tracking.filtering import Motion, predict, update
from storegraph.tracking.model import TrackingSettings
from storegraph.tracking.skeleton import Skeleton
from storegraph.tracking.smoothing import TRUSTED, FixedLag, Step
from storegraph.tracking.stage import TrackingStage

SKELETON = Skeleton.of(COCO_17)
PERIOD = 40_000_000
LAG = SECOND // 5


def steps(random: np.random.Generator, count: int, people: tuple[str, ...] = ("a", "b")) -> list[Step]:
    """What filters do that see all joints of some people in one random direction more than in others."""
    size = len(people), len(COCO_17)
    root = random.normal(0.0, 0.3, (*size, 6, 6))
    mean, covariance = random.normal(0.0, 1.0, (*size, 6)), root @ np.swapaxes(root, -1, -2) + 1e-3 * np.eye(6)
    motion, done = Motion.of(PERIOD / SECOND, SKELETON.speed, SKELETON.memory), []
    for number in range(count):
        expected = predict(mean, covariance, motion)
        seen_from = random.normal(0.0, 10.0, (*size, 2, 3))
        information = np.swapaxes(seen_from, -1, -2) @ seen_from
        mean, covariance, _ = update(*expected, information, random.normal(0.0, 5.0, (*size, 3)))
        known = np.ones(size, dtype=np.bool_)
        done.append(Step(START + number * PERIOD, expected, people, mean, covariance, known))
    return done


def noted(lag: int, done: list[Step]) -> FixedLag:
    smoother = FixedLag(lag, SKELETON)
    for step in done:
        smoother.note(step)
    return smoother


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), joint=st.integers(0, 16))
def test_going_back_is_the_smoother_of_filterpy(seed: int, joint: int):
    kalman = pytest.importorskip("filterpy.kalman")
    done = steps(np.random.default_rng(seed), 6)
    motion = Motion.of(PERIOD / SECOND, SKELETON.speed, SKELETON.memory)
    single = kalman.KalmanFilter(dim_x=6, dim_z=2)
    forward = np.kron([[1.0, motion.glide[joint]], [0.0, motion.damping[joint]]], np.eye(3))
    noise = [[motion.position[joint], motion.mixed[joint]], [motion.mixed[joint], motion.velocity[joint]]]
    means, spreads = (
        np.array([each[1, joint] for each in kind])
        for kind in zip(*((d.mean, d.covariance) for d in done), strict=True)
    )
    smooth, sure, *_ = single.rts_smoother(means, spreads, [forward] * 6, [np.kron(noise, np.eye(3))] * 6)
    positions, covariance = noted(SECOND, done).smoothed(START)["b"]
    np.testing.assert_allclose(positions[joint], smooth[0, :3], rtol=1e-5, atol=1e-7)
    given_out = (1 - TRUSTED) * spreads[0, :3, :3] + TRUSTED * sure[0, :3, :3]
    np.testing.assert_allclose(covariance[joint], given_out, rtol=1e-5, atol=1e-9)


def test_what_is_seen_later_than_the_lag_changes_nothing():
    done = steps(np.random.default_rng(1), 9)
    soon = noted(4 * PERIOD, done[:5]).smoothed(START)
    late = noted(4 * PERIOD, done).smoothed(START)
    np.testing.assert_array_equal(soon["a"][0], late["a"][0])
    assert np.abs(soon["a"][0] - done[0].mean[0, :, :3]).max() > 1e-3


def test_people_are_found_by_their_ids_and_whoever_is_gone_or_unknown_stays_as_they_were():
    first, second = steps(np.random.default_rng(2), 2)
    known = second.known[:1].copy()
    known[0, RIGHT_WRIST] = False
    only_b = Step(second.stamp, second.expected, ("b",), second.mean[1:], second.covariance[1:], known)
    both = noted(LAG, [first, second]).smoothed(START)
    found = noted(LAG, [first, only_b]).smoothed(START)
    np.testing.assert_array_equal(found["a"][0], first.mean[0, :, :3])
    np.testing.assert_array_equal(found["b"][0][LEFT_WRIST], both["b"][0][LEFT_WRIST])
    np.testing.assert_array_equal(found["b"][0][RIGHT_WRIST], first.mean[1, RIGHT_WRIST, :3])


def test_of_a_moment_without_a_step_or_long_past_nothing_is_told():
    smoother = noted(PERIOD, steps(np.random.default_rng(3), 9))
    assert smoother.smoothed(START + 1) == {}
    assert smoother.smoothed(START) == {}
    assert set(smoother.smoothed(START + 8 * PERIOD)) == {"a", "b"}


def errors(snapshots: list[Shoppers]) -> np.ndarray:
    """How far known wrists are from the truth of the walker who is nearer, metres."""
    apart = []
    for snapshot in snapshots:
        truth = np.array([walker.joints((snapshot.stamp - START) / SECOND) for walker in WALKERS])
        for shopper in snapshot.shoppers:
            far = np.linalg.norm(shopper.positions - truth, axis=2)
            nearer = far[np.nanmean(far, axis=1).argmin()]
            apart += nearer[[LEFT_WRIST, RIGHT_WRIST]].tolist()
    return np.array(apart)


def test_snapshots_of_the_same_moments_and_people_come_later_and_are_nearer_to_the_truth():
    observations = seen(3.0, together=False)
    at_once = run(TrackingStage(STORE, TrackingSettings(lag=0)), observations)
    stage, later, latest = TrackingStage(STORE, TrackingSettings(lag=LAG)), [], 0
    for observation in observations:
        given = [each for each in stage.process(observation) if isinstance(each, Shoppers)]
        assert all(observation.stamp - stage.delay > each.stamp for each in given)
        latest = max([latest, *(observation.stamp - each.stamp for each in given)])
        later += given
    assert latest < stage.delay + SECOND // 10
    later += [each for each in stage.finish() if isinstance(each, Shoppers)]

    def whom(snapshots: list[Shoppers]) -> list[object]:
        return [
            (each.stamp, one.shopper_id, one.state, np.isfinite(one.positions).tobytes())
            for each in snapshots
            for one in each.shoppers
        ]

    assert whom(later) == whom(at_once)
    assert np.nanmedian(errors(later)) < 0.85 * np.nanmedian(errors(at_once))


def test_how_often_the_time_is_told_changes_nothing_with_a_lag_either():
    observations = seen(1.0, together=False)
    often, given = TrackingStage(STORE, TrackingSettings(lag=LAG)), []
    for observation in observations:
        for before in (3_000_000, 1_000_000, 0):
            given += often.advance(observation.stamp - before)
        given += often.process(observation)
    given += often.finish()
    assert bytes_of(given) == bytes_of(run(TrackingStage(STORE, TrackingSettings(lag=LAG)), observations))
