"""The map promises to show everything of the store file where it stands."""

from __future__ import annotations

import math
from pathlib import Path

from storegraph.evaluation.page.plan import fronts_of, plan_of
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[3] / "config" / "stores" / "corner.yaml")


def corners(points: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in (point.split(",") for point in points.split())]


def test_everything_lies_in_the_box_of_the_map() -> None:
    plan = plan_of(CORNER)
    left, top, width, height = plan.box
    drawn = [plan.outline, *(fixture.points for fixture in plan.fixtures), *(gate.points for gate in plan.gates)]
    for x, y in (corner for points in drawn for corner in corners(points)):
        assert left < x < left + width
        assert top < y < top + height


def test_a_turned_fixture_stands_as_in_the_store_with_its_front_to_the_shopper() -> None:
    drinks = next(fixture for fixture in plan_of(CORNER).fixtures if fixture.fixture == "G2")
    assert corners(drinks.points) == [(50, -190), (50, -290), (0, -290), (0, -190)]
    assert corners(drinks.front) == [(50, -190), (50, -290)]


def test_every_scale_has_a_spot_on_the_map_and_a_plate_on_a_front() -> None:
    scales = [scale.id for fixture in CORNER.fixtures for shelf in fixture.shelves for scale in shelf.scales]
    spots = [scale for fixture in plan_of(CORNER).fixtures for spot in fixture.spots for scale in spot.scales]
    plates = [scale for front in fronts_of(CORNER) for plate in front.plates for scale in plate.scales]
    assert sorted(spots) == sorted(plates) == sorted(scales)


def test_goods_span_all_plates_of_their_facing() -> None:
    shelf = next(front for front in fronts_of(CORNER) if front.fixture == "G1")
    crisps = next(box for box in shelf.goods if box.name.startswith("Kartoffelchips"))
    assert crisps.scales == ("G1.4.3", "G1.4.4", "G1.4.5")
    assert (crisps.left, crisps.width) == (40, 60)
    assert math.isclose(crisps.bottom, 75)


def test_a_store_without_walls_gates_cameras_and_kiosk_is_drawn() -> None:
    bare = CORNER.model_copy(update={"outline": (), "gates": (), "cameras": (), "kiosk": None})
    plan = plan_of(bare)
    assert (plan.outline, plan.gates, plan.cameras, plan.kiosk) == ("", (), (), None)
    assert len(plan.fixtures) == 3
