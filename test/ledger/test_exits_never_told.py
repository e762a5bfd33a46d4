"""Who never leaves, as far as the gates tell, is not inside for ever, and is not charged without a person."""

from __future__ import annotations

import pytest
from shop_ledger import BREAD, HOUR, MINUTE, NINE, WATER, ShopLedger, cart, line, receipt
from sqlalchemy import Engine

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import ReviewPolicy, VisitPolicy, nanoseconds
from storegraph.ledger.settlement.exits import CLOSED, TOO_LONG, exits_given_up
from storegraph.ledger.settlement.inputs import GiveUpVisit, Review
from storegraph.ledger.settlement.opening import Opened, Opening, opening_of, set_opening

POLICY = VisitPolicy()
LONGEST = nanoseconds(POLICY.longest)
AFTER_CLOSING = nanoseconds(POLICY.after_closing)


def given_up(shop: ShopLedger, now: int, opened: Opened = Opened()) -> list[GiveUpVisit]:
    """Tells the books what is given up by a moment."""
    told = list(exits_given_up(shop.engine, shop.store, "EUR", POLICY, opened, now))
    if told:
        shop.tell(*told)
    return told


def with_bread(shop: ShopLedger, visit: str = "1", stamp: int = NINE) -> Bill:
    """Somebody comes in with a card and takes bread."""
    shop.enter(visit, f"tok_{visit}", stamp=stamp)
    return shop.change(cart(visit, line(BREAD), stamp=stamp + MINUTE))


def test_an_exit_is_waited_for_as_long_as_the_policy_says(shop: ShopLedger) -> None:
    with_bread(shop)
    assert given_up(shop, NINE + LONGEST - 1) == []
    assert given_up(shop, NINE + LONGEST + HOUR) == [GiveUpVisit(NINE + LONGEST, "1", "EUR", TOO_LONG)]
    assert given_up(shop, NINE + 2 * LONGEST) == []


def test_what_they_hold_then_waits_for_a_person_and_is_not_charged_by_itself(shop: ShopLedger) -> None:
    with_bread(shop)
    given_up(shop, NINE + LONGEST)
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured, bill.visits["1"].left, bill.visits["1"].gate) == (
        "in review",
        0,
        NINE + LONGEST,
        "",
    )
    assert bill.charges["1/0"].line.name == "Bread"
    shop.tell(Review(NINE + LONGEST + HOUR, "r", "1/0", 1, "anna", "seen on the pictures"))
    assert (shop.bill_of("1").state, shop.bill_of("1").captured) == ("settled", BREAD.price)
    assert verify(shop.engine, shop.store).problems == ()


def test_what_nobody_decides_is_shrink_and_the_reservation_goes_back(shop: ShopLedger) -> None:
    with_bread(shop)
    given_up(shop, NINE + LONGEST)
    shop.pass_time(NINE + LONGEST + nanoseconds(ReviewPolicy().within))
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured, bill.reserved, bill.charges["1/0"].shrink) == ("settled", 0, None, 1)


def test_who_holds_nothing_is_settled_at_once(shop: ShopLedger) -> None:
    shop.enter("1", "tok_1")
    given_up(shop, NINE + LONGEST)
    assert (shop.bill_of("1").state, shop.bill_of("1").captured) == ("settled", 0)


def test_of_a_party_only_those_who_are_still_inside_are_given_up(shop: ShopLedger) -> None:
    shop.enter("1", "tok", party="p")
    shop.enter("2", "tok", party="p")
    shop.leave(receipt("1", line(WATER), party="p"))
    assert [told.visit for told in given_up(shop, NINE + LONGEST)] == ["2"]
    assert (shop.bill_of("1").state, shop.bill_of("1").captured) == ("settled", WATER.price)


def test_who_was_never_seen_to_enter_is_waited_for_since_their_first_cart(shop: ShopLedger) -> None:
    shop.change(cart("1", line(BREAD), stamp=NINE))
    assert [told.stamp for told in given_up(shop, NINE + LONGEST)] == [NINE + LONGEST]
    assert shop.bill_of("1").waiting[0].needs_payer


def test_after_closing_those_who_were_inside_are_not_waited_for_much_longer(shop: ShopLedger) -> None:
    closed = Opened(Opening.CLOSED, NINE + HOUR, "anna")
    with_bread(shop)
    with_bread(shop, "2", stamp=NINE + 3 * HOUR)  # somebody whom staff let in hours later
    assert given_up(shop, NINE + HOUR + AFTER_CLOSING - 1, closed) == []
    told = given_up(shop, NINE + 4 * HOUR, closed)
    assert told == [GiveUpVisit(NINE + HOUR + AFTER_CLOSING, "1", "EUR", CLOSED)]
    assert shop.bill_of("1").visits["1"].doubt == CLOSED


def test_an_exit_that_is_told_after_all_changes_nothing_if_it_tells_the_same_goods(shop: ShopLedger) -> None:
    with_bread(shop)
    given_up(shop, NINE + LONGEST)
    before = shop.bill_of("1")
    assert shop.leave(receipt("1", line(BREAD), left=NINE + LONGEST + HOUR)) == before
    with pytest.raises(RefusedError, match="left before, with other goods; correct its lines instead"):
        shop.leave(receipt("1", line(BREAD, 2), left=NINE + LONGEST + HOUR))


def test_the_last_decision_about_opening_counts(engine: Engine) -> None:
    assert opening_of(engine, "corner") == Opened()
    set_opening(engine, "corner", Opened(Opening.CLOSED, NINE, "anna", "inventory"))
    set_opening(engine, "corner", Opened(Opening.CREW, NINE + HOUR, "anna"))
    assert opening_of(engine, "corner") == Opened(Opening.CREW, NINE + HOUR, "anna")
    assert opening_of(engine, "market") == Opened()
    with pytest.raises(RefusedError, match="is not later"):
        set_opening(engine, "corner", Opened(Opening.OPEN, NINE, "bert"))
    with pytest.raises(RefusedError, match="looks like a card number"):
        set_opening(engine, "corner", Opened(Opening.OPEN, NINE + 2 * HOUR, "4242424242424242"))
