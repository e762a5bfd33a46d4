"""What waits for a person comes as one queue with its evidence, and what they decide goes to every bill it is about."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reviewed_shop import DOUBT, taking, two_shoppers
from shop_ledger import BREAD, HOUR, MINUTE, NINE, PRODUCTS, SAMPLE, WATER, WINE, ShopLedger, cart, line, receipt
from sqlalchemy import Engine

from storegraph.ledger.books.facts import Claim, Payer
from storegraph.ledger.books.verify import verify
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import Policy, ReviewPolicy, TaxPolicy
from storegraph.ledger.review.deciding import Decision, Moved, told_by
from storegraph.ledger.review.evidence import EvidenceWriter
from storegraph.ledger.review.history import decided
from storegraph.ledger.review.labels import labels
from storegraph.ledger.review.queue import Case, case_to_json, cases
from storegraph.ledger.review.telling import evidence_told
from storegraph.ledger.settlement.inputs import (
    Dispute,
    Enter,
    NamePayer,
    Review,
    TimePassed,
    Together,
)
from storegraph.observations import (
    Holding,
    Share,
)


@pytest.fixture
def shop(engine: Engine) -> ShopLedger:
    return two_shoppers(ShopLedger(engine))


def queue(shop: ShopLedger) -> list[Case]:
    with shop.engine.connect() as connection:
        return cases(connection, "corner")


def decide(shop: ShopLedger, decision: Decision, now: int = NINE + HOUR) -> None:
    with shop.engine.connect() as connection:
        told = told_by(connection, "corner", decision, PRODUCTS, TaxPolicy(), now)
    shop.tell(told)


def labelled(shop: ShopLedger) -> list[dict]:
    with shop.engine.connect() as connection:
        return [
            {name: value for name, value in each.items() if name != "decided"} for each in labels(connection, "corner")
        ]


# ---- The queue -------------------------------------------------------------------------------------------------------


def test_a_doubtful_line_waits_with_who_what_how_and_where_its_curves_are(shop: ShopLedger) -> None:
    (case,) = queue(shop)
    told = case_to_json(case)
    assert (told["kind"], told["line"], told["told"], told["state"]) == ("review", "1/0", DOUBT, "in review")
    assert told["deadline"] == NINE + 10 * MINUTE + 3 * 10**9 + 24 * HOUR
    assert told["counts"] == [0.4, 0.6]
    (event,) = told["events"]
    assert event["who"] == [
        {"shopper": "1", "probability": 0.6, "hand_distance": 0.05},
        {"shopper": "2", "probability": 0.4, "hand_distance": None},
    ]
    assert event["alternatives"][1] == {"shopper": "2", "action": "take", "items": {BREAD.gtin: 1}, "probability": 0.4}
    assert event["curves"] == {"topic": "scales/G1/samples", "begin": NINE + MINUTE, "end": NINE + MINUTE + 2 * 10**9}
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert "nobody" not in evidence_told(case) and "2 40%" in evidence_told(case)


def test_every_kind_of_question_is_in_the_queue_and_the_most_urgent_comes_first(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("in", "card0")
    shop.change(cart("in", line(WINE)))
    shop.enter("1", "card1")
    shop.leave(receipt("1", line(BREAD, 1, DOUBT), line(SAMPLE), line(WINE), line(WATER)))
    shop.leave(receipt("2", line(WATER), left=NINE + 5 * MINUTE))  # nobody knows who that was
    shop.tell(Dispute(NINE + HOUR, "1/3", Claim.NOT_TAKEN))
    kinds = [case.task.kind for case in queue(shop)]
    assert kinds == ["payer", "held", "price", "review", "dispute", "age"]
    assert verify(engine, "corner").problems == ()


def test_the_newest_revision_of_an_event_is_its_evidence_whatever_comes_last(shop: ShopLedger) -> None:
    evidence = EvidenceWriter(shop.engine, "corner")
    for grams, revision in ((-510.0, 2), (-505.0, 1)):
        evidence.note(replace(taking(BREAD), delta=grams, revision=revision))
        evidence.write()
    assert queue(shop)[0].evidence.interactions[0].delta == -510.0


def test_a_visit_is_not_explained_by_what_its_card_did_another_day(shop: ShopLedger) -> None:
    evidence = EvidenceWriter(shop.engine, "corner")
    for event, stamp in (("before", NINE - 24 * HOUR), ("after", NINE + 24 * HOUR)):
        evidence.note(taking(BREAD, event, stamp=stamp))
    evidence.write()
    assert [each.event_id for each in queue(shop)[0].evidence.interactions] == ["e1"]


def test_a_line_without_evidence_waits_all_the_same(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    shop.leave(receipt("1", line(BREAD, 1, DOUBT)))
    assert case_to_json(queue(shop)[0])["events"] == []
    assert "no evidence is kept" in evidence_told(queue(shop)[0])


# ---- Verdicts --------------------------------------------------------------------------------------------------------


def test_who_really_took_it_pays_for_it_and_who_did_not_does_not(shop: ShopLedger) -> None:
    decide(shop, Decision("r", "1/0", 0, "anna", "saw it", moved=[Moved("2", BREAD.gtin, 1)]))
    one, other = shop.bill_of("1"), shop.bill_of("2")
    assert (one.state, one.captured, one.charges["1/0"].void) == ("settled", 0, 1)
    assert (other.state, other.captured, other.charges["2/+1"].charged) == ("settled", 79 + 250, 1)
    assert labelled(shop)[0] == {
        "interaction": "e1",
        "shopper": "2",
        "action": "take",
        "items": {BREAD.gtin: 1},
    }
    assert [(each["line"], each["count"], each["interactions"]) for each in labelled(shop)[1:]] == [
        ("1/0", 0, ["e1"]),
        ("2/+1", 1, ["e1"]),
    ]
    assert verify(shop.engine, "corner").problems == ()


def test_a_verdict_that_is_told_twice_counts_once(shop: ShopLedger) -> None:
    decision = Decision("r", "1/0", 0, "anna", moved=[Moved("2", BREAD.gtin, 1)])
    decide(shop, decision)
    shop.restart()
    decide(shop, decision, NINE + 2 * HOUR)
    assert (len(shop.bill_of("2").charges), shop.bill_of("2").captured) == (2, 329)


def test_an_exit_that_is_told_again_after_a_verdict_changes_nothing(shop: ShopLedger) -> None:
    decide(shop, Decision("r", "1/0", 0, "anna", moved=[Moved("2", BREAD.gtin, 1)]))
    shop.restart()
    shop.leave(receipt("2", line(WATER)))
    assert (len(shop.bill_of("2").charges), shop.bill_of("2").captured) == (2, 329)


def test_a_verdict_holds_for_both_bills_or_for_none(shop: ShopLedger) -> None:
    shop.enter("3", "card3", stamp=NINE + 20 * MINUTE)
    with pytest.raises(RefusedError, match="visit 3: is not over"):
        decide(shop, Decision("r", "1/0", 0, "anna", moved=[Moved("3", BREAD.gtin, 1)]))
    with pytest.raises(RefusedError, match="nobody: is not known"):
        decide(shop, Decision("r", "1/0", 0, "anna", moved=[Moved("nobody", BREAD.gtin, 1)]))
    assert [case.task.line for case in queue(shop)] == ["1/0"]
    assert verify(shop.engine, "corner").problems == ()


def test_another_product_than_the_line_says_is_charged_at_its_own_price(shop: ShopLedger) -> None:
    decide(shop, Decision("r", "1/0", 0, "anna", moved=[Moved("1", WATER.gtin, 1)]))
    bill = shop.bill_of("1")
    assert (bill.captured, bill.charges["1/+1"].line.tax_rate, bill.state) == (79, 1900, "settled")
    assert labelled(shop)[0]["items"] == {WATER.gtin: 1}
    with pytest.raises(RefusedError, match="product 123: is not in the catalogue"):
        decide(shop, Decision("s", "1/+1", 0, "anna", moved=[Moved("1", "123", 1)]))


def test_goods_that_need_an_age_check_are_held_for_who_really_has_them(engine: Engine) -> None:
    shop = ShopLedger(engine)
    for visit in "12":
        shop.enter(visit, f"card{visit}")
        shop.leave(receipt(visit, *([line(WINE, 1, DOUBT)] if visit == "1" else [])))
    decide(shop, Decision("r", "1/0", 0, "anna", moved=[Moved("2", WINE.gtin, 1)]))
    assert [(case.task.kind, case.task.line) for case in queue(shop)] == [("held", "2/+1")]
    assert shop.bill_of("2").captured == 0


@pytest.mark.parametrize("late", [True, False])
def test_a_second_person_is_asked_where_policy_says_so_or_it_is_late(engine: Engine, late: bool) -> None:
    policy = ReviewPolicy() if late else ReviewPolicy(when_added="ask")
    shop = two_shoppers(ShopLedger(engine, policy=Policy(review=policy)))
    if late:
        shop.tell(Review(NINE + HOUR, "r", "1/0", 1, "anna"), Dispute(NINE + 2 * HOUR, "1/0", Claim.NOT_TAKEN))
    decide(shop, Decision("s", "1/0", 0, "anna", moved=[Moved("2", BREAD.gtin, 1)]), NINE + (48 if late else 1) * HOUR)
    (case,) = queue(shop)
    assert (case.task.kind, case.task.line, shop.bill_of("2").captured) == ("review", "2/+1", 79)
    assert "anna found it" in case.task.told
    assert [each.event_id for each in case.evidence.interactions] == ["e1"]  # of the line that it was found with
    assert [each["line"] for each in labelled(shop) if "line" in each] == ["1/0"]
    decide(shop, Decision("t", "2/+1", 1, "bert"), NINE + 49 * HOUR)
    assert shop.bill_of("2").captured == 329
    assert [(each["line"], each["count"]) for each in labelled(shop) if "line" in each] == [("1/0", 0), ("2/+1", 1)]


def test_a_disputed_line_is_decided_with_a_verdict_and_the_money_goes_both_ways(shop: ShopLedger) -> None:
    shop.tell(Review(NINE + HOUR, "r", "1/0", 1, "anna"))
    assert shop.bill_of("1").captured == 250
    shop.tell(Dispute(NINE + 2 * HOUR, "1/0", Claim.NOT_TAKEN))
    decide(shop, Decision("s", "1/0", 0, "bert", moved=[Moved("2", BREAD.gtin, 1)]), NINE + 3 * HOUR)
    assert (shop.bill_of("1").refunded, shop.bill_of("2").captured, queue(shop)) == (250, 329, [])


def test_what_another_reviewer_has_decided_is_not_decided_again_by_accident(shop: ShopLedger) -> None:
    decide(shop, Decision("r", "1/0", 1, "anna"))
    with pytest.raises(RefusedError, match="decided already, and not disputed; correct it instead"):
        decide(shop, Decision("s", "1/0", 0, "bert"))


def test_a_reviewer_names_the_price_that_was_missing(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    shop.leave(receipt("1", line(SAMPLE)))
    decide(shop, Decision("r", "1/0", 1, "anna", unit_price=120))
    assert (shop.bill_of("1").captured, queue(shop)) == (120, [])


@pytest.mark.parametrize(("token", "payer", "state"), [("card9", Payer.CARD, "settled"), ("", Payer.CASH, "due")])
def test_somebody_is_named_who_pays(engine: Engine, token: str, payer: Payer, state: str) -> None:
    shop = ShopLedger(engine)
    shop.leave(receipt("1", line(WATER)))
    shop.tell(NamePayer(NINE + HOUR, "r", "1", token, "anna"))
    bill = shop.bill_of("1")
    assert (bill.payer, bill.state, bill.owed, queue(shop)) == (payer, state, 79, [])
    with pytest.raises(RefusedError, match=f"is paid by {payer} already"):
        shop.tell(NamePayer(NINE + HOUR, "s", "1", "card8", "anna"))


def test_goods_that_nobody_pays_for_were_not_theirs_as_a_reviewer_says(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.leave(receipt("1", line(WATER)))
    decide(shop, Decision("r", "1/0", 0, "anna"))
    assert (shop.bill_of("1").state, shop.bill_of("1").charges["1/0"].void) == ("settled", 1)


def test_an_event_is_labelled_only_where_the_verdict_says_all_of_it(engine: Engine) -> None:
    shop = two_shoppers(ShopLedger(engine))
    decide(shop, Decision("r", "1/0", 0, "anna", "nobody can be seen"))
    assert [each for each in labelled(shop) if "interaction" in each] == []


@pytest.mark.parametrize("kept", [1, 0])
def test_the_sure_and_the_doubtful_line_of_one_event_are_labelled_together(engine: Engine, kept: int) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    evidence = EvidenceWriter(engine, "corner")
    evidence.note(taking(BREAD))
    evidence.write()
    shop.leave(receipt("1", line(BREAD, 2), line(BREAD, 1, "item 3"), line(BREAD, 1, "item 4")))
    decide(shop, Decision("r", "1/1", 1, "anna"))
    assert [each for each in labelled(shop) if "interaction" in each] == []  # another line of it still waits
    decide(shop, Decision("s", "1/2", kept, "anna"))
    assert [each["items"] for each in labelled(shop) if "interaction" in each] == [{BREAD.gtin: 3 + kept}]


def test_two_products_of_one_event_are_labelled_together(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    both = tuple(Holding("1", product.gtin, (0.4, 0.6), (Share("1", 0.6),), ("e1",)) for product in (BREAD, WATER))
    evidence = EvidenceWriter(engine, "corner")
    evidence.note(replace(taking(BREAD), holdings=both))
    evidence.write()
    shop.leave(receipt("1", line(BREAD, 1, DOUBT), line(WATER, 1, DOUBT)))
    decide(shop, Decision("r", "1/0", 1, "anna"))
    assert [each for each in labelled(shop) if "interaction" in each] == []  # of the water it is not known yet
    decide(shop, Decision("s", "1/1", 1, "anna"))
    assert [each["items"] for each in labelled(shop) if "interaction" in each] == [{BREAD.gtin: 1, WATER.gtin: 1}]


def test_an_event_is_not_labelled_by_a_line_of_which_another_event_may_have_been_the_cause(engine: Engine) -> None:
    shop = ShopLedger(engine)
    shop.enter("1", "card1")
    bread = Holding("1", BREAD.gtin, (0.4, 0.6), (Share("1", 0.6),), ("e1",))
    water = Holding("1", WATER.gtin, (0.4, 0.6), (Share("1", 0.6),), ("e1", "e2"))
    evidence = EvidenceWriter(engine, "corner")
    evidence.note(replace(taking(BREAD), holdings=(bread, water)))
    evidence.write()
    shop.leave(receipt("1", line(BREAD, 1, DOUBT), line(WATER)))
    decide(shop, Decision("r", "1/0", 1, "anna"))
    assert [each for each in labelled(shop) if "interaction" in each] == []


def test_inputs_that_hold_together_do_not_touch_others_of_their_group(shop: ShopLedger) -> None:
    whole = Together((Review(NINE + HOUR, "r", "1/0", 1, "anna"), Review(NINE + HOUR, "r", "1/9", 1, "anna")))
    results = shop.writer.write([whole, Enter(NINE + HOUR, "9", "9", "")])
    assert [isinstance(result, RefusedError) for result in results] == [True, False]
    assert shop.bill_of("1").charges["1/0"].waiting == 1
    assert verify(shop.engine, "corner").problems == ()


def test_who_decided_what_is_told_with_policy_and_customers_among_them(shop: ShopLedger) -> None:
    shop.tell(Review(NINE + HOUR, "r", "1/0", 1, "anna", "saw it"), Dispute(NINE + 2 * HOUR, "2/0", Claim.FAULTY))
    shop.tell(TimePassed(NINE + 9 * 24 * HOUR, shop.bill_of("2").bill))
    with shop.engine.connect() as connection:
        told = [(each.about, each.by, each.told) for each in decided(connection, "corner")]
    assert told == [
        ("1/0", "anna", "they have 1"),
        ("2/0", "the customer", "disputed, faulty: 0 are right"),
        ("2/0", "policy", "charged 0"),
    ]
