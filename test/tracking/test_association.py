"""Who in a picture is who of those followed."""

from __future__ import annotations

import numpy as np
from walkers import LEFT_WRIST, MIRROR, STORE, Walker

from storegraph.observations import COCO_17
from storegraph.tracking.association import Pairs, People, match
from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.skeleton import Skeleton

SKELETON = Skeleton.of(COCO_17)
CAMERAS = CameraGroup.of(STORE.cameras[:1])
FOLLOWED = np.array(
    [Walker.to((2.5, 2.0), (4.0, 2.0)).joints(0.3), Walker.to((3.0, 2.6), (2.0, 2.6), stature=1.6).joints(0.3)]
)
SEEN = CAMERAS.project(FOLLOWED[None])[0][0]


def matched(points: np.ndarray, sigma: float = 0.05) -> Pairs:
    people = People(np.zeros(len(points), dtype=np.intp), points, np.full(points.shape[:2], 0.9))
    covariance = np.tile(sigma**2 * np.eye(3), (2, 17, 1, 1))
    return match(CAMERAS, people, FOLLOWED, covariance, SKELETON, DEFAULTS)


def test_people_are_recognised_in_any_order():
    pairs = matched(SEEN[::-1])
    assert sorted(zip(pairs.tracks.tolist(), pairs.people.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert pairs.fits.all()
    assert not pairs.swapped.any()


def test_somebody_with_left_and_right_exchanged_is_recognised_and_put_right():
    pairs = matched(SEEN[:1, MIRROR])
    assert pairs.tracks.tolist() == [0]
    assert pairs.fits.all()
    np.testing.assert_allclose(pairs.innovation[0], 0.0, atol=1e-9)
    assert pairs.swapped[0, 1:3].all()


def test_a_misplaced_joint_costs_nobody_their_recognition_and_is_no_measurement():
    points = SEEN[:1].copy()
    points[0, LEFT_WRIST] += [60.0, -40.0]
    pairs = matched(points)
    assert pairs.tracks.tolist() == [0]
    assert np.flatnonzero(~pairs.fits[0]).tolist() == [LEFT_WRIST]


def test_somebody_elsewhere_is_nobody_who_is_followed():
    assert matched(SEEN[:1] + np.array([150.0, 0.0])).tracks.size == 0


def test_of_two_who_contend_for_one_the_better_fit_wins():
    between = 0.8 * SEEN[0] + 0.2 * SEEN[1]
    assert matched(between[None], sigma=0.3).tracks.tolist() == [0]


def test_a_picture_without_people_matches_nobody():
    assert matched(np.zeros((0, 17, 2))).tracks.size == 0
