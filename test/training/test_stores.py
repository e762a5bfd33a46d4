"""Random stores are stores: everything is in the room, and cameras look into it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')

from storegraph.store.file import load_store
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Store
from storegraph.tracking.cameras import CameraGroup
from storegraph.training.stores import random_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_scales_and_cameras_are_in_the_room(seed: int) -> None:
    store = random_store(CORNER, seed, cameras=3)
    low, high = np.min(store.outline, axis=0), np.max(store.outline, axis=0)
    places = [*ScaleGeometry.of(store).centre[:, :2], *(camera.position[:2] for camera in store.cameras)]
    assert ((np.array(places) > low) & (np.array(places) < high)).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_cameras_look_into_the_room(seed: int) -> None:
    store = random_store(CORNER, seed, cameras=3)
    middles = CameraGroup.of(store.cameras).rays(np.array([[[256.0, 144.0]]] * 3))[:, 0]
    for camera, direction in zip(store.cameras, middles, strict=True):
        assert direction[2] < 0  # down
        at_chest = np.array(camera.position) + direction * (1.3 - camera.position[2]) / direction[2]
        assert (at_chest[:2] > -0.3).all()
        assert (at_chest[:2] < np.max(store.outline, axis=0) + 0.3).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_a_random_store_is_as_valid_as_a_file_and_the_same_each_time(seed: int) -> None:
    store = random_store(CORNER, seed, cameras=2)
    assert Store.model_validate(store.model_dump()) == store
    assert random_store(CORNER, seed, cameras=2) == store


def test_two_seeds_give_two_rooms_with_the_same_goods() -> None:
    one, other = (random_store(CORNER, seed, cameras=1) for seed in (1, 2))
    assert one.outline != other.outline
    assert one.facings == other.facings == CORNER.facings
