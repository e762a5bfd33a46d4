"""Receipts in the competition's form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.atomic import OutputError
from storegraph.importers.autocheckout import competition_receipts, write_competition_receipts
from storegraph.observations import CartLine, Receipt


def line(gtin="071142008582", count=1, doubt="", confidence=0.9):
    return CartLine(gtin, "Water", count, unit_price=100, confidence=confidence, doubt=doubt)


def receipt(*lines, shopper="3325379692103139202", visit="1"):
    return Receipt(9, visit, shopper, shopper, "derived", 1, 9, derived=True, lines=lines, currency="USD")


def test_the_form_is_the_competitions():
    assert json.dumps(competition_receipts([receipt(line())])) == (
        '[{"target_id": "3325379692103139202", "products": [{"barcode": "071142008582", "quantity": 1}]}]'
    )


def test_who_took_nothing_is_not_listed():
    assert competition_receipts([receipt(), receipt(line(count=0)), receipt(line(), shopper="2")]) == [
        {"target_id": "2", "products": [{"barcode": "071142008582", "quantity": 1}]}
    ]


def test_a_line_in_doubt_counts_unless_only_the_sure_ones_are_asked_for():
    receipts = [receipt(line("1"), line("2", doubt="two shoppers were near"))]
    assert [p["barcode"] for p in competition_receipts(receipts)[0]["products"]] == ["1", "2"]
    assert [p["barcode"] for p in competition_receipts(receipts, sure_only=True)[0]["products"]] == ["1"]


def test_what_one_of_two_shoppers_has_is_told_for_the_one_who_more_likely_has_it():
    near = [receipt(line(doubt="who", confidence=share), shopper=name) for name, share in (("a", 0.7), ("b", 0.29))]
    assert [entry["target_id"] for entry in competition_receipts(near)] == ["a"]


def test_a_shopper_with_nothing_but_doubt_is_not_listed_among_the_sure():
    assert competition_receipts([receipt(line(doubt="?"))], sure_only=True) == []


def test_a_product_that_cannot_be_named_is_left_out():
    assert competition_receipts([receipt(line(""))]) == []


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=4), max_size=5))
def test_visits_of_one_target_add_up_and_nothing_is_lost(visits):
    receipts = [receipt(*(line(gtin, count) for gtin, count in visit), visit=str(i)) for i, visit in enumerate(visits)]
    exported = competition_receipts(receipts)
    assert len(exported) == (1 if any(visits) else 0)
    quantities = {p["barcode"]: p["quantity"] for entry in exported for p in entry["products"]}
    assert quantities == {
        gtin: total for gtin in "abc" if (total := sum(n for visit in visits for name, n in visit if name == gtin))
    }


def test_the_file_holds_whole_numbers_as_numbers_and_ids_as_texts(tmp_path):
    file = tmp_path / "new" / "receipts.json"
    write_competition_receipts(competition_receipts([receipt(line("02", 3))]), file)
    assert json.loads(file.read_text()) == [
        {"target_id": "3325379692103139202", "products": [{"barcode": "02", "quantity": 3}]}
    ]
    assert [path.name for path in file.parent.iterdir()] == ["receipts.json"]


def test_an_existing_file_is_replaced_only_when_asked_for(tmp_path):
    file = tmp_path / "receipts.json"
    file.write_text("mine")
    with pytest.raises(OutputError, match=r"receipts\.json: exists already"):
        write_competition_receipts([], file)
    assert file.read_text() == "mine"
    write_competition_receipts([], file, replace=True)
    assert json.loads(file.read_text()) == []


def test_a_place_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_competition_receipts([], tmp_path / "file" / "receipts.json")
