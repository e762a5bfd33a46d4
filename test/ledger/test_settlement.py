"""Who pays what, and when: every case that a shop meets."""

from __future__ import annotations

import pytest
from shop_ledger import (
    BREAD,
    HOUR,
    MINUTE,
    NINE,
    SAMPLE,
    WATER,
    WINE,
    ShopLedger,
    line,
    receipt,
)
from sqlalchemy import Engine

from storegraph.ledger.books.facts import Action, Payer, Remainder
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import PaymentError, RefusedError
from storegraph.ledger.payments.sandbox import Fault, Sandbox
from storegraph.ledger.policy import CollectionPolicy, Policy, ReviewPolicy
from storegraph.ledger.settlement.inputs import (
    Answer,
    Collect,
    Correct,
    DecideAge,
    Enter,
    Leave,
    PayCash,
    Review,
    SetStanding,
    Standing,
)

DAY = 24 * HOUR


def actions(bill) -> list[Action]:
    return [step.action for step in bill.steps]


def test_what_is_sure_is_captured_when_the_shopper_has_left(shop: ShopLedger) -> None:
    assert shop.enter("1", "card", party="p").reserved == 5000
    bill = shop.leave(receipt("1", line(WATER, 2), line(BREAD), party="p"))
    assert (bill.state, bill.owed, bill.captured) == ("settled", 408, 408)
    (account,) = shop.provider.accounts()
    assert (account.reserved, account.captured) == (0, 408)
    assert verify(shop.engine, "corner").problems == ()


def test_who_took_nothing_pays_nothing_and_the_reserve_is_released(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    bill = shop.leave(receipt("1"))
    assert (bill.state, bill.captured, actions(bill)) == ("settled", 0, [Action.AUTHORIZE, Action.CANCEL])
    assert shop.provider.accounts()[0].reserved == 0


def test_more_than_was_reserved_is_reserved_before_it_is_captured(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(WINE, 1), line(BREAD, 40), party=""))
    shop.tell(DecideAge(bill.opened + HOUR, "a", "1", approved=True, by="staff"))
    assert actions(bill)[:3] == [Action.AUTHORIZE, Action.ADJUST, Action.CAPTURE]
    assert bill.captured == 10_000


def test_when_no_more_can_be_reserved_the_rest_is_charged(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.provider.misbehave(Fault.DECLINE)
    bill = shop.leave(receipt("1", line(BREAD, 40)))
    assert actions(bill) == [Action.AUTHORIZE, Action.ADJUST, Action.CAPTURE, Action.CHARGE]
    assert [(each.captured) for each in bill.payments] == [5000, 5000]
    assert bill.state == "settled"


def test_a_line_in_doubt_waits_while_what_is_sure_is_captured(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(WATER), line(BREAD, 2, "who: 1 60%")))
    assert (bill.state, bill.captured) == ("in review", 79)
    shop.tell(Review(NINE + HOUR, "r", "1/1", 1, by="anna"))
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured, bill.charges["1/1"].void) == ("settled", 329, 1)


def test_when_all_is_in_doubt_the_reserve_waits_for_the_reviewer(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    assert shop.leave(receipt("1", line(BREAD, 1, "who"))).reserved == 5000
    shop.tell(Review(NINE + HOUR, "r", "1/0", 1, by="anna"))
    bill = shop.bill_of("1")
    assert actions(bill) == [Action.AUTHORIZE, Action.CAPTURE]
    assert bill.captured == 250


def test_what_nobody_reviews_in_time_is_shrink_and_not_charged(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(BREAD, 2, "who")))
    shop.pass_time(NINE + 25 * HOUR)
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured, bill.charges["1/0"].shrink) == ("settled", 0, 2)
    with pytest.raises(RefusedError, match="not in doubt any more"):
        shop.tell(Review(NINE + 26 * HOUR, "late", "1/0", 2, by="anna"))


def test_policy_may_charge_what_nobody_reviews(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy(review=ReviewPolicy(when_undecided="charge")))
    shop.enter("1", "card")
    shop.leave(receipt("1", line(BREAD, 2, "who"), line(SAMPLE)))
    shop.pass_time(NINE + 25 * HOUR)
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured) == ("settled", 500)
    assert bill.charges["1/1"].shrink == 1  # it has no price


def test_nothing_of_a_visit_in_doubt_is_charged_before_a_person_has_looked(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(BREAD), doubt="sensor data was lost during the visit"))
    assert (bill.state, bill.captured) == ("in review", 0)


