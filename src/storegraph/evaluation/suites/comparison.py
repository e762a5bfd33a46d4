"""Two evaluations of the same visits side by side: what got better, what got worse, and whether that may be chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .figures import f1_of, item_counts, precision_of, recall_of
from .outcome import Visit
from .report import Evaluated, Report
from .statistics import Counts, mcnemar, resampled

VisitId = tuple[str, str, str]
"""Label, run and payer."""

SIGNIFICANT = 0.05
"""Below it a change is not put down to chance."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and now, over the visits of both.

    Attributes:
        name: Of the figure.
        before: From 0 to 1.
        now: The same.
        low: Lower end of the 95 % interval of now less before: bootstrap over visits, both sides resampled together.
        high: Upper end.
        chance: Probability that so many of the visits that changed are for the better, or for the worse, by chance
            (McNemar, exact). Of items each visit's own figure counts: few visits that are all alike would make the
            bootstrap certain.
        rising: Whether more is better.
    """

    name: str
    before: float
    now: float
    low: float
    high: float
    chance: float
    rising: bool

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `the same` where the change may be chance."""
        if self.chance >= SIGNIFICANT or self.low <= 0 <= self.high:
            return "the same"
        return "better" if (self.now > self.before) == self.rising else "worse"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two evaluations side by side.

    Attributes:
        title: What is compared.
        visits: Found in both.
        unpaired: Found in one only.
        changes: Of the figures.
        better: Visits whose receipt is exact only now.
        worse: Visits whose receipt was exact only before.
    """

    title: str
    visits: int
    unpaired: int
    changes: tuple[Change, ...]
    better: tuple[VisitId, ...]
    worse: tuple[VisitId, ...]


def comparisons_of(report: Report, before: Report | None) -> list[Compared]:
    """A report beside an earlier one, and its variants beside the first of them.

    A suite is set beside the earlier one of its name and variant; where there is none, beside the only one there was.
    Where there were several, the title says that none was taken.
    """
    found = []
    for now in report.evaluated:
        if before is not None:
            same = [each for each in before.evaluated if each.title == now.title] or list(before.evaluated)
            if len(same) == 1:
                found.append(compared(same[0], now, f"{now.title}, beside an earlier {same[0].title}"))
            else:
                titles = "; ".join(each.title for each in before.evaluated)
                text = f"{now.title}, beside nothing: the earlier report has {titles}"
                found.append(Compared(text, 0, sum(len(run.visits) for run in now.runs), (), (), ()))
        first = next(each for each in report.evaluated if each.suite == now.suite)
        if now is not first:
            found.append(compared(first, now, f"{now.title}, beside {first.title}"))
    return found


def compared(before: Evaluated, now: Evaluated, title: str) -> Compared:
    """The visits of both, paired by class, run and payer; without changes where there are no such visits."""
    old, new = _by_id(before), _by_id(now)
    both = [visit_id for visit_id in new if visit_id in old]
    if not both:
        return Compared(title, 0, len(old) + len(new), (), (), ())
    pairs = [(old[visit_id], new[visit_id]) for visit_id in both]
    shares: dict[str, tuple[Callable[[Visit], bool], bool]] = {
        "receipts exact": (lambda visit: visit.exact, True),
        "receipts in review": (lambda visit: visit.review, False),
        "receipts wrong, nobody asked": (lambda visit: visit.wrongly_settled, False),
    }
    changes = [_share_change(name, pairs, holds, rising) for name, (holds, rising) in shares.items()]
    return Compared(
        title,
        len(both),
        len(old.keys() ^ new.keys()),
        (*changes, *_item_changes(pairs)),
        tuple(visit_id for visit_id in both if new[visit_id].exact and not old[visit_id].exact),
        tuple(visit_id for visit_id in both if old[visit_id].exact and not new[visit_id].exact),
    )


def _by_id(evaluated: Evaluated) -> dict[VisitId, Visit]:
    return {(run.label, run.name, visit.payer): visit for run in evaluated.runs for visit in run.visits}


def _share_change(name: str, pairs: list[tuple[Visit, Visit]], holds: Callable[[Visit], bool], rising: bool) -> Change:
    held = np.array([(holds(before), holds(now)) for before, now in pairs], dtype=np.float64)
    sums = resampled(held) / len(pairs)
    low, high = np.percentile(sums[:, 1] - sums[:, 0], [2.5, 97.5])
    before, now = held.mean(axis=0)
    gained, lost = int((held[:, 1] > held[:, 0]).sum()), int((held[:, 1] < held[:, 0]).sum())
    return Change(name, float(before), float(now), float(low), float(high), mcnemar(gained, lost), rising)


def _item_changes(pairs: list[tuple[Visit, Visit]]) -> Iterator[Change]:
    """Precision, recall and F1; not where one side has no items to judge it by."""
    counts = np.array([(*item_counts(before), *item_counts(now)) for before, now in pairs], dtype=np.float64)
    sums, whole = resampled(counts), counts.sum(axis=0)
    for name, figure in (("item precision", precision_of), ("item recall", recall_of), ("item F1", f1_of)):
        before, now = float(figure(whole[:3])), float(figure(whole[3:]))
        if not math.isnan(before + now):
            low, high = np.nanpercentile(figure(sums[:, 3:]) - figure(sums[:, :3]), [2.5, 97.5])
            up, down = _risen(figure(counts[:, :3]), figure(counts[:, 3:]))
            yield Change(name, before, now, float(low), float(high), mcnemar(up, down), rising=True)


def _risen(before: Counts, now: Counts) -> tuple[int, int]:
    """How many visits have a greater figure now, and how many a smaller one; without items a visit is all right."""
    change = np.nan_to_num(now, nan=1.0) - np.nan_to_num(before, nan=1.0)
    return int((change > 0).sum()), int((change < 0).sum())
