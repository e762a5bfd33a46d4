"""What a suite came to, in figures: by class of scenarios, and all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Part

from .outcome import Guess, Played, Visit
from .statistics import Counts, Estimate, bootstrapped, share

BINS = 10
"""Of a reliability diagram, of equal width (Niculescu-Mizil and Caruana, 2005)."""

DRAWS = 1000
"""Of answers that are exactly as true as they say; fifty of them then lie beyond the 95th percentile."""

ALL = "all"
"""What stands for all classes together."""


class Bin(Part):
    """Answers of about the same probability.

    Attributes:
        probability: Their mean.
        true: Share of them that are true.
        count: How many.
    """

    probability: float
    true: float
    count: int


class Calibration(Part):
    """Whether what is said to be 90 % sure is true nine times in ten.

    Attributes:
        error: Expected calibration error: mean over answers of the distance between the mean probability and the share
            of true ones in their bin (Naeini et al., 2015; Guo et al., 2017).
        bins: Those with answers, by probability.
        answers: How many.
        chance: The error that so many answers of these probabilities stay below 19 times of 20 where each is exactly
            as likely as it says: few answers are never quite so often true as they should be (Bröcker and Smith,
            2007). None in a report of a version that did not tell it.
    """

    error: float
    bins: tuple[Bin, ...]
    answers: int
    chance: float | None = None


class Figures(Part):
    """What the visits of a class came to. An estimate is None where there was nothing to judge.

    Attributes:
        label: The class; `ALL` for all together.
        runs: That were played to their end.
        visits: Parties that owe or are charged something, or came and took nothing.
        items: That they left with.
        exact: Receipts whose best guess is just what the party left with: the sure lines, and those in doubt that are
            likelier than not.
        review: Receipts about which a person is asked.
        settled_wrong: Of the receipts about which nobody is asked, those that are wrong.
        lines_review: Lines about which a person is asked.
        lines_wrong: Of the lines about which nobody is asked, the wrong ones.
        precision: Of the items of best guesses, those that the party really left with.
        recall: Of the items that parties left with, those of the best guesses.
        f1: Harmonic mean of the two: right product and right party.
        calibration: By question: `who`, `what`, `action` and `line`.
    """

    label: str
    runs: int
    visits: int
    items: int
    exact: Estimate | None
    review: Estimate | None
    settled_wrong: Estimate | None
    lines_review: Estimate | None
    lines_wrong: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    calibration: Mapping[str, Calibration]


def figures_by_label(played: Iterable[Played]) -> tuple[Figures, ...]:
    """Of each class in the order in which they come, and of all together at the end where there are several."""
    by_label: dict[str, list[Played]] = {}
    for run in played:
        by_label.setdefault(run.label, []).append(run)
    each = [figures_of(label, runs) for label, runs in by_label.items()]
    every = [run for runs in by_label.values() for run in runs]
    return tuple(each) if len(each) == 1 else (*each, figures_of(ALL, every))


def figures_of(label: str, played: Sequence[Played]) -> Figures:
    """Of runs that count together."""
    visits = [visit for run in played for visit in run.visits]
    lines = [line for visit in visits for line in visit.lines]
    settled = [visit for visit in visits if not visit.review]
    items = np.array([item_counts(visit) for visit in visits], dtype=np.float64).reshape(-1, 3)
    of_lines = np.array([_line_counts(visit) for visit in visits], dtype=np.float64).reshape(-1, 3)
    guesses: dict[str, list[Guess]] = {}
    for run in played:
        for question, answers in run.guesses.items():
            guesses.setdefault(question, []).extend(answers)
    guesses["line"] = [Guess(probability=line.probability, true=line.right) for line in lines]
    _, guessed, owed = items.sum(axis=0).astype(int)
    _, sure, every = of_lines.sum(axis=0).astype(int)
    return Figures(
        label=label,
        runs=sum(not run.error for run in played),
        visits=len(visits),
        items=int(owed),
        exact=share(sum(visit.exact for visit in visits), len(visits)),
        review=share(sum(visit.review for visit in visits), len(visits)),
        settled_wrong=share(sum(not visit.exact for visit in settled), len(settled)),
        lines_review=bootstrapped(of_lines, lambda sums: _divided(sums[..., 2] - sums[..., 1], sums[..., 2]), every),
        lines_wrong=bootstrapped(of_lines, lambda sums: _divided(sums[..., 0], sums[..., 1]), sure),
        precision=bootstrapped(items, precision_of, int(guessed)),
        recall=bootstrapped(items, recall_of, int(owed)),
        f1=bootstrapped(items, f1_of, int(owed)),
        calibration={question: calibration_of(answers) for question, answers in guesses.items() if answers},
    )


def item_counts(visit: Visit) -> tuple[int, int, int]:
    """Items of the best guess that the party left with, items of the best guess, items that the party left with."""
    guessed = visit.guessed
    matched = sum(min(count, visit.owed.get(gtin, 0)) for gtin, count in guessed.items())
    return matched, sum(guessed.values()), sum(visit.owed.values())


def _line_counts(visit: Visit) -> tuple[int, int, int]:
    """Wrong ones of the lines about which nobody is asked, lines about which nobody is asked, lines."""
    sure = [line for line in visit.lines if not line.asked]
    return sum(not line.right for line in sure), len(sure), len(visit.lines)


def f1_of(sums: Counts) -> Counts:
    """F1 from sums of `item_counts`, shape [..., 3]; NaN where there are no items."""
    return _divided(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def precision_of(sums: Counts) -> Counts:
    """Share of the items of best guesses that parties left with; arguments as of `f1_of`."""
    return _divided(sums[..., 0], sums[..., 1])


def recall_of(sums: Counts) -> Counts:
    """Share of the items that parties left with that are in best guesses; arguments as of `f1_of`."""
    return _divided(sums[..., 0], sums[..., 2])


def _divided(part: Counts, whole: Counts) -> Counts:
    shares: Counts = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return shares


def calibration_of(guesses: Sequence[Guess]) -> Calibration:
    """Of answers to one question, at least one."""
    probabilities = np.array([guess.probability for guess in guesses])
    true = np.array([guess.true for guess in guesses], dtype=np.float64)
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    bins = [
        Bin(
            probability=float(probabilities[places == place].mean()),
            true=float(true[places == place].mean()),
            count=int((places == place).sum()),
        )
        for place in np.unique(places)
    ]
    drawn = np.random.default_rng(0).random((DRAWS, len(guesses))) < probabilities
    return Calibration(
        error=float(_calibration_errors(true[None] - probabilities, places)[0]),
        bins=tuple(bins),
        answers=len(guesses),
        chance=float(np.percentile(_calibration_errors(drawn - probabilities, places), 95)),
    )


def _calibration_errors(off: Counts, places: NDArray[np.int_]) -> Counts:
    """Expected calibration errors, shape [draw].

    Args:
        off: By how much answers are truer than they say, shape [draw, answer].
        places: Bin of each answer, shape [answer].
    """
    errors: Counts = np.abs(off @ np.eye(BINS)[places]).sum(axis=1) / len(places)
    return errors
