"""Where goods are, and how far from a hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from example_stores import PLATE, corner_shop, stores
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storegraph.store import Fixture, Scale, Shelf, Store
from storegraph.store.geometry import ScaleGeometry

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def some_points(seed: int, count: int = 8) -> Floats:
    return np.random.default_rng(seed).uniform(-5, 5, (count, 3))


def one_scale(yaw: float) -> ScaleGeometry:
    scale = Scale(id="S", position=(0.2, 0.1), size=(0.4, 0.2))
    shelf = Shelf(id="H", height=1.0, clearance=0.5, scales=(scale,))
    fixture = Fixture(id="F", position=(1.0, 2.0, 0.5), yaw=yaw, size=(1, 0.5, 2), shelves=(shelf,))
    return ScaleGeometry.of(Store(id="s", name="", currency="EUR", time_zone="UTC", fixtures=(fixture,)))


def test_a_box_stands_on_its_plate_and_reaches_as_high_as_the_shelf_is_free():
    geometry = one_scale(yaw=0.0)
    np.testing.assert_allclose(geometry.centre, [[1.4, 2.2, 1.75]])
    np.testing.assert_allclose(geometry.half_extents, [[0.2, 0.1, 0.25]])


def test_a_fixture_turned_left_by_a_quarter_faces_along_minus_x_of_the_map():
    geometry = one_scale(yaw=math.pi / 2)
    np.testing.assert_allclose(geometry.centre, [[1.0 - 0.2, 2.0 + 0.4, 1.75]])
    in_front = np.array([[2.0, 2.4, 1.75]])  # the front edge is at x = 1, the plate begins 0.1 m behind it
    np.testing.assert_allclose(geometry.distance_to_volumes(in_front), [[1.1]])


def test_distance_is_to_the_nearest_face_edge_or_corner():
    geometry = one_scale(yaw=0.0)
    right_of_it, above_its_edge, inside = [1.9, 2.2, 1.75], [1.9, 2.2, 2.4], [1.3, 2.2, 1.6]
    distances = geometry.distance_to_volumes(np.array([right_of_it, above_its_edge, inside]))
    np.testing.assert_allclose(distances[:, 0], [0.3, 0.5, 0.0])


def test_the_distance_of_a_joint_that_is_not_known_is_not_known():
    geometry = ScaleGeometry.of(corner_shop())
    distances = geometry.distance_to_volumes(np.array([[math.nan] * 3, [0.0, 0.0, 0.0]]))
    assert np.isnan(distances[0]).all()
    assert not np.isnan(distances[1]).any()


def test_a_store_without_scales_has_no_boxes():
    store = corner_shop(plates=1)
    bare = tuple(fixture.model_copy(update={"shelves": ()}) for fixture in store.fixtures)
    geometry = ScaleGeometry.of(store.model_copy(update={"fixtures": bare, "facings": ()}))
    assert geometry.distance_to_volumes(some_points(0)).shape == (8, 0)
    assert geometry.gaps().shape == (0, 0)


@given(stores(), seeds)
@settings(max_examples=40, deadline=None)
def test_a_point_within_a_box_is_at_no_distance_from_it(store: Store, seed: int):
    geometry = ScaleGeometry.of(store)
    within = np.random.default_rng(seed).uniform(-0.999, 0.999, (len(geometry.scales), 3)) * geometry.half_extents
    cosine, sine = np.cos(geometry.yaw), np.sin(geometry.yaw)
    x, y, z = within.T
    points = geometry.centre + np.stack((cosine * x - sine * y, sine * x + cosine * y, z), axis=1)
    distances = geometry.distance_to_volumes(points)
    np.testing.assert_allclose(np.diagonal(distances), 0.0, atol=1e-9)


@given(seeds, st.floats(-math.pi, math.pi), st.tuples(*[st.floats(-20, 20)] * 3))
def test_distance_stays_when_store_and_hand_move_together(seed: int, turn: float, shift: tuple[float, float, float]):
    geometry, points = ScaleGeometry.of(corner_shop(shelves=2, plates=2)), some_points(seed)
    rotation = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    moved = replace(geometry, centre=geometry.centre @ rotation.T + shift, yaw=geometry.yaw + turn)
    np.testing.assert_allclose(
        moved.distance_to_volumes(points @ rotation.T + shift), geometry.distance_to_volumes(points), atol=1e-9
    )


@given(seeds)
def test_distance_changes_by_no_more_than_the_hand_moves(seed: int):
    geometry = ScaleGeometry.of(corner_shop(shelves=2, plates=2))
    here, there = some_points(seed), some_points(seed + 1)
    change = np.abs(geometry.distance_to_volumes(here) - geometry.distance_to_volumes(there))
    assert (change <= np.linalg.norm(here - there, axis=1)[:, None] + 1e-9).all()


@given(stores())
@settings(max_examples=40, deadline=None)
def test_gaps_are_symmetric_and_end_at_the_fixture(store: Store):
    geometry = ScaleGeometry.of(store)
    gaps = geometry.gaps()
    np.testing.assert_allclose(gaps, gaps.T, atol=1e-9)
    assert (np.diagonal(gaps) == 0).all()
    same = np.equal.outer(np.array(geometry.fixtures, dtype=object), np.array(geometry.fixtures, dtype=object))
    assert (np.isfinite(gaps) == same).all()


@pytest.mark.parametrize(
    ("other", "gap"), [("G3.1.2", 0.0), ("G3.1.4", 2 * PLATE), ("G3.2.1", 0.0), ("G4.1.2", math.inf)]
)
def test_the_gap_from_the_first_plate_of_a_turned_gondola(other: str, gap: float):
    geometry = ScaleGeometry.of(corner_shop())
    gaps = geometry.gaps()[geometry.scales.index("G3.1.1")]
    assert gaps[geometry.scales.index(other)] == pytest.approx(gap, abs=1e-6)


def test_neighbours_are_left_and_right_on_the_same_shelf():
    geometry = ScaleGeometry.of(corner_shop(shelves=2, plates=4))
    beside = geometry.neighbours(within=0.01)[geometry.scales.index("G3.1.2")]
    assert [geometry.scales[place] for place in np.flatnonzero(beside)] == ["G3.1.1", "G3.1.3"]
