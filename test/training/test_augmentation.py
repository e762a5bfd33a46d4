"""What becomes of a picture becomes of the joints in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')

from storegraph.observations import COCO_17
from storegraph.training.augmentation import augmented, mirrored
from storegraph.training.dataset import People

LEFT, RIGHT = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")


def one_dot(x: float, y: float) -> tuple[np.ndarray, People]:
    """A dark picture with a white dot, where somebody has all their joints."""
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3] = 255
    points = np.tile(np.array([x, y], np.float32), (1, 17, 1))
    return pixels, People.known(points, np.zeros((1, 17), np.float32), np.zeros((1, 17), np.float32))


def test_in_a_mirror_the_left_hand_is_the_right_one() -> None:
    pixels, people = one_dot(20, 40)
    people.points[0, LEFT] = (100, 10)
    shown, seen = mirrored(pixels, people)
    assert seen.points[0, RIGHT].tolist() == [27, 10]
    assert shown[40, 107].tolist() == [255, 255, 255]
    assert seen.points[0, LEFT].tolist() == [107, 40]


def test_twice_mirrored_is_as_it_was() -> None:
    pixels, people = one_dot(20, 40)
    people.points[0, LEFT] = (100, 10)
    shown, seen = mirrored(*mirrored(pixels, people))
    assert np.array_equal(shown, pixels)
    assert np.array_equal(seen.points, people.points)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, 119), st.integers(8, 87))
def test_a_joint_stays_on_what_it_is_on(seed: int, x: int, y: int) -> None:
    square, seen = augmented(*one_dot(x, y), 96, np.random.default_rng(seed))
    assert square.shape == (96, 96, 3)
    assert square.dtype == np.uint8
    for (column, row), hidden in (
        zip(np.round(seen.points[0, :1]).astype(int), seen.hidden[0, :1], strict=False) if len(seen) else ()
    ):
        if hidden == 0 and 3 <= column < 93 and 3 <= row < 93:
            around = square[row - 1 : row + 2, column - 1 : column + 2].mean()
            assert around > square.mean()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_whom_a_square_is_cut_out_around_is_in_it(seed: int) -> None:
    pixels, person = one_dot(20, 40)
    other = one_dot(110, 80)[1]
    both = People(*(np.concatenate((getattr(person, each), getattr(other, each))) for each in
                    ("points", "hidden", "own", "score")))  # fmt: skip
    _, seen = augmented(pixels, both, 256, np.random.default_rng(seed), about=1)
    assert len(seen) >= 1
    alone = augmented(pixels, other, 256, np.random.default_rng(seed), about=0)[1]
    assert any(np.array_equal(each, alone.points[0]) for each in seen.points)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_equal_draws_give_equal_squares(seed: int) -> None:
    first, second = (augmented(*one_dot(60, 50), 96, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1].points, second[1].points)
