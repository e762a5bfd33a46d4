"""What is allowed, but that a store's owner may want to know."""

from __future__ import annotations

import pytest
from example_stores import corner_shop, with_check_digit
from hypothesis import given
from hypothesis import strategies as st

from storegraph.store import Facing, Product, store_notes
from storegraph.store.notes import has_check_digit, is_gtin


def test_a_store_without_gaps_has_no_notes():
    assert store_notes(corner_shop()) == []


def test_what_costs_accuracy_or_a_persons_time_is_noted():
    store = corner_shop()
    catalogue = (
        *store.catalogue,
        Product(gtin="bread", name="Bread", price=250, unit_weight=500),
        Product(gtin="4001234599990", name="Typed wrong", price=1, unit_weight=1),
        Product(gtin=with_check_digit("400123459998"), name="New"),
    )
    bare = store.fixtures[0].shelves[0].model_copy(update={"id": "bare", "scales": ()})
    fixture = store.fixtures[0].model_copy(update={"shelves": (bare, *store.fixtures[0].shelves)})
    facings = (Facing(gtin="4001234599984", scales=store.facings[0].scales), *store.facings[2:])
    changed = {"catalogue": catalogue, "facings": facings, "fixtures": (fixture, *store.fixtures[1:])}
    assert store_notes(store.model_copy(update=changed)) == [
        "products with a code of the shop's own, not a GTIN (1): bread",
        "products whose GTIN has a wrong check digit (1): 4001234599990",
        "products without price, which a person has to charge (1): 4001234599984",
        "products without unit weight, known only from where they lie (1): 4001234599984",
        "facings of such products (1): 4001234599984",
        "scales under no facing (2): G1.1.3, G1.1.4",
        "shelves without scales, where nothing is seen (1): bare",
    ]


@pytest.mark.parametrize("gtin", ["071142008582", "5449000000996", "4006381333931", "40170725", "10614141000415"])
def test_codes_seen_on_goods_have_their_check_digit(gtin: str):
    assert is_gtin(gtin)
    assert has_check_digit(gtin)


@pytest.mark.parametrize(
    "code",
    ["bread", "4711", "2012345678900", "212345678909", "20123451", "\uff11" * 8],
)
def test_a_shops_own_codes_are_no_gtins(code: str):
    assert not is_gtin(code)
    assert not has_check_digit(code)


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(digits: str, place: int, change: int):
    gtin = with_check_digit(f"400{digits}")
    assert has_check_digit(gtin)
    wrong = f"{gtin[:place]}{(int(gtin[place]) + change) % 10}{gtin[place + 1 :]}"
    assert not has_check_digit(wrong)
