"""Who was found in a picture is seen on it, where they were found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

cv2 = pytest.importorskip("cv2", reason="needs OpenCV; `make env` installs it")

from storegraph.observations import COCO_17, Keypoints, PersonKeypoints  # noqa: E402
from storegraph.viz.figures import COLOURS  # noqa: E402
from storegraph.viz.overlay.drawing import draw, overlaid  # noqa: E402
from storegraph.viz.overlay.model import OverlayError, Pair  # noqa: E402

NOWHERE = (math.nan, math.nan)
WHITE = (1.0, 1.0, 1.0, 1.0)


def person(score: float = 1.0, **joints: tuple[float, float]) -> PersonKeypoints:
    """Somebody of whom only these joints were found, in no box."""
    points = np.array([joints.get(name, NOWHERE) for name in COCO_17], dtype=np.float32)
    return PersonKeypoints(1.0, np.full(4, math.nan, np.float32), points, np.full(17, score, np.float32))


def black() -> NDArray[np.uint8]:
    return np.zeros((240, 320, 3), np.uint8)


def drawn(*people: PersonKeypoints) -> NDArray[np.uint8]:
    image = black()
    for each in people:
        draw(image, each, COCO_17, WHITE)
    return image


def test_a_joint_is_where_it_was_found_and_nowhere_else() -> None:
    image = drawn(person(nose=(100.2, 50.4)))
    rows, columns = np.nonzero(image.any(axis=2))
    assert image[50, 100].tolist() == [255, 255, 255]
    assert (rows.mean(), columns.mean()) == pytest.approx((50, 100), abs=0.5)
    assert np.ptp(rows) <= 6 and np.ptp(columns) <= 6


def test_a_bone_joins_what_was_found_of_it() -> None:
    elbow, wrist = (100.0, 100.0), (200.0, 100.0)
    assert drawn(person(left_elbow=elbow, left_wrist=wrist))[100, 150].any()
    assert not drawn(person(left_elbow=elbow, right_wrist=wrist))[100, 150].any()


def test_what_is_less_sure_is_darker() -> None:
    brightness = [int(drawn(person(score, nose=(100.0, 50.0)))[50, 100, 0]) for score in (0.2, 0.6, 1.0)]
    assert brightness == sorted(brightness) and brightness[0] < brightness[1] < brightness[2]


def test_people_are_told_apart_by_colour_from_the_left() -> None:
    def standing(x: float) -> PersonKeypoints:
        box = np.array([x - 20, 20, 40, 200], np.float32)
        return PersonKeypoints(0.9, box, person(nose=(x, 50.0)).points, np.ones(17, np.float32))

    _, picture = cv2.imencode(".png", black())
    pair = Pair(picture.tobytes(), Keypoints(1, "north", 320, 240, COCO_17, (standing(250.0), standing(80.0))))
    image = cv2.imdecode(overlaid(pair, 95), cv2.IMREAD_COLOR)
    for x, colour in ((80, COLOURS[0]), (250, COLOURS[1])):
        assert image[50, x][::-1] / 255 == pytest.approx(np.array(colour[:3]), abs=0.1)


def test_a_picture_without_people_stays_as_it_is() -> None:
    shades = np.tile(np.arange(0, 240, dtype=np.uint8)[:, None, None], (1, 320, 3))
    _, picture = cv2.imencode(".jpg", shades)
    image = cv2.imdecode(overlaid(Pair(picture.tobytes(), Keypoints(1, "north", 320, 240, COCO_17, ())), 95), 1)
    assert np.abs(image.astype(int) - shades).max() < 6  # what JPEG does twice


@pytest.mark.parametrize("picture", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off"])
def test_what_is_no_picture_is_refused_with_its_camera(picture: bytes) -> None:
    with pytest.raises(OverlayError, match="camera north"):
        overlaid(Pair(picture, Keypoints(1, "north", 320, 240, COCO_17, ())), 80)


anything = st.floats(width=32)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(anything, min_size=34, max_size=34),
    st.lists(anything, min_size=17, max_size=17),
    st.lists(anything, min_size=4, max_size=4),
)
def test_whatever_vision_says_can_be_drawn(points: list[float], scores: list[float], box: list[float]) -> None:
    as_told = [np.array(each, np.float32) for each in (box, points, scores)]
    draw(black(), PersonKeypoints(math.nan, as_told[0], as_told[1].reshape(17, 2), as_told[2]), COCO_17, WHITE)
