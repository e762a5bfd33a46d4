"""How high people stand says how far away they are."""

from __future__ import annotations

import numpy as np
import pytest
from following import RATE, Report, root_mean_square
from walkers import SECOND, START, STORE, USUAL, Cameras, Walker

from storegraph.observations import COCO_17
from storegraph.tracking.anatomy import LEARNT, Build
from storegraph.tracking.posture import stand, unsure
from storegraph.tracking.skeleton import Skeleton
from storegraph.tracking.tracker import MultiViewTracker

SKELETON = Skeleton.of(COCO_17)
ANKLE = COCO_17.index("left_ankle")
SOMEBODY = np.array([0])

SLANTED = np.array([0.8, 0.0, -0.6])
"""The way a camera looks: along it, a joint that no other camera sees can be anywhere."""


def somebody() -> tuple[np.ndarray, np.ndarray, Build]:
    """One person in mid-step, every joint known to 3 cm, whose heights have been learnt."""
    mean = np.zeros((1, 17, 6))
    mean[0, :, :3] = Walker.to((2.0, 2.0), (4.0, 2.0)).joints(0.7)
    build = Build.unknown(1, SKELETON)
    for _ in range(LEARNT):
        build.learn(mean[..., :3], np.ones((1, 17), dtype=bool), SKELETON)
    return mean, np.tile(0.03**2 * np.eye(6), (1, 17, 1, 1)), build


def test_the_usual_height_of_a_joint_draws_it_along_the_direction_in_which_it_is_uncertain():
    mean, covariance, build = somebody()
    height = mean[0, ANKLE, 2]
    covariance[0, ANKLE, :3, :3] = np.outer(SLANTED, SLANTED) + 1e-6 * np.eye(3)
    mean[0, ANKLE, :3] += 0.5 * SLANTED
    off = mean[0, ANKLE, 0]
    stand(mean, covariance, build, SOMEBODY, 1.0, SKELETON)
    assert mean[0, ANKLE, 2] == pytest.approx(height, abs=0.03)
    assert mean[0, ANKLE, 0] == pytest.approx(off - 0.4, abs=0.04)
    assert np.linalg.eigvalsh(covariance[0, ANKLE]).min() > -1e-12


def test_those_whose_joints_are_known_to_centimetres_are_not_helped():
    _, covariance, _ = somebody()
    assert not unsure(covariance, SKELETON)
    covariance[0, SKELETON.trunk[0], 0, 0] = 0.2**2
    assert unsure(covariance, SKELETON)


def test_a_child_whom_one_camera_sees_again_is_not_taken_for_the_adult_beside_them():
    """Nobody has seen the child for a second, so that it takes two cameras to say who it is; another sees the adult."""
    adult, child = standing(3.4, 2.8, 1.75), standing(2.9, 2.45, 1.15)
    both, report = Cameras((adult, child), USUAL, 0), Report()
    alone = {"south_east": Cameras((adult,), USUAL, 1), "north_east": Cameras((child,), USUAL, 2)}
    tracker = MultiViewTracker(STORE.cameras, gates=STORE.gates)
    for moment in np.arange(6 * RATE) / RATE:
        if 2.5 <= moment <= 5.5:
            seen = {name: cameras.see(name, moment) for name, cameras in alone.items()}
        else:
            seen = {name: both.see(name, moment) for name in sorted(both.models)}
        if 2.5 <= moment <= 3.5:
            seen["north_east"] = seen["north_east"][:0]
        shoppers = tracker.update(START + round(moment * SECOND), seen)
        if moment >= 2.0:
            report.compare(shoppers, both.truth(moment))
    assert root_mean_square(report.errors) < 0.09


def standing(x: float, y: float, stature: float) -> Walker:
    """Somebody who does not move, upright."""
    return Walker(np.array([[x, y], [x, y]]), stature, np.zeros(2), np.zeros(2))
