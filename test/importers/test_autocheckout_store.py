"""The store that planogram and catalogue of a recording describe."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.importers import ImporterError
from storegraph.importers.autocheckout.records import CatalogueEntry, PlannedFacing, Plate
from storegraph.importers.autocheckout.store import PLATE_WIDTH, build_store, remarks, weighing_plates


def facing(plates, barcode="1", gondola=1, shelf=1, corner=None, yaw=0.0):
    corner = corner or (PLATE_WIDTH * (min(plates) - 1), 0.0, 0.3 * shelf)
    numbers = tuple(Plate(gondola, shelf, plate) for plate in plates)
    return PlannedFacing(numbers, barcode, corner, yaw, (PLATE_WIDTH * len(plates), 0.4064, 0.25))


def entry(barcode="1", name="Water", price=Decimal(1), weight=621.67):
    return CatalogueEntry(barcode, name, price, weight)


def product_of(*entries):
    (product,) = build_store([facing([1])], entries, ()).catalogue
    return product


def remarks_on(facings=None, entries=None, channels=None):
    facings, entries = facings or [facing([1])], entries or [entry()]
    channels = {Plate(1, 1, 1)} if channels is None else channels
    return list(remarks(facings, entries, channels, weighing_plates(facings, channels)))


def corner_in_map(fixture, scale):
    (x, y), cosine, sine = scale.position, math.cos(fixture.yaw), math.sin(fixture.yaw)
    return (fixture.position[0] + x * cosine - y * sine, fixture.position[1] + x * sine + y * cosine)


def test_names_are_gondola_shelf_and_plate():
    store = build_store([facing([11, 12], gondola=1, shelf=5)], [entry()], ())
    (fixture,) = store.fixtures
    (shelf,) = fixture.shelves
    assert (store.id, fixture.id, shelf.id) == ("autocheckout", "G1", "G1.S5")
    assert [scale.id for scale in shelf.scales] == ["G1.S5.P11", "G1.S5.P12"]
    assert (store.currency, store.time_zone) == ("USD", "America/Los_Angeles")


@given(
    x=st.floats(-50, 50),
    y=st.floats(-50, 50),
    yaw=st.floats(-math.pi, math.pi),
    first=st.integers(1, 12),
    count=st.integers(1, 12),
)
def test_every_plate_stands_where_its_facing_does_however_the_gondola_is_turned(x, y, yaw, first, count):
    plates = range(first, first + count)
    (fixture,) = build_store([facing(plates, corner=(x, y, 0.5), yaw=yaw)], [entry()], ()).fixtures
    for number, scale in enumerate(fixture.shelves[0].scales):
        along = number * PLATE_WIDTH
        expected = (x + along * math.cos(yaw), y + along * math.sin(yaw))
        assert corner_in_map(fixture, scale) == pytest.approx(expected, abs=2e-4)


def test_a_gondola_whose_facings_are_turned_differently_is_refused():
    with pytest.raises(ImporterError, match="gondola 1 are turned by"):
        build_store([facing([1]), facing([2], yaw=0.1)], [entry()], ())


def test_a_fixture_begins_where_its_first_plate_would():
    store = build_store([facing([3], corner=(1.2032, 0.1, 0.27))], [entry()], ())
    (fixture,) = store.fixtures
    assert fixture.position == (1.0, 0.1, 0.0)
    assert fixture.shelves[0].scales[0].position == (0.2032, 0.0)
    assert fixture.size == (0.3048, 0.4064, 0.52)


def test_shelves_go_from_the_bottom_up_with_height_clearance_and_depth_of_the_planogram():
    high, low = facing([1], shelf=2, corner=(0, 0, 1.0)), facing([1], shelf=1, corner=(0, 0, 0.27))
    (fixture,) = build_store([high, low], [entry()], ()).fixtures
    assert [(shelf.height, shelf.clearance, shelf.scales[0].size) for shelf in fixture.shelves] == [
        (0.27, 0.25, (0.1016, 0.4064)),
        (1.0, 0.25, (0.1016, 0.4064)),
    ]


def test_a_plate_in_no_facing_stands_beside_its_neighbours():
    facings = [facing([1, 2, 3]), facing([7, 8])]
    (fixture,) = build_store(facings, [entry()], [Plate(1, 1, 4), Plate(1, 1, 6)]).fixtures
    assert [(scale.id, scale.position[0]) for scale in fixture.shelves[0].scales] == [
        ("G1.S1.P1", 0.0),
        ("G1.S1.P2", 0.1016),
        ("G1.S1.P3", 0.2032),
        ("G1.S1.P4", 0.3048),
        ("G1.S1.P6", 0.508),
        ("G1.S1.P7", 0.6096),
        ("G1.S1.P8", 0.7112),
    ]


def test_a_channel_has_a_plate_only_within_the_planogram():
    facings = [facing([1, 2], shelf=1), facing([5, 6], shelf=2)]
    channels = {Plate(1, 1, 4), Plate(1, 1, 7), Plate(1, 3, 1), Plate(2, 1, 1)}
    assert weighing_plates(facings, channels) == (Plate(1, 1, 4),)
    assert "channels with data but without a plate, left out: G1.S1.P7, G1.S3.P1, G2.S1.P1" in remarks_on(
        facings=facings, channels=channels
    )


def test_a_planned_plate_without_data_is_a_scale_all_the_same():
    (fixture,) = build_store([facing([1, 2])], [entry()], ()).fixtures
    assert len(fixture.shelves[0].scales) == 2
    assert "scales without data: G1.S1.P1-2" in remarks_on(facings=[facing([1, 2])], channels=frozenset())


def test_a_product_may_have_several_facings_and_a_facing_several_plates():
    facings = [facing([4, 5], "1"), facing([1, 2, 3], "1"), facing([6], None)]
    store = build_store(facings, [entry()], ())
    assert [(f.gtin, f.scales) for f in store.facings] == [
        ("1", ("G1.S1.P1", "G1.S1.P2", "G1.S1.P3")),
        ("1", ("G1.S1.P4", "G1.S1.P5")),
        (None, ("G1.S1.P6",)),
    ]


def test_a_plate_planned_twice_is_the_first_facings_and_told_of():
    facings = [facing([1, 2], "1"), facing([2, 3], "2"), facing([2], "3")]
    store = build_store(facings, [entry()], ())
    assert [(f.gtin, f.scales) for f in store.facings] == [("1", ("G1.S1.P1", "G1.S1.P2")), ("2", ("G1.S1.P3",))]
    assert "scales planned twice, in the first of their facings: G1.S1.P2" in remarks_on(facings=facings)


@pytest.mark.parametrize(
    ("dollars", "cents"), [("1", 100), ("0", 0), ("1.99", 199), ("0.29", 29), ("10000", 1_000_000)]
)
def test_dollars_become_cents(dollars, cents):
    assert product_of(entry(price=Decimal(dollars))).price == cents


def test_a_placeholder_price_is_kept_and_told_of():
    told = remarks_on(entries=[entry(price=Decimal(10_000))])
    assert any("placeholders" in remark and remark.endswith(": 1") for remark in told)
    assert not any("placeholders" in remark for remark in remarks_on())


@pytest.mark.parametrize("weight", [None, 0.0, -3.0, 0.1658, 1.6, 4.99])
def test_a_weight_that_cannot_be_in_grams_is_unknown_and_told_of(weight):
    assert product_of(entry(weight=weight)).unit_weight is None
    assert any(
        remark.startswith(("weights below 5 g", "products without weight"))
        for remark in remarks_on(entries=[entry(weight=weight)])
    )


@pytest.mark.parametrize("weight", [5.0, 30.0, 621.669983])
def test_a_weight_is_kept_to_the_milligram_and_its_spread_is_not_known(weight):
    product = product_of(entry(weight=weight))
    assert product.unit_weight == pytest.approx(weight, abs=5e-4)
    assert product.unit_weight_sigma is None


def test_a_product_without_price_or_name_is_kept():
    product = product_of(entry(name="", price=None))
    assert (product.price, product.name) == (None, "1")
    assert "products without price: 1" in remarks_on(entries=[entry(price=None)])


def test_equal_duplicates_of_a_product_are_one_and_nothing_is_said():
    assert product_of(entry(), entry()).name == "Water"
    assert remarks_on(entries=[entry(), entry()]) == []


def test_of_differing_duplicates_the_last_counts_and_it_is_said():
    first, last = entry(name="Water", weight=600.0), entry(name="Spring water", weight=621.0)
    assert (product_of(first, last).name, product_of(first, last).unit_weight) == ("Spring water", 621.0)
    assert "products listed several times and differently, the last counts: 1" in remarks_on(entries=[first, last])


def test_a_planned_product_that_the_catalogue_lacks_is_added_and_told_of():
    store = build_store([facing([1], "9")], [entry()], ())
    assert (store.products()["9"].price, store.products()["9"].unit_weight) == (None, None)
    told = remarks_on(facings=[facing([1], "9")])
    assert "planned products that the catalogue lacks, added without price and weight: 9" in told


def test_the_gate_stands_across_the_left_end_of_the_aisle():
    store = build_store(
        [facing([1], corner=(0.025, 0.0, 0.3)), facing([1], gondola=2, corner=(1.2, 0.0, 0.3))], [entry()], ()
    )
    (gate,) = store.gates
    assert (gate.id, gate.from_point, gate.to_point) == ("derived", (0.025, 0.0), (0.025, -1.0))
