"""The link in a receipt: reading it changes nothing, one click disputes the line."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop_ledger import HOUR, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from storegraph.ledger.books.facts import Claim
from storegraph.ledger.receipts.forms import LONGEST
from storegraph.ledger.receipts.links import signed
from storegraph.ledger.review.pages import DisputePages
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
KEY = b"the shop's secret"
DAY = 24 * HOUR


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    shop = ShopLedger(engine)
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3)))
    shop.now = NINE + DAY
    return shop


@pytest.fixture
def page(shop: ShopLedger) -> TestClient:
    pages = DisputePages(shop.engine, STORE, lambda told: shop.tell(told), KEY, lambda: shop.now, "de")
    return TestClient(Starlette(routes=[pages.route()]))


def link(line: str = "1/0", key: bytes = KEY) -> str:
    return f"/disputes/{signed(key, line, NINE + 30 * DAY)}"


def test_the_page_says_what_it_is_about_and_reading_it_disputes_nothing(page: TestClient, shop: ShopLedger) -> None:
    for _ in range(2):
        answer = page.get(link())
        assert answer.status_code == 200 and "3 \N{MULTIPLICATION SIGN} Water, 2,37\xa0€" in answer.text
    assert page.head(link()).status_code == 200
    assert shop.bill_of("1").charges["1/0"].dispute is None
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"


def test_a_click_ends_as_a_dispute_and_says_until_when_somebody_looks(page: TestClient, shop: ShopLedger) -> None:
    answer = page.post(link(), data={"claim": "not taken", "right": "1"})
    assert "Bis 29. September 2026 sieht es sich ein Mensch an" in answer.text
    dispute = shop.bill_of("1").charges["1/0"].dispute
    assert (dispute.claim, dispute.count, dispute.deadline) == (Claim.NOT_TAKEN, 1, NINE + 8 * DAY)
    assert page.post(link(), data={"claim": "faulty"}).text == page.get(link()).text == answer.text  # told once
    assert shop.bill_of("1").charges["1/0"].dispute == dispute


@pytest.mark.parametrize(
    "form", [{}, {"claim": "because"}, {"claim": "faulty", "right": "-1"}, {"claim": "faulty", "right": "9"}]
)
def test_a_form_that_is_filled_otherwise_disputes_nothing(page: TestClient, shop: ShopLedger, form: dict) -> None:
    assert page.post(link(), data=form).status_code == 410
    assert shop.bill_of("1").charges["1/0"].dispute is None


def test_a_link_that_is_not_ours_or_too_old_or_of_no_line_leads_nowhere(page: TestClient, shop: ShopLedger) -> None:
    for wrong in (link(key=b"another"), link("1/7"), "/disputes/x.y", "/disputes/x"):
        assert page.post(wrong, data={"claim": "faulty"}).status_code == 410
    shop.now = NINE + 31 * DAY
    assert page.get(link()).status_code == 410
    assert shop.bill_of("1").charges["1/0"].dispute is None


def test_a_long_form_is_not_read(page: TestClient) -> None:
    assert page.post(link(), data={"claim": "x" * LONGEST}).status_code == 413
