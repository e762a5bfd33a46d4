"""Figures say what was counted, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
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
@example(0, 31)
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


def test_a_few_visits_without_a_mistake_do_not_make_items_and_lines_certain() -> None:
    figures = figures_of("a", [played(*[visit({"4": 2}, {"4": 2})] * 4)])
    by_wilson = share(4, 4)
    assert by_wilson is not None
    for right in (figures.precision, figures.recall, figures.f1):
        assert right is not None
        assert (right.value, right.low, right.high, right.of) == (1.0, by_wilson.low, by_wilson.high, 8)
    for wrong in (figures.lines_wrong, figures.lines_review):
        assert wrong is not None
        assert (wrong.value, wrong.low, wrong.high) == (0.0, 0.0, pytest.approx(1 - by_wilson.low))


def test_visits_in_which_there_is_nothing_to_judge_make_nothing_surer() -> None:
    shopper, looker = visit({"4": 1}, {"4": 1}), visit({}, {}, payer="bob")
    assert figures_of("a", [played(shopper, looker, looker)]).f1 == figures_of("a", [played(shopper)]).f1


def test_lines_of_one_visit_that_go_wrong_together_are_less_certain_than_as_many_visits() -> None:
    right, wrong = {"1": 1, "2": 1, "3": 1, "4": 1}, {"5": 1, "6": 1, "7": 1, "8": 1}
    together = figures_of("a", [played(*[visit(right, right)] * 9, visit(right, wrong))]).lines_wrong
    apart = share(4, 40)
    assert together is not None
    assert apart is not None
    assert (together.value, together.of) == (apart.value, apart.of)
    assert together.high > apart.high


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


def test_an_error_that_chance_may_make_of_few_answers_is_told_from_one_that_it_does_not() -> None:
    lucky = calibration_of([Guess(probability=0.9, true=True)] * 10)
    assert lucky.error == pytest.approx(0.1)
    assert lucky.chance is not None
    assert lucky.chance > lucky.error
    boasting = calibration_of([Guess(probability=0.999, true=place > 1) for place in range(100)])
    assert boasting.chance is not None
    assert boasting.error > boasting.chance


@settings(max_examples=20)  # each draws a thousand times
@given(st.integers(1, 30), st.integers(0, 1000))
def test_calibrated_answers_stay_below_what_chance_makes_nineteen_times_of_twenty(kinds: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    probabilities = generator.uniform(0.5, 1.0, kinds)
    calibrations = [
        calibration_of([Guess(probability=float(each), true=bool(generator.random() < each)) for each in probabilities])
        for _ in range(60)
    ]
    within = sum(each.error <= (each.chance or 0.0) + 1e-12 for each in calibrations)
    assert within >= 50  # of 57 expected; fewer come by chance once in a thousand times


# Exact two-sided: 2 * (1/2)^n * sum of the binomials up to the smaller count.
@pytest.mark.parametrize(("better", "worse", "chance"), [(0, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (4, 1, 0.375)])
def test_a_one_sided_change_of_six_visits_is_no_chance_and_of_five_it_may_be(
    better: int, worse: int, chance: float
) -> None:
    assert mcnemar(better, worse) == pytest.approx(chance)
