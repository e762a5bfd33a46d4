"""Goods come back, and money with them: to the card that paid, within the window, once."""

from __future__ import annotations

import pytest
from shop_ledger import BREAD, HOUR, NINE, WATER, ShopLedger, line, receipt
from sqlalchemy import Engine, select

from storegraph.ledger.books.facts import Remainder
from storegraph.ledger.books.schema import LINE, TASK
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.payments.sandbox import Fault
from storegraph.ledger.policy import Policy, ReturnPolicy
from storegraph.ledger.settlement.inputs import Correct, PayCash, Reduce, Return

DAY = 24 * HOUR


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    """Somebody has paid for three waters and a bread: 487."""
    shop = ShopLedger(engine)
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3), line(BREAD)))
    return shop


def coming_back(*items: tuple[str, int], wasted: bool = False, stamp: int = NINE + DAY, request: str = "r") -> Return:
    return Return(stamp, request, "1", items, wasted, by="anna", reason="unopened")


def test_some_of_a_line_come_back_and_their_price_goes_to_the_card(shop: ShopLedger) -> None:
    shop.tell(coming_back(("1/0", 2)))
    bill = shop.bill_of("1")
    assert (bill.state, bill.owed, bill.refunded, bill.settled) == ("settled", 329, 158, 2)
    assert (bill.charges["1/0"].charged, bill.charges["1/0"].returned) == (1, 2)
    assert [account.refunded for account in shop.provider.accounts()] == [158]
    with shop.engine.connect() as connection:
        assert connection.execute(select(LINE.c.returned).where(LINE.c.line == "1/0")).scalar_one() == 2
    assert verify(shop.engine, "corner").problems == ()


def test_a_whole_receipt_comes_back(shop: ShopLedger) -> None:
    shop.tell(coming_back())
    bill = shop.bill_of("1")
    assert (bill.state, bill.owed, bill.paid, bill.refunded) == ("settled", 0, 0, 487)


def test_what_comes_back_spoilt_is_wasted_and_not_shrink(shop: ShopLedger) -> None:
    shop.tell(coming_back(("1/1", 1), wasted=True))
    charge = shop.bill_of("1").charges["1/1"]
    assert (charge.returned, charge.wasted, charge.shrink) == (0, 1, 0)


def test_a_return_that_is_told_twice_is_carried_out_once(shop: ShopLedger) -> None:
    shop.tell(coming_back(("1/0", 1)), coming_back(("1/0", 1)))
    shop.restart()
    shop.tell(coming_back(("1/0", 1)))
    assert [account.refunded for account in shop.provider.accounts()] == [79]


def test_more_than_was_charged_cannot_come_back(shop: ShopLedger) -> None:
    shop.tell(coming_back(("1/0", 2)))
    with pytest.raises(RefusedError, match="line 1/0: 2 cannot come back, 1 are charged"):
        shop.tell(coming_back(("1/0", 2), request="again"))
    with pytest.raises(RefusedError, match="named twice"):
        shop.tell(coming_back(("1/0", 1), ("1/0", 1), request="twice"))
    assert [account.refunded for account in shop.provider.accounts()] == [158]


def test_one_line_that_cannot_come_back_keeps_the_others_from_it(shop: ShopLedger) -> None:
    with pytest.raises(RefusedError):
        shop.tell(coming_back(("1/1", 1), ("1/0", 4)))
    assert shop.bill_of("1").refunded == 0


def test_after_the_window_a_return_is_refused_with_the_reason(shop: ShopLedger) -> None:
    with pytest.raises(RefusedError, match=r"1/0: was not taken within the last 14 days.*returns.within.*correct it"):
        shop.tell(coming_back(("1/0", 1), stamp=NINE + 15 * DAY))
    with pytest.raises(RefusedError, match=r"returns\.within"):
        shop.tell(Reduce(NINE + 15 * DAY, "r", "1/0", 10, "anna"))
    shop.tell(Correct(NINE + 15 * DAY, "c", "1/0", 2, Remainder.NOT_TAKEN, "anna", "was charged wrongly"))
    assert shop.bill_of("1").refunded == 79


