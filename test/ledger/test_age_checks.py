"""Goods that need an age check are sold when staff has approved, and never silently."""

from __future__ import annotations

import pytest
from shop_ledger import (
    HOUR,
    MINUTE,
    NINE,
    WATER,
    WINE,
    ShopLedger,
    cart,
    line,
    receipt,
)
from sqlalchemy import Engine

from storegraph.ledger.books.facts import Remainder
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import Policy, ReviewPolicy
from storegraph.ledger.settlement.inputs import (
    Correct,
    DecideAge,
)


def test_age_restricted_goods_raise_a_task_and_are_sold_when_staff_approves(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.change(cart("1", line(WINE)))
    assert tasks(shop) == [("age", "1", "")]
    shop.tell(DecideAge(NINE + 2 * MINUTE, "a", "1", approved=True, by="anna"))
    assert tasks(shop) == []
    assert shop.leave(receipt("1", line(WINE))).captured == 599


@pytest.mark.parametrize("denied", [True, False])
def test_age_restricted_goods_that_leave_unapproved_are_held_and_never_sold_silently(
    engine: Engine, denied: bool
) -> None:
    shop = ShopLedger(engine, policy=Policy(review=ReviewPolicy(when_undecided="charge")))
    shop.enter("1", "card")
    shop.change(cart("1", line(WINE)))
    if denied:
        shop.tell(DecideAge(NINE + 2 * MINUTE, "a", "1", approved=False, by="anna"))
    bill = shop.leave(receipt("1", line(WINE), line(WATER)))
    assert (bill.captured, bill.state) == (79, "in review")
    assert tasks(shop) == [("held", "1", "1/0")]
    shop.pass_time(NINE + 25 * HOUR)
    bill = shop.bill_of("1")
    assert (bill.captured, bill.charges["1/0"].shrink, bill.state) == (79, 1, "settled")


def test_a_correction_does_not_sell_what_was_held_for_an_age_check(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WINE)))
    shop.pass_time(NINE + 25 * HOUR)
    with pytest.raises(RefusedError, match="line 1/0: is not sold below 18, and staff has not approved"):
        shop.tell(Correct(shop.now, "c", "1/0", 1, Remainder.NOT_TAKEN, "anna", "seen on the picture"))
    shop.tell(DecideAge(shop.now, "a", "1", approved=True, by="anna"))
    shop.tell(Correct(shop.now, "d", "1/0", 1, Remainder.NOT_TAKEN, "anna", "seen on the picture"))
    assert shop.bill_of("1").captured == 599


def test_a_held_line_is_sold_when_staff_approves_at_the_door(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WINE)))
    shop.tell(DecideAge(NINE + HOUR, "a", "1", approved=True, by="anna"))
    assert shop.bill_of("1").captured == 599


def tasks(shop: ShopLedger) -> list[tuple[str, str, str]]:
    from sqlalchemy import select

    from storegraph.ledger.books.schema import TASK

    with shop.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(TASK.c.kind, TASK.c.visit, TASK.c.line))]
