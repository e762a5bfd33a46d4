"""What a body allows."""

from __future__ import annotations

import numpy as np
import pytest
from walkers import Walker

from storegraph.observations import COCO_17
from storegraph.tracking.anatomy import LEARNT, Build, keep_lengths, seat_lost, shorten
from storegraph.tracking.skeleton import Skeleton

SKELETON = Skeleton.of(COCO_17)
NOSE = COCO_17.index("nose")
WRIST, ELBOW, SHOULDER = (COCO_17.index(f"left_{joint}") for joint in ("wrist", "elbow", "shoulder"))


def somebody(sigma: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    """One person's state, every joint equally sure, metres."""
    mean = np.zeros((1, 17, 6))
    mean[0, :, :3] = Walker.to((2.0, 2.0), (4.0, 2.0)).joints(0.7)
    return mean, np.tile(sigma**2 * np.eye(6), (1, 17, 1, 1))


def lengths(mean: np.ndarray) -> np.ndarray:
    far, near = SKELETON.bones.T
    return np.linalg.norm(mean[:, far, :3] - mean[:, near, :3], axis=2)


def test_a_lost_wrist_goes_with_the_elbow_as_uncertain_as_a_forearm_is_long():
    mean, covariance = somebody()
    mean[0, ELBOW, 3:] = [1.0, 0.0, 0.0]
    mean[0, WRIST] = 9.0
    lost = np.zeros((1, 17), dtype=bool)
    lost[0, WRIST] = True
    seat_lost(mean, covariance, lost, SKELETON)
    np.testing.assert_array_equal(mean[0, WRIST], mean[0, ELBOW])
    assert 0.1 < np.sqrt(covariance[0, WRIST, 0, 0]) < 0.3
    assert np.sqrt(covariance[0, ELBOW, 0, 0]) == pytest.approx(0.03)


def test_a_whole_arm_that_is_lost_goes_with_the_shoulder():
    mean, covariance = somebody()
    lost = np.zeros((1, 17), dtype=bool)
    lost[0, [WRIST, ELBOW]] = True
    seat_lost(mean, covariance, lost, SKELETON)
    np.testing.assert_array_equal(mean[0, WRIST], mean[0, SHOULDER])
    assert covariance[0, WRIST, 0, 0] > covariance[0, ELBOW, 0, 0] > covariance[0, SHOULDER, 0, 0]


def test_when_everything_is_lost_nothing_is_moved():
    mean, covariance = somebody()
    before = mean.copy()
    seat_lost(mean, covariance, np.ones((1, 17), dtype=bool), SKELETON)
    np.testing.assert_array_equal(mean, before)


def test_a_bone_that_is_too_long_is_drawn_together_at_its_less_certain_end():
    mean, covariance = somebody()
    covariance[0, WRIST] *= 100.0
    elbow = mean[0, ELBOW, :3].copy()
    mean[0, WRIST, :3] = elbow + np.array([0.0, 0.0, -0.8])
    shorten(mean, covariance, SKELETON.longest[None], SKELETON)
    bone = SKELETON.bones.tolist().index([WRIST, ELBOW])
    assert lengths(mean)[0, bone] == pytest.approx(SKELETON.longest[bone])
    assert np.linalg.norm(mean[0, ELBOW, :3] - elbow) < 0.01


def test_a_body_within_its_limits_is_left_alone():
    mean, covariance = somebody()
    before = mean.copy()
    shorten(mean, covariance, SKELETON.longest[None], SKELETON)
    np.testing.assert_array_equal(mean, before)


def learnt(mean: np.ndarray) -> Build:
    build = Build.unknown(1, SKELETON)
    for _ in range(LEARNT):
        build.learn(mean[..., :3], np.ones((1, 17), dtype=bool), SKELETON)
    return build


def test_the_lengths_of_bones_are_learnt_for_the_visit():
    mean, _ = somebody()
    assert (Build.unknown(1, SKELETON).longest(SKELETON) == SKELETON.longest).all()
    longest = learnt(mean).longest(SKELETON)
    assert (longest <= SKELETON.longest).all()
    assert (longest >= lengths(mean)).all()
    assert longest.sum() < SKELETON.longest.sum()


FOREARM = SKELETON.bones.tolist().index([WRIST, ELBOW])
KNOWN = np.ones((1, 17), dtype=bool)


@pytest.mark.parametrize("share", [0.6, 0.9, 1.15])
def test_a_wrist_that_is_not_sure_is_put_about_as_far_from_the_elbow_as_it_has_been(share: float):
    mean, covariance = somebody()
    build = learnt(mean)
    usual = lengths(mean)[0, FOREARM]
    elbow = mean[0, ELBOW, :3].copy()
    covariance[0, WRIST] *= 100.0
    mean[0, WRIST, :3] = elbow + share * (mean[0, WRIST, :3] - elbow)
    keep_lengths(mean, covariance, build, KNOWN, 1.0, SKELETON)
    assert lengths(mean)[0, FOREARM] == pytest.approx(usual, rel=0.03)
    assert np.linalg.norm(mean[0, ELBOW, :3] - elbow) < 0.005


def test_the_more_often_a_length_is_asked_for_the_less_it_says():
    moved = []
    for seconds in (0.025, 0.1):
        mean, covariance = somebody()
        build = learnt(mean)
        mean[0, WRIST, :3] += [0.0, 0.0, -0.05]
        before = mean[0, WRIST].copy()
        keep_lengths(mean, covariance, build, KNOWN, seconds, SKELETON)
        moved.append(np.linalg.norm(mean[0, WRIST] - before))
    assert 0 < 2 * moved[0] < moved[1]


def test_lengths_that_are_not_learnt_and_joints_that_are_not_known_move_nothing():
    mean, covariance = somebody()
    build = learnt(mean)
    mean[0, WRIST, :3] += [0.0, 0.0, -0.05]
    before = mean.copy()
    keep_lengths(mean, covariance, Build.unknown(1, SKELETON), KNOWN, 1.0, SKELETON)
    keep_lengths(mean, covariance, build, ~KNOWN, 1.0, SKELETON)
    np.testing.assert_array_equal(mean, before)


def test_a_body_goes_best_with_its_own_build():
    tall, small = (Walker.to((2.0, 2.0), (4.0, 2.0), stature=stature).joints(0.7) for stature in (1.9, 1.6))
    builds = learnt(np.concatenate((tall, np.zeros((17, 3))), axis=1)[None])
    seen = small + np.random.default_rng(0).normal(0.0, 0.03, small.shape)
    seen[WRIST] = np.nan
    again = tall + np.random.default_rng(1).normal(0.0, 0.03, tall.shape)
    assert builds.misfit(seen, SKELETON)[0] > builds.misfit(again, SKELETON)[0] + 3.0
    assert Build.unknown(1, SKELETON).misfit(seen, SKELETON)[0] == 0.0


def test_who_bends_down_goes_as_well_with_the_tall_as_with_the_small():
    poses = [Walker.to((2.0, 2.0), (4.0, 2.0), stature=stature).joints(0.7) for stature in (1.9, 1.6)]
    tall, small = (learnt(np.concatenate((pose, np.zeros((17, 3))), axis=1)[None]) for pose in poses)
    builds = tall.joined(small)
    stooping = np.full((17, 3), np.nan)
    stooping[NOSE] = [3.0, 2.0, 0.9]
    assert builds.misfit(stooping, SKELETON)[0] == pytest.approx(builds.misfit(stooping, SKELETON)[1], abs=1e-6)
    stooping[NOSE, 2] = poses[1][NOSE, 2]
    assert builds.misfit(stooping, SKELETON)[0] > builds.misfit(stooping, SKELETON)[1] + 3.0
