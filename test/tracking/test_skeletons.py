"""What is known of a body beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from walkers import Walker

from storegraph.observations import COCO_17
from storegraph.tracking.skeleton import BODY_25, HALPE_26, Skeleton

SETS = {"COCO_17": COCO_17, "BODY_25": BODY_25, "HALPE_26": HALPE_26}


@pytest.mark.parametrize("joints", SETS.values(), ids=SETS)
def test_a_mirror_twice_is_no_mirror_and_every_joint_is_in_one_group(joints: tuple[str, ...]):
    skeleton = Skeleton.of(joints)
    np.testing.assert_array_equal(skeleton.mirror[skeleton.mirror], np.arange(len(joints)))
    np.testing.assert_array_equal(skeleton.groups.sum(axis=1), 1.0)
    np.testing.assert_array_equal(skeleton.groups[skeleton.mirror], skeleton.groups)


@pytest.mark.parametrize("joints", SETS.values(), ids=SETS)
def test_the_body_hangs_together(joints: tuple[str, ...]):
    skeleton = Skeleton.of(joints)
    reached = set(skeleton.trunk.tolist())
    for _ in joints:
        reached |= {far for far, near in skeleton.bones.tolist() if near in reached}
    assert reached == set(range(len(joints)))


@pytest.mark.parametrize("stature", [1.2, 1.75, 2.05])
def test_nobody_has_longer_bones_than_the_longest(stature: float):
    skeleton = Skeleton.of(COCO_17)
    joints = Walker.to((1.0, 1.0), (4.0, 1.0), stature=stature).joints(1.3)
    far, near = skeleton.bones.T
    assert (np.linalg.norm(joints[far] - joints[near], axis=1) < skeleton.longest).all()


@pytest.mark.parametrize("joints", SETS.values(), ids=SETS)
def test_eyes_are_seen_more_exactly_than_wrists_and_wrists_than_hips(joints: tuple[str, ...]):
    blur = dict(zip(joints, Skeleton.of(joints).blur.tolist(), strict=True))
    assert blur["left_eye"] == blur["right_eye"] < blur["left_wrist"] < 1 < blur["right_hip"]


def test_the_joints_of_coco_are_on_the_whole_as_exact_as_the_setting_says():
    assert np.mean(Skeleton.of(COCO_17).blur ** 2) == pytest.approx(1.0)


def test_a_joint_of_which_nothing_is_known_is_as_exact_as_others():
    assert Skeleton.of(("left_antenna",)).blur.tolist() == [1.0]
