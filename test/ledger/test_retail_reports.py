"""What was sold and what was lost, as tables, CSV and Parquet that say what their columns are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, cart, line, receipt

from storegraph.cli import main
from storegraph.ledger.errors import LedgerError
from storegraph.ledger.retail.access import Holder
from storegraph.ledger.retail.day_rows import DayRow, DayTaxRow
from storegraph.ledger.retail.listing import CartRow
from storegraph.ledger.retail.outbox import DeliveryRow
from storegraph.ledger.retail.reports import Loss, Sale, losses, sales
from storegraph.ledger.retail.shelves import ShelfStock, Untidy, shelf_stock, untidy
from storegraph.ledger.retail.spreadsheet import columns_of, write_rows
from storegraph.ledger.settlement.inputs import Return
from storegraph.observations import FacingStock, Misplaced
from storegraph.store.file import load_store

BERLIN = ZoneInfo("Europe/Berlin")
ROOT = Path(__file__).resolve().parents[2]
STORE_FILE = str(ROOT / "config" / "stores" / "corner.yaml")
STORE = load_store(Path(STORE_FILE))
GTIN, NAME = next((product.gtin, product.name) for product in STORE.products().values())
MONDAY = date(2026, 9, 21)
LEFT = NINE + 10 * MINUTE
"""23 minutes past four in Berlin."""


def bought(shop: ShopLedger, visit: str, left: int, *lines: object) -> None:
    shop.enter(visit, f"tok_{visit}", stamp=left - MINUTE)
    shop.leave(receipt(visit, *lines, entered=left - MINUTE, left=left))


def test_sales_are_counted_by_product_and_hour(shop: ShopLedger) -> None:
    bought(shop, "1", LEFT, line(WATER), line(BREAD, 2))
    bought(shop, "2", LEFT + 5 * MINUTE, line(WATER, 3))
    bought(shop, "3", LEFT + HOUR, line(WATER))
    bought(shop, "4", LEFT + 24 * HOUR, line(WATER))
    with shop.engine.connect() as connection:
        assert sales(connection, "corner", BERLIN, MONDAY, MONDAY) == [
            Sale(MONDAY, 16, WATER.gtin, "Water", 4, 4 * 79, 2),
            Sale(MONDAY, 16, BREAD.gtin, "Bread", 2, 500, 1),
            Sale(MONDAY, 17, WATER.gtin, "Water", 1, 79, 1),
        ]


def test_what_came_back_is_no_sale_and_what_was_wasted_is_a_loss(shop: ShopLedger) -> None:
    bought(shop, "1", LEFT, line(WATER, 3))
    shop.tell(Return(LEFT + HOUR, "r1", "1", (("1/0", 1),), False, "max"))
    shop.tell(Return(LEFT + HOUR, "r2", "1", (("1/0", 1),), True, "max"))
    with shop.engine.connect() as connection:
        assert [each.items for each in sales(connection, "corner", BERLIN, MONDAY, MONDAY)] == [1]
        assert losses(connection, "corner", BERLIN, MONDAY, MONDAY) == [
            Loss(MONDAY, WATER.gtin, "Water", "card", "", 0, 1, 79)
        ]


def test_what_nobody_decided_or_pays_is_shrink_with_its_reason(shop: ShopLedger) -> None:
    bought(shop, "1", LEFT, line(BREAD, 1, "who"))
    shop.enter("2", stamp=LEFT)
    shop.leave(receipt("2", line(WATER), entered=LEFT, left=LEFT + MINUTE))
    shop.pass_time(LEFT + 30 * HOUR)
    with shop.engine.connect() as connection:
        assert losses(connection, "corner", BERLIN, MONDAY, MONDAY) == [
            Loss(MONDAY, WATER.gtin, "Water", "unknown", "", 1, 0, 79),
            Loss(MONDAY, BREAD.gtin, "Bread", "card", "who", 1, 0, 250),
        ]


def facing(scale: str, *counts: float, counted: bool = True, misplaced: tuple[Misplaced, ...] = ()) -> FacingStock:
    return FacingStock(NINE, "G1", (scale,), GTIN, counted, 0, counts, misplaced)


def test_the_emptiest_shelves_come_first_by_what_was_told_last() -> None:
    told = [
        facing("G1.1", 1.0),
        facing("G1.2", 0.9, 0.1),
        facing("G1.1", 0.0, 0.5, 0.5),
        facing("G1.3", 1.0, counted=False),
    ]
    rows = shelf_stock(told, STORE)
    assert [(row.scale, row.name, row.expected, row.empty) for row in rows] == [
        ("G1.2", NAME, pytest.approx(0.1), 0.9),
        ("G1.3", NAME, 0.0, None),
        ("G1.1", NAME, 1.5, 0.0),
    ]


def test_what_lies_in_a_wrong_place_is_named_the_surest_first() -> None:
    wrong = (Misplaced("", 0.3, 0.4), Misplaced(GTIN, 0.8, 1.1))
    assert untidy([facing("G1.1", 1.0, misplaced=wrong)], STORE) == [
        Untidy("G1", "G1.1", NAME, GTIN, NAME, 0.8, 1.1),
        Untidy("G1", "G1.1", NAME, "", "", 0.3, 0.4),
    ]


def test_the_stock_of_a_replay_is_shown_and_written(tmp_path: Path) -> None:
    replay = ["replay", str(ROOT / "bags" / "demo"), "--store", STORE_FILE, "--out", str(tmp_path / "results")]
    assert CliRunner().invoke(main, replay).exit_code == 0
    bag = next(path for path in (tmp_path / "results").iterdir() if path.is_dir())
    told = {each["scales"][0] for each in json.loads((tmp_path / "results" / "stock.json").read_text())}
    out = tmp_path / "stock.parquet"
    written = CliRunner().invoke(main, ["retail", "stock", str(bag), "--store", STORE_FILE, "--out", str(out)])
    assert written.exit_code == 0, written.output
    assert {row["scale"] for row in parquet.read_table(out).to_pylist()} == told
    assert told
    assert (
        "probability"
        in CliRunner().invoke(main, ["retail", "stock", str(bag), "--store", STORE_FILE, "--misplaced"]).output
    )


def test_a_bag_without_stock_says_what_to_do() -> None:
    result = CliRunner().invoke(main, ["retail", "stock", str(ROOT / "bags" / "demo"), "--store", STORE_FILE])
    assert result.exit_code == 2
    assert "holds no topic stock; replay it" in result.output.replace("\n", " ")


@pytest.mark.parametrize("kind", [Sale, Loss, ShelfStock, Untidy, DayRow, DayTaxRow, DeliveryRow, Holder, CartRow])
def test_every_column_is_explained(kind: type) -> None:
    assert all(columns_of(kind).values())


ROWS = [Sale(MONDAY, 16, "0001", 'Müsli, "fein"', 4, 316, 2), Sale(MONDAY, 17, "=1+1", "Water", 1, 79, 1)]


def test_a_csv_file_has_the_rows(tmp_path: Path) -> None:
    write_rows(tmp_path / "sales.csv", Sale, ROWS)
    import csv as plain

    with (tmp_path / "sales.csv").open(encoding="utf-8", newline="") as file:
        read = list(plain.reader(file))
    assert read[0] == ["day", "hour", "gtin", "name", "items", "amount", "purchases"]
    assert read[1] == ["2026-09-21", "16", "0001", 'Müsli, "fein"', "4", "316", "2"]
    assert csv.read_csv(tmp_path / "sales.csv").num_rows == 2


def test_a_parquet_file_has_the_rows_their_types_and_what_the_columns_mean(tmp_path: Path) -> None:
    write_rows(tmp_path / "sales.parquet", Sale, ROWS)
    table = parquet.read_table(tmp_path / "sales.parquet")
    assert [Sale(**row) for row in table.to_pylist()] == ROWS
    assert table.schema.field("items").metadata[b"description"] == b"Charged."


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"ends with neither \.csv nor \.parquet"):
        write_rows(tmp_path / "sales.xls", Sale, ROWS)


def test_who_is_inside_with_what_is_listed_by_command(shop: ShopLedger, database: str, tmp_path: Path) -> None:
    shop.enter("1", "tok_1")
    shop.change(cart("1", line(WATER, 2), line(BREAD, 1, "who")))
    shop.enter("2", "tok_2", stamp=NINE + MINUTE)
    bought(shop, "3", LEFT, line(WATER))  # who has left is not listed
    out = tmp_path / "carts.parquet"
    command = ["ledger", "carts", "--books", database, "--store", "corner"]
    shown = CliRunner().invoke(main, command)
    written = CliRunner().invoke(main, [*command, "--out", str(out)])
    assert (written.exit_code, WATER.gtin in shown.output) == (0, True)
    rows = [CartRow(**row) for row in parquet.read_table(out).to_pylist()]
    assert [(row.visit, row.gtin, row.count, row.unit_price, row.doubt) for row in rows] == [
        ("1", WATER.gtin, 2, 79, ""),
        ("1", BREAD.gtin, 1, 250, "who"),
        ("2", "", 0, None, ""),
    ]
    assert rows[0].entered == "2026-09-21 14:13:20"


@pytest.mark.parametrize("day", ["1969-12-31", "2262-01-01", "9999-12-31"])
def test_a_day_of_which_no_books_tell_is_refused(shop: ShopLedger, database: str, day: str) -> None:
    common = ["--books", database, "--store", STORE_FILE]
    for command in (
        ["retail", "sales", *common, "--first", day, "--last", day],
        ["receipts", "find", *common, "1", day],
    ):
        told = CliRunner().invoke(main, command)
        assert (told.exit_code, f"{day} is not within 1970 to 2261" in told.output) == (2, True)


def test_reports_are_shown_and_written_by_command(shop: ShopLedger, database: str, tmp_path: Path) -> None:
    bought(shop, "1", LEFT, line(WATER))
    common = ["--books", database, "--store", STORE_FILE, "--first", "2026-09-21", "--last", "2026-09-21"]
    shown = CliRunner().invoke(main, ["retail", "sales", *common])
    assert "Water" in shown.output
    written = CliRunner().invoke(main, ["retail", "losses", *common, "--out", str(tmp_path / "losses.csv")])
    assert (written.exit_code, (tmp_path / "losses.csv").read_text().splitlines()) == (
        0,
        ["day,gtin,name,payer,doubt,shrink,wasted,amount"],
    )
