"""What is drawn once: everything that the store file describes, where it says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from storegraph.store.file import load_store
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Camera
from storegraph.viz.layout import FRUSTUM, PLATE, layout
from storegraph.viz.markers import Marker
from storegraph.viz.transforms import camera_transforms, rotation_matrix

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
MARKERS = layout(STORE)


def named(namespace: str, markers: tuple[Marker, ...] = MARKERS) -> list[Marker]:
    return [marker for marker in markers if marker.namespace == namespace]


def test_every_marker_has_a_key_of_its_own() -> None:
    assert len({marker.key for marker in MARKERS}) == len(MARKERS)


def test_every_part_of_the_store_is_drawn() -> None:
    counted = {name: len(named(name)) for name in ("fixtures", "shelves", "plates", "cameras", "gates", "facings")}
    assert counted == {
        "fixtures": len(STORE.fixtures),
        "shelves": sum(len(fixture.shelves) for fixture in STORE.fixtures),
        "plates": len(ScaleGeometry.of(STORE).scales),
        "cameras": len(STORE.cameras),
        "gates": len(STORE.gates),
        "facings": sum(facing.gtin is not None for facing in STORE.facings),
    }


def test_a_plate_ends_where_the_goods_begin() -> None:
    plates = ScaleGeometry.of(STORE)
    tops = np.array([marker.position for marker in named("plates")])
    tops[:, 2] += PLATE / 2
    assert plates.distance_to_volumes(tops).diagonal() == pytest.approx(0.0, abs=1e-9)
    assert tops[:, 2] == pytest.approx(plates.centre[:, 2] - plates.half_extents[:, 2])


def test_a_label_names_its_product_in_front_of_its_plates_and_below_them() -> None:
    names = STORE.products()
    facings = {number: facing for number, facing in enumerate(STORE.facings) if facing.gtin is not None}
    for label in named("facings"):
        facing = facings[label.number]
        assert facing.gtin and label.text.split() == names[facing.gtin].name.split()
        plates = ScaleGeometry.of(STORE).select(facing.scales)
        across, into, up = _in_fixture(np.array(label.position) - plates.centre.mean(axis=0), float(plates.yaw[0]))
        assert across == pytest.approx(0.0, abs=1e-9)
        assert into == pytest.approx(-plates.half_extents[0, 1])
        assert up < -plates.half_extents[0, 2]


def _in_fixture(vector: np.ndarray, yaw: float) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return math.cos(yaw) * x + math.sin(yaw) * y, math.cos(yaw) * y - math.sin(yaw) * x, z


def test_a_camera_sees_the_far_corners_of_its_frustum_in_the_corners_of_its_picture() -> None:
    for camera, marker in zip(STORE.cameras, named("cameras"), strict=True):
        far = np.array(marker.points[1:8:2])
        seen = (far - camera.position) @ rotation_matrix(camera.orientation)
        assert seen[:, 2] == pytest.approx(FRUSTUM, rel=1e-3)
        pixels = seen[:, :2] / seen[:, 2:] * camera.focal_length + camera.principal_point
        right, bottom = camera.width, camera.height
        assert pixels == pytest.approx(np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)]), abs=0.1)


def test_every_camera_has_a_frame_that_looks_into_the_store() -> None:
    transforms = camera_transforms(STORE)
    assert [transform.child for transform in transforms] == [f"{camera.id}_optical_frame" for camera in STORE.cameras]
    middle = np.mean(STORE.outline, axis=0)
    for transform in transforms:
        assert transform.parent == "map"
        assert np.linalg.norm(transform.rotation) == pytest.approx(1.0, abs=1e-12)
        forward = rotation_matrix(transform.rotation)[:, 2]
        assert forward[:2] @ (middle - transform.translation[:2]) > 0
        assert forward[2] < 0


def test_a_rotation_turns_the_axes_as_its_quaternion_says() -> None:
    quarter_left = (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5))
    assert rotation_matrix(quarter_left) @ (1.0, 0.0, 0.0) == pytest.approx((0.0, 1.0, 0.0))
    quarter_about_x = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
    assert rotation_matrix(quarter_about_x) @ (0.0, 1.0, 0.0) == pytest.approx((0.0, 0.0, 1.0))


def test_an_orientation_rounded_in_the_store_file_is_a_rotation_for_tf2() -> None:
    rounded = Camera.model_validate(STORE.cameras[0].model_dump() | {"orientation": (-0.77, 0.363, -0.224, 0.475)})
    (transform,) = camera_transforms(STORE.model_copy(update={"cameras": (rounded,)}))
    assert np.linalg.norm(transform.rotation) == pytest.approx(1.0, abs=1e-12)


def test_a_store_without_walls_gates_and_cameras_is_its_fixtures() -> None:
    bare = STORE.model_copy(update={"outline": (), "gates": (), "cameras": ()})
    drawn = {marker.namespace for marker in layout(bare)}
    assert drawn == {"fixtures", "fixture names", "shelves", "plates", "facings"}
