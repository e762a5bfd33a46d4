"""A customer says that a line is wrong; a person decides, or in the end the policy."""

from __future__ import annotations

import pytest
from shop_ledger import BREAD, HOUR, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, select

from storegraph.ledger.books.facts import Claim, Remainder
from storegraph.ledger.books.schema import TASK
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import DisputePolicy, Policy
from storegraph.ledger.settlement.inputs import Correct, Dispute, Return

DAY = 24 * HOUR


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    shop = ShopLedger(engine)
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3), line(BREAD)))
    return shop


def dispute(stamp: int = NINE + DAY, count: int = 1) -> Dispute:
    return Dispute(stamp, "1/0", Claim.NOT_TAKEN, count)


def tasks(shop: ShopLedger) -> list[tuple[str, str, int]]:
    with shop.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(TASK.c.kind, TASK.c.line, TASK.c.deadline))]


def test_a_disputed_line_stays_charged_and_waits_for_a_person(shop: ShopLedger) -> None:
    shop.tell(dispute())
    assert (shop.bill_of("1").refunded, tasks(shop)) == (0, [("dispute", "1/0", NINE + 8 * DAY)])
    assert verify(shop.engine, "corner").problems == ()


def test_a_dispute_that_is_right_is_refunded_to_the_card(shop: ShopLedger) -> None:
    shop.tell(dispute(), Correct(NINE + 2 * DAY, "c", "1/0", 1, Remainder.NOT_TAKEN, "anna", "saw the pictures"))
    bill = shop.bill_of("1")
    assert (bill.refunded, bill.charges["1/0"].void, bill.state, tasks(shop)) == (158, 2, "settled", [])


def test_a_dispute_that_is_wrong_ends_with_the_line_as_it_was_and_is_not_opened_again(shop: ShopLedger) -> None:
    shop.tell(dispute(), Correct(NINE + 2 * DAY, "c", "1/0", 3, Remainder.NOT_TAKEN, "anna", "saw the pictures"))
    assert (shop.bill_of("1").refunded, tasks(shop)) == (0, [])
    shop.tell(dispute(NINE + 3 * DAY, count=0))  # the link is clicked again
    assert tasks(shop) == []


def test_a_dispute_that_nobody_decides_is_given_back_and_counts_as_shrink(shop: ShopLedger) -> None:
    shop.tell(dispute())
    shop.pass_time(NINE + 9 * DAY)
    bill = shop.bill_of("1")
    assert (bill.refunded, bill.charges["1/0"].charged, bill.charges["1/0"].shrink, tasks(shop)) == (158, 1, 2, [])


def test_policy_may_keep_what_nobody_decides(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy(disputes=DisputePolicy(when_undecided="keep")))
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3)))
    shop.tell(dispute())
    shop.pass_time(NINE + 9 * DAY)
    assert (shop.bill_of("1").refunded, tasks(shop)) == (0, [])


def test_a_click_that_comes_twice_is_one_dispute(shop: ShopLedger) -> None:
    shop.tell(dispute())
    shop.tell(dispute(NINE + 2 * DAY, count=0))
    assert tasks(shop) == [("dispute", "1/0", NINE + 8 * DAY)]


def test_what_came_back_ends_the_dispute_about_it(shop: ShopLedger) -> None:
    shop.tell(Dispute(NINE + DAY, "1/1", Claim.FAULTY), Return(NINE + 2 * DAY, "r", "1", (("1/1", 1),), True, "anna"))
    assert (shop.bill_of("1").refunded, tasks(shop)) == (250, [])


def test_what_is_not_charged_cannot_be_disputed(shop: ShopLedger) -> None:
    with pytest.raises(RefusedError, match="count 3 is not within 0 and 2"):
        shop.tell(dispute(count=3))
    shop.tell(Return(NINE + DAY, "r", "1", (), False, "anna"))
    with pytest.raises(RefusedError, match="nothing of it is charged"):
        shop.tell(dispute(NINE + 2 * DAY))
    with pytest.raises(RefusedError, match="line 1/7: is not known"):
        shop.tell(Dispute(NINE + DAY, "1/7", Claim.FAULTY))
