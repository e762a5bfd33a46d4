"""The corner shop: a store file that loads, and offers what the demo needs to be hard."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storegraph.store.file import load_store
from storegraph.store.model import Camera, Store
from storegraph.store.notes import has_check_digit

STORE_FILE = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"


@pytest.fixture(scope="module")
def store() -> Store:
    """The corner shop."""
    return load_store(STORE_FILE)


def rotation(camera: Camera) -> NDArray[np.float64]:
    """Optical frame to `map`."""
    x, y, z, w = camera.orientation
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def sees(camera: Camera, point: NDArray[np.float64]) -> bool:
    """Whether a point of `map` lies in the picture, distortion and obstacles apart."""
    x, y, z = rotation(camera).T @ (point - np.array(camera.position))
    if z <= 0:
        return False
    u = camera.focal_length[0] * x / z + camera.principal_point[0]
    v = camera.focal_length[1] * y / z + camera.principal_point[1]
    return bool(0 <= u < camera.width and 0 <= v < camera.height)


def test_every_camera_hangs_upright_and_looks_at_the_floor_of_the_shop(store: Store) -> None:
    outline = np.array(store.outline)
    for camera in store.cameras:
        right, down, forward = rotation(camera).T
        assert abs(right[2]) < 1e-6 and down[2] < 0
        floor = np.array(camera.position) - camera.position[2] / forward[2] * forward
        assert np.all(outline.min(axis=0) < floor[:2]) and np.all(floor[:2] < outline.max(axis=0))


def test_head_and_hands_of_whoever_stands_in_the_shop_are_in_view_of_two_cameras(store: Store) -> None:
    for x, y in np.mgrid[1.0:5.01:0.5, 0.5:4.01:0.5].reshape(2, -1).T:
        for height in (0.9, 1.6):
            assert sum(sees(camera, np.array([x, y, height])) for camera in store.cameras) >= 2, (x, y, height)


def test_every_scale_lies_under_one_facing(store: Store) -> None:
    covered = Counter(scale for facing in store.facings for scale in facing.scales)
    scales = [scale.id for fixture in store.fixtures for shelf in fixture.shelves for scale in shelf.scales]
    assert covered == Counter(scales)


def test_every_product_is_on_sale_under_a_gtin_that_is_nobodys(store: Store) -> None:
    assert {facing.gtin for facing in store.facings} - {None} == set(store.products())
    assert all(gtin.startswith("952") and len(gtin) == 13 and has_check_digit(gtin) for gtin in store.products())


def test_the_shop_has_what_makes_a_receipt_hard(store: Store) -> None:
    facings = Counter(facing.gtin for facing in store.facings if facing.gtin)
    assert 2 in facings.values(), "a product in two places"
    assert {1, 2, 3} <= {len(facing.scales) for facing in store.facings}, "facings on one, two and three plates"
    assert {16, 18} <= {product.age_limit for product in store.catalogue}
    twins = [
        (one.name, other.name)
        for one, other in combinations(store.catalogue, 2)
        if one.unit_weight and other.unit_weight and abs(one.unit_weight - other.unit_weight) <= 1.0
    ]
    assert twins, "products that a scale cannot tell apart"
