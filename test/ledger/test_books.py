"""The books are a chain: nothing in it can be changed unnoticed, and the tables follow from it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from shop_ledger import BREAD, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, delete, inspect, select, update

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.chain import BEGINNING, Entry, Growing, breaks, digest_of
from storegraph.ledger.books.database import VERSION, open_database
from storegraph.ledger.books.facts import KINDS, Fact, Remainder, read, written
from storegraph.ledger.books.folding import after
from storegraph.ledger.books.record import bills, entries
from storegraph.ledger.books.schema import BILL, ENTRY, LINE, METADATA
from storegraph.ledger.books.verify import rebuild, verify
from storegraph.ledger.errors import BooksError
from storegraph.ledger.settlement.inputs import Correct, Enter, Review


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    """One that two customers have been to."""
    shop = ShopLedger(engine)
    for visit in "12":
        shop.enter(visit, f"card{visit}")
        shop.leave(receipt(visit, line(WATER), line(BREAD, 1, "who")))
    assert verify(engine, "corner").problems == ()
    return shop


def change(engine: Engine, *statements: object) -> tuple[str, ...]:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    return verify(engine, "corner").problems


def test_a_changed_entry_is_noticed(shop: ShopLedger) -> None:
    at = ENTRY.c.position == 4
    with shop.engine.connect() as connection:
        body = connection.execute(select(ENTRY.c.body).where(at)).scalar_one()
    problems = change(shop.engine, update(ENTRY).where(at).values(body=body.replace('"count":1', '"count":2')))
    assert "entry 4 (1, left) has another body than was written" in problems[0]
    digest = digest_of(body.replace('"count":1', '"count":2'))
    assert "entry 4 (1, left) was changed" in change(shop.engine, update(ENTRY).where(at).values(digest=digest))[0]


def test_an_entry_that_was_taken_out_is_noticed(shop: ShopLedger) -> None:
    problems = change(shop.engine, delete(ENTRY).where(ENTRY.c.position == 3))
    assert problems[0] == "corner: entry 3 is missing, the next one is 4"


def test_entries_that_were_cut_off_at_the_end_are_noticed(shop: ShopLedger) -> None:
    assert "entries were cut off" in change(shop.engine, delete(ENTRY).where(ENTRY.c.position > 8))[0]


def test_a_changed_table_is_noticed_and_made_again(shop: ShopLedger) -> None:
    problems = change(
        shop.engine,
        update(BILL).where(BILL.c.bill == "1").values(captured=1),
        delete(LINE).where(LINE.c.line == "2/0"),
    )
    assert problems == (
        "corner: table bill: 1: captured is 1, by the entries 79",
        "corner: table line: 2/0: is missing",
    )
    assert rebuild(shop.engine, "corner") == 2
    assert verify(shop.engine, "corner").problems == ()


def test_what_a_bill_has_computed_is_right_after_every_fact(shop: ShopLedger) -> None:
    shop.tell(Review(NINE, "r", "2/1", 1, "anna"), Correct(NINE, "c", "1/0", 0, Remainder.RETURNED, "anna", "broken"))
    computed = [name for name, value in vars(Bill).items() if isinstance(value, cached_property)]
    assert "owed" in computed
    with shop.engine.connect().execution_options(reading=True) as connection:
        for bill in (Bill("1"), Bill("2")):
            for entry in entries(connection, "corner"):
                if entry.stream == bill.bill:
                    bill = after(bill, read(entry.kind, entry.body or ""), entry.stamp, entry.key)
                    anew = replace(bill)  # which has computed nothing yet
                    assert [getattr(bill, name) for name in computed] == [getattr(anew, name) for name in computed]
            assert bill.sequence > 5


def test_reading_bills_takes_no_longer_in_a_long_chain(tmp_path: Path) -> None:
    shop = ShopLedger(open_database(tmp_path / "books.sqlite"))

    def work_of_reading() -> int:
        """How many instructions of its virtual machine SQLite needs to find some bills."""
        with shop.engine.connect().execution_options(reading=True) as connection:
            counted = []
            connection.connection.driver_connection.set_progress_handler(lambda: counted.append(1), 1)
            assert set(bills(connection, "corner", list("123456"))) == {"1"}
            connection.connection.driver_connection.set_progress_handler(None, 1)
        return len(counted)

    shop.enter("1", "card1")
    shop.leave(receipt("1", line(WATER)))
    alone = work_of_reading()
    shop.tell(*(Enter(NINE, f"other {number}", "", "") for number in range(60)))
    assert work_of_reading() < 1.1 * alone
    shop.engine.dispose()


def test_books_that_are_not_there_are_told_with_those_that_are(shop: ShopLedger) -> None:
    with pytest.raises(BooksError, match="nowhere: has no books here; there are those of corner"):
        verify(shop.engine, "nowhere")


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    made = inspect(engine)
    for table in METADATA.sorted_tables:
        assert [column["name"] for column in made.get_columns(table.name)] == list(table.columns.keys())
        assert made.get_pk_constraint(table.name)["constrained_columns"] == list(table.primary_key.columns.keys())
    assert {"entry", "head", "card", "bill", "visit", "cart_item", "line", "task", "step"} <= set(
        made.get_table_names()
    )


def test_the_version_of_the_tables_is_that_of_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "storegraph.ledger.books:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == VERSION


def test_tables_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "books.sqlite")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BooksError, match="version 9999, newer than"):
        open_database(tmp_path / "books.sqlite")


@pytest.mark.parametrize("where", ["mysql://x/y", "://", "/proc/none/books.sqlite"])
def test_what_is_no_database_is_refused_in_words(where: str) -> None:
    with pytest.raises(BooksError):
        open_database(where)


@given(st.one_of([st.from_type(kind) for kind in KINDS.values()]))
def test_a_fact_is_read_as_it_was_written(fact: Fact) -> None:
    plain = TypeAdapter(type(fact)).dump_python(fact, mode="json")
    assume(plain == json.loads(json.dumps(plain)) and "Infinity" not in json.dumps(plain))  # no confidence is nan
    assert read(fact.KIND, written(fact)) == fact
    assert written(fact) == json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=8), st.data())
def test_no_entry_of_a_chain_can_be_changed_unnoticed(bodies: list[str], data: st.DataObject) -> None:
    chain = Growing("s", 0, BEGINNING)
    entries = [chain.add("b", place, str(place), NINE, "k", body) for place, body in enumerate(bodies, 1)]
    assert list(breaks(entries)) == []
    place = data.draw(st.integers(0, len(entries) - 2))
    name, value = data.draw(st.sampled_from([("stamp", NINE + 1), ("stream", "c"), ("kind", "l"), ("body", "other!")]))
    changed = Entry(**{n: value if n == name else getattr(entries[place], n) for n in Entry.__slots__})
    assert list(breaks([*entries[:place], changed, *entries[place + 1 :]]))
