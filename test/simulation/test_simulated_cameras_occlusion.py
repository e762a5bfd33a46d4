"""What simulated cameras cannot see: who is behind a shelf, a wall, somebody else, or turned away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from camera_scenes import CORNER, SHARP, body, camera, performance, standing, store
from hypothesis import given
from hypothesis import strategies as st

from storegraph.observations import COCO_17
from storegraph.simulation.cameras import CameraSettings, keypoints
from storegraph.simulation.cameras.bodies import Capsules
from storegraph.simulation.cameras.furniture import Furniture
from storegraph.simulation.cameras.occlusion import Pairs, hidden_by_capsules, hidden_by_oneself, hidden_by_others
from storegraph.simulation.performance import Floats
from storegraph.simulation.script import Body
from storegraph.store.model import Camera, Fixture, Gate, Shelf
from storegraph.tracking.cameras import CameraGroup

NORTH, SOUTH, EAST = np.pi / 2, -np.pi / 2, 0.0
MEAN = Body(1.75, 1.0, 35.0, 0)

GONDOLA = Fixture(
    id="G",
    position=(-0.5, 2.0, 0.0),
    yaw=0.0,
    size=(1.0, 0.5, 1.6),
    shelves=(Shelf(id="G1", height=0.2, clearance=0.5), Shelf(id="G2", height=0.9, clearance=0.5)),
)
"""Its open front is at y = 2, where a shopper looks north; its back is at y = 2.5."""

EYES = st.tuples(st.floats(-3, 3), st.floats(-2, 1.5), st.floats(0.5, 3)).map(np.array)
PLACES = st.tuples(st.floats(-3, 3), st.floats(-1, 5), st.floats(0.05, 2)).map(np.array)


def hidden(furniture: Furniture, eye: object, *points: object) -> list[float]:
    return furniture.hide(np.array(eye, dtype=np.float64), np.array(points, dtype=np.float64).T).tolist()


def test_a_gondola_is_open_in_front_and_closed_behind() -> None:
    furniture = Furniture.of(store(camera(), fixtures=[GONDOLA]))
    in_front, behind, hand, above = (0.0, 1.5, 1.0), (0.0, 3.0, 1.0), (0.0, 2.1, 1.1), (0.0, 3.0, 2.2)
    assert hidden(furniture, (0, 0, 1.3), in_front, behind, hand, above) == [0, 1, 0, 0]
    assert hidden(furniture, (0, 5, 1.3), in_front, behind, hand, above) == [1, 0, 1, 0]


def test_boards_hide_what_is_between_them_from_above_and_sides_from_beside() -> None:
    furniture = Furniture.of(store(camera(), fixtures=[GONDOLA]))
    between, before = (0.0, 2.25, 0.5), (0.0, 1.8, 0.5)
    assert hidden(furniture, (0, 1.9, 2.8), between, before) == [1, 0]
    assert hidden(furniture, (-3, 2.25, 0.6), between, before) == [1, 0]


def test_a_joint_behind_an_edge_is_hidden_by_half() -> None:
    furniture = Furniture.of(store(camera(), fixtures=[GONDOLA]))
    (share,) = hidden(furniture, (-0.5, 0.0, 1.0), (-0.5, 4.0, 1.0))
    assert share == pytest.approx(0.5)


def test_a_fixture_without_shelves_is_closed_and_one_with_goods_on_top_has_no_lid() -> None:
    counter = Fixture(id="C", position=(-0.5, 2.0, 0.0), size=(1.0, 0.5, 1.0))
    table = Fixture(
        id="T", position=(-0.5, 2.0, 0.0), size=(1.0, 0.5, 1.0), shelves=(Shelf(id="T1", height=0.8, clearance=0.5),)
    )
    inside = (0.0, 2.25, 0.9)
    assert hidden(Furniture.of(store(camera(), fixtures=[counter])), (0, 0, 0.9), inside) == [1]
    assert hidden(Furniture.of(store(camera(), fixtures=[table])), (0, 2.2, 2.5), inside) == [0]
    assert hidden(Furniture.of(store(camera(), fixtures=[GONDOLA])), (0, 2.2, 2.5), inside) == [1]


@given(EYES, PLACES, st.floats(1.0, 3.0))
def test_farther_along_the_same_line_nothing_is_less_hidden(eye: Floats, point: Floats, farther: float) -> None:
    furniture = Furniture.of(store(camera(), fixtures=[GONDOLA]))
    near, far = hidden(furniture, eye, point, eye + farther * (point - eye))
    assert far >= near - 1e-9


@given(EYES, PLACES, st.floats(-np.pi, np.pi), st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
def test_what_is_hidden_does_not_depend_on_where_the_store_is_drawn(
    eye: Floats, point: Floats, yaw: float, shift: tuple[float, float]
) -> None:
    here = Furniture.of(store(camera(), fixtures=[GONDOLA]))
    cosine, sine = np.cos(yaw), np.sin(yaw)

    def moved(place: Floats) -> Floats:
        x, y, z = place
        return np.array([cosine * x - sine * y + shift[0], sine * x + cosine * y + shift[1], z])

    position = tuple(moved(np.array(GONDOLA.position)).tolist())
    elsewhere = GONDOLA.model_copy(update={"position": position, "yaw": yaw})
    there = Furniture.of(store(camera(), fixtures=[elsewhere]))
    assert hidden(there, moved(eye), moved(point)) == pytest.approx(hidden(here, eye, point), abs=1e-6)


def test_walls_hide_the_street_but_for_what_is_seen_through_the_door() -> None:
    furniture = Furniture.of(CORNER)
    inside = (3.0, 4.0, 2.7)
    assert hidden(furniture, inside, (3.0, 1.0, 1.0), (3.0, -0.8, 1.0), (0.5, -0.8, 1.0)) == [0, 0, 1]


def test_walls_of_a_corner_that_juts_in_hide_the_room_behind_it() -> None:
    angle = store(camera(), outline=[(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)])
    furniture = Furniture.of(angle)
    assert hidden(furniture, (1, 3.8, 2.5), (1, 0.5, 1), (3.8, 1.5, 1)) == [0, 1]


def test_a_camera_outside_of_the_walls_looks_over_them() -> None:
    room = store(camera(), outline=[(0, 0), (4, 0), (4, 4), (0, 4)])
    assert hidden(Furniture.of(room), (-0.1, 2, 2.5), (2, 2, 1)) == [0]
    assert hidden(Furniture.of(room), (0.1, 2, 2.5), (-2, 2, 1)) == [1]


def test_two_gates_in_one_wall_leave_three_pieces() -> None:
    gates = tuple(
        Gate(id=name, from_point=(start, 0.1), to_point=(start + 1, 0.1)) for name, start in (("out", 6.0), ("in", 2.0))
    )
    room = store(camera(), outline=[(0, 0), (10, 0), (10, 5), (0, 5)]).model_copy(update={"gates": gates})
    south = [piece for piece in Furniture.of(room).walls if (piece[:, 1] == 0).all()]
    assert [piece[:, 0].tolist() for piece in south] == [[0, 2], [3, 6], [7, 10]]


points = st.tuples(st.floats(-2, 2), st.floats(0.5, 4), st.floats(-1, 1)).map(np.array)


@given(points, points, points, st.floats(0.05, 0.2))
def test_a_capsule_hides_what_passes_it_as_near_as_the_nearest_of_many_points_says(
    aim: Floats, start: Floats, end: Floats, radius: float
) -> None:
    share = hidden_by_capsules(aim, start, end, np.array(radius))
    along = np.linspace(0, 1, 200)[:, None]
    apart = np.linalg.norm((along * aim)[:, None] - (start + along * (end - start)), axis=2)
    expected = np.clip(0.5 + (radius - apart.min()) / 0.08, 0, 1)
    assert share <= expected + 0.15  # samples are up to 1.2 cm from the nearest points
    before = (1 - along[apart.min(axis=1) < apart.min() + 0.02]) * np.linalg.norm(aim)
    if before.min() > 0.1:  # it passes clearly before the joint
        assert share == pytest.approx(expected, abs=0.15)


def seen_by(seeing: Camera, joints: Floats) -> tuple[Floats, Floats]:
    """By what share the joints [P, 17, 3] of people are hidden, by others and by themselves, shape [P, 17] each."""
    group = CameraGroup.of([seeing])
    pixels, scale = (each[0] for each in group.project(joints[None, None]))
    by_axis = np.moveaxis(joints, (2, 1, 0), (0, 1, 2))[:, :, None]
    capsules = Capsules.of(by_axis, [MEAN] * len(joints))
    eye, furniture, pairs = group.centres[0], Furniture.of(store(seeing)), Pairs.of(pixels, scale)
    others = hidden_by_others(eye, by_axis, pixels, scale, capsules, pairs, furniture)
    return others[0], hidden_by_oneself(eye, by_axis, capsules)[0]


def test_who_stands_behind_somebody_is_hidden_and_the_one_in_front_is_not() -> None:
    near, far = body((0.0, 2.0), SOUTH), body((0.0, 3.0), SOUTH)
    by_others, _ = seen_by(camera(1.64), np.array([near, far]))  # at the height of the eyes
    assert (by_others[0] == 0).all()
    trunk_and_head = [i for i, joint in enumerate(COCO_17) if joint.rpartition("_")[2] in ("nose", "eye", "ear", "hip")]
    assert (by_others[1, trunk_and_head] > 0.9).all()


def test_people_beside_each_other_do_not_hide_each_other() -> None:
    by_others, _ = seen_by(camera(), np.array([body((-0.5, 3.0), SOUTH), body((0.5, 3.0), SOUTH)]))
    assert (by_others == 0).all()


def test_an_arm_hides_what_is_right_behind_it_only() -> None:
    near, far = body((0.0, 2.0), EAST), body((0.0, 3.0), SOUTH)
    wrist = COCO_17.index("right_wrist")  # on the side of the camera
    far[0] = 1.5 * (near[wrist] - (0, 0, 1.3)) + (0, 0, 1.3)
    far[1] = far[0] + (0.45, 0, 0.0)
    by_others, _ = seen_by(camera(), np.array([near, far]))
    assert by_others[1, 0] > 0.9
    assert by_others[1, 1] == 0


def test_somebody_turned_away_has_the_face_hidden_and_somebody_who_faces_the_camera_has_not() -> None:
    _, facing = seen_by(camera(), np.array([body((0.0, 3.0), SOUTH)]))
    _, away = seen_by(camera(), np.array([body((0.0, 3.0), NORTH)]))
    assert facing.max() < 0.05
    assert away[0, 0] == pytest.approx(1.0)


def test_from_the_side_the_far_arm_is_behind_the_trunk() -> None:
    _, shares = seen_by(camera(), np.array([body((0.0, 3.0), EAST)]))  # the right side is nearer
    hidden = dict(zip(COCO_17, shares[0].tolist(), strict=True))
    assert hidden["left_elbow"] > 0.9
    assert hidden["right_elbow"] == hidden["right_wrist"] == 0


def test_capsules_lie_between_the_joints_and_grow_with_stature_and_build() -> None:
    joints = body((1.0, 2.0), SOUTH)
    bodies = [MEAN, Body(0.9, 1.0, 4.0, 0), Body(1.75, 1.3, 40.0, 0)]
    capsules = Capsules.of(np.repeat(joints.T[:, :, None, None], len(bodies), axis=3), bodies)
    assert capsules.starts.shape == capsules.ends.shape == (3, 12, 1, 3)
    lowest = np.minimum(capsules.starts, capsules.ends)[..., 0, 0].min(axis=1)
    assert lowest == pytest.approx(joints.min(axis=0), abs=0.15)
    mean, small, broad = capsules.radii[:, 0].T
    assert small == pytest.approx(mean * 0.9 / 1.75)
    assert broad[0] == pytest.approx(1.3 * mean[0])
    assert broad[3] == mean[3]  # the head


def test_whoever_stands_behind_a_gondola_is_seen_above_it_only() -> None:
    scene = performance([standing("ada", (0.0, 3.0), SOUTH, 2.0)], 2.0, store(camera(1.75), fixtures=[GONDOLA]))
    network = replace(SHARP.detection, blur=0.3, guess=100.0, admitted=100.0, least_score=0.01)
    stream = list(keypoints(scene, CameraSettings(SHARP.shutter, network)))
    assert len(stream) > 15
    scores = np.array([person.scores for recorded in stream for person in recorded.observation.people])
    assert len(scores) == len(stream)
    shares = dict(zip(COCO_17, (scores > 0.13).mean(axis=0).tolist(), strict=True))
    assert min(shares[joint] for joint in ("nose", "left_eye", "right_eye")) > 0.6  # at times they are overlooked
    assert {shares[f"{side}_{joint}"] for side in ("left", "right") for joint in ("hip", "knee", "ankle")} == {0.0}