def test_a_reviewer_gives_a_price_to_what_has_none(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(SAMPLE)))
    with pytest.raises(RefusedError, match="must give one"):
        shop.tell(Review(NINE + HOUR, "r", "1/0", 1, by="anna"))
    shop.tell(Review(NINE + HOUR, "r2", "1/0", 1, by="anna", unit_price=120))
    assert shop.bill_of("1").captured == 120


def test_a_party_pays_together_when_the_last_of_it_has_left(shop: ShopLedger) -> None:
    for number, visit in enumerate("123"):
        shop.enter(visit, "card", party="p", stamp=NINE + number)
    shop.leave(receipt("1", line(WATER), party="p"))
    bill = shop.leave(receipt("2", line(WATER), party="p", left=NINE + 12 * MINUTE))
    assert (bill.state, bill.captured) == ("open", 0)
    bill = shop.leave(receipt("3", line(BREAD), party="p", left=NINE + 15 * MINUTE))
    assert (bill.state, bill.captured) == ("settled", 408)
    assert len(shop.provider.accounts()) == 1


def test_somebody_joins_a_party_that_is_inside(shop: ShopLedger) -> None:
    shop.enter("1", "card", party="p")
    assert shop.enter("2", "card", party="p", stamp=NINE + 5 * MINUTE).visits.keys() == {"1", "2"}


def test_who_comes_back_later_gets_a_bill_of_their_own(shop: ShopLedger) -> None:
    shop.enter("1", "card", party="p")
    shop.leave(receipt("1", line(WATER), party="p"))
    shop.enter("2", "card", party="p", stamp=NINE + HOUR)
    bill = shop.leave(receipt("2", line(BREAD), party="p", entered=NINE + HOUR, left=NINE + HOUR + MINUTE))
    assert (bill.captured, shop.bill_of("1").captured) == (250, 79)


def test_an_entry_that_is_told_after_the_exit_joins_its_party_and_is_charged(shop: ShopLedger) -> None:
    shop.enter("1", "card", party="p")
    shop.leave(receipt("1", line(WATER), party="p"))
    shop.tell(Enter(NINE + MINUTE, "2", "2", "p", "card"))
    bill = shop.leave(receipt("2", line(BREAD), party="p", entered=NINE + MINUTE))
    assert (bill.state, bill.captured, len(bill.payments)) == ("settled", 329, 2)


def test_a_card_that_is_told_after_the_goods_pays_for_them(shop: ShopLedger) -> None:
    bill = shop.leave(receipt("1", line(WATER), party="p"))
    assert (bill.state, bill.payer, bill.captured) == ("in review", Payer.UNKNOWN, 0)
    bill = shop.enter("1", "card", party="p")
    assert (bill.state, bill.captured) == ("settled", 79)


def test_a_tailgaters_goods_wait_for_a_payer_and_are_shrink_in_the_end(shop: ShopLedger) -> None:
    shop.enter("1")
    bill = shop.leave(receipt("1", line(WATER)))
    assert (bill.state, bill.steps) == ("in review", ())
    shop.pass_time(NINE + 25 * HOUR)
    assert shop.bill_of("1").charges["1/0"].shrink == 1


def test_a_correction_charges_nobody_where_nobody_is_known_who_would_pay(shop: ShopLedger) -> None:
    shop.enter("1")
    shop.leave(receipt("1", line(WATER, 2)))
    shop.tell(Review(NINE + HOUR, "r", "1/0", 0, "anna"))
    with pytest.raises(RefusedError, match="line 1/0: nobody is known who would pay; name who does first"):
        shop.tell(Correct(NINE + HOUR, "c", "1/0", 2, Remainder.NOT_TAKEN, "anna", "seen on the picture"))
    shop.enter("1", guest=True, stamp=NINE + HOUR)
    shop.tell(Correct(NINE + HOUR, "d", "1/0", 2, Remainder.NOT_TAKEN, "anna", "seen on the picture"))
    assert shop.bill_of("1").owed == 158


def test_a_tailgater_who_is_stopped_pays_at_the_desk(shop: ShopLedger) -> None:
    shop.enter("1")
    shop.leave(receipt("1", line(WATER)))
    bill = shop.enter("1", guest=True, stamp=NINE + 11 * MINUTE)
    shop.tell(PayCash(NINE + 12 * MINUTE, "desk", bill.bill, 79, by="anna"))
    assert shop.bill_of("1").state == "settled"


