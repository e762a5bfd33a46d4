"""What a picture does when a camera moves: derivatives are those of differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from storegraph.calibration.turning import by_vector, matrix, vector
from storegraph.calibration.viewpoint import CLOCK, UNKNOWNS, Expected, moved, seen
from storegraph.store.model import Camera

CAMERA = Camera(
    id="ceiling",
    width=640,
    height=360,
    focal_length=(380.0, 381.0),
    principal_point=(321.0, 178.0),
    distortion=(-0.28, 0.07, 0.0004, -0.0003, 0.0),
    position=(0.2, 0.1, 2.7),
    orientation=(-0.7695564, 0.3628834, -0.2241091, 0.4752618),
)
POINTS = np.array([(1.5, 1.0, 0.0), (2.0, 1.8, 1.0), (3.0, 2.5, 1.6)])
FISHEYE = CAMERA.model_copy(update={"distortion_model": "equidistant", "distortion": (-0.02, 0.004, -0.001, 0.0)})

small = arrays(np.float64, UNKNOWNS, elements=st.floats(-0.05, 0.05))
turns = arrays(np.float64, 3, elements=st.floats(-1.5, 1.5))


@pytest.mark.parametrize("camera", [CAMERA, FISHEYE], ids=lambda camera: camera.distortion_model)
@settings(max_examples=15, deadline=None)
@given(small)
def test_derivatives_are_those_of_small_differences(camera: Camera, unknowns: np.ndarray) -> None:
    exact = seen(camera, unknowns, POINTS)
    for column in [place for place in range(UNKNOWNS) if place != CLOCK.start]:
        change = np.zeros(UNKNOWNS)
        change[column] = 1e-5
        after = seen(camera, unknowns + change, POINTS).pixels
        before = seen(camera, unknowns - change, POINTS).pixels
        np.testing.assert_allclose(exact.by_camera[..., column], (after - before) / 2e-5, atol=0.02, rtol=1e-3)


def test_a_camera_that_is_not_moved_is_the_same() -> None:
    same = moved(CAMERA, np.zeros(UNKNOWNS))
    np.testing.assert_allclose(same.position, CAMERA.position)
    np.testing.assert_allclose(np.abs(np.dot(same.orientation, CAMERA.orientation)), 1.0, atol=1e-6)
    assert same.focal_length == CAMERA.focal_length


@settings(deadline=None)
@given(turns)
def test_a_turn_is_the_vector_of_its_matrix(turn: np.ndarray) -> None:
    np.testing.assert_allclose(vector(matrix(turn)), turn, atol=1e-9)


@settings(deadline=None)
@given(turns, arrays(np.float64, 3, elements=st.floats(-1e-4, 1e-4)))
def test_a_turn_that_changes_turns_on(turn: np.ndarray, change: np.ndarray) -> None:
    onward = matrix(by_vector(turn) @ change) @ matrix(turn)
    np.testing.assert_allclose(matrix(turn + change), onward, atol=1e-7)


@settings(max_examples=15, deadline=None)
@given(small)
def test_what_is_expected_is_missed_by_as_many_sigmas_as_the_camera_is_off(unknowns: np.ndarray) -> None:
    expected = Expected(CAMERA, position=0.1, orientation=0.2, focal=0.02, radial=0.01, clock=0.1)
    off, by_unknowns = expected.unlikeliness(CAMERA, unknowns)
    np.testing.assert_allclose(off[:3] * 0.2, unknowns[:3], atol=1e-6)
    np.testing.assert_allclose(off[3:6] * 0.1, unknowns[3:6], atol=1e-9)
    for column in range(UNKNOWNS):
        change = np.zeros(UNKNOWNS)
        change[column] = 1e-5
        after, _ = expected.unlikeliness(CAMERA, unknowns + change)
        np.testing.assert_allclose(by_unknowns[:, column], (after - off) / 1e-5, atol=1e-2, rtol=1e-3)
