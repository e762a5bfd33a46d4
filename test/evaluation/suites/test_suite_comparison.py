"""Two evaluations are compared visit by visit."""

from __future__ import annotations

from storegraph.evaluation.suites.comparison import compared, comparisons_of
from storegraph.evaluation.suites.figures import figures_by_label
from storegraph.evaluation.suites.outcome import Played, Visit
from storegraph.evaluation.suites.report import Evaluated, Report


def evaluated(right: list[bool], suite: str = "mine", variant: str = "", first: int = 0) -> Evaluated:
    """One run, in which these visits are right or not; payers are numbered from `first`."""
    visits = tuple(
        Visit(
            payer=str(first + place),
            owed={"4": 1},
            charged={"4": 1} if is_right else {},
            in_doubt={},
            review=False,
            lines=(),
        )
        for place, is_right in enumerate(right)
    )
    runs = (Played(label="a", name="one", visits=visits),)
    return Evaluated(suite=suite, summary="s", variant=variant, settings={}, figures=figures_by_label(runs), runs=runs)


def verdicts(before: Evaluated, now: Evaluated) -> dict[str, str]:
    found = compared(before, now, "t")
    return {change.name: change.verdict for change in found.changes}


def test_equal_evaluations_are_the_same() -> None:
    one = evaluated([True, False, True])
    assert set(verdicts(one, one).values()) == {"the same"}


def test_many_visits_that_are_right_only_now_are_better() -> None:
    told = verdicts(evaluated([False] * 10 + [True] * 10), evaluated([True] * 20))
    assert told == {
        "receipts exact": "better",
        "receipts in review": "the same",
        "receipts wrong, nobody asked": "better",
        "item precision": "the same",
        "item recall": "better",
        "item F1": "better",
    }


def test_precision_is_not_compared_where_nothing_was_charged_before() -> None:
    told = verdicts(evaluated([False] * 6), evaluated([True] * 6))
    assert "item precision" not in told
    assert told["item recall"] == "better"


def test_items_of_five_visits_that_all_got_better_may_be_chance_and_of_six_not() -> None:
    few, more = (verdicts(evaluated([False] * count), evaluated([True] * count)) for count in (5, 6))
    assert (few["item F1"], more["item F1"]) == ("the same", "better")


def test_one_visit_may_be_chance() -> None:
    told = verdicts(evaluated([True] * 20), evaluated([True] * 19 + [False]))
    assert told["receipts exact"] == "the same"


def test_the_visits_that_changed_are_named_and_those_of_one_side_are_counted() -> None:
    found = compared(evaluated([True, False, True]), evaluated([False, True]), "t")
    assert (found.visits, found.unpaired) == (2, 1)
    assert found.better == (("a", "one", "1"),)
    assert found.worse == (("a", "one", "0"),)


def test_evaluations_without_a_common_visit_are_not_compared() -> None:
    found = compared(evaluated([True]), evaluated([True], first=5), "t")
    assert (found.visits, found.unpaired, found.changes) == (0, 2, ())


def test_a_suite_that_the_earlier_report_does_not_have_is_told() -> None:
    before = Report(storegraph="1", evaluated=(evaluated([True]), evaluated([True], suite="other")))
    now = Report(storegraph="1", evaluated=(evaluated([True, True], suite="third"),))
    (told,) = comparisons_of(now, before)
    assert told.title == "third, beside nothing: the earlier report has mine; other"
    assert (told.visits, told.unpaired) == (0, 2)


def test_a_report_is_set_beside_the_earlier_suite_of_its_name_and_variants_beside_the_first() -> None:
    before = Report(storegraph="1", evaluated=(evaluated([True]), evaluated([True], suite="other")))
    now = Report(storegraph="1", evaluated=(evaluated([True]), evaluated([True], variant="less")))
    assert [each.title for each in comparisons_of(now, before)] == [
        "mine, beside an earlier mine",
        "mine, less, beside nothing: the earlier report has mine; other",
        "mine, less, beside mine",
    ]


def test_a_suite_of_another_name_is_set_beside_the_only_earlier_one() -> None:
    before = Report(storegraph="1", evaluated=(evaluated([True]),))
    now = Report(storegraph="1", evaluated=(evaluated([True], suite="faults-mine"),))
    assert [each.title for each in comparisons_of(now, before)] == ["faults-mine, beside an earlier mine"]