def test_staff_is_never_billed(shop: ShopLedger) -> None:
    shop.enter("1", "crew-7")
    shop.enter("2", "badge")
    shop.tell(SetStanding(NINE, "s", "other", Standing.CREW, by="anna"))
    shop.enter("3", "other")
    for visit in "13":
        bill = shop.leave(receipt(visit, line(WATER, 12)))
        assert (bill.payer, bill.owed, bill.steps, bill.state) == (Payer.CREW, 0, (), "settled")
        assert bill.charges[f"{visit}/0"].shrink == 0


def test_a_guest_pays_cash_at_the_desk(shop: ShopLedger) -> None:
    shop.enter("1", guest=True)
    bill = shop.leave(receipt("1", line(WATER)))
    assert (bill.state, bill.steps) == ("due", ())
    shop.tell(PayCash(NINE + HOUR, "a", bill.bill, 100, by="anna"))
    shop.tell(PayCash(NINE + HOUR, "b", bill.bill, -21, by="anna"))
    shop.tell(PayCash(NINE + HOUR, "b", bill.bill, -21, by="anna"))  # told twice
    bill = shop.bill_of("1")
    assert (bill.state, bill.paid) == ("settled", 79)
    with pytest.raises(RefusedError, match="cannot be paid"):
        shop.tell(PayCash(NINE + HOUR, "c", bill.bill, -80, by="anna"))


def test_a_declined_charge_is_tried_again_and_becomes_a_bad_debt(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy(collection=CollectionPolicy(retry_after=(3600.0, 86_400.0))))
    shop.enter("1", "card")
    shop.provider.misbehave(*[Fault.DECLINE] * 4)  # the capture, and three charges
    bill = shop.leave(receipt("1", line(BREAD)))
    assert (bill.state, bill.captured, bill.declined) == ("due", 0, 1)
    shop.pass_time(NINE + 3 * DAY)
    bill = shop.bill_of("1")
    assert (bill.state, bill.debt) == ("bad debt", 250)
    assert actions(bill) == [Action.AUTHORIZE, Action.CAPTURE] + [Action.CHARGE] * 3


def test_when_a_capture_is_declined_the_reserve_has_lapsed_and_what_is_owed_is_charged(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.provider.misbehave(Fault.DECLINE)
    bill = shop.leave(receipt("1", line(BREAD), line(WATER, 1, "who: 60%")))
    assert (bill.reserved, bill.captured, actions(bill)[1:]) == (None, 250, [Action.CAPTURE, Action.CHARGE])
    assert sum(account.reserved for account in shop.provider.accounts()) == 0


def test_a_bad_debt_is_collected_later(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy(collection=CollectionPolicy(retry_after=())))
    shop.enter("1", "card")
    shop.provider.misbehave(Fault.DECLINE, Fault.DECLINE)
    bill = shop.leave(receipt("1", line(BREAD)))
    assert bill.state == "bad debt"
    shop.tell(Collect(NINE + DAY, "c", bill.bill, by="anna"))
    bill = shop.bill_of("1")
    assert (bill.state, bill.debt, bill.captured) == ("settled", 0, 250)


def test_a_return_is_refunded_to_the_card_it_was_paid_with(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3)))
    given_back = Correct(NINE + DAY, "r", "1/0", 1, Remainder.RETURNED, by="anna", reason="unopened")
    shop.tell(given_back)
    shop.tell(given_back)
    bill = shop.bill_of("1")
    assert (bill.state, bill.captured, bill.refunded, bill.settled) == ("settled", 237, 158, 2)
    assert [account.refunded for account in shop.provider.accounts()] == [158]
    assert (bill.charges["1/0"].returned, bill.charges["1/0"].shrink) == (2, 0)


def test_goodwill_counts_as_shrink(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER, 3)))
    shop.tell(Correct(NINE + DAY, "r", "1/0", 2, Remainder.SHRINK, by="anna", reason="dented"))
    assert shop.bill_of("1").charges["1/0"].shrink == 1


def test_more_than_one_payment_is_refunded_from_the_newest(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER), line(BREAD, 1, "who")))
    shop.tell(Review(NINE + HOUR, "r", "1/1", 1, by="anna"))
    for name in ("1/0", "1/1"):
        shop.tell(Correct(NINE + DAY, "r", name, 0, Remainder.NOT_TAKEN, by="anna", reason="complaint"))
    bill = shop.bill_of("1")
    assert (bill.state, bill.paid, [each.refunded for each in bill.payments]) == ("settled", 0, [79, 250])


