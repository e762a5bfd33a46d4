"""A receipt is found again without an account, by its customer and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from storegraph.ledger.receipts.addresses import Addresses
from storegraph.ledger.receipts.forms import LONGEST
from storegraph.ledger.receipts.lookup import DAY, TRIES, TRIES_OF_CARD, Lookup
from storegraph.ledger.receipts.settings import ReceiptSettings, Sender
from storegraph.ledger.settlement.inputs import Return
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
RIGHT = {"digits": "4242", "day": "2026-09-21", "amount": "5.79"}


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    """Anna has bought for 5.79, Bert for 2.50, on one day; their cards end in the same digits."""
    shop = ShopLedger(engine)
    bought(shop, "anna", line(BREAD, 2), line(WATER))
    bought(shop, "bert", line(BREAD))
    return shop


def bought(shop: ShopLedger, who: str, *lines: object) -> None:
    bill = shop.enter(who, f"tok_{who}")
    shop.leave(receipt(who, *lines))
    Addresses(shop.engine, STORE.id).note_last_four(bill.card, "4242")


@pytest.fixture
def page(shop: ShopLedger) -> TestClient:
    settings = ReceiptSettings(sender=Sender(link="https://shop.example"))
    lookup = Lookup(shop.engine, STORE, settings, b"the shop's secret", lambda: shop.now)
    return TestClient(Starlette(routes=[lookup.route()]))


def test_who_knows_digits_day_and_amount_sees_the_receipt_and_can_dispute_its_lines(page: TestClient) -> None:
    told = page.post("/receipts", data=RIGHT)
    assert (told.status_code, "Total: €5.79" in told.text, "Bread" in told.text) == (200, True, True)
    assert "https://shop.example/disputes/" in told.text
    assert "This address" not in told.text  # it was mailed nowhere
    assert told.headers["cache-control"] == "no-store" and told.headers["referrer-policy"] == "no-referrer"
    german = page.post("/receipts?lang=de", data={**RIGHT, "amount": "5,79"})
    assert "Summe: 5,79\xa0€" in german.text


def test_it_is_had_as_pdf_too(page: TestClient) -> None:
    told = page.post("/receipts", data={**RIGHT, "pdf": "1"})
    assert (told.headers["content-type"], told.content[:5]) == ("application/pdf", b"%PDF-")


def test_of_two_cards_with_the_same_digits_the_amount_tells_whose_it_is(page: TestClient) -> None:
    told = page.post("/receipts", data={**RIGHT, "amount": "2.50"}).text
    assert "Total: €2.50" in told and "anna" not in told


def test_after_a_return_both_what_was_charged_and_what_is_left_lead_to_it(page: TestClient, shop: ShopLedger) -> None:
    shop.tell(Return(NINE + HOUR, "r1", "anna", (("anna/0", 1),), False, "desk"))
    for amount in ("5.79", "3.29"):
        assert "Total: €3.29" in page.post("/receipts", data={**RIGHT, "amount": amount}).text


@pytest.mark.parametrize(
    "wrong", [{"digits": "4243"}, {"day": "2026-09-22"}, {"amount": "5.78"}, {"amount": "579"}, {"day": "9999-12-31"}]
)
def test_who_knows_one_of_them_wrong_sees_nothing(page: TestClient, wrong: dict[str, str]) -> None:
    told = page.post("/receipts", data={**RIGHT, **wrong})
    assert (told.status_code, "There is no such receipt" in told.text, "Bread" in told.text) == (422, True, False)


def test_two_receipts_that_nothing_tells_apart_are_not_shown(page: TestClient, shop: ShopLedger) -> None:
    bought(shop, "carl", line(BREAD))
    told = page.post("/receipts", data={**RIGHT, "amount": "2.50"})
    assert (told.status_code, "There are two such receipts" in told.text) == (422, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"digits": ""},
        {"digits": "4111111111111111"},
        {"digits": "٤٢٤٢"},
        {"day": "yesterday"},
        {"day": "2026-02-30"},
        {"amount": "-5.79"},
        {"amount": "nan"},
        {"amount": "<b>1</b>"},
    ],
)
def test_what_cannot_be_read_is_asked_for_again_and_not_repeated(page: TestClient, wrong: dict[str, str]) -> None:
    told = page.post("/receipts", data={**RIGHT, **wrong})
    assert (told.status_code, "Please fill in all three" in told.text) == (422, True)
    assert all(not text or text not in told.text for text in wrong.values())


def test_who_tries_amounts_of_a_card_is_stopped_for_a_day(page: TestClient, shop: ShopLedger) -> None:
    for cents in range(TRIES_OF_CARD):
        assert "no such receipt" in page.post("/receipts", data={**RIGHT, "amount": f"1.0{cents}"}).text
    assert "tried too often" in page.post("/receipts", data=RIGHT).text
    shop.now += DAY - MINUTE
    assert "tried too often" in page.post("/receipts", data=RIGHT).text
    shop.now += MINUTE
    assert "Total: €5.79" in page.post("/receipts", data=RIGHT).text


def test_who_tries_one_card_after_the_other_has_to_wait(page: TestClient, shop: ShopLedger) -> None:
    for digits in range(TRIES):
        assert "no such receipt" in page.post("/receipts", data={**RIGHT, "digits": f"{digits:04}"}).text
    assert "tried too often" in page.post("/receipts", data=RIGHT).text
    shop.now += MINUTE
    assert "Total: €5.79" in page.post("/receipts", data=RIGHT).text


def test_who_is_still_inside_and_what_nobody_paid_are_not_found(page: TestClient, shop: ShopLedger) -> None:
    bill = shop.enter("dora", "tok_dora")
    Addresses(shop.engine, STORE.id).note_last_four(bill.card, "7777")
    assert page.post("/receipts", data={**RIGHT, "digits": "7777", "amount": "0.00"}).status_code == 422
    shop.leave(receipt("dora"))
    assert page.post("/receipts", data={**RIGHT, "digits": "7777", "amount": "0.00"}).status_code == 422


def test_the_form_is_in_every_language_and_a_long_one_is_not_read(page: TestClient) -> None:
    assert "What was charged" in page.get("/receipts").text
    assert "Was abgebucht wurde" in page.get("/receipts", params={"lang": "de"}).text
    assert page.post("/receipts", data={"digits": "1" * LONGEST}).status_code == 413
