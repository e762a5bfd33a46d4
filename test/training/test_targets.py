"""What the network is asked for is what its maps are read as."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from storegraph.observations import COCO_17  # noqa: E402
from storegraph.training.dataset import People  # noqa: E402
from storegraph.training.targets import COUNTS, Targets, loss_of, targets_of  # noqa: E402
from storegraph.vision.compact import people_in  # noqa: E402
from storegraph.vision.compact_network import EXPECTED_UNIT, Maps  # noqa: E402

HEIGHT, WIDTH = 128, 192

STANDING = np.array(
    [[0, -50], [3, -53], [-3, -53], [7, -51], [-7, -51], [14, -36], [-14, -36], [18, -16], [-18, -16],
     [20, 4], [-20, 4], [9, 2], [-9, 2], [9, 28], [-9, 28], [10, 52], [-10, 52]], np.float32
)  # fmt: skip
"""Somebody upright, 105 pixels high, from the middle of the body."""


def somebody(*middles: tuple[float, float], hidden: float = 0.0) -> People:
    points = np.stack([STANDING + np.array(middle, np.float32) for middle in middles])
    return People.known(points, np.full(points.shape[:2], hidden, np.float32), np.zeros(points.shape[:2], np.float32))


def perfect(targets: Targets) -> Maps:
    """The maps of a network that says exactly what it is asked for."""
    return Maps(
        targets.centre.clamp(1e-4, 1 - 1e-4).logit(),
        targets.joint.clamp(1e-4, 1 - 1e-4).logit(),
        targets.expected * EXPECTED_UNIT,
        targets.place,
    )


def test_maps_that_say_what_is_asked_give_everybody_back() -> None:
    people = somebody((60.3, 63.7), (130.9, 60.2))
    found = people_in(perfect(targets_of([people], HEIGHT, WIDTH)), most=4)[0].numpy()
    assert (found[:, -1] > 0.5).sum() == 2
    joints = found[:2, :-1].reshape(2, 17, 3)
    order = np.argsort(joints[:, 0, 0])
    assert np.abs(joints[order][..., :2] - people.points).max() < 0.01  # pixels
    assert joints[..., 2].min() > 0.5


def test_maps_that_say_what_is_asked_are_hardly_wrong() -> None:
    targets = targets_of([somebody((60.3, 63.7))], HEIGHT, WIDTH)
    nothing = Maps(
        *(torch.zeros_like(values) for values in (targets.centre, targets.joint, targets.expected, targets.place))
    )
    assert loss_of(perfect(targets), targets).total < 0.1 * loss_of(nothing, targets).total


def test_of_somebody_hidden_nothing_is_asked() -> None:
    targets = targets_of([somebody((60.3, 63.7), hidden=1.0)], HEIGHT, WIDTH)
    assert targets.centre.max() == 0.0
    assert targets.centre_weight.min() == 0.0
    assert targets.expected_weight.max() == 0.0


def test_what_a_teacher_is_unsure_of_is_held_against_nobody() -> None:
    people = somebody((60.3, 63.7))
    unsure = People(
        people.points, people.hidden, people.own, np.where(np.arange(17) == 9, 0.1, 0.9).astype(np.float32)[None]
    )
    targets = targets_of([unsure], HEIGHT, WIDTH)
    assert targets.joint[0, 9].max() == 0.0
    assert targets.joint_weight[0, 9].min() == 0.0
    assert targets.joint_weight[0, 10].min() == COUNTS[10]


def test_where_a_wrist_is_behind_the_trunk_is_not_asked() -> None:
    people, wrist = somebody((60.3, 63.7)), COCO_17.index("left_wrist")
    own = np.where(np.arange(17) == wrist, 1.0, 0.0).astype(np.float32)[None]
    targets = targets_of([People(people.points, people.hidden, own, people.score)], HEIGHT, WIDTH)
    assert targets.joint[0, wrist].max() == 0.0
    assert targets.joint_weight[0, wrist].min() == 0.0
    assert targets.expected_weight[0, wrist].max() > 0.0
    assert targets.joint[0, wrist + 1].max() == 1.0


def test_hands_count_more_than_hips() -> None:
    targets = targets_of([somebody((60.3, 63.7))], HEIGHT, WIDTH)
    wrist, hip = COCO_17.index("left_wrist"), COCO_17.index("left_hip")
    for weight in (targets.joint_weight, targets.expected_weight, targets.place_weight):
        assert weight[0, wrist].max() > 2 * weight[0, hip].max() > 0