def test_a_shop_may_take_nothing_back(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy(returns=ReturnPolicy(within=0.0)))
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER)))
    with pytest.raises(RefusedError, match="within the last 0 days"):
        shop.tell(coming_back())


def test_nothing_comes_back_of_what_was_not_paid_for(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "crew-7")
    shop.leave(receipt("1", line(WATER)))
    with pytest.raises(RefusedError, match="nothing of it is charged"):
        shop.tell(coming_back())


def test_a_part_of_a_price_is_given_back_and_the_goods_stay(shop: ShopLedger) -> None:
    dented = Reduce(NINE + DAY, "r", "1/1", 100, "anna", "dented")
    shop.tell(dented, dented)
    bill = shop.bill_of("1")
    assert (bill.refunded, bill.owed, bill.charges["1/1"].charged, bill.charges["1/1"].reduced) == (100, 387, 1, 100)
    assert bill.tax == 38 + 10  # 237 x 19/119 = 37.8, 150 x 7/107 = 9.8
    with pytest.raises(RefusedError, match="151 cannot be given back, 150 are charged"):
        shop.tell(Reduce(NINE + DAY, "s", "1/1", 151, "anna"))
    shop.tell(coming_back(("1/1", 1)))
    assert shop.bill_of("1").refunded == 250  # and not more than was paid


def test_a_guest_who_brings_something_back_is_paid_at_the_desk(engine: Engine) -> None:
    shop = ShopLedger(engine)
    bill = shop.enter("1", guest=True)
    shop.leave(receipt("1", line(WATER)))
    shop.tell(PayCash(NINE + HOUR, "in", bill.bill, 79, "anna"), coming_back())
    assert [kind for kind, _ in tasks(shop)] == ["pay out"]
    shop.tell(PayCash(NINE + DAY, "out", bill.bill, -79, "anna"))
    assert (shop.bill_of("1").state, tasks(shop)) == ("settled", [])


def test_a_refund_that_the_card_declines_for_good_is_paid_at_the_desk(shop: ShopLedger) -> None:
    shop.provider.misbehave(*[Fault.DECLINE] * 4)
    shop.tell(coming_back(("1/1", 1)))
    assert tasks(shop) == []  # it is tried again
    shop.pass_time(NINE + 10 * DAY)
    assert tasks(shop) == [("pay out", "250 are to be given back at the desk")]
    shop.tell(PayCash(NINE + 11 * DAY, "out", shop.bill_of("1").bill, -250, "anna"))
    assert (shop.bill_of("1").state, tasks(shop)) == ("settled", [])


def test_a_refund_after_one_that_was_declined_at_first_is_asked_for(shop: ShopLedger) -> None:
    shop.provider.misbehave(Fault.DECLINE)
    shop.tell(coming_back(("1/0", 1)))
    shop.pass_time(NINE + DAY + 2 * HOUR)
    assert shop.bill_of("1").refunded == 79
    shop.tell(coming_back(("1/1", 1), stamp=NINE + 2 * DAY, request="other"))
    assert (shop.bill_of("1").refunded, shop.bill_of("1").state) == (329, "settled")


def test_a_refund_without_an_answer_is_asked_about_and_made_once(shop: ShopLedger) -> None:
    shop.provider.misbehave(Fault.UNANSWERED)
    shop.tell(coming_back(("1/0", 1)))
    shop.restart()
    shop.ask_again()
    assert (shop.bill_of("1").refunded, [each.refunded for each in shop.provider.accounts()]) == (79, [79])


def tasks(shop: ShopLedger) -> list[tuple[str, str]]:
    with shop.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(TASK.c.kind, TASK.c.told))]
