"""In a recording, joints are put where the rays of the cameras meet."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import CAMERAS, CLEAN, START, STORE, Cameras, Walker

from storegraph.observations import COCO_17, Keypoints, PersonKeypoints, Shopper, Shoppers, ShopperState
from storegraph.tracking.refining import refined

WALKERS = (Walker.to((1.5, 1.0), (4.5, 3.0)), Walker.to((4.0, 1.2), (1.5, 3.2), stature=1.6))
WORLD = Cameras(WALKERS, CLEAN)
WRIST = COCO_17.index("left_wrist")


def seen(moment: float) -> dict[str, Keypoints]:
    """What all cameras see: every joint exactly where it is, with score 0.9."""
    pictures = {}
    for name, camera in CAMERAS.items():
        pixels = camera.project(WORLD.truth(moment)[None])[0][0].astype(np.float32)
        people = tuple(
            PersonKeypoints(0.9, np.zeros(4, np.float32), points, np.full(17, 0.9, np.float32)) for points in pixels
        )
        width, height = camera.sizes[0].astype(int).tolist()
        pictures[name] = Keypoints(START, name, width, height, COCO_17, people[::-1])
    return pictures


def tracked(moment: float, off: np.ndarray) -> Shoppers:
    """The walkers, with all joints so far off, metres."""
    people = tuple(
        Shopper(
            shopper_id=f"{number}",
            state=ShopperState.TRACKED,
            positions=(joints + off).astype(np.float32),
            covariance=np.full((17, 6), 0.01, np.float32),
            confidence=np.ones(17, np.float32),
        )
        for number, joints in enumerate(WORLD.truth(moment))
    )
    return Shoppers(START, COCO_17, people)


def errors(shoppers: Shoppers, moment: float) -> np.ndarray:
    return np.array(
        [
            np.linalg.norm(shopper.positions - joints, axis=1)
            for shopper, joints in zip(shoppers.shoppers, WORLD.truth(moment), strict=True)
        ]
    )


@given(st.floats(0.0, 3.0), st.tuples(*3 * [st.floats(-0.08, 0.08)]))
@settings(max_examples=10, deadline=None)
def test_joints_are_put_where_the_cameras_see_them(moment: float, off: tuple[float, float, float]) -> None:
    better = refined(tracked(moment, np.array(off)), seen(moment), STORE.cameras)
    assert np.median(errors(better, moment)) < 0.002
    assert [shopper.shopper_id for shopper in better.shoppers] == ["0", "1"]


def test_a_joint_that_one_camera_shows_elsewhere_follows_the_others() -> None:
    pictures = seen(1.0)
    wrong = pictures["north_east"].people[0]
    wrong.points[WRIST] += 40.0
    assert errors(refined(tracked(1.0, np.full(3, 0.03)), pictures, STORE.cameras), 1.0).max() < 0.01


def test_what_no_two_cameras_saw_stays_as_it_was() -> None:
    pictures = seen(1.0)
    for picture in pictures.values():
        for person in picture.people:
            person.scores[WRIST] = 0.1
    before = tracked(1.0, np.full(3, 0.03))
    after = refined(before, pictures, STORE.cameras)
    for one, other in zip(before.shoppers, after.shoppers, strict=True):
        assert np.array_equal(one.positions[WRIST], other.positions[WRIST])
        assert np.array_equal(one.covariance[WRIST], other.covariance[WRIST])
    alone = {"north_east": seen(1.0)["north_east"]}
    assert refined(before, alone, STORE.cameras) is before
