"""A line of a receipt is right where it says what a party has of a product."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from storegraph.evaluation.suites.visits import judged_lines, visits_of
from storegraph.observations import CartLine, Receipt


def line(count: int, probability: float = 0.95, doubt: str = "", gtin: str = "4") -> CartLine:
    return CartLine(gtin, "Tea", count, 1, probability, doubt)


def right(lines: list[CartLine], owed: dict[str, int]) -> list[bool]:
    return [each.right for each in judged_lines(lines, owed)]


def receipt(shopper: str, party: str, *lines: CartLine, doubt: str = "") -> Receipt:
    return Receipt(9, f"{shopper}@1", shopper, party, "front", 1, 6, False, lines, "EUR", doubt)


def test_a_line_of_just_what_is_owed_is_right() -> None:
    assert right([line(2)], {"4": 2}) == [True]


def test_a_line_of_too_much_is_wrong() -> None:
    assert right([line(2)], {"4": 1}) == [False]


def test_a_line_of_too_little_is_wrong() -> None:
    assert right([line(1)], {"4": 2}) == [False]


def test_of_two_lines_for_one_item_the_sure_one_is_right() -> None:
    assert right([line(1, 0.6, "who: 1 60%"), line(1, 0.95)], {"4": 1}) == [True, False]


def test_a_sure_line_is_right_where_the_rest_is_asked_about() -> None:
    assert right([line(1), line(1, 0.6, "who: 1 60%")], {"4": 2}) == [True, True]


def test_two_of_a_party_share_what_the_party_owes() -> None:
    receipts = [receipt("1", "pair", line(1)), receipt("2", "pair", line(1))]
    (visit,) = visits_of(receipts, {"pair": {"4": 2}}, lambda each: each.party, {})
    assert visit.exact
    assert not visit.review
    assert [each.right for each in visit.lines] == [True, True]


def test_a_doubt_about_the_whole_visit_is_a_review() -> None:
    receipts = [receipt("1", "one", line(1), doubt="sensor data was lost during the visit")]
    (visit,) = visits_of(receipts, {"one": {"4": 1}}, lambda each: each.party, {})
    assert visit.exact
    assert visit.review


def test_a_party_without_a_receipt_that_owes_something_is_settled_wrongly() -> None:
    (visit,) = visits_of([], {"one": {"4": 1}}, lambda each: each.party, {})
    assert visit.wrongly_settled


lines = st.lists(
    st.builds(
        line,
        st.integers(1, 3),
        st.floats(0.0, 1.0),
        st.sampled_from(["", "what: 4 50%"]),
        st.sampled_from(["4", "5"]),
    ),
    max_size=6,
)
goods = st.dictionaries(st.sampled_from(["4", "5", "6"]), st.integers(1, 4))


@given(lines, goods)
def test_right_lines_never_hold_more_than_is_owed(held: list[CartLine], owed: dict[str, int]) -> None:
    counted: Counter[str] = Counter()
    for each in judged_lines(held, owed):
        counted[each.gtin] += each.count if each.right else 0
    assert all(count <= owed.get(gtin, 0) for gtin, count in counted.items())


@given(lines, goods)
def test_all_lines_are_right_just_where_the_receipt_holds_what_is_owed_of_its_products(
    held: list[CartLine], owed: dict[str, int]
) -> None:
    counted = Counter({gtin: sum(each.count for each in held if each.gtin == gtin) for gtin in {"4", "5"}})
    of_its_products = all(counted[each.gtin] == owed.get(each.gtin, 0) for each in held)
    assert all(each.right for each in judged_lines(held, owed)) == of_its_products
