"""From `map` to pictures and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import STORE

from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

DISTORTIONS = {
    "plumb_bob": (-0.283, 0.071, 0.0004, -0.0003, 0.01),
    "rational_polynomial": (0.31, 0.02, 0.0003, -0.0002, 0.001, 0.63, 0.11, 0.004),
    "equidistant": (-0.012, 0.004, -0.002, 0.0003),
}


def camera(model: str, distortion: tuple[float, ...] | None = None) -> Camera:
    coefficients = DISTORTIONS[model] if distortion is None else distortion
    return STORE.cameras[0].model_copy(update={"distortion_model": model, "distortion": coefficients})


def seen_points(group: CameraGroup, count: int, seed: int) -> np.ndarray:
    """Points that lie inside of the picture of one camera, at 0.5 to 6 m, shape [1, count, 3]."""
    random = np.random.default_rng(seed)
    pixels = random.uniform([0, 0], group.sizes[0], (1, count, 2))
    return group.centres[0] + group.rays(pixels) * random.uniform(0.5, 6.0, (count, 1))


@pytest.mark.parametrize("model", DISTORTIONS)
def test_points_are_seen_where_opencv_sees_them(model: str):
    cv2 = pytest.importorskip("cv2")
    described = camera(model)
    ours = CameraGroup.of([described])
    points = seen_points(ours, 200, seed=1)[0]
    matrix = np.diag([*described.focal_length, 1.0])
    matrix[:2, 2] = described.principal_point
    x, y, z, w = np.array(described.orientation) / np.linalg.norm(described.orientation)
    turn = 2 * np.arccos(w) * np.array([x, y, z]) / np.sqrt(1 - w * w)
    to_camera = cv2.Rodrigues(turn)[0].T
    placed = cv2.Rodrigues(to_camera)[0], -to_camera @ ours.centres[0]
    if model == "equidistant":
        expected, _ = cv2.fisheye.projectPoints(points[:, None], *placed, matrix, np.array(described.distortion))
    else:
        expected, _ = cv2.projectPoints(points, *placed, matrix, np.array(described.distortion))
    np.testing.assert_allclose(ours.project(points[None])[0][0], expected.reshape(-1, 2), atol=1e-6)


@pytest.mark.parametrize("model", DISTORTIONS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_point_on_the_ray_of_a_pixel_is_seen_at_that_pixel(model: str, seed: int):
    ours = CameraGroup.of([camera(model)])
    random = np.random.default_rng(seed)
    pixels = random.uniform([0, 0], ours.sizes[0], (1, 50, 2))
    points = ours.centres[0] + ours.rays(pixels) * random.uniform(0.3, 30.0, (50, 1))
    np.testing.assert_allclose(ours.project(points)[0], pixels, atol=1e-5)


@pytest.mark.parametrize("model", DISTORTIONS)
def test_the_jacobian_is_the_derivative(model: str):
    ours = CameraGroup.of([camera(model)])
    points = seen_points(ours, 100, seed=2)
    for axis, step in enumerate(1e-6 * np.eye(3)):
        numeric = (ours.project(points + step)[0] - ours.project(points - step)[0]) / 2e-6
        np.testing.assert_allclose(ours.linearise(points).jacobian[..., axis], numeric, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("model", DISTORTIONS)
def test_what_is_behind_a_camera_is_not_seen(model: str):
    ours = CameraGroup.of([camera(model)])
    forward = ours.rays(ours.sizes[None] / 2)
    assert np.isfinite(ours.project(ours.centres + 2 * forward)[0]).all()
    assert np.isnan(ours.project(ours.centres - 2 * forward)[0]).all()


def test_a_point_far_beside_the_picture_does_not_fold_back_into_it():
    ours = CameraGroup.of([camera("plumb_bob")])
    edge = ours.rays(ours.sizes[None] * [0.0, 0.5])
    sideways = edge - ours.rays(ours.sizes[None] / 2)
    assert np.isnan(ours.project(ours.centres + edge + 3 * sideways)[0]).all()


def test_a_metre_across_the_line_of_sight_takes_up_as_many_pixels_as_scale_says():
    ours = CameraGroup.of([camera("plumb_bob", ())])
    forward = ours.rays(ours.principal[None])
    points = ours.centres + 4 * forward
    across = np.cross(forward, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    pixels = ours.project(points + 0.01 * across)[0] - ours.project(points)[0]
    assert float(ours.project(points)[1][0, 0]) == pytest.approx(np.linalg.norm(pixels) / 0.01, rel=0.01)


@pytest.mark.parametrize("model", DISTORTIONS)
def test_cameras_together_see_what_each_sees_alone(model: str):
    described = [
        each.model_copy(update={"distortion_model": model, "distortion": DISTORTIONS[model]}) for each in STORE.cameras
    ]
    together = CameraGroup.of(described)
    points = np.random.default_rng(3).uniform([0.5, 0.5, 0.0], [5.5, 4.5, 2.0], (1, 4, 17, 3))
    chosen = together.select(np.array([2, 0, 2]))
    for index, alone in enumerate([described[2], described[0], described[2]]):
        group = CameraGroup.of([alone])
        np.testing.assert_array_equal(chosen.project(points)[0][index], group.project(points)[0][0])
        np.testing.assert_array_equal(chosen.linearise(points).jacobian[index], group.linearise(points).jacobian[0])
        np.testing.assert_array_equal(chosen.linearise(points).pixels[index], group.project(points)[0][0])
