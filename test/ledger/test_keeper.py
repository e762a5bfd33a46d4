"""What the graph says ends in the books, and what staff decides at the command line is carried out."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from shop_ledger import BREAD, HOUR, NINE, WATER, WINE, cart, line, receipt
from sqlalchemy import update
from waiting import wait_until

from storegraph.cli import main
from storegraph.ledger.books.chain import Growing
from storegraph.ledger.books.database import open_database
from storegraph.ledger.books.record import entries
from storegraph.ledger.books.retention import DAY
from storegraph.ledger.books.schema import ENTRY, HEAD
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import PaymentError, PolicyError
from storegraph.ledger.keeper import Keeper
from storegraph.ledger.payments.named import provider_of
from storegraph.ledger.policy import Policy, load_policy
from storegraph.ledger.retail.closing import close_days, day_of
from storegraph.ledger.settings import BooksSettings
from storegraph.ledger.settlement.inputs import Enter
from storegraph.observations import GateEvent, Passage
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
CORNER = load_store(ROOT / "config" / "stores" / "corner.yaml")
PATIENCE = 60.0
UTC = ZoneInfo("UTC")
VISIT = f"7@{NINE}"


@pytest.fixture
def books(tmp_path: Path) -> str:
    """Those of a store in which somebody bought bread, and perhaps water."""
    path = str(tmp_path / "books.sqlite")
    keeper = Keeper(CORNER, BooksSettings(books=path, provider="sandbox"), lambda: NINE + HOUR)
    keeper.taken_in(GateEvent(NINE, "front", Passage.ENTRY, "tok_a", "p", "7", False))
    keeper.taken_in(receipt(VISIT, line(BREAD), line(WATER, 2, "who"), party="p"))
    bill = keeper.bookkeeper.when(VISIT, lambda bill: bill.captured == BREAD.price).result(PATIENCE)
    assert bill.state == "in review"
    assert keeper.problem == ""
    keeper.close()
    return path


def told(*words: str) -> str:
    result = CliRunner().invoke(main, ["ledger", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_staff_decides_what_waits_and_the_books_stay_right(books: str) -> None:
    where = ("--books", books, "--store", "corner")
    assert told("tasks", *where) == f"review\t{VISIT}/1\tuntil 2026-09-22 14:23:23 UTC\t2 x Water\twho\n"
    assert "settled" not in told("bills", *where)
    after = told("review", *where, "--by", "anna", f"{VISIT}/1", "0")
    assert f"{VISIT}: settled, owed 250, paid 250" in after
    after = told("correct", *where, "--by", "anna", f"{VISIT}/0", "0")
    assert "the ledger's node asks the provider: refund 250" in after
    assert told("card", *where, "tok_b", "blocked") == "card/2: noted\n"
    assert told("opening", *where) == "corner: open\n"
    assert told("opening", *where, "--by", "anna", "closed").startswith("corner: closed, since ")
    assert "11 entries, 1 bills" in told("verify", "--books", books)
    assert told("rebuild", *where) == "corner: 1 bills\n"
    assert '"card": "1"' in told("export", *where, "tok_a")
    assert "400 days" in told("retention", *where, "--show")
    assert verify(open_database(books), "corner").problems == ()


def test_what_waits_for_a_person_is_known_to_the_node_and_whether_it_is_urgent(tmp_path: Path) -> None:
    settings = BooksSettings(books=str(tmp_path / "books.sqlite"), provider="sandbox")
    keeper = Keeper(CORNER, settings, lambda: NINE + HOUR)
    assert keeper.waiting == ("nothing", False)
    keeper.taken_in(GateEvent(NINE, "front", Passage.ENTRY, "tok_a", "p", "7", False))
    keeper.taken_in(receipt(VISIT, line(WATER, 2, "who"), line(WINE), party="p"))
    wait_until(lambda: keeper.waiting == ("1 held, 1 review", True), lambda: keeper.waiting)
    keeper.close()


def test_a_look_for_what_is_due_that_fails_is_told_and_the_next_one_is_made(books: str) -> None:
    engine = open_database(books)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE task SET kind = 'of a later version'")
    keeper = Keeper(CORNER, BooksSettings(books=books, provider="sandbox"), lambda: NINE + HOUR)
    wait_until(lambda: keeper.problem.startswith("no round could be made: ValueError: 'of a later version'"))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE task SET kind = 'review'")
    wait_until(lambda: (keeper.problem, keeper.waiting) == ("", ("1 review", False)))
    keeper.close()


def test_what_must_not_be_done_is_refused_without_a_traceback(books: str) -> None:
    where = ("--books", books, "--store", "corner")
    for words, why in (
        (("review", *where, f"{VISIT}/0", "1"), "is decided already"),
        (("cash", *where, "nobody", "5"), "is not known in the books"),
        (("erase", *where, "tok_a"), "wait until it is settled"),
        (("card", *where, "4242424242424242", "blocked"), "looks like a card number"),
    ):
        result = CliRunner().invoke(main, ["ledger", *words])
        assert (result.exit_code, "Traceback" in result.output) == (2, False)
        assert why in " ".join(result.output.split())


def test_changed_books_are_told_and_exit_with_1(books: str) -> None:
    with open_database(books).begin() as connection:
        connection.exec_driver_sql("UPDATE bill SET captured = 1")
    result = CliRunner().invoke(main, ["ledger", "verify", "--books", books])
    assert (result.exit_code, "captured is 1, by the entries 250" in result.output) == (1, True)


def test_a_day_that_was_not_closed_as_its_entries_say_is_told_even_where_the_chain_is_whole(books: str) -> None:
    engine = open_database(books)
    day = day_of(NINE, UTC)
    close_days(engine, "corner", UTC, day, NINE + 2 * DAY)
    assert "1 closed days" in told("verify", "--books", books)
    with engine.begin() as connection:  # by somebody who knows how entries are linked
        *before, last = entries(connection, "corner")
        body = (last.body or "").replace('"sold":250', '"sold":249')
        forged = Growing("corner", before[-1].position, before[-1].hash).add(
            last.stream, last.sequence, last.key, last.stamp, last.kind, body
        )
        connection.execute(
            update(ENTRY)
            .where(ENTRY.c.position == last.position)
            .values(body=body, digest=forged.digest, hash=forged.hash)
        )
        connection.execute(update(HEAD).values(hash=forged.hash))
    assert verify(engine, "corner").problems == ()
    result = CliRunner().invoke(main, ["ledger", "verify", "--books", books])
    assert (result.exit_code, f"day {day}: its totals are" in result.output) == (1, True)


def test_the_policy_file_has_every_key_with_its_default() -> None:
    assert load_policy(ROOT / "config" / "ledger.yaml") == Policy()


def test_a_wrong_policy_file_is_told_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("review:\n  within: -1\n  when_undecided: sell\nadmision: {}\n")
    with pytest.raises(PolicyError) as error:
        load_policy(path)
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == [f"{path}:{n}" for n in (2, 3, 4)]


def test_a_provider_that_is_not_known_or_has_no_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    for name, why in (("paypal", "takes sandbox or stripe"), ("stripe", "STRIPE_API_KEY is not set")):
        with pytest.raises(PaymentError, match=why):
            provider_of(name)


def test_an_exit_that_is_never_told_is_given_up_while_the_store_runs(tmp_path: Path) -> None:
    now = [NINE]
    keeper = Keeper(CORNER, BooksSettings(books=str(tmp_path / "books.sqlite")), lambda: now[0])
    keeper.taken_in(GateEvent(NINE, "front", Passage.ENTRY, "tok_a", "p", "7", False))
    keeper.taken_in(cart(VISIT, line(BREAD), party="p"))
    keeper.open_or_close("closed", "anna", "the end of the day")
    now[0] = NINE + HOUR
    bill = keeper.bookkeeper.when(VISIT, lambda bill: bill.over).result(PATIENCE)
    assert (bill.visits[VISIT].doubt, bill.state) == ("no exit was told, and the store is closed", "in review")
    keeper.close()


def test_what_was_kept_long_enough_goes_while_the_store_runs(books: str) -> None:
    told("review", "--books", books, "--store", "corner", f"{VISIT}/1", "0")
    keeper = Keeper(CORNER, BooksSettings(books=books, provider="sandbox"), lambda: NINE + 500 * DAY)
    wait_until(lambda: not keeper.bookkeeper.token("1"), lambda: keeper.problem)
    keeper.close()
    assert keeper.problem == ""
    assert verify(open_database(books), "corner").problems == ()


def test_a_receipt_that_cannot_be_delivered_is_told_while_the_store_runs(tmp_path: Path) -> None:
    settings = tmp_path / "receipts.yaml"
    settings.write_text("smtp: {host: localhost, port: 1, security: none, retry_after: []}\n")
    where = BooksSettings(books=str(tmp_path / "books.sqlite"), provider="sandbox", receipts=str(settings))
    keeper = Keeper(CORNER, where, lambda: NINE + HOUR)
    assert keeper.problem_of_mail == ""
    keeper.decide(Enter(NINE, VISIT, "7", "p", "tok_a"))
    keeper.take_address(VISIT, "anna@example.org", remember=False)
    keeper.taken_in(receipt(VISIT, line(BREAD), party="p"))
    wait_until(lambda: "1 mails were given up" in (keeper.problem_of_mail or ""), lambda: keeper.problem)
    assert (keeper.problem_of_mail or "").startswith("localhost:1: ")
    keeper.close()
