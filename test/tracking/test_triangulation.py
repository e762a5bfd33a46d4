"""Where rays meet."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.tracking.triangulation import Sightings, triangulate

CENTRES = np.array([[0.0, 0.0, 2.75], [6.0, 0.0, 2.75], [6.0, 5.0, 2.75], [0.0, 5.0, 2.75]])
ANGLE = 0.005
"""Radians; two pixels at a focal length of 400."""


def sightings(points: np.ndarray, centres: np.ndarray = CENTRES, seed: int | None = None) -> Sightings:
    """What cameras see of points, with noise where a seed is given."""
    rays = points - centres[:, None]
    ranges = np.linalg.norm(rays, axis=2, keepdims=True)
    if seed is not None:
        rays = rays + np.random.default_rng(seed).normal(0.0, ANGLE, rays.shape) * ranges
    rays = rays / np.linalg.norm(rays, axis=2, keepdims=True)
    return Sightings(centres, rays, np.full(rays.shape[:2], ANGLE), np.zeros(len(points)))


def somewhere(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform([1.0, 1.0, 0.0], [5.0, 4.0, 2.0], (count, 3))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_exact_rays_give_the_exact_point(seed: int):
    points = somewhere(seed, 6)
    found, _ = triangulate(sightings(points), worst=0.3)
    np.testing.assert_allclose(found, points, atol=1e-9)


@given(seed=st.integers(0, 10_000), wrong=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_one_view_that_is_wrong_changes_nothing(seed: int, wrong: int):
    points = somewhere(seed, 6)
    seen = sightings(points)
    others = sightings(points + np.array([0.0, 0.0, 0.5]))
    rays = seen.rays.copy()
    rays[wrong] = others.rays[wrong]
    found, _ = triangulate(Sightings(CENTRES, rays, seen.angles, seen.offsets), worst=0.3)
    np.testing.assert_allclose(found, points, atol=1e-6)


def test_a_joint_that_one_camera_sees_alone_is_not_known():
    seen = sightings(somewhere(0, 2))
    rays = seen.rays.copy()
    rays[1:, 0] = np.nan
    found, covariance = triangulate(Sightings(CENTRES, rays, seen.angles, seen.offsets), worst=0.3)
    assert np.isnan(found[0]).all()
    assert np.isnan(covariance[0]).all()
    assert np.isfinite(found[1]).all()


def test_cameras_side_by_side_do_not_know_how_far_away_something_is():
    beside = np.array([[0.0, 0.0, 2.75], [0.05, 0.0, 2.75]])
    found, _ = triangulate(sightings(somewhere(1, 4), beside, seed=1), worst=0.3)
    assert np.isnan(found).all()


def test_rays_that_meet_behind_a_camera_are_no_point():
    centres = CENTRES[:2]
    seen = sightings(np.array([[3.0, 2.0, 1.0]]), centres)
    found, _ = triangulate(Sightings(centres, -seen.rays, seen.angles, seen.offsets), worst=0.3)
    assert np.isnan(found).all()


def test_the_error_is_as_large_as_its_covariance_says():
    points = somewhere(2, 1000)
    found, covariance = triangulate(sightings(points, seed=3), worst=0.3)
    error = found - points
    squared = np.einsum("ja,jab,jb->j", error, np.linalg.inv(covariance), error)
    # The mean of chi square with three degrees of freedom is 3; over 1000 its standard error is 0.08. One joint in
    # twelve loses a good view to the test of agreement, which makes its error larger than its covariance says.
    assert 2.7 < squared.mean() < 3.5
