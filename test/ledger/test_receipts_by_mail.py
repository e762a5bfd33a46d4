"""Receipts: what they say, and where they go to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from receipt_mails import ANNA, LEFT, SECRET, SENDER, STORE, Basket, body, bought
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, select

from storegraph.cli import main
from storegraph.ledger.books.facts import Remainder
from storegraph.ledger.errors import PolicyError, RefusedError
from storegraph.ledger.receipts.addresses import Addresses
from storegraph.ledger.receipts.finding import bills_of_day, found_rows
from storegraph.ledger.receipts.links import line_of, signed
from storegraph.ledger.receipts.page import as_html, as_pdf, as_text
from storegraph.ledger.receipts.postman import Postman, Round
from storegraph.ledger.receipts.schema import ADDRESS, REMEMBERED_ADDRESS
from storegraph.ledger.receipts.settings import ReceiptSettings, load_receipt_settings
from storegraph.ledger.settlement.inputs import Correct, Reduce, Return

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def postman(engine: Engine, basket: Basket) -> Postman:
    settings = ReceiptSettings(language="de", sender=SENDER)
    return Postman(engine, STORE, settings, basket, SECRET, lambda token: "4242")


def test_a_settled_bill_goes_to_the_address_given_at_the_kiosk(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    bought(shop, address=ANNA)
    assert postman.go_round(LEFT) == Round(sent=1)
    (mail,) = basket.mails
    assert mail["To"] == ANNA
    assert mail["From"] == "bon@shop.example"
    text = body(mail, "plain")
    assert "2 x Bread  2,50\xa0€  5,00\xa0€  (99\xa0% sicher)" in text
    assert "Summe: 5,79\xa0€" in text
    assert "MwSt. 7\xa0%: 0,33\xa0€ (netto 4,67\xa0€)" in text
    assert "MwSt. 19\xa0%: 0,13\xa0€ (netto 0,66\xa0€)" in text
    assert "Endziffern 4242" in text
    assert "https://shop.example/disputes/" in body(mail, "html")
    (attached,) = mail.iter_attachments()
    assert attached.get_content().startswith(b"%PDF-")


def test_nobody_who_left_no_address_gets_a_mail(shop: ShopLedger, postman: Postman, basket: Basket) -> None:
    bought(shop)
    assert postman.go_round(LEFT) == Round()
    assert basket.mails == []


def test_a_receipt_goes_out_once_however_often_the_postman_goes_round(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    bought(shop, address=ANNA)
    for moment in range(5):
        postman.go_round(LEFT + moment * HOUR)
    assert len(basket.mails) == 1


def test_without_consent_the_next_visit_with_the_same_card_gets_no_mail(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    bought(shop, address=ANNA)
    shop.enter("s2", "tok_anna", stamp=NINE + HOUR)
    shop.leave(receipt("s2", line(WATER), entered=NINE + HOUR, left=NINE + 2 * HOUR))
    postman.go_round(NINE + 3 * HOUR)
    assert len(basket.mails) == 1


def test_with_consent_the_next_visit_with_the_same_card_does(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    shop.enter("s1", "tok_anna")
    postman.addresses.take("s1", ANNA, NINE, remember=True)
    shop.leave(receipt("s1", line(WATER)))
    shop.enter("s2", "tok_anna", stamp=NINE + HOUR)
    shop.leave(receipt("s2", line(WATER), entered=NINE + HOUR, left=NINE + 2 * HOUR))
    postman.go_round(NINE + 3 * HOUR)
    assert [mail["To"] for mail in basket.mails] == [ANNA, ANNA]


def test_what_is_remembered_of_a_card_can_be_erased(shop: ShopLedger, postman: Postman, engine: Engine) -> None:
    card = shop.enter("s1", "tok_anna").card
    postman.addresses.take("s1", ANNA, NINE, remember=True)
    postman.addresses.forget(card)
    with engine.connect() as connection:
        assert list(connection.execute(select(ADDRESS))) == []
        assert list(connection.execute(select(REMEMBERED_ADDRESS))) == []


def test_an_address_that_is_left_after_the_bill_was_settled_still_gets_the_receipt_once(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    bought(shop)
    assert postman.go_round(LEFT) == Round()
    postman.addresses.take("s1", ANNA, LEFT + MINUTE)
    postman.addresses.take("s1", ANNA, LEFT + MINUTE)
    assert postman.go_round(LEFT + MINUTE) == Round(sent=1)
    postman.addresses.take("s1", ANNA, LEFT + 2 * MINUTE)
    assert postman.go_round(LEFT + 2 * MINUTE) == Round()


def test_an_address_is_taken_for_a_visit_that_is_known_and_remembered_by_its_card_only(
    shop: ShopLedger, engine: Engine
) -> None:
    addresses = Addresses(engine, STORE.id)
    shop.enter("s1")
    with pytest.raises(RefusedError, match="there is no such visit"):
        addresses.take("s9", ANNA, NINE)
    with pytest.raises(RefusedError, match="nothing to remember an address by"):
        addresses.take("s1", ANNA, NINE, remember=True)
    addresses.take("s1", "another@example.org", NINE)
    addresses.take("s1", ANNA, NINE)  # the last one counts
    with engine.connect() as connection:
        assert [row.address for row in connection.execute(select(ADDRESS))] == [ANNA]


def test_a_correction_brings_a_receipt_that_replaces_the_one_before(
    shop: ShopLedger, postman: Postman, basket: Basket
) -> None:
    bought(shop, address=ANNA)
    postman.go_round(LEFT)
    returned = next(name for name, charge in shop.bill_of("s1").charges.items() if charge.line.gtin == BREAD.gtin)
    shop.tell(Correct(LEFT + HOUR, "r1", returned, 1, Remainder.RETURNED, "desk", "stale"))
    postman.go_round(LEFT + 2 * HOUR)
    first, second = basket.mails
    assert "Berichtigter Bon 2" in body(second, "plain")
    assert "Summe: 3,29\xa0€" in body(second, "plain")
    assert "Erstattet: 2,50\xa0€" in body(second, "plain")
    assert first["Message-ID"] != second["Message-ID"]


def test_what_is_in_doubt_stands_on_the_receipt_and_is_not_in_its_total(shop: ShopLedger, postman: Postman) -> None:
    shop.enter("s1", "tok_anna")
    bill = shop.leave(receipt("s1", line(WATER), line(BREAD, 1, doubt="two people were near")))
    text = as_text(postman.letter(bill, LEFT), "en")
    assert "1 x Bread  €2.50  €2.50  (60\xa0% sure)" in text
    assert "not charged yet; a person is looking at it" in text
    assert "Total: €0.79" in text
    assert "Not charged yet, and not in the total: €2.50" in text


def test_a_receipt_of_which_all_came_back_does_not_say_that_nothing_was_taken(
    shop: ShopLedger, postman: Postman
) -> None:
    bought(shop)
    shop.tell(Return(LEFT + HOUR, "r1", "s1", (("s1/0", 2), ("s1/1", 1)), False, "desk"))
    text = as_text(postman.letter(shop.bill_of("s1"), LEFT), "en")
    assert "All of it was taken off this receipt; you pay nothing." in text
    assert "Refunded: €5.79" in text


def test_a_line_that_was_reduced_says_why_it_costs_less(shop: ShopLedger, postman: Postman) -> None:
    bought(shop)
    shop.tell(Reduce(LEFT + HOUR, "r1", "s1/0", 100, "desk", "dented"))
    letter = postman.letter(shop.bill_of("s1"), LEFT)
    assert "2 x Bread  €2.50  €4.00  (99\xa0% sure; reduced by €1.00)" in as_text(letter, "en")
    assert "99\xa0% sicher; um 1,00\xa0€ ermäßigt" in as_html(letter, "de")


def test_a_line_can_be_disputed_from_the_pdf_too(shop: ShopLedger, postman: Postman) -> None:
    bought(shop)
    letter = postman.letter(shop.bill_of("s1"), LEFT)
    links = [item.dispute.encode() for item in letter.items]
    written = as_pdf(letter, "de")
    assert all(link in written for link in links)
    assert len(set(links)) == 2


def test_names_of_goods_are_not_taken_for_html(shop: ShopLedger, postman: Postman, engine: Engine) -> None:
    from storegraph.store.model import Product

    odd = Product(gtin="9520000100131", name="Salt & <b>Pepper</b>", price=100)
    shop.writer._products = {**shop.writer._products, odd.gtin: odd}
    shop.enter("s1", "tok_anna")
    bill = shop.leave(receipt("s1", line(odd)))
    page = as_html(postman.letter(bill, LEFT), "en")
    assert "Salt &amp; &lt;b&gt;Pepper&lt;/b&gt;" in page
    assert as_pdf(postman.letter(bill, LEFT), "en").startswith(b"%PDF-")


@pytest.mark.parametrize(
    "wrong", ["", "anna", "anna@", "@example.org", "a b@example.org", "anna@example", "a@b.c, d@e.f"]
)
def test_what_is_no_address_is_refused_at_the_kiosk(engine: Engine, wrong: str) -> None:
    with pytest.raises(RefusedError, match="is no mail address"):
        Addresses(engine, STORE.id).take("s1", wrong, NINE)


def test_a_card_number_is_refused_at_the_kiosk(engine: Engine) -> None:
    with pytest.raises(RefusedError, match="card number"):
        Addresses(engine, STORE.id).take("s1", "4111111111111111@example.org", NINE)
    with pytest.raises(RefusedError, match="last four digits"):
        Addresses(engine, STORE.id).note_last_four("1", "4111111111111111")


def test_a_receipt_is_found_by_four_digits_and_the_day(shop: ShopLedger, postman: Postman, engine: Engine) -> None:
    bought(shop, address=ANNA)
    postman.go_round(LEFT)
    day = date(2026, 9, 21)  # of NINE
    with engine.connect() as connection:
        found = bills_of_day(connection, STORE, "4242", day)
        assert [bill.bill for bill in found] == ["s1"]
        assert bills_of_day(connection, STORE, "4242", date(2026, 9, 22)) == ()
        assert bills_of_day(connection, STORE, "0000", day) == ()
    (row,) = found_rows(found, STORE)
    assert (row.left, row.goods, row.owed, row.state) == ("2026-09-21 16:23", "2 x Bread, 1 x Water", 579, "settled")


def test_a_link_tells_its_line_and_cannot_be_made_up() -> None:
    carried = signed(SECRET, "s1/2", LEFT)
    assert line_of(SECRET, carried, LEFT) == "s1/2"
    with pytest.raises(RefusedError, match="too old"):
        line_of(SECRET, carried, LEFT + 1)
    for wrong in (signed(b"another", "s1/2", LEFT), carried[:-2], "x" + carried, "", ".", "é.é"):
        with pytest.raises(RefusedError, match="damaged"):
            line_of(SECRET, wrong, LEFT)


def test_the_settings_in_config_are_the_defaults_and_wrong_ones_are_told(tmp_path: Path) -> None:
    assert load_receipt_settings(ROOT / "config" / "receipts.yaml") == ReceiptSettings()
    path = tmp_path / "receipts.yaml"
    path.write_text("language: fr\nsmtp: {port: 0}\n")
    with pytest.raises(PolicyError, match=r"(?s)receipts\.yaml:1: .*language.*receipts\.yaml:2: .*port"):
        load_receipt_settings(path)


def test_the_commands_note_an_address_show_a_receipt_and_tell_what_was_not_delivered(
    shop: ShopLedger, database: str, tmp_path: Path
) -> None:
    bought(shop)
    settings = tmp_path / "receipts.yaml"
    settings.write_text("language: de\nsmtp: {host: localhost, port: 1}\n")
    common = ["--books", database, "--store", str(ROOT / "config" / "stores" / "corner.yaml")]

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["receipts", words[0], *common, *words[1:]])
        return result.output

    assert "Summe: 5,79\xa0€" in run("show", "--settings", str(settings), "s1")
    run("show", "--pdf", str(tmp_path / "s1.pdf"), "s1")
    assert (tmp_path / "s1.pdf").read_bytes().startswith(b"%PDF-")
    assert "there is no such visit" in run("address", "s9", ANNA)
    assert run("address", "--remember", "s1", ANNA) == ""
    assert run("send", "--settings", str(settings)) == "0 sent, 1 to be tried again, 0 failed\n"
    assert run("mails").startswith("s1\t1\twaiting\t1 attempts\tlocalhost:1: ")
    assert run("forget", "tok_anna") == ""
    assert "no card is known" in run("forget", "tok_nobody")
