"""People are followed from boxes alone."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import CAMERAS, SECOND, START, STORE, Floats

from storegraph.exporters.shoppers import write_shoppers_csv
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import SHOPPERS
from storegraph.observations import Shoppers, ShopperState
from storegraph.tracking.boxes.body import outlines
from storegraph.tracking.boxes.model import DEFAULTS, People
from storegraph.tracking.boxes.motion import moved
from storegraph.tracking.boxes.tracker import BoxTracker
from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.errors import TrackingError
from storegraph.tracking.tracker import MultiViewTracker

RATE = 5
"""Pictures of a camera a second."""

WIDTH, HEIGHT = STORE.cameras[0].width, STORE.cameras[0].height
CORNERS = np.array([[0.8 * WIDTH, 0.4 * HEIGHT, 0.9 * WIDTH, 0.9 * HEIGHT, 0.9]])
"""Left, top, right, bottom, and score."""

GROUP = CameraGroup.of(sorted(STORE.cameras, key=lambda camera: camera.id))


def boxes(people: Floats) -> dict[str, Floats]:
    """What a detector without faults sees of people [N, 3]: x, y, height."""
    edges = np.clip(outlines(GROUP, people).edges, 0.0, np.tile(GROUP.sizes, 2)[:, None])
    corner, size, score = edges[..., :2], edges[..., 2:] - edges[..., :2], np.full((*edges.shape[:2], 1), 0.9)
    seen = np.concatenate((corner, size, score), axis=2)
    return {name: each[np.isfinite(each).all(axis=1)] for name, each in zip(GROUP.ids.tolist(), seen, strict=True)}


def followed(shoppers: Shoppers) -> dict[str, Floats]:
    """The crowns of those who are taken for people, by id."""
    there = [each for each in shoppers.shoppers if each.state is not ShopperState.TENTATIVE]
    return {each.shopper_id: each.positions[shoppers.joints.index("head")].astype(np.float64) for each in there}


def nearest(shoppers: Shoppers, place: Floats) -> str:
    people = followed(shoppers)
    return min(people, key=lambda name: float(np.linalg.norm(people[name][:2] - place[:2])))


@settings(max_examples=8, deadline=None)
@given(st.floats(1.5, 4.5), st.floats(1.0, 3.5), st.floats(1.55, 1.9))
def test_a_person_is_where_their_boxes_meet(x: float, y: float, height: float) -> None:
    (head,) = followed(BoxTracker(STORE.cameras).update(START, boxes(np.array([[x, y, height]])))).values()
    assert head == pytest.approx([x, y, height], abs=0.08)


def test_one_camera_alone_never_makes_a_person() -> None:
    tracker, seen = BoxTracker(STORE.cameras), boxes(np.array([[3.0, 2.0, 1.7]]))
    name = next(name for name, each in seen.items() if len(each))
    for number in range(10):
        assert tracker.update(START + number * SECOND // RATE, {name: seen[name]}).shoppers == ()


def test_feet_that_nobody_sees_leave_the_place_as_it_is() -> None:
    tracker, person = BoxTracker(STORE.cameras), np.array([[3.0, 2.0, 1.7]])
    tracker.update(START, boxes(person))
    cut = {name: each * [1, 1, 1, 0.6, 1] for name, each in boxes(person).items()}
    for number in range(1, 8):
        (head,) = followed(tracker.update(START + number * SECOND // RATE, cut)).values()
    assert head == pytest.approx(person[0], abs=0.15)


def test_people_who_pass_each_other_keep_their_ids() -> None:
    tracker, ids = BoxTracker(STORE.cameras), []
    for number in range(4 * RATE + 1):
        along = 1.0 * number / RATE
        people = np.array([[1.0 + along, 2.0, 1.65], [5.0 - along, 2.55, 1.8]])
        shoppers = tracker.update(START + number * SECOND // RATE, boxes(people))
        ids.append([nearest(shoppers, person) for person in people])
    assert ids == [ids[0]] * len(ids)
    assert ids[0][0] != ids[0][1]


def test_a_person_out_of_sight_for_two_seconds_keeps_their_id() -> None:
    tracker, ids = BoxTracker(STORE.cameras), set()
    for number in range(6 * RATE):
        hidden = 2 * RATE <= number < 4 * RATE
        people = np.array([[1.5 + 0.4 * number / RATE, 2.0, 1.7], [4.5, 3.0, 1.8]])
        shoppers = tracker.update(START + number * SECOND // RATE, boxes(people[1:] if hidden else people))
        if not hidden:
            ids.add(nearest(shoppers, people[0]))
    assert len(ids) == 1


def test_who_comes_in_by_the_door_is_not_who_went_out_by_it() -> None:
    tracker, door, ids = BoxTracker(STORE.cameras), np.array([1.2, 1.2]), set()
    stands = np.array([[2.6, 1.2], [2.6, 2.3], [2.6, 3.3]])
    for number in range(26 * RATE):
        seconds = number / RATE
        people = [np.array([4.6, 2.4])]
        for stand, comes, goes in zip(stands, (3.0, 6.0, 9.0), (15.0, 99.0, 99.0), strict=True):
            length = float(np.linalg.norm(stand - door))
            walked = min(0.8 * (seconds - comes), length) - max(0.0, 0.8 * (seconds - goes))
            people += [door + (stand - door) * walked / length] if walked >= 0 and seconds >= comes else []
        people += [door + np.array([0.6, 0.6]) * min(seconds - 22.0, 1.5)] if seconds >= 22.0 else []
        tall = np.column_stack((people, np.full(len(people), 1.7)))
        shoppers = tracker.update(START + number * SECOND // RATE, boxes(tall))
        ids |= followed(shoppers).keys()
    assert len(followed(shoppers)) == 4
    assert len(ids) == 5


def test_a_pause_in_all_pictures_is_no_reason_to_forget_anybody() -> None:
    tracker, people = BoxTracker(STORE.cameras), np.array([[2.0, 2.0, 1.6], [4.0, 3.0, 1.85]])
    before = followed(tracker.update(START, boxes(people)))
    after = followed(tracker.update(START + 3 * SECOND, boxes(people)))
    assert before.keys() == after.keys()


def test_equal_boxes_give_equal_shoppers_to_the_bit() -> None:
    people = np.array([[2.0, 2.0, 1.6], [2.4, 2.3, 1.7], [4.0, 3.0, 1.85]])
    trackers = BoxTracker(STORE.cameras), BoxTracker(STORE.cameras)
    for number in range(5):
        said = [tracker.update(START + number * SECOND // RATE, boxes(people)) for tracker in trackers]
        pairs = zip(said[0].shoppers, said[1].shoppers, strict=True)
        assert all(a.shopper_id == b.shopper_id and (a.positions == b.positions).all() for a, b in pairs)


def test_a_box_of_no_size_or_with_nan_is_passed_over() -> None:
    tracker, person = BoxTracker(STORE.cameras), np.array([[3.0, 2.0, 1.7]])
    junk = np.array([[np.nan, 1.0, 2.0, 3.0, 0.5], [10.0, 10.0, 0.0, 5.0, 0.5]])
    seen = {name: np.concatenate((junk, each)) for name, each in boxes(person).items()}
    assert len(tracker.update(START, seen).shoppers) == 1


def test_the_multi_view_tracker_takes_boxes() -> None:
    tracker, person = MultiViewTracker(STORE.cameras), np.array([[3.0, 2.0, 1.7]])
    (head,) = followed(tracker.update(START, boxes(person))).values()
    assert head == pytest.approx(person[0], abs=0.08)
    assert len(tracker.update(START + SECOND // RATE, dict.fromkeys(CAMERAS, np.zeros((0, 5)))).shoppers) == 1


@pytest.mark.parametrize(
    ("detections", "told"),
    [
        ({"cellar": np.zeros((0, 5))}, 'camera "cellar" is not one of'),
        ({STORE.cameras[0].id: np.zeros((2, 6))}, r"boxes have shape \[2, 6\]"),
        ({STORE.cameras[0].id: CORNERS}, "For left, top, right, bottom subtract"),
        ({STORE.cameras[0].id: np.array([[0.4, 0.2, 0.1, 0.3, 0.9]])}, "as shares of the picture would"),
    ],
)
def test_what_cannot_be_boxes_is_refused(detections: dict[str, Floats], told: str) -> None:
    with pytest.raises(TrackingError, match=told):
        BoxTracker(STORE.cameras).update(START, detections)


def test_a_stamp_in_seconds_is_refused() -> None:
    with pytest.raises(TrackingError, match="nanoseconds"):
        BoxTracker(STORE.cameras).update(12.25, {})  # type: ignore[arg-type]


def test_time_does_not_go_back() -> None:
    tracker = BoxTracker(STORE.cameras)
    tracker.update(START, {})
    with pytest.raises(TrackingError, match="before"):
        tracker.update(START - 1, {})


@given(st.floats(1.0, 5.0), st.floats(0.5, 4.0), st.floats(1.5, 1.9))
@settings(max_examples=30, deadline=None)
def test_the_derivatives_of_edges_are_their_differences(x: float, y: float, height: float) -> None:
    step, place = 1e-5, np.array([x, y, height])
    moved_places = np.concatenate((place + step * np.eye(3), place - step * np.eye(3), place[None]))
    there = outlines(GROUP, moved_places)
    differences = (there.edges[:, :3] - there.edges[:, 3:6]) / (2 * step)
    smooth = np.isfinite(differences).all(axis=(1, 2))
    # Where two points of an outline are the outermost at once, the derivative jumps.
    expected = np.moveaxis(there.slopes[:, 6], 1, 2)
    assert np.median(np.abs(differences - expected)[smooth]) < 1e-3 * np.abs(expected[smooth]).max()


@given(st.floats(0.01, 2.0), st.floats(0.01, 2.0))
def test_two_moves_are_one(first: float, second: float) -> None:
    start = People(
        np.array([[1.0, 2.0, 0.5, -0.3, 1.7]]),
        0.01 * np.eye(5)[None],
        np.ones(1),
        np.zeros(1, dtype=np.intp),
        np.array([[1.0, 0.0, 0.0]]),
    )
    twice, once = moved(moved(start, first, DEFAULTS), second, DEFAULTS), moved(start, first + second, DEFAULTS)
    for one, other in zip(twice, once, strict=True):
        assert one == pytest.approx(other, abs=1e-9)


def test_what_is_followed_from_boxes_can_be_exported(tmp_path: Path) -> None:
    tracker, person = MultiViewTracker(STORE.cameras), np.array([[3.0, 2.0, 1.7]])
    with BagWriter(tmp_path / "followed", STORE.id) as bag:
        for number in range(3):
            stamp = START + number * SECOND // RATE
            bag.write(SHOPPERS.name, tracker.update(stamp, boxes(person)), stamp)
    assert write_shoppers_csv(tmp_path / "followed", tmp_path / "followed.csv") == 3 * 3
    with (tmp_path / "followed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["joint"] for row in rows[:3]] == ["head", "hip", "floor"]
    assert [float(rows[0][axis]) for axis in "xyz"] == pytest.approx(person[0], abs=0.08)


def of_a_block(place: Floats, length: Floats, lowest: float, highest: float) -> dict[str, Floats]:
    """Boxes around a body as long as a vector on the floor, 0.4 m wide, between two heights; metres."""
    across = 0.2 * np.array([-length[1], length[0]]) / np.linalg.norm(length)
    corners = [place + a * length / 2 + b * across for a in (-1, 1) for b in (-1, 1)]
    points = np.array([[*corner, z] for corner in corners for z in (lowest, highest)])
    pixels = GROUP.project(points[None])[0]
    found = {}
    for name, size, ends in zip(GROUP.ids.tolist(), GROUP.sizes, pixels, strict=True):
        least, most = np.clip(ends.min(axis=0), 0, size), np.clip(ends.max(axis=0), 0, size)
        good = np.isfinite(ends).all() and (most - least > 8).all()
        found[name] = np.array([[*least, *(most - least), 0.8]]) if good else np.zeros((0, 5))
    return found


@pytest.mark.parametrize("turn", [0.0, 0.8, 1.6, 2.4])
def test_who_falls_and_lies_for_a_while_is_still_there_and_the_same_when_they_get_up(turn: float) -> None:
    tracker, person = BoxTracker(STORE.cameras), np.array([[3.0, 2.2, 1.7]])
    ids = set()
    for number in range(8 * RATE):
        lies = 2 * RATE <= number < 6 * RATE
        length = 1.7 * np.array([np.cos(turn), np.sin(turn)])
        seen = of_a_block(person[0, :2], length, 0.0, 0.3) if lies else boxes(person)
        (one,) = tracker.update(START + number * SECOND // RATE, seen).shoppers
        ids.add(one.shopper_id)
        assert np.linalg.norm(one.positions[0, :2] - person[0, :2]) < 0.5
    assert len(ids) == 1


def test_who_jumps_is_one_person() -> None:
    tracker, person = BoxTracker(STORE.cameras), np.array([3.0, 2.2, 1.7])
    for number in range(4 * RATE):
        lift = 0.4 * abs(np.sin(np.pi * number / RATE / 0.7)) if number >= RATE else 0.0
        seen = of_a_block(person[:2], np.array([0.45, 0.0]), lift, lift + person[2])
        (one,) = tracker.update(START + number * SECOND // RATE, seen).shoppers
        assert np.linalg.norm(one.positions[0, :2] - person[:2]) < 0.3
