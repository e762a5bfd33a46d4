"""What following people promises, on people whose truth is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from following import RATE, Report, follow, pictures, root_mean_square
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import CLEAN, SECOND, START, STORE, USUAL, Cameras, Faults, Walker, strollers

from storegraph.observations import COCO_17, Shoppers, ShopperState
from storegraph.tracking.errors import TrackingError
from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.skeleton import BODY_25
from storegraph.tracking.tracker import MultiViewTracker

CROSSING = (
    Walker.to((1.2, 1.0), (4.8, 3.4), pace=0.9),
    Walker.to((4.8, 1.0), (1.2, 3.4), pace=0.8, stature=1.85),
    Walker.to((3.4, 4.0), (3.4, 0.8), pace=0.7, stature=1.65),
)


@cache
def usual(together: bool) -> Report:
    """Five people who stroll about for some seconds."""
    return follow(Cameras(strollers(5, 8, seed=3), USUAL, seed=3), 6.0, together)


def test_one_person_whom_all_cameras_see_well_is_known_to_some_centimetres():
    report = follow(Cameras((CROSSING[0],), CLEAN), 4.0)
    assert len(report.ids[0]) == 1
    assert report.missed == report.invented == 0
    assert root_mean_square(report.errors) < 0.03


@pytest.mark.parametrize("together", [True, False], ids=["cameras in step", "cameras one after the other"])
def test_people_who_stroll_about_stay_who_they_are(together: bool):
    report = usual(together)
    assert report.switches == 0
    assert report.missed == report.invented == 0


@pytest.mark.parametrize("together", [True, False], ids=["cameras in step", "cameras one after the other"])
def test_wrists_are_known_to_some_centimetres(together: bool):
    assert root_mean_square(usual(together).wrists) < 0.08
    assert np.median(usual(together).wrists) < 0.05


@pytest.mark.parametrize("together", [True, False], ids=["cameras in step", "cameras one after the other"])
def test_errors_are_about_as_large_as_the_covariance_says(together: bool):
    # The mean of chi square with three degrees of freedom is 3.
    assert 1.5 < np.mean(usual(together).normalised) < 4.5


def test_people_who_cross_stay_who_they_are():
    report = follow(Cameras(CROSSING, USUAL, seed=1), 5.0)
    assert report.switches == 0
    assert report.missed == report.invented == 0


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 1000), people=st.integers(2, 4))
def test_whoever_strolls_about_stays_who_they_are(seed: int, people: int):
    report = follow(Cameras(strollers(people, 5, seed), USUAL, seed), 5.0)
    assert report.switches == 0
    assert report.invented == 0


def test_swapped_sides_do_not_mirror_anybody():
    report = follow(Cameras((CROSSING[0],), Faults(sides_swapped=0.25), seed=2), 4.0)
    assert report.switches == 0
    assert root_mean_square(report.wrists) < 0.06


def test_a_figure_that_began_mirrored_is_put_right():
    cameras, tracker = Cameras((CROSSING[0],)), MultiViewTracker(STORE.cameras)
    swapped = Cameras((CROSSING[0],), Faults(sides_swapped=1.0))
    for moment, seen in pictures(swapped, 0.4):
        tracker.update(START + round(moment * SECOND), seen)
    for moment, seen in pictures(cameras, 2.0):
        if moment >= 0.4:
            shoppers = tracker.update(START + round(moment * SECOND), seen)
    (shopper,) = shoppers.shoppers
    assert np.nanmax(np.linalg.norm(shopper.positions - cameras.truth(moment)[0], axis=1)) < 0.1


def test_a_camera_that_fails_costs_nobody_their_identity():
    report = follow(
        Cameras(CROSSING, USUAL, seed=4), 6.0, blind=lambda camera, moment: camera == "north_east" and moment > 2.5
    )
    assert report.switches == 0
    assert report.missed == report.invented == 0


def test_somebody_whom_one_camera_sees_for_seconds_stays_who_they_are():
    report = follow(
        Cameras((CROSSING[0],), USUAL, seed=5),
        6.0,
        blind=lambda camera, moment: camera != "south_west" and 2.0 < moment < 4.0,
    )
    assert report.switches == 0
    assert report.invented == 0
    # Their usual height above the floor says how far away they are.
    assert root_mean_square(report.errors) < 0.2


def test_people_whom_nobody_sees_for_half_a_second_stay_who_they_are():
    world = Cameras(strollers(6, 6, seed=2), USUAL, seed=2)
    report = follow(world, 5.0, blind=lambda camera, moment: 3.0 < moment < 3.5)
    assert report.switches == 0
    assert len(report.ids) == 6


@pytest.mark.parametrize("seed", range(3))
def test_who_is_found_again_is_told_by_the_trunk_and_not_by_a_hand_that_seemed_to_rest(seed):
    world = Cameras(strollers(6, 8, seed), USUAL, seed)
    report = follow(world, 8.0, blind=lambda camera, moment: 3.0 < moment < 4.0)
    assert report.switches == 0


@pytest.mark.parametrize("seed", [4, 6, 9])
def test_twelve_people_whom_nobody_sees_for_a_second_are_told_apart_by_their_statures_too(seed):
    world = Cameras(strollers(12, 8, seed), USUAL, seed)
    report = follow(world, 5.0, blind=lambda camera, moment: 3.0 < moment < 4.0)
    assert report.switches == 0


def test_somebody_whom_nobody_sees_for_seconds_is_expected_nearby_and_found_again():
    cameras, tracker = Cameras((CROSSING[0],), USUAL, seed=6), MultiViewTracker(STORE.cameras, gates=STORE.gates)
    states, names = [], []
    for moment, seen in pictures(cameras, 7.0):
        hidden = 3.0 <= moment < 5.5
        found = {name: people[:0] if hidden else people for name, people in seen.items()}
        for shopper in tracker.update(START + round(moment * SECOND), found).shoppers:
            states.append((moment, shopper.state))
            names.append(shopper.shopper_id)
    assert len(set(names)) == 1
    assert {state for moment, state in states if 3.4 < moment < 5.4} == {ShopperState.OCCLUDED}
    assert {state for moment, state in states if moment > 5.6} == {ShopperState.TRACKED}


def test_somebody_lost_for_a_second_is_recognised_by_the_one_camera_that_sees_them_again():
    cameras, tracker = Cameras((CROSSING[0],), USUAL, seed=6), MultiViewTracker(STORE.cameras, gates=STORE.gates)
    states, names = [], set()
    for moment, seen in pictures(cameras, 6.0):
        seeing = {"south_west"} if moment >= 4.0 else set() if moment >= 3.0 else set(seen)
        found = {name: people if name in seeing else people[:0] for name, people in seen.items()}
        for shopper in tracker.update(START + round(moment * SECOND), found).shoppers:
            states.append((moment, shopper.state))
            names.add(shopper.shopper_id)
    assert len(names) == 1
    assert {state for moment, state in states if 3.4 < moment < 4.0} == {ShopperState.OCCLUDED}
    assert {state for moment, state in states if moment > 4.2} == {ShopperState.TRACKED}


def test_one_camera_alone_makes_nobody():
    tracker = MultiViewTracker(STORE.cameras)
    for moment, seen in pictures(Cameras(CROSSING, USUAL, seed=7), 2.0):
        shoppers = tracker.update(START + round(moment * SECOND), {"south_east": seen["south_east"]})
        assert shoppers.shoppers == ()


def test_people_whom_detectors_invent_are_not_followed():
    report = follow(Cameras((), Faults(people_invented=3.0), seed=8), 4.0)
    assert report.invented == 0


def test_somebody_whom_every_detector_reports_twice_is_one_person():
    tracker = MultiViewTracker(STORE.cameras)
    for moment, seen in pictures(Cameras((CROSSING[0],)), 1.0):
        twice = {name: np.concatenate((people, people + np.array([1.0, 1.0, 0.0]))) for name, people in seen.items()}
        shoppers = tracker.update(START + round(moment * SECOND), twice).shoppers
        assert len(shoppers) == 1


def test_somebody_new_is_tentative_first_and_sooner_taken_for_a_person_at_a_gate():
    def confirmed_after(walker: Walker) -> float:
        tracker = MultiViewTracker(STORE.cameras, gates=STORE.gates)
        for moment, seen in pictures(Cameras((walker,)), 3.0):
            (shopper,) = tracker.update(START + round(moment * SECOND), seen).shoppers
            if shopper.state is ShopperState.TRACKED:
                return moment
        raise AssertionError("never taken for a person")

    at_gate, elsewhere = Walker.to((3.0, 0.4), (3.0, 1.0), pace=0.3), Walker.to((3.0, 3.0), (3.0, 3.6), pace=0.3)
    assert confirmed_after(at_gate) == pytest.approx(DEFAULTS.confirm_at_gate / SECOND, abs=1.1 / RATE)
    assert confirmed_after(elsewhere) == pytest.approx(DEFAULTS.confirm_elsewhere / SECOND, abs=1.1 / RATE)


def test_whoever_goes_out_of_the_gate_is_gone_and_who_comes_next_is_another():
    leaves, enters = Walker.to((3.0, 1.5), (3.0, -0.6)), Walker.to((3.0, -0.6), (3.0, 1.5))
    tracker, names, between = MultiViewTracker(STORE.cameras, gates=STORE.gates), [], []
    for walker, start in ((leaves, 0.0), (None, 2.5), (enters, 4.0)):
        for moment, seen in pictures(Cameras((walker,) if walker else ()), 1.5 if walker is None else 2.4):
            shoppers = tracker.update(START + round((start + moment) * SECOND), seen).shoppers
            names += [shopper.shopper_id for shopper in shoppers if shopper.shopper_id not in names]
            between += [len(shoppers)] if walker is None and moment > 0.5 else []
    assert set(between) == {0}
    assert len(names) == 2


def test_who_comes_in_is_not_taken_for_somebody_who_is_out_of_sight_elsewhere():
    stands, enters = Walker.to((3.4, 2.8), (3.41, 2.8)), Walker.to((3.0, -0.6), (3.0, 1.0))
    tracker, names = MultiViewTracker(STORE.cameras, gates=STORE.gates), []
    for walker, start in ((stands, 0.0), (None, 1.5), (enters, 3.5)):
        for moment, seen in pictures(Cameras((walker,) if walker else ()), 1.5):
            shoppers = tracker.update(START + round((start + moment) * SECOND), seen).shoppers
            names += [shopper.shopper_id for shopper in shoppers if shopper.shopper_id not in names]
    assert len(names) == 2
    assert {shopper.state for shopper in shoppers} == {ShopperState.OCCLUDED, ShopperState.TRACKED}


def bytes_of(snapshots: list[Shoppers]) -> list[object]:
    """Snapshots in a form that can be compared to the bit."""
    return [
        (snapshot.stamp, each.shopper_id, each.state, each.positions.tobytes(), each.covariance.tobytes())
        for snapshot in snapshots
        for each in snapshot.shoppers
    ]


def test_the_order_of_cameras_changes_nothing():
    seen = list(pictures(Cameras(CROSSING, USUAL, seed=9), 2.0))

    def run(backwards: bool) -> list[Shoppers]:
        tracker = MultiViewTracker(STORE.cameras[::-1] if backwards else STORE.cameras)
        step = -1 if backwards else 1
        return [
            tracker.update(START + round(moment * SECOND), dict(list(people.items())[::step]))
            for moment, people in seen
        ]

    assert bytes_of(run(backwards=True)) == bytes_of(run(backwards=False))


def test_unknown_joints_are_not_a_number_and_known_ones_are_sure_enough():
    cameras, tracker = Cameras((CROSSING[0],)), MultiViewTracker(STORE.cameras)
    legs = [COCO_17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
    for moment, seen in pictures(cameras, 1.0):
        for people in seen.values():
            people[:, legs, 2] = 0.0
        (shopper,) = tracker.update(START + round(moment * SECOND), seen).shoppers
    unknown = np.isnan(shopper.positions).all(axis=1)
    assert np.flatnonzero(unknown).tolist() == sorted(legs)
    assert np.isnan(shopper.covariance[unknown]).all()
    assert (shopper.confidence[unknown] == 0).all()
    assert shopper.covariance[~unknown][:, [0, 3, 5]].max() <= DEFAULTS.lost_beyond**2


def test_other_joints_than_coco_are_followed_too():
    cameras, tracker = Cameras((CROSSING[0],)), MultiViewTracker(STORE.cameras, BODY_25)
    common = [(COCO_17.index(joint), BODY_25.index(joint)) for joint in COCO_17]
    for moment, seen in pictures(cameras, 1.0):
        others = {name: np.full((len(people), len(BODY_25), 3), np.nan) for name, people in seen.items()}
        for name, people in seen.items():
            for coco, body in common:
                others[name][:, body] = people[:, coco]
        (shopper,) = tracker.update(START + round(moment * SECOND), others).shoppers
    error = shopper.positions[[body for _, body in common]] - cameras.truth(moment)[0][[coco for coco, _ in common]]
    assert np.linalg.norm(error, axis=1).max() < 0.1


@pytest.mark.parametrize(
    ("stamp", "camera", "shape", "text"),
    [
        (START, "south", (0, 17, 3), 'camera "south" is not one of north_east, north_west, south_east, south_west'),
        (START, "south_west", (2, 25, 3), r"detections have shape \[2, 25, 3\]; the tracker takes \[N, 17, 3\]"),
        (START - 1, "south_west", (0, 17, 3), "is before"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(stamp: int, camera: str, shape: tuple[int, ...], text: str):
    tracker = MultiViewTracker(STORE.cameras)
    tracker.update(START, {})
    with pytest.raises(TrackingError, match=text):
        tracker.update(stamp, {camera: np.zeros(shape)})
