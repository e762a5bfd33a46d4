"""The kiosk: four digits and an address, no account, and nothing to see of anybody's visit."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import uvicorn
from shop_ledger import BREAD, MINUTE, NINE, ShopLedger, line, receipt
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from storegraph.ledger.receipts.addresses import Addresses
from storegraph.ledger.receipts.kiosk import TRIES, Kiosk
from storegraph.ledger.receipts.pairing import code_of, visits_inside
from storegraph.ledger.receipts.postman import Postman
from storegraph.ledger.receipts.schema import ADDRESS, REMEMBERED_ADDRESS
from storegraph.ledger.receipts.settings import ReceiptSettings
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
ANNA = "anna@example.org"
PATIENCE = 30.0


@pytest.fixture
def now() -> list[int]:
    """The time, to be changed."""
    return [NINE]


@pytest.fixture
def kiosk(engine: Engine, now: list[int]) -> Iterator[httpx.Client]:
    """A browser before a running kiosk."""
    application = Starlette(routes=[Kiosk(engine, STORE, lambda: now[0], "en").route()])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=PATIENCE) as browser:
            yield browser
        server.should_exit = True
        thread.join(PATIENCE)


class Nowhere:
    """A transport that nothing is given."""

    def send(self, mail: EmailMessage) -> None:
        raise AssertionError(mail)


def addresses(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [(row.visit, row.address) for row in connection.execute(select(ADDRESS))]


def remembered(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row.address for row in connection.execute(select(REMEMBERED_ADDRESS))]


def test_who_types_the_code_of_the_gate_gets_the_receipt(shop: ShopLedger, kiosk: httpx.Client, engine: Engine) -> None:
    bill = shop.enter("1", "tok_a")
    told = kiosk.post("/", data={"digits": code_of(bill.bill), "address": ANNA})
    assert (told.status_code, "Your receipt comes when you have left" in told.text) == (200, True)
    assert (addresses(engine), remembered(engine)) == ([("1", ANNA)], [])
    assert "no-store" in told.headers["cache-control"]


def test_who_types_the_end_of_their_card_does_too_and_is_remembered_by_consent_only(
    shop: ShopLedger, kiosk: httpx.Client, engine: Engine
) -> None:
    Addresses(engine, STORE.id).note_last_four(shop.enter("1", "tok_a").card, "4242")
    page = kiosk.get("/").text
    assert 'type="checkbox" name="remember" value="yes">' in page  # not ticked
    assert kiosk.post("/", data={"digits": "4242", "address": ANNA, "remember": "yes"}).status_code == 200
    assert remembered(engine) == [ANNA]


def test_a_visit_without_a_card_gets_its_receipt_and_nothing_is_remembered(
    shop: ShopLedger, kiosk: httpx.Client, engine: Engine
) -> None:
    bill = shop.enter("1", guest=True)
    told = kiosk.post("/", data={"digits": code_of(bill.bill), "address": ANNA, "remember": "yes"})
    assert (told.status_code, addresses(engine), remembered(engine)) == (200, [("1", ANNA)], [])


def test_who_has_left_or_was_never_here_is_not_found(shop: ShopLedger, kiosk: httpx.Client, engine: Engine) -> None:
    bill = shop.enter("1", "tok_a")
    shop.leave(receipt("1", line(BREAD)))
    told = kiosk.post("/", data={"digits": code_of(bill.bill), "address": ANNA})
    assert (told.status_code, "Nobody who is inside has these digits" in told.text) == (422, True)
    assert addresses(engine) == []


def test_digits_that_two_have_are_asked_for_again(shop: ShopLedger, kiosk: httpx.Client, engine: Engine) -> None:
    for number in ("1", "2"):
        Addresses(engine, STORE.id).note_last_four(shop.enter(number, f"tok_{number}").card, "4242")
    told = kiosk.post("/", data={"digits": "4242", "address": ANNA})
    assert "Two who are inside have these digits" in told.text
    assert addresses(engine) == []


def test_the_digits_of_those_inside_are_asked_for_once_while_they_are_inside(shop: ShopLedger, engine: Engine) -> None:
    asked: list[str] = []

    def details(token: str) -> str:
        asked.append(token)
        return "" if token == "app" else "4242"

    postman = Postman(engine, STORE, ReceiptSettings(), Nowhere(), b"", details)
    for visit, token in (("1", "tok_a"), ("2", "app"), ("3", "")):
        shop.enter(visit, token)
    for _ in range(3):
        postman.learn_digits()
    assert sorted(asked) == ["app", "tok_a"]
    with engine.connect() as connection:
        assert visits_inside(connection, STORE.id, "4242") == ("1",)


def test_a_party_has_one_code(shop: ShopLedger, engine: Engine) -> None:
    bill = shop.enter("1", "tok_a", party="p")
    shop.enter("2", "tok_a", party="p", stamp=NINE + MINUTE)
    with engine.connect() as connection:
        assert visits_inside(connection, STORE.id, code_of(bill.bill)) == ("1",)


@pytest.mark.parametrize("wrong", ["", "anna", "4242424242424242", "4242424242424242@example.org", "<b>@example.org"])
def test_what_is_no_address_is_not_taken_and_not_shown_again(
    shop: ShopLedger, kiosk: httpx.Client, engine: Engine, wrong: str
) -> None:
    bill = shop.enter("1", "tok_a")
    told = kiosk.post("/", data={"digits": code_of(bill.bill), "address": wrong})
    assert (told.status_code, "This is no mail address" in told.text) == (422, True)
    assert not wrong or wrong not in told.text
    assert addresses(engine) == []


def test_who_guesses_has_to_wait(shop: ShopLedger, kiosk: httpx.Client, engine: Engine, now: list[int]) -> None:
    code = code_of(shop.enter("1", "tok_a").bill)
    other = f"{(int(code) + 1) % 10_000:04}"
    for _ in range(TRIES):
        assert "Nobody who is inside" in kiosk.post("/", data={"digits": other, "address": ANNA}).text
    assert "wait a minute" in kiosk.post("/", data={"digits": code, "address": ANNA}).text
    assert addresses(engine) == []
    now[0] += MINUTE
    assert kiosk.post("/", data={"digits": code, "address": ANNA}).status_code == 200


def test_every_language_is_one_button_away(kiosk: httpx.Client) -> None:
    assert 'href="?lang=de"' in kiosk.get("/").text
    page = kiosk.get("/", params={"lang": "de"}).text
    assert ('<html lang="de">' in page, "Bon zusenden" in page, 'href="?lang=en"' in page) == (True, True, True)
    assert "Send me the receipt" in kiosk.get("/", params={"lang": "tlh"}).text


def test_a_form_that_is_too_long_is_not_read(kiosk: httpx.Client) -> None:
    assert kiosk.post("/", data={"digits": "1" * 5000}).status_code == 413
