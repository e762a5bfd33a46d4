"""MoveNet gives what TensorFlow.js gives, in batches of any size, and finds people where they are."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

cv2: Any = pytest.importorskip("cv2")
torch: Any = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

import drawn_pictures  # noqa: E402
import movenet_reference  # noqa: E402

from storegraph.observations import COCO_17, PersonKeypoints  # noqa: E402
from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.graph_model import read_graph_model  # noqa: E402
from storegraph.vision.graph_network import GraphNetwork  # noqa: E402
from storegraph.vision.models import MOVENET_MULTIPOSE, installed, models_folder  # noqa: E402
from storegraph.vision.movenet import HEADS, JOINT_SCORE, Heads, MoveNet, people_in  # noqa: E402

PICTURES, REFERENCE = movenet_reference.PICTURES, movenet_reference.reference()

NEARLY = 2e-5
"""Of the largest value of a map, or of the picture's side.

TensorFlow.js' own two CPU backends differ by 3e-6, as they add in different orders.
"""


@pytest.fixture(scope="module")
def network() -> GraphNetwork:
    try:
        folder = installed(MOVENET_MULTIPOSE, models_folder())
    except VisionError as error:
        pytest.skip(str(error))
    torch.set_num_threads(1)  # more would wait for each other where tests run beside other work
    return GraphNetwork(read_graph_model(folder / "movenet-multipose.json"), HEADS)


def bgr(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[..., ::-1])


def by_place(people: tuple[PersonKeypoints, ...]) -> list[PersonKeypoints]:
    return sorted(people, key=lambda person: float(person.box[0]))


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_are_those_that_the_reference_was_made_with(name: str) -> None:
    assert sha256(PICTURES[name].tobytes()).hexdigest() == REFERENCE[name]["sha256"]


@pytest.mark.parametrize("name", PICTURES)
def test_the_maps_of_the_network_are_those_of_tensorflow_js(network: GraphNetwork, name: str) -> None:
    step = movenet_reference.HEAD_STEP
    maps = network(torch.from_numpy(PICTURES[name][None]).permute(0, 3, 1, 2))
    for found, expected in zip(maps, REFERENCE[name]["heads"], strict=True):
        some = found[:, :, ::step, ::step].permute(0, 2, 3, 1).flatten().numpy()
        np.testing.assert_allclose(some, expected, rtol=0, atol=NEARLY * np.abs(expected).max())


@pytest.mark.parametrize(("name", "count"), [("two_people", 2), ("eight_people", 6)])
def test_the_people_are_those_of_tensorflow_js(network: GraphNetwork, name: str, count: int) -> None:
    (found,) = MoveNet(network, most=6).outputs(PICTURES[name][None])
    expected = np.reshape(REFERENCE[name]["output"], (6, 56))
    seen = expected[:, -1] > JOINT_SCORE
    assert seen.sum() == count
    np.testing.assert_allclose(found[seen], expected[seen], rtol=0, atol=NEARLY)
    assert (found[~seen, -1] < JOINT_SCORE).all()


def test_a_picture_gives_the_same_alone_and_among_others(network: GraphNetwork) -> None:
    movenet = MoveNet(network, size=256)
    two, eight = bgr(PICTURES["two_people"]), bgr(PICTURES["eight_people"])
    pictures = [eight, two, eight[:, :300], two]
    together = movenet.detect(pictures)
    alone = [movenet.detect([picture])[0] for picture in pictures[:3]] + [together[1]]
    assert [len(people) for people in together] == [len(people) for people in alone]
    for one, other in zip(sum(together, ()), sum(alone, ()), strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=0.01)
        np.testing.assert_allclose(one.box, other.box, atol=0.01)
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_no_pictures_give_no_people(network: GraphNetwork) -> None:
    assert MoveNet(network).detect([]) == []


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (320, 240), (500, 389)])
def test_people_are_found_where_they_are_whatever_the_size_of_the_picture(
    network: GraphNetwork, width: int, height: int
) -> None:
    tall = 0.75 * min(width, height)
    standing = [(0.3 * width, 0.12 * height, tall), (0.72 * width, 0.2 * height, 0.9 * tall)]
    (found,) = MoveNet(network, size=320).detect([bgr(drawn_pictures.people(height, width, standing))])
    assert len(found) == 2
    for person, (x, y, size) in zip(by_place(found), standing, strict=True):
        off = np.linalg.norm(person.points - drawn_pictures.joints(x, y, size), axis=1) / size
        assert np.median(off) < 0.02
        assert off.max() < 0.06  # no left for a right: shoulders are 0.21 apart, eyes 0.034
        left, top, box_width, box_height = person.box
        assert left < x < left + box_width
        assert abs(top + box_height / 2 - (y + size / 2)) < 0.06 * size


def test_more_than_six_people_are_found_where_they_are_asked_for(network: GraphNetwork) -> None:
    picture = bgr(PICTURES["eight_people"])
    (six,) = MoveNet(network, most=6).detect([picture])
    (eight,) = MoveNet(network).detect([picture])
    assert (len(six), len(eight)) == (6, 8)


@pytest.mark.parametrize("name", ["noise", "gradient"])
def test_nobody_is_found_where_nobody_is(network: GraphNetwork, name: str) -> None:
    assert MoveNet(network, size=256).detect([PICTURES[name]]) == [()]


def test_joints_outside_the_picture_are_not_found(network: GraphNetwork) -> None:
    picture = drawn_pictures.people(288, 512, [(256, 60, 500)])
    ((person,),) = MoveNet(network).detect([bgr(picture)])
    unseen = {joint for joint, point in zip(COCO_17, person.points, strict=True) if np.isnan(point).all()}
    assert {"left_ankle", "right_ankle"} <= unseen
    assert unseen.isdisjoint({"nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow"})
    assert (person.scores[np.isnan(person.points[:, 0])] <= JOINT_SCORE).all()


def test_nobody_is_found_twice(network: GraphNetwork) -> None:
    picture = drawn_pictures.people(777, 1000, [(300, 93, 583), (720, 155, 525)])
    (outputs,) = MoveNet(network).outputs(np.pad(cv2.resize(picture, (512, 398)), [(0, 18), (0, 0), (0, 0)])[None])
    assert (outputs[:, -1] > 0.2).sum() == 3  # two centres in one body
    assert len(MoveNet(network).detect([bgr(picture)])[0]) == 2


@pytest.mark.parametrize("size", [0, 100, 300])
def test_a_size_that_the_network_cannot_take_is_refused(network: GraphNetwork, size: int) -> None:
    with pytest.raises(VisionError, match=rf"size: is {size}; a multiple of 32"):
        MoveNet(network, size=size)


def test_without_its_files_it_names_the_command_that_brings_them(tmp_path: Any) -> None:
    with pytest.raises(VisionError, match="`storegraph models fetch`"):
        MoveNet.load(tmp_path)


ROWS, COLUMNS = 24, 32
inside = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))


@st.composite
def person(draw: Any) -> tuple[Any, Any, Any]:
    """The centre of somebody's box, the cell of each joint, and where in its cell each joint is."""
    centre = draw(st.tuples(st.integers(6, ROWS - 7), st.integers(6, COLUMNS - 7)))
    near = st.tuples(st.integers(-4, 4), st.integers(-4, 4))
    cells = np.add(centre, draw(st.lists(near, min_size=17, max_size=17)))
    shares = st.tuples(st.floats(0.0, 0.99), st.floats(0.0, 0.99))
    return centre, cells, np.array(draw(st.lists(shares, min_size=17, max_size=17)), np.float32)


