"""The comparison with the truth promises to miss nothing on either side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storegraph.evaluation.receipts import Verdict, compare
from storegraph.observations import CartLine, Receipt


def receipt(shopper: str, *lines: CartLine) -> Receipt:
    return Receipt(9, f"{shopper}@1", shopper, "", "front", 1, 6, False, lines, "EUR")


def test_a_receipt_that_is_the_truth_is_exact() -> None:
    (only,) = compare([receipt("7", CartLine("4", "Tea", 2, 1, 0.9, ""))], {"7": {"4": 2}})
    assert only.exact


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (CartLine("4", "Tea", 1, 1, 0.9, ""),),
        (CartLine("4", "Tea", 2, 1, 0.9, "who: 7 60%"),),
        (CartLine("4", "Tea", 2, 1, 0.9, ""), CartLine("5", "Gum", 1, 1, 0.9, "")),
    ],
)
def test_anything_missing_doubtful_or_too_much_is_not_exact(lines: tuple[CartLine, ...]) -> None:
    (only,) = compare([receipt("7", *lines)], {"7": {"4": 2}})
    assert not only.exact


def test_a_visit_that_is_in_doubt_as_a_whole_waits_for_a_person() -> None:
    doubtful = replace(receipt("7", CartLine("4", "Tea", 2, 1, 0.9, "")), doubt="sensor data was lost during the visit")
    (only,) = compare([doubtful], {"7": {"4": 2}})
    assert only.verdict is Verdict.REVIEW


def test_shoppers_of_one_side_only_are_compared_too() -> None:
    compared = compare([receipt("8", CartLine("4", "Tea", 1, 1, 0.9, ""))], {"7": {"4": 1}})
    assert [(each.payer, each.exact) for each in compared] == [("7", False), ("8", False)]


def test_who_takes_nothing_is_exact_without_lines() -> None:
    (only,) = compare([receipt("7")], {"7": {}})
    assert only.exact


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ((CartLine("4", "Tea", 2, 1, 0.9, ""),), Verdict.EXACT),
        ((CartLine("4", "Tea", 1, 1, 0.9, ""), CartLine("4", "Tea", 1, 1, 0.5, "who: 7 60%")), Verdict.REVIEW),
        ((CartLine("4", "Tea", 1, 1, 0.9, ""),), Verdict.WRONG),
        ((CartLine("5", "Gum", 1, 1, 0.9, ""), CartLine("4", "Tea", 2, 1, 0.5, "who: 7 60%")), Verdict.WRONG),
        ((CartLine("4", "Tea", 3, 1, 0.9, ""),), Verdict.WRONG),
    ],
)
def test_only_what_is_charged_rightly_or_asked_about_is_not_wrong(
    lines: tuple[CartLine, ...], verdict: Verdict
) -> None:
    (only,) = compare([receipt("7", *lines)], {"7": {"4": 2}})
    assert only.verdict is verdict


def test_receipts_of_those_who_pay_together_count_together() -> None:
    tea, gum = CartLine("4", "Tea", 1, 1, 0.9, ""), CartLine("5", "Gum", 1, 1, 0.9, "")
    (only,) = compare([receipt("7", tea), receipt("8", gum)], {"family": {"4": 1, "5": 1}}, lambda _: "family")
    assert only.exact
