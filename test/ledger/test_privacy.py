"""What is kept about people is kept as long as the table says, and no card number ever is."""

from __future__ import annotations

import logging
from dataclasses import fields
from pathlib import Path

import pytest
from shop_ledger import HOUR, NINE, WATER, ShopLedger, cart, line, receipt
from sqlalchemy import Engine, select

from storegraph.ledger.books.retention import DAY, KEPT, enforce, exported
from storegraph.ledger.books.schema import CARD, ENTRY, METADATA
from storegraph.ledger.books.verify import rebuild, verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import RetentionPolicy
from storegraph.ledger.settlement import inputs
from storegraph.ledger.settlement.inputs import (
    FROM_OUTSIDE,
    Answer,
    AskEntry,
    Collect,
    Correct,
    DecideAge,
    Enter,
    EraseCard,
    GiveUpEntry,
    PayCash,
    Review,
    SetStanding,
    Standing,
)

PAN = "4242424242424242"
"""A card number for tests, of no card."""


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    shop = ShopLedger(engine)
    shop.enter("1", "tok_a", party="p")
    shop.change(cart("1", line(WATER), party="p"))
    shop.leave(receipt("1", line(WATER), party="p"))
    return shop


def everything(engine: Engine) -> str:
    """All that the database holds, as text."""
    with engine.connect() as connection:
        return "\n".join(str(row) for table in METADATA.sorted_tables for row in connection.execute(select(table)))


TOLD = (
    AskEntry(NINE, "r", "front", "token"),
    GiveUpEntry(NINE, "1", "reason"),
    Enter(NINE, "9", "9", "", "token"),
    DecideAge(NINE, "r", "1", True, "by"),
    Review(NINE, "r", "1/0", 1, "by", "reason"),
    Correct(NINE, "r", "1/0", 0, inputs.Remainder.RETURNED, "by", "reason"),
    PayCash(NINE, "r", "1", 1, "by"),
    Answer(NINE, "1#1", True, "reference", "reason"),
    Collect(NINE, "r", "1", "by"),
    SetStanding(NINE, "r", "token", Standing.BLOCKED, "by", "reason"),
    EraseCard(NINE, "token"),
)


@pytest.mark.parametrize("written_as", [PAN, "4242 4242 4242 4242", "card 4242-4242-4242-4242, expires soon"])
def test_no_card_number_gets_into_the_books_or_the_logs_by_any_input(
    shop: ShopLedger, written_as: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for told in TOLD:
        for field in fields(told):
            if field.name in FROM_OUTSIDE and isinstance(getattr(told, field.name), str):
                given = {each.name: getattr(told, each.name) for each in fields(told)} | {field.name: written_as}
                with pytest.raises(RefusedError, match="looks like a card number") as refused:
                    shop.tell(type(told)(**given))
                assert "4242" not in str(refused.value)
    assert "4242" not in everything(shop.engine)
    assert "4242" not in caplog.text


def test_every_field_of_an_input_that_comes_from_outside_is_looked_at() -> None:
    own = {"visit", "shopper", "party", "line", "bill", "step", "reference"}
    texts = {field.name for told in TOLD for field in fields(told) if field.type == "str"}
    assert texts == set(FROM_OUTSIDE) | own


def test_an_erased_card_is_nobodys_and_the_books_stay_right(shop: ShopLedger) -> None:
    assert exported(shop.engine, "corner", "tok_a")["bill"][0]["captured"] == 79
    shop.tell(EraseCard(NINE + HOUR, "tok_a"))
    assert exported(shop.engine, "corner", "tok_a") is None
    assert "tok_a" not in everything(shop.engine)
    assert verify(shop.engine, "corner").problems == ()
    shop.enter("2", "tok_a", stamp=NINE + 2 * HOUR)
    assert shop.bill_of("2").card == "2"  # a number is not given twice


def test_another_process_does_not_bring_an_erased_card_back(shop: ShopLedger) -> None:
    other = ShopLedger(shop.engine)
    other.enter("2", "tok_a", stamp=NINE + HOUR)
    other.leave(receipt("2", entered=NINE + HOUR, left=NINE + HOUR))
    shop.tell(EraseCard(NINE + 2 * HOUR, "tok_a"))
    other.enter("3", "tok_a", stamp=NINE + 3 * HOUR)
    assert other.bill_of("3").card == "2"


def test_a_card_that_is_needed_is_not_erased(shop: ShopLedger) -> None:
    shop.enter("2", "tok_a", stamp=NINE + HOUR)
    with pytest.raises(RefusedError, match="bill 2 is open; wait until it is settled"):
        shop.tell(EraseCard(NINE + HOUR, "tok_a"))
    with pytest.raises(RefusedError, match="nothing is kept of it"):
        shop.tell(EraseCard(NINE + HOUR, "stranger"))


def test_carts_go_after_their_days_and_the_chain_is_still_whole(shop: ShopLedger) -> None:
    policy = RetentionPolicy(cart=30)
    assert enforce(shop.engine, "corner", policy, NINE + 29 * DAY).carts == 0
    assert enforce(shop.engine, "corner", policy, NINE + 31 * DAY).carts == 1
    with shop.engine.connect() as connection:
        bodies = connection.execute(select(ENTRY.c.body).where(ENTRY.c.kind == "cart changed")).scalars().all()
    assert bodies == [None]
    assert verify(shop.engine, "corner").problems == ()
    shop.restart()
    assert shop.bill_of("1").captured == 79


def test_bills_go_after_their_days_and_the_chain_is_still_whole(shop: ShopLedger) -> None:
    shop.enter("open", "other", stamp=NINE)
    erased = enforce(shop.engine, "corner", RetentionPolicy(bill=365, card=30), NINE + 400 * DAY)
    assert (erased.bills, erased.tokens) == (1, ("tok_a",))
    assert verify(shop.engine, "corner").problems == ()
    assert set(shop.bills()) == {"open"}
    assert rebuild(shop.engine, "corner") == 2
    assert verify(shop.engine, "corner").problems == ()


def test_every_column_with_what_is_known_of_people_is_in_the_table_of_what_is_kept() -> None:
    named = " ".join(kept.where for kept in KEPT)
    assert {"card.token", "entry.body"} <= {word.strip(";,") for word in named.split()}
    assert all(kept.days(RetentionPolicy()) > 0 and kept.why and kept.then for kept in KEPT)
    assert CARD.c.token.nullable and ENTRY.c.body.nullable


def test_a_sqlite_file_holds_no_token_of_an_erased_card(tmp_path: Path) -> None:
    from storegraph.ledger.books.database import open_database

    path = tmp_path / "books.sqlite"
    shop = ShopLedger(open_database(path))
    shop.enter("1", "tok_of_somebody")
    shop.leave(receipt("1"))
    shop.tell(EraseCard(NINE + HOUR, "tok_of_somebody"))
    shop.engine.dispose()
    assert b"tok_of_somebody" not in path.read_bytes()
