"""Bills promise everybody who was there or owes something, with the doubts in people's names."""

from __future__ import annotations

import pytest
from by_hand import at, corner

from storegraph.evaluation.page.bills import Row, bills_of
from storegraph.evaluation.page.people import cast_of
from storegraph.evaluation.receipts import Verdict
from storegraph.observations import Cart, CartLine, Receipt

PEOPLE = cast_of(["ann", "bob"])
CAST = PEOPLE | {"7f": PEOPLE["ann"], "9e": PEOPLE["ann"], "2a": PEOPLE["bob"]}
TEA = CartLine("0040", "Tea", 1, 300, 0.99, "")
ASKED = CartLine("0040", "Tea", 1, 300, 0.5, "who: 7f 50%, 2a 49%")


def receipt(shopper_id: str, *lines: CartLine, party: str = "p") -> Receipt:
    return Receipt(at(9), f"{shopper_id}@1", shopper_id, party, "front", at(1), at(8), False, lines, "EUR")


def test_what_one_person_took_under_several_ids_is_on_one_bill() -> None:
    (bill,) = bills_of([receipt("7f", TEA), receipt("9e", TEA)], [], CAST, {"ann": {"0040": 2}}, corner())
    assert (bill.person.name, bill.total, bill.verdict) == ("ann", 600, Verdict.EXACT)
    assert [(row.name, row.owed, row.charged) for row in bill.rows] == [("0040", 2, 2)]


def test_who_pays_together_is_said() -> None:
    bills = bills_of([receipt("7f", TEA), receipt("2a")], [], CAST, None, corner())
    assert [(bill.person.name, bill.party) for bill in bills] == [("ann", ("bob",)), ("bob", ("ann",))]


def test_a_doubt_names_people_and_not_ids() -> None:
    (bill,) = bills_of([receipt("7f", ASKED)], [], CAST, None, corner())
    assert bill.rows[0].doubts == ("who: ann 50%, bob 49%",)
    assert (bill.total, bill.in_doubt) == (0, 300)


def test_who_is_still_inside_has_the_last_state_of_their_cart() -> None:
    carts = [Cart(at(second), "7f@1", "7f", "p", (TEA,) * count, "EUR") for second, count in ((3, 1), (4, 0), (5, 2))]
    (bill,) = bills_of([], carts, CAST, None, corner())
    assert (bill.settled, bill.total) == (False, 600)


def test_who_owes_something_and_was_never_billed_is_there() -> None:
    (bill,) = bills_of([], [], CAST, {"bob": {"0040": 1}}, corner())
    assert (bill.person.name, bill.verdict) == ("bob", Verdict.WRONG)


@pytest.mark.parametrize(
    ("owed", "charged", "in_doubt", "agrees"),
    [(2, 2, 0, "right"), (2, 1, 1, "asked"), (0, 0, 3, "asked"), (2, 1, 0, "differs"), (1, 2, 0, "differs")],
)
def test_a_row_says_how_it_agrees(owed: int, charged: int, in_doubt: int, agrees: str) -> None:
    assert Row("Tea", owed, charged, in_doubt, (), 0).agrees == agrees
