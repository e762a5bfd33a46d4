"""Figures say what was counted, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.evaluation.suites.figures import calibration_of, figures_by_label, figures_of
from storegraph.evaluation.suites.outcome import Guess, Line, Played, Visit
from storegraph.evaluation.suites.statistics import mcnemar, share


def visit(
    owed: dict[str, int], charged: dict[str, int], in_doubt: dict[str, int] | None = None, payer: str = "ann"
) -> Visit:
    asked = dict(in_doubt or {})
    lines = [
        Line(gtin=gtin, count=count, probability=0.9, asked=side is asked, right=owed.get(gtin) == count)
        for side in (charged, asked)
        for gtin, count in side.items()
    ]
    return Visit(payer=payer, owed=owed, charged=charged, in_doubt=asked, review=bool(asked), lines=tuple(lines))


def played(*visits: Visit, label: str = "a", name: str = "one") -> Played:
    return Played(label=label, name=name, visits=visits)


def test_items_are_matched_by_product_within_a_party() -> None:
    figures = figures_of("a", [played(visit({"4": 2, "5": 1}, {"4": 1, "6": 1}))])
    assert figures.precision is not None
    assert figures.recall is not None
    assert figures.f1 is not None
    assert figures.precision.value == pytest.approx(1 / 2)
    assert figures.recall.value == pytest.approx(1 / 3)
    assert figures.f1.value == pytest.approx(2 / 5)


def test_an_item_on_another_party_s_receipt_is_missing_here_and_too_much_there() -> None:
    figures = figures_of("a", [played(visit({"4": 1}, {}), visit({}, {"4": 1}, payer="bob"))])
    assert figures.f1 is not None
    assert figures.f1.value == 0.0


def test_receipts_are_exact_with_likely_lines_in_doubt_and_settled_ones_can_be_wrong() -> None:
    visits = (visit({"4": 1}, {"4": 1}), visit({"4": 1}, {}, {"4": 1}), visit({"4": 1}, {}), visit({}, {}))
    figures = figures_of("a", [played(*visits)])
    shares = [figures.exact, figures.review, figures.settled_wrong, figures.lines_review, figures.lines_wrong]
    assert [(each.value, each.of) if each else None for each in shares] == [
        (3 / 4, 4),
        (1 / 4, 4),
        (1 / 3, 3),
        (1 / 2, 2),
        (0.0, 1),
    ]


def test_a_line_in_doubt_that_is_less_likely_than_not_is_no_part_of_the_best_guess() -> None:
    asked = Line(gtin="4", count=1, probability=0.4, asked=True, right=False)
    there, likely = (
        Visit(payer="ann", owed={}, charged={}, in_doubt={"4": 1}, review=True, lines=(line,))
        for line in (asked, asked.model_copy(update={"probability": 0.6}))
    )
    assert there.exact
    assert not likely.exact


def test_of_nothing_there_are_no_figures() -> None:
    figures = figures_of("a", [])
    assert figures.exact is None
    assert figures.f1 is None
    assert figures.calibration == {}


def test_classes_come_in_their_order_and_all_together_last() -> None:
    runs = [played(visit({}, {}), label=label, name=name) for label, name in (("b", "1"), ("a", "1"), ("b", "2"))]
    assert [(each.label, each.visits) for each in figures_by_label(runs)] == [("b", 2), ("a", 1), ("all", 3)]


def test_a_run_that_died_counts_no_visits() -> None:
    (figures,) = figures_by_label([Played(label="a", name="one", error="ValueError: no")])
    assert (figures.runs, figures.visits) == (0, 0)


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
# method 3, gives 0 of 20 as 0 to 0.1611 and 81 of 263 as 0.2553 to 0.3662.
@pytest.mark.parametrize(("count", "of", "low", "high"), [(0, 20, 0.0, 0.1611), (81, 263, 0.2553, 0.3662)])
def test_a_share_has_wilson_s_interval(count: int, of: int, low: float, high: float) -> None:
    estimate = share(count, of)
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 300), st.integers(1, 300))
def test_a_share_lies_in_its_interval(count: int, more: int) -> None:
    estimate = share(count, count + more)
    assert estimate is not None
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@settings(max_examples=20)  # each draws two thousand resamples twice
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_f1_lies_in_its_interval_and_equal_visits_give_equal_figures(counts: list[tuple[int, int, int]]) -> None:
    visits = [visit({"4": owed}, {"4": charged, "5": other}) for owed, charged, other in counts]
    visits = [each.model_copy(update={"owed": {k: v for k, v in each.owed.items() if v}}) for each in visits]
    first, second = (figures_of("a", [played(*visits)]).f1 for _ in range(2))
    assert first == second
    if first is not None:
        assert first.low - 1e-12 <= first.value <= first.high + 1e-12


def test_answers_of_ninety_per_cent_that_are_true_nine_times_in_ten_are_calibrated() -> None:
    guesses = [Guess(probability=0.9, true=place < 9) for place in range(10)]
    calibration = calibration_of(guesses)
    assert calibration.error == pytest.approx(0.0)
    assert [(each.count, each.true) for each in calibration.bins] == [(10, 0.9)]


def test_the_calibration_error_is_the_mean_distance_over_answers() -> None:
    guesses = [Guess(probability=1.0, true=True)] * 3 + [Guess(probability=0.5, true=False)]
    assert calibration_of(guesses).error == pytest.approx(0.5 / 4)


def test_probabilities_drawn_as_they_say_are_calibrated() -> None:
    generator = np.random.default_rng(5)
    probabilities = generator.uniform(0.3, 1.0, 20_000)
    guesses = [Guess(probability=float(each), true=bool(generator.random() < each)) for each in probabilities]
    assert calibration_of(guesses).error < 0.02


# Exact two-sided: 2 * (1/2)^n * sum of the binomials up to the smaller count.
@pytest.mark.parametrize(("better", "worse", "chance"), [(0, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (4, 1, 0.375)])
def test_a_one_sided_change_of_six_visits_is_no_chance_and_of_five_it_may_be(
    better: int, worse: int, chance: float
) -> None:
    assert mcnemar(better, worse) == pytest.approx(chance)
