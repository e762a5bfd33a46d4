"""A receipt arrives over an encrypted way, whatever its server answers, and whatever is wrong with another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from mail_box import PASSWORD, Mailbox, mail_server
from receipt_mails import ANNA, LEFT, SECRET, SENDER, STORE, Basket, body, bought
from shop_ledger import HOUR, MINUTE, ShopLedger, unreadable_settlement
from sqlalchemy import Engine, select
from waiting import wait_until

from storegraph.ledger.receipts.mail import MailError, Smtp
from storegraph.ledger.receipts.postman import Postman, Round
from storegraph.ledger.receipts.rounds import MailRounds
from storegraph.ledger.receipts.schema import MAIL
from storegraph.ledger.receipts.settings import Postbox, ReceiptSettings


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the server's certificate, is not installed")
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


def after_a_purchase(shop: ShopLedger, postbox: Postbox) -> Postman:
    """Who sends the receipt of Anna's visit, which is settled, to a server."""
    settings = ReceiptSettings(sender=SENDER, smtp=postbox)
    postman = Postman(shop.engine, STORE, settings, Smtp(postbox), SECRET)
    bought(shop, address=ANNA)
    return postman


def test_a_mail_arrives_over_an_encrypted_way(
    shop: ShopLedger, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREGRAPH_SMTP_PASSWORD", PASSWORD)
    mailbox.mails.clear()
    postman = after_a_purchase(shop, mailbox.postbox)
    assert postman.go_round(LEFT) == Round(sent=1)
    (mail,) = mailbox.mails
    assert mail["Subject"] == f"Your receipt from {STORE.name}"
    assert "Total: €5.79" in body(mail, "plain")


def test_a_server_that_is_busy_is_tried_again_and_what_it_refuses_for_good_is_not(
    shop: ShopLedger, engine: Engine, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREGRAPH_SMTP_PASSWORD", PASSWORD)
    mailbox.mails.clear()
    postman = after_a_purchase(shop, mailbox.postbox)
    mailbox.answers = ["451 busy"]
    assert postman.go_round(LEFT) == Round(postponed=1)
    assert postman.go_round(LEFT) == Round()
    mailbox.answers = ["554 no such person"]
    assert postman.go_round(LEFT + MINUTE) == Round(failed=1)
    assert postman.go_round(LEFT + HOUR) == Round()
    with engine.connect() as connection:
        (row,) = connection.execute(select(MAIL))
    assert (row.state, row.attempts, row.told) == ("failed", 2, "554 no such person")


def test_a_wrong_password_is_told_and_the_mail_waits(
    shop: ShopLedger, engine: Engine, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREGRAPH_SMTP_PASSWORD", "wrong")
    postman = after_a_purchase(shop, mailbox.postbox)
    assert postman.go_round(LEFT) == Round(postponed=1)
    with engine.connect() as connection:
        (row,) = connection.execute(select(MAIL))
    assert row.told.startswith("login: 535")


def test_rounds_go_on_after_one_that_could_not_be_made(shop: ShopLedger, engine: Engine, basket: Basket) -> None:
    bought(shop, address=ANNA)
    with unreadable_settlement(engine):
        rounds = MailRounds(Postman(engine, STORE, ReceiptSettings(), basket, SECRET), lambda: LEFT)
        wait_until(lambda: rounds.problem.startswith("no round could be made: ValidationError"))
    wait_until(lambda: bool(basket.mails))
    wait_until(lambda: not rounds.problem)
    rounds.close()


def test_a_receipt_that_cannot_be_written_holds_up_no_other(shop: ShopLedger, engine: Engine, basket: Basket) -> None:
    def details(token: str) -> str:
        return {"tok_bert": "4242"}[token]  # of Anna's card the provider's library fails in a way of its own

    bought(shop, "s1", "tok_anna", ANNA)
    bought(shop, "s2", "tok_bert", "bert@example.org")
    postman = Postman(engine, STORE, ReceiptSettings(), basket, SECRET, details)
    done = postman.go_round(LEFT)
    assert (done, done.told) == (Round(sent=1, postponed=1), "cannot be written: KeyError: 'tok_anna'")
    assert [mail["To"] for mail in basket.mails] == ["bert@example.org"]


def test_a_server_that_is_not_there_is_given_up_after_the_last_attempt(shop: ShopLedger) -> None:
    postbox = Postbox(host="localhost", port=1, retry_after=(60.0, 600.0))
    postman = after_a_purchase(shop, postbox)
    moments = (LEFT, LEFT + MINUTE, LEFT + 20 * MINUTE)
    assert [postman.go_round(moment) for moment in moments] == [
        Round(postponed=1),
        Round(postponed=1),
        Round(failed=1),
    ]


def test_no_mail_goes_over_a_network_in_the_clear() -> None:
    with pytest.raises(MailError, match=r"smtp\.security: none is for a server on this machine"):
        Smtp(Postbox(host="mail.example.org", security="none"))