@settings(max_examples=30, deadline=None)
@given(person())
def test_a_person_comes_out_where_the_maps_have_it(drawn: Any) -> None:
    (row, column), cells, shares = drawn
    maps = Heads(*(torch.full((1, channels, ROWS, COLUMNS), -12.0) for channels in (1, 2, 2, 17, 34, 34)))
    maps.centre[0, 0, row, column] = 12.0
    maps.size[0, :, row, column] = torch.tensor([11.0, 12.0])
    maps.offset[0, :, row, column] = torch.tensor([0.5, 0.25])
    maps.expected[0, :, row, column] = torch.from_numpy((cells - (row, column)).astype(np.float32)).flatten()
    for joint, (place, share) in enumerate(zip(cells, shares, strict=True)):
        maps.joint[0, joint, place[0], place[1]] = 12.0
        maps.joint_offset[0, 2 * joint : 2 * joint + 2, place[0], place[1]] = torch.from_numpy(share)
    first = people_in(maps, most=3)[0, 0].numpy()
    limits = np.array([ROWS, COLUMNS], np.float32)
    joints = first[:51].reshape(17, 3)
    np.testing.assert_allclose(joints[:, :2] * limits, cells + shares, atol=1e-4)
    box = first[51:55].reshape(2, 2) * limits
    np.testing.assert_allclose(box, [[row - 5, column - 5.75], [row + 6, column + 6.25]], atol=1e-4)
    assert first[55] > 0.99
