"""The archive keeps a visit whole, once, and refuses a second version of it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from storegraph.ledger.archive import ArchiveError, VisitArchive
from storegraph.observations import CartLine, Receipt

RECEIPT = Receipt(
    stamp=9,
    visit_id="7@1",
    shopper_id="7",
    party="p",
    gate="front",
    entered=1,
    left=6,
    derived=False,
    lines=(
        CartLine("4006381333931", "Coffee", 2, 649, 0.99, ""),
        CartLine("2000000000008", "Sample", 1, None, 0.9, "no price"),
    ),
    currency="EUR",
)


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def test_a_visit_is_kept_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with VisitArchive(path) as archive:
        archive.record(RECEIPT)
    assert rows(path, "visit") == [("7@1", "7", "p", "front", 1, 6, 9, 0, "EUR", 1298, 0, "")]
    assert rows(path, "line") == [
        ("7@1", 0, "4006381333931", "Coffee", 2, 649, 0.99, ""),
        ("7@1", 1, "2000000000008", "Sample", 1, None, 0.9, "no price"),
    ]


def test_a_visit_is_found_as_it_was_recorded(tmp_path: Path) -> None:
    with VisitArchive(tmp_path / "ledger.sqlite") as archive:
        archive.record(RECEIPT)
        assert archive.find("7@1") == RECEIPT
        assert archive.find("8@1") is None


def test_recording_a_visit_twice_is_recording_it_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for _ in range(2):
        with VisitArchive(path) as archive:
            archive.record(RECEIPT)
            archive.record(RECEIPT)
    assert len(rows(path, "visit")) == 1
    assert len(rows(path, "line")) == 2


def test_another_content_for_a_settled_visit_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with VisitArchive(path) as archive:
        archive.record(RECEIPT)
        with pytest.raises(ArchiveError, match="7@1 was settled before, differently"):
            archive.record(replace(RECEIPT, lines=()))
    assert len(rows(path, "line")) == 2


def test_a_visit_with_an_impossible_line_is_not_half_recorded(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    broken = replace(RECEIPT, lines=(RECEIPT.lines[0], replace(RECEIPT.lines[1], count=0)))
    with VisitArchive(path) as archive, pytest.raises(ArchiveError):
        archive.record(broken)
    assert rows(path, "visit") == []
    assert rows(path, "line") == []


def test_a_file_that_is_no_ledger_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("this is not a database, however long it is " * 50)
    with pytest.raises(ArchiveError, match="cannot be used as a ledger"):
        VisitArchive(path)
