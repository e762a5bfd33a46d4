"""Goods stand where they have room, and their weight rests on the scales below."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.simulation.acting.world import Stock, capacities, item_size, places_of, spots
from storegraph.store.file import load_store
from storegraph.store.model import Product

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
PLACES = places_of(STORE)
FULL = capacities(STORE)


def test_half_a_kilogram_is_a_pack_of_two_thirds_of_a_litre() -> None:
    width, depth, height = item_size(Product(gtin="1", name="rice", unit_weight=500.0))
    assert width == depth < height
    assert width * depth * height * 1000 == pytest.approx(0.5 / 0.7)


def test_a_place_that_is_empty_by_plan_takes_nothing_and_every_other_something() -> None:
    for facing, count in zip(STORE.facings, FULL, strict=True):
        assert (count == 0) == (facing.gtin is None)


@given(st.integers(0, len(PLACES) - 1), *[st.floats(0.03, 0.3)] * 3)
def test_pieces_in_rows_and_columns_do_not_overlap(facing: int, width: float, depth: float, height: float) -> None:
    place, size = PLACES[facing], (width, depth, height)
    middles = spots(place, size)
    for number, (x, y) in enumerate(middles):
        for other_x, other_y in middles[:number]:
            assert abs(x - other_x) > width - 1e-9 or abs(y - other_y) > depth - 1e-9


@given(st.integers(0, len(PLACES) - 1), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_what_scales_bear_of_a_piece_is_the_whole_piece(facing: int, across: float, inwards: float) -> None:
    place = PLACES[facing]
    shares = place.shares(across * place.size[0], inwards * place.size[1], (0.1, 0.1, 0.2))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert set(shares) <= set(STORE.facings[facing].scales)


def test_a_piece_between_two_plates_rests_on_both() -> None:
    place = next(place for place in PLACES if len(place.plates) == 2)
    assert place.shares(place.plates[0].right, 0.2, (0.1, 0.1, 0.2)) == pytest.approx(
        {plate.scale: 0.5 for plate in place.plates}
    )


@given(st.integers(0, len(PLACES) - 1), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_a_point_of_a_place_comes_back_from_the_map(facing: int, x: float, y: float) -> None:
    assert PLACES[facing].from_map(*PLACES[facing].to_map(x, y)[:2]) == pytest.approx((x, y))


def test_every_item_has_its_own_weight_near_that_of_its_product() -> None:
    items = [item for item, _ in Stock(STORE, FULL, 1).standing]
    products = STORE.products()
    assert len({item.item_id for item in items}) == len(items) == sum(FULL)
    assert len({item.weight for item in items}) == len(items)
    for item in items:
        product = products[item.gtin]
        assert product.unit_weight is not None
        assert product.unit_weight_sigma is not None
        assert abs(item.weight - product.unit_weight) <= 3 * product.unit_weight_sigma + 1e-9


def test_equal_seeds_weigh_the_same_and_others_do_not() -> None:
    first, again, other = (Stock(STORE, FULL, seed).standing for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_front_ones_are_taken_first() -> None:
    stock = Stock(STORE, FULL, 1)
    rows = {round(placed.y, 3) for placed in stock.choose(5, FULL[5], 0.0)}
    front = stock.choose(5, 2, 0.0)
    assert {round(placed.y, 3) for placed in front} == {min(rows)}


def test_what_was_put_back_last_is_taken_first_wherever_it_belongs() -> None:
    stock = Stock(STORE, FULL, 1)
    (taken,) = stock.choose(0, 1, 0.0)
    stock.remove(taken)
    stock.put(taken.item, 5, 0.1)
    assert stock.choose(5, 1, 0.4)[0].item == taken.item


def test_goods_stand_on_top_where_there_is_no_room_and_still_rest_on_the_scales() -> None:
    stock = Stock(STORE, FULL, 1)
    (taken,) = stock.choose(0, 1, 0.0)
    stock.remove(taken)
    placed = stock.put(taken.item, 5, 0.1)
    assert placed.standing.point[2] > PLACES[5].origin[2] + 0.05
    assert set(placed.standing.shares) <= set(STORE.facings[5].scales)


def test_a_piece_put_back_into_the_front_row_stands_where_one_was_taken() -> None:
    stock = Stock(STORE, FULL, 1)
    (taken,) = stock.choose(7, 1, 0.1)
    stock.remove(taken)
    assert stock.put(taken.item, 7, 0.1).standing.point == pytest.approx(taken.standing.point)