def test_the_same_told_twice_counts_once(shop: ShopLedger) -> None:
    entered, left = Enter(NINE, "1", "1", "p", "card"), Leave(receipt("1", line(WATER), party="p"))
    shop.tell(entered, entered, left)
    shop.tell(left, entered)
    assert shop.bill_of("1").captured == 79
    assert len(shop.provider.accounts()) <= 1


def test_other_goods_for_a_visit_that_is_over_are_refused(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    shop.leave(receipt("1", line(WATER)))
    with pytest.raises(RefusedError, match="visit 1: left before, with other goods"):
        shop.leave(receipt("1", line(WATER, 2)))
    assert shop.bill_of("1").captured == 79


def test_a_late_answer_is_taken_whenever_it_comes(shop: ShopLedger) -> None:
    shop.provider.misbehave(Fault.UNANSWERED)
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(WATER)))
    assert (bill.state, bill.open_step.action) == ("due", Action.AUTHORIZE)
    shop.ask_again()
    assert shop.bill_of("1").state == "settled"
    assert [account.captured for account in shop.provider.accounts()] == [79]


def test_an_answer_that_contradicts_an_earlier_one_is_reported(shop: ShopLedger) -> None:
    shop.enter("1", "card")
    step = shop.bill_of("1").steps[0]
    shop.tell(Answer(NINE, step.step, True, "again"))
    with pytest.raises(PaymentError, match="says otherwise than before"):
        shop.tell(Answer(NINE, step.step, False, "again"))


def test_a_gate_that_was_cut_off_for_six_hours_is_settled_in_order(shop: ShopLedger) -> None:
    shop.provider.misbehave(*[Fault.LOST] * 10)
    for number in range(10):
        stamp = NINE + 30 * number * MINUTE
        shop.enter(str(number), f"card{number}", stamp=stamp)
        shop.leave(receipt(str(number), line(WATER), entered=stamp, left=stamp + 10 * MINUTE))
    assert {bill.state for bill in shop.bills().values()} == {"due"}
    shop.now = NINE + 6 * HOUR
    shop.ask_again()
    assert {bill.state for bill in shop.bills().values()} == {"settled"}
    asked = [bill.steps[0].ended for bill in sorted(shop.bills().values(), key=lambda bill: bill.opened)]
    assert asked == sorted(asked)
    assert [account.captured for account in shop.provider.accounts()] == [79] * 10


def test_tax_is_part_of_the_price_or_on_top_of_it(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(WATER, 10), line(BREAD, 4)))
    assert (bill.owed, bill.tax) == (1790, 126 + 65)  # 790 x 19/119 = 126.1, 1000 x 7/107 = 65.4
    american = Policy.model_validate({"taxes": {"included": False, "rates": {"standard": 8.875, "reduced": 0}}})
    shop = ShopLedger(engine, policy=american, store="other")
    shop.enter("1", "card")
    bill = shop.leave(receipt("1", line(WATER, 10), line(BREAD, 4)))
    assert (bill.owed, bill.tax, bill.captured) == (1860, 70, 1860)  # 790 x 8.87 % = 70.1


def test_a_tax_class_without_a_rate_is_refused_in_words(engine: Engine) -> None:
    shop = ShopLedger(engine, policy=Policy.model_validate({"taxes": {"rates": {"standard": 19.0}}}))
    shop.enter("1", "card")
    with pytest.raises(RefusedError, match='tax class "reduced" has no rate'):
        shop.leave(receipt("1", line(BREAD)))


def test_the_books_are_the_same_after_a_restart(shop: ShopLedger) -> None:
    shop.enter("1", "card", party="p")
    shop.restart()
    bill = shop.leave(receipt("1", line(WATER), party="p"))
    assert (bill.state, bill.captured) == ("settled", 79)


def test_two_processes_write_to_one_stores_books(engine: Engine) -> None:
    one, other = ShopLedger(engine), ShopLedger(engine, provider=Sandbox())
    other.provider = one.provider
    one.enter("1", "card", party="p")
    other.enter("2", "card", party="p")
    one.leave(receipt("1", line(WATER), party="p"))
    bill = other.leave(receipt("2", line(BREAD), party="p"))
    assert (bill.state, bill.captured) == ("settled", 329)
    assert verify(engine, "corner").problems == ()
