"""Closed days never change, nothing is lost between them, and they are compared with what the provider says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, func, select, update

from storegraph.cli import main
from storegraph.ledger.books.facts import Remainder, TaxTotal, Totals
from storegraph.ledger.books.schema import BILL, ENTRY
from storegraph.ledger.books.verify import rebuild, verify
from storegraph.ledger.errors import PaymentError, RefusedError
from storegraph.ledger.payments.sandbox import Fault
from storegraph.ledger.retail.closing import (
    Movement,
    close_days,
    closed_days,
    movements_of,
    problems_of_days,
    totals_of_open_day,
)
from storegraph.ledger.retail.reconciliation import Difference, differences, read_stripe_report
from storegraph.ledger.settlement.inputs import Correct, PayCash

BERLIN = ZoneInfo("Europe/Berlin")
STORE_FILE = str(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
DAY = 24 * HOUR
MONDAY = date(2026, 9, 21)
"""Of NINE, which is a quarter past four in Berlin."""


def bought(shop: ShopLedger, visit: str, left: int = NINE + 10 * MINUTE) -> None:
    """A water and two breads, 579."""
    shop.enter(visit, f"tok_{visit}", stamp=left - MINUTE)
    shop.leave(receipt(visit, line(WATER), line(BREAD, 2), entered=left - MINUTE, left=left))


def taken_back(shop: ShopLedger, visit: str, stamp: int) -> None:
    """Both breads, 500."""
    shop.tell(Correct(stamp, f"r{stamp // HOUR}", f"{visit}/1", 0, Remainder.RETURNED, "max", ""))


def close(shop: ShopLedger, last: date = MONDAY, now: int = NINE + 3 * DAY) -> list[Totals]:
    return [each.fact.totals for each in close_days(shop.engine, "corner", BERLIN, last, now)]


def is_whole(shop: ShopLedger) -> bool:
    with shop.engine.connect() as connection:
        return [*problems_of_days(connection, "corner"), *verify(shop.engine, "corner").problems] == []


def test_a_closed_day_has_takings_and_taxes(shop: ShopLedger) -> None:
    bought(shop, "1")
    bought(shop, "2")
    (totals,) = close(shop)
    assert (totals.visits, totals.settled, totals.sold, totals.captured) == (2, 2, 2 * 579, 2 * 579)
    assert totals.taxes == (TaxTotal(700, 2 * 467, 2 * 33), TaxTotal(1900, 2 * 66, 2 * 13))
    assert is_whole(shop)


def test_returns_of_a_later_day_are_of_that_day(shop: ShopLedger) -> None:
    bought(shop, "1")
    close(shop)
    taken_back(shop, "1", NINE + DAY)
    (tuesday,) = close(shop, MONDAY + timedelta(days=1))
    assert (tuesday.sold, tuesday.taken_back, tuesday.refunded) == (0, 500, 500)
    assert tuesday.taxes == (TaxTotal(700, -467, -33),)
    assert is_whole(shop)


def test_what_comes_late_counts_for_the_first_open_day_and_changes_no_closed_one(shop: ShopLedger) -> None:
    bought(shop, "1")
    before = close(shop)
    bought(shop, "2", NINE + 20 * MINUTE)  # of a gate that was cut off
    with shop.engine.connect() as connection:
        assert [each.fact.totals for each in closed_days(connection, "corner")] == before
    (tuesday,) = close(shop, MONDAY + timedelta(days=1))
    assert (tuesday.visits, tuesday.sold) == (1, 579)
    assert is_whole(shop)


def test_what_was_written_of_the_next_day_before_the_close_counts_for_the_next_day(shop: ShopLedger) -> None:
    bought(shop, "1")
    bought(shop, "2", NINE + DAY)
    assert [each.visits for each in close(shop)] == [1]
    bought(shop, "3", NINE + DAY + HOUR)
    assert [each.visits for each in close(shop, MONDAY + timedelta(days=1))] == [2]
    assert is_whole(shop)


def test_days_that_were_forgotten_are_closed_one_by_one(shop: ShopLedger) -> None:
    bought(shop, "1")
    bought(shop, "2", NINE + 2 * DAY)
    assert [each.visits for each in close(shop, MONDAY + timedelta(days=2))] == [1, 0, 1]
    assert close(shop, MONDAY + timedelta(days=2)) == []
    assert is_whole(shop)


def test_a_day_is_one_of_the_stores_time_zone(shop: ShopLedger) -> None:
    midnight = NINE + 7 * HOUR + 46 * MINUTE + 40 * 10**9  # 22:00 in UTC
    bought(shop, "1", midnight - 10 * 10**9)
    bought(shop, "2", midnight + 10 * 10**9)
    assert [each.visits for each in close(shop)] == [1]


def test_a_day_that_is_not_over_is_not_closed(shop: ShopLedger) -> None:
    bought(shop, "1")
    with pytest.raises(RefusedError, match="2026-09-21: is not over"):
        close(shop, MONDAY, NINE + HOUR)


def test_a_store_without_entries_has_no_days(shop: ShopLedger) -> None:
    assert close(shop) == []


def test_cash_shrink_debts_and_doubts_are_counted(shop: ShopLedger) -> None:
    shop.policy = shop.policy.model_copy(
        update={"collection": shop.policy.collection.model_copy(update={"retry_after": ()})}
    )
    shop.restart()
    shop.enter("1", guest=True)
    shop.leave(receipt("1", line(WATER)))
    shop.tell(PayCash(NINE + 20 * MINUTE, "r", "1", WATER.price, "max"))
    shop.enter("2", "tok_2")
    shop.provider.misbehave(Fault.DECLINE, Fault.DECLINE)
    shop.leave(receipt("2", line(WATER)))
    shop.enter("3", "tok_3")
    shop.leave(receipt("3", line(BREAD, 1, "who")))
    (monday,) = close(shop)
    assert (monday.cash, monday.debts, monday.in_doubt, monday.shrink) == (79, 79, 250, 0)
    shop.pass_time(NINE + DAY + HOUR)
    (tuesday,) = close(shop, MONDAY + timedelta(days=1))
    assert (tuesday.in_doubt, tuesday.shrink) == (-250, 250)
    assert is_whole(shop)


def test_a_changed_closed_day_is_noticed(shop: ShopLedger) -> None:
    bought(shop, "1")
    close(shop)
    of_day = ENTRY.c.stream == "day/2026-09-21"
    with shop.engine.begin() as connection:
        body = connection.execute(select(ENTRY.c.body).where(of_day)).scalar_one()
        connection.execute(update(ENTRY).where(of_day).values(body=body.replace('"sold":579', '"sold":578')))
    with shop.engine.connect() as connection:
        assert "day 2026-09-21: its totals are" in next(problems_of_days(connection, "corner"))
    assert "another body than was written" in verify(shop.engine, "corner").problems[0]


def test_the_tables_can_be_made_again_from_books_with_closed_days(shop: ShopLedger) -> None:
    bought(shop, "1")
    close(shop)
    assert rebuild(shop.engine, "corner") == 1
    assert is_whole(shop)


def test_a_shop_goes_on_after_the_close(shop: ShopLedger) -> None:
    bought(shop, "1")
    close(shop)
    bought(shop, "2", NINE + DAY)  # by the writer that wrote before the close
    assert is_whole(shop)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("buy"), st.integers(0, 3 * 24)),
            st.tuples(st.just("back"), st.integers(0, 3 * 24)),
            st.tuples(st.just("close"), st.integers(0, 2)),
        ),
        max_size=10,
    )
)
def test_all_days_together_are_the_bills_as_they_stand(engine: Engine, done: list[tuple[str, int]]) -> None:
    """Whatever is bought, brought back and closed in whatever order, and however late it is told."""
    shop = ShopLedger(engine, store=f"store{next(STORES)}")
    sold = ["0"]
    bought(shop, "0")
    for what, number in done:
        match what:
            case "buy":
                sold.append(str(len(sold)))
                bought(shop, sold[-1], NINE + number * HOUR)
            case "back":
                taken_back(shop, sold[number % len(sold)], NINE + number * HOUR)
            case "close":
                close_days(engine, shop.store, BERLIN, MONDAY + timedelta(days=number), NINE + 9 * DAY)
    with engine.connect() as connection:
        assert list(problems_of_days(connection, shop.store)) == []
        days = [each.fact.totals for each in closed_days(connection, shop.store)]
        days.append(totals_of_open_day(connection, shop.store))
        columns = ("owed", "tax", "captured", "refunded", "cash", "shrink", "debt")
        sums = (func.coalesce(func.sum(BILL.c[name]), 0) for name in columns)
        stands = connection.execute(select(*sums).where(BILL.c.store == shop.store)).one()
    total = Counter[str]()
    for day in days:
        total["owed"] += day.sold - day.taken_back
        total["tax"] += sum(tax.tax for tax in day.taxes)
        for name in ("captured", "refunded", "cash", "shrink", "debts"):
            total[name] += getattr(day, name)
    assert [total[name] for name in ("owed", "tax", "captured", "refunded", "cash", "shrink", "debts")] == list(stands)
    assert verify(engine, shop.store).problems == ()


STORES = count()


def test_movements_of_a_day_are_what_the_provider_did_that_day(shop: ShopLedger) -> None:
    bought(shop, "1")
    taken_back(shop, "1", NINE + DAY)
    close(shop, MONDAY + timedelta(days=1))
    with shop.engine.connect() as connection:
        monday, tuesday = closed_days(connection, "corner")
        first, second = (movements_of(connection, "corner", day) for day in (monday, tuesday))
    (account,) = shop.provider.accounts()
    assert first == [Movement(account.reference, 579, "1")]
    assert second == [Movement(account.reference, -500, "1")]


def test_books_and_provider_that_say_the_same_do_not_differ(shop: ShopLedger) -> None:
    for visit in "12":
        bought(shop, visit)
    taken_back(shop, "1", NINE + HOUR)
    close(shop)
    with shop.engine.connect() as connection:
        booked = movements_of(connection, "corner", closed_days(connection, "corner")[0])
    reported = [Movement(each.reference, each.captured - each.refunded) for each in shop.provider.accounts()]
    assert differences(booked, reported) == ()
    assert differences(booked[1:], [replace(reported[0], amount=1), *reported[1:], Movement("pay_x", 5)]) != ()


def test_each_kind_of_difference_is_named() -> None:
    booked = [Movement("a", 579, "1"), Movement("b", 79, "2"), Movement("b", -79, "2"), Movement("c", 10, "3")]
    reported = [Movement("a", 5000), Movement("a", -4421), Movement("c", 9), Movement("d", 1)]
    assert differences(booked, reported) == (
        Difference("b", "2", 0, None),
        Difference("c", "3", 10, 9),
        Difference("d", "", None, 1),
    )


STRIPE_REPORT = """\
balance_transaction_id,created,currency,gross,fee,net,reporting_category,payment_intent_id
txn_1,2026-09-21 16:30:00,eur,50.00,0.75,49.25,charge,{reference}
txn_2,2026-09-21 16:30:00,eur,-44.21,0.00,-44.21,partial_capture_reversal,{reference}
txn_3,2026-09-21 23:00:00,eur,-100.00,0.00,-100.00,payout,
"""


def test_a_report_of_stripes_is_compared_with_the_books(shop: ShopLedger, database: str, tmp_path: Path) -> None:
    bought(shop, "1")
    close(shop)
    report = tmp_path / "report.csv"
    report.write_text(STRIPE_REPORT.format(reference=shop.provider.accounts()[0].reference))
    command = ["retail", "reconcile", "--books", database, "--store", STORE_FILE, "--first", "2026-09-21", str(report)]
    result = CliRunner().invoke(main, command)
    assert result.output.splitlines() == [
        "1 days, 5.79 EUR booked, 0 payments differ",
        "fees 0.75, payout -100.00",
    ]
    report.write_text(STRIPE_REPORT.format(reference="pi_other"))
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "pi_other\tnot in these days of the books\tbooked nothing\treported 5.79" in result.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("currency,gross\neur,1\n", "report.csv:2: has no payment_intent_id, reporting_category, fee"),
        (STRIPE_REPORT.replace("eur", "usd"), "report.csv:2: currency is usd, the store's is EUR"),
        (STRIPE_REPORT.replace("50.00", "much"), "report.csv:2: gross: 'much' is no amount"),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_with_its_line(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(content)
    with pytest.raises(PaymentError, match=told.replace("(", r"\(")):
        read_stripe_report(tmp_path / "report.csv", "EUR")


def test_days_are_closed_listed_and_checked_by_command(shop: ShopLedger, database: str) -> None:
    bought(shop, "1")
    common = ["--books", database, "--store", STORE_FILE]
    closed = CliRunner().invoke(main, ["retail", "close", *common, "--last", "2026-09-21"])
    assert closed.exit_code == 0, closed.output
    assert "sold 5.79" in closed.output
    again = CliRunner().invoke(main, ["retail", "close", *common, "--last", "2026-09-21"])
    assert (again.exit_code, again.output) == (0, "corner: no day up to 2026-09-21 is open\n")
    listed = CliRunner().invoke(main, ["retail", "days", *common])
    assert listed.exit_code == 0
    head, row = (line.split() for line in listed.output.splitlines())
    assert dict(zip(head, row, strict=True)) | {"entry": "", "hash": ""} == {
        "day": "2026-09-21",
        **{"visits": "1", "settled": "1", "sold": "579", "taken_back": "0", "captured": "579", "refunded": "0"},
        **{"cash": "0", "debts": "0", "shrink": "0", "in_doubt": "0", "entry": "", "hash": ""},
    }
    assert row[-1] in closed.output
    taxes = CliRunner().invoke(main, ["retail", "days", *common, "--taxes"])
    assert [line.split() for line in taxes.output.splitlines()[1:]] == [
        ["2026-09-21", "7.00", "467", "33"],
        ["2026-09-21", "19.00", "66", "13"],
    ]
