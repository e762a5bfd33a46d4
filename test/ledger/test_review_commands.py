"""Staff reviews, refunds and checks ages by commands and by services."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from reviewed_shop import DOUBT, two_shoppers
from shop_ledger import BREAD, HOUR, NINE, PRODUCTS, WATER, ShopLedger, cart, line, receipt
from sqlalchemy import Engine

from storegraph.cli import main
from storegraph.ledger.books.receipt import receipt_of
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import TaxPolicy
from storegraph.ledger.review.services import age_asked, given_back, refund_asked, review_asked
from storegraph.ledger.settlement.inputs import (
    Leave,
    Return,
    Review,
)

STORE_FILE = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    return two_shoppers(ShopLedger(engine))


def test_staff_reviews_refunds_and_labels_from_the_command_line(
    shop: ShopLedger, database: str, tmp_path: Path
) -> None:
    shop.engine.dispose()

    def run(*arguments: str) -> str:
        where = ["--books", database, "--store", "corner"]
        done = CliRunner().invoke(main, ["ledger", arguments[0], *where, *arguments[1:]])
        assert done.exit_code == 0, done.output
        return done.output

    assert "e1" in run("tasks", "1/0") and "e1" not in run("tasks")
    assert json.loads(run("tasks", "--json"))["line"] == "1/0"
    assert "2: in review" in run("review", "--by", "anna", "--moved", f"2:{BREAD.gtin}:1", "1/0", "0")
    assert re.search(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\t.*\tanna", run("decisions"))
    assert run("labels", "--out", str(tmp_path / "labels.jsonl")).endswith("2 labels\n")
    assert len((tmp_path / "labels.jsonl").read_text().splitlines()) == 2
    assert run("dispute", "2/0", "not taken").startswith("2: ")
    assert "dispute\t2/0" in run("tasks")


def test_a_store_is_named_by_its_id_or_its_file_and_one_without_books_is_told(shop: ShopLedger, database: str) -> None:
    def run(store: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["ledger", "bills", "--books", database, "--store", store], terminal_width=500)
        return done.exit_code, done.output

    assert run(str(STORE_FILE)) == run("corner")
    assert run("corner")[0] == 0
    assert run("cornr") == (2, "BooksError: cornr: has no books here; there are those of corner\n")


def test_a_receipt_is_what_the_stage_gave_until_somebody_decides_otherwise(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    shop.change(cart("1", line(BREAD)))
    assert receipt_of(shop.bill_of("1"), "1") is None
    given = receipt("1", line(BREAD, 2, DOUBT), line(WATER, 3))
    shop.tell(Leave(given))
    assert receipt_of(shop.bill_of("1"), "1") == given
    shop.tell(Review(NINE + HOUR, "r", "1/0", 1, "anna"), Return(NINE + HOUR, "r", "1", (("1/1", 2),), False, "anna"))
    now = receipt_of(shop.bill_of("1"), "1")
    assert [(each.count, each.doubt) for each in now.lines] == [(1, ""), (1, "")]
    assert receipt_of(shop.bill_of("1"), "2") is None


def test_the_services_of_the_node_ask_for_reviews_refunds_and_age_checks(shop: ShopLedger) -> None:
    services = pytest.importorskip("storegraph_msgs.srv", reason="needs the built messages; `make env` builds them")
    from storegraph_msgs.msg import ItemsOfVisit

    moved = [ItemsOfVisit(visit_id="2", gtin=BREAD.gtin, count=1)]
    review = services.ResolveReview.Request(request="r", line="1/0", count=0, moved=moved, by="anna")
    shop.tell(review_asked(shop.engine, "corner", PRODUCTS, TaxPolicy(), review, NINE + HOUR))
    assert shop.bill_of("2").captured == 329
    refund = services.Refund.Request(request="r", bill="2", lines=["2/0", "2/+1"], counts=[1, 1], by="anna")
    shop.tell(refund_asked(shop.engine, "corner", refund, NINE + HOUR))
    assert given_back(shop.bill_of("2")) == 329
    age = services.ApproveAge.Request(request="r", visit_id="1", approved=True, by="anna")
    shop.tell(age_asked(age, NINE + HOUR))
    assert shop.bill_of("1").visits["1"].of_age is True
    with pytest.raises(RefusedError, match="1 counts for 2 lines"):
        refund_asked(shop.engine, "corner", services.Refund.Request(bill="2", lines=["a", "b"], counts=[1]), NINE)
