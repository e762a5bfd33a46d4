"""A picture fits its letterbox, and points come back to where they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.vision.letterbox import Letterbox

sides = st.integers(1, 3000)
longer_sides = st.integers(1, 32).map(lambda cells: 32 * cells)


@given(sides, sides, longer_sides)
def test_the_longer_side_fills_the_input_and_the_other_wastes_less_than_a_cell(
    width: int, height: int, longer: int
) -> None:
    box = Letterbox.fitting(width, height, longer, 32)
    assert max(box.fitted_width, box.fitted_height) == max(box.input_width, box.input_height) == longer
    for fitted, whole in ((box.fitted_width, box.input_width), (box.fitted_height, box.input_height)):
        assert whole % 32 == 0
        assert 0 <= whole - fitted < 32


@given(sides, sides, longer_sides, st.floats(0, 1), st.floats(0, 1))
def test_a_point_comes_back_to_where_it_was(width: int, height: int, longer: int, across: float, down: float) -> None:
    box = Letterbox.fitting(width, height, longer, 32)
    in_input = [across * box.fitted_width / box.input_width, down * box.fitted_height / box.input_height]
    back = box.to_picture(np.array([in_input], np.float32))
    np.testing.assert_allclose(back, [[across * width, down * height]], rtol=1e-5, atol=1e-5)


@given(st.integers(8, 400), st.integers(8, 400), longer_sides)
def test_proportions_are_kept_to_half_a_pixel(width: int, height: int, longer: int) -> None:
    box = Letterbox.fitting(width, height, longer, 32)
    scale = longer / max(width, height)
    assert abs(box.fitted_width - scale * width) <= 0.5
    assert abs(box.fitted_height - scale * height) <= 0.5


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1920, 1080), (100, 60)])
def test_the_picture_lies_at_the_upper_left_and_the_rest_is_black(width: int, height: int) -> None:
    picture = np.full((height, width, 3), (10, 120, 250), np.uint8)
    box = Letterbox.fitting(width, height, 224, 32)
    fitted = box.fit(picture)
    assert fitted.shape == (box.input_height, box.input_width, 3)
    assert (fitted[: box.fitted_height, : box.fitted_width] == (10, 120, 250)).all()
    assert not fitted[box.fitted_height :].any()
    assert not fitted[:, box.fitted_width :].any()


@pytest.mark.parametrize("quick", [False, True])
@given(column=st.integers(40, 599), row=st.integers(40, 319))
def test_a_dot_comes_back_to_where_it_was(quick: bool, column: int, row: int) -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[row - 3 : row + 4, column - 3 : column + 4] = 255
    box = Letterbox.fitting(640, 360, 512, 32)
    light = box.fit(picture, quick=quick)[..., 0].astype(np.float32)
    rows, columns = np.indices(light.shape)
    middle = np.array([(light * columns).sum(), (light * rows).sum()], np.float32) / light.sum()
    np.testing.assert_allclose(box.from_input(middle), (column, row), atol=0.15)
