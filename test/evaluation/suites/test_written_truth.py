"""A truth that somebody wrote down is checked, and finds its receipts by when people came in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playing_runs import CORNER

from storegraph.evaluation.receipts import TruthError
from storegraph.evaluation.suites.written import Owed, WrittenTruth, WrittenVisit, load_written, owed_by
from storegraph.observations import Receipt
from storegraph.store.file import load_store

STORE = load_store(CORNER)
GTIN = STORE.catalogue[0].gtin
TEN = 1_795_424_400_000_000_000
"""2026-11-23 10:00 in Berlin, nanoseconds since the Unix epoch."""


def receipt(shopper: str, seconds: float, party: str = "") -> Receipt:
    entered = TEN + round(seconds * 1e9)
    return Receipt(entered + 9, f"{shopper}@1", shopper, party, "front", entered, entered + 5, False, (), "EUR")


def came(*visits: tuple[str, str]) -> WrittenTruth:
    return WrittenTruth(visits=tuple(WrittenVisit(name=name, entered=entered, goods={}) for name, entered in visits))


def payers(owed: Owed, *receipts: Receipt) -> list[str]:
    return [owed.payer(each) for each in receipts]


def test_a_receipt_is_of_who_came_in_then_whatever_the_tracker_called_them() -> None:
    truth = came(("ann", "2026-11-23T10:00:06"), ("bob", "2026-11-23T09:00:20Z"))
    receipts = (receipt("17", 21.4), receipt("4", 5.1))
    assert payers(owed_by(truth, receipts, STORE), *receipts) == ["bob", "ann"]


def test_people_who_follow_each_other_are_told_apart_by_their_order() -> None:
    truth = came(("ann", "2026-11-23T10:00:06"), ("bob", "2026-11-23T10:00:08"))
    receipts = (receipt("1", 8.4), receipt("2", 10.3))  # the clock on the wall is slow
    assert payers(owed_by(truth, receipts, STORE), *receipts) == ["ann", "bob"]


def test_all_of_a_party_are_who_the_first_of_them_is() -> None:
    receipts = (receipt("1", 5.9, "family"), receipt("2", 31.0, "family"))
    owed = owed_by(came(("ann and bob", "2026-11-23T10:00:06")), receipts, STORE)
    assert payers(owed, *receipts) == ["ann and bob", "ann and bob"]


def test_who_was_not_written_down_pays_under_their_own_name() -> None:
    receipts = (receipt("1", 6.0), receipt("2", 40.0))
    assert payers(owed_by(came(("ann", "2026-11-23T10:00:06")), receipts, STORE), *receipts) == ["ann", "2"]


@given(st.lists(st.floats(0, 600), max_size=6), st.lists(st.integers(0, 59), max_size=6))
def test_no_two_parties_are_the_same_visit(entered: list[float], written: list[int]) -> None:
    receipts = [receipt(str(index), seconds) for index, seconds in enumerate(entered)]
    truth = came(*((f"visit {index}", f"2026-11-23T10:00:{second:02}") for index, second in enumerate(written)))
    found = payers(owed_by(truth, receipts, STORE), *receipts)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"receipts": {"7": {GTIN[:-1] + "x": 1}}}, rf"receipts\S+x is no product of corner \(did you mean {GTIN}\?\)"),
        ({"receipts": {"7": {GTIN: 0}}}, rf"receipts\.7\.{GTIN} 0 must not be less than 1"),
        ({"visits": [{"name": "ann", "entered": "ten", "goods": {}}]}, r'visits\[0\]\.entered.*"ten" is no time'),
        ({"visits": [{"name": "a", "entered": "2026-11-23T10:00:06", "goods": {}}] * 2}, r'"a" is there twice'),
        ({"visits": [], "receipts": {}}, "has both receipts and visits"),
        ({}, "has both receipts and visits, or neither"),
        ({"receits": {}}, "receits is no key here"),
    ],
)
def test_what_is_wrong_in_it_is_told_with_file_and_key(tmp_path: Path, content: object, told: str) -> None:
    path = tmp_path / "day-truth.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(TruthError, match=rf"day-truth\.json:\d+: .*(?:{told})"):
        load_written(path, STORE)


def test_where_there_is_none_it_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r'day-truth\.json: is not there.*"entered"'):
        load_written(tmp_path / "day-truth.json", STORE)
