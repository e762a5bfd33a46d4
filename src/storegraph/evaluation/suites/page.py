"""A report as one HTML file, with links to the pages of the visits that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from storegraph.atomic import whole_file

from .comparison import Compared
from .figures import Bin, Calibration
from .outcome import Played, Visit
from .report import Evaluated, Report
from .statistics import Estimate, share
from .table import COLUMNS, INTERVALS, error_told, errors_of, time_line

TEMPLATES = Path(__file__).parent

SIDE = 160
"""Of a reliability diagram, in the units of its drawing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A visit whose receipt is not exact, or about which a person is asked, and where to look."""

    run: Played
    visit: Visit

    @property
    def verdict(self) -> str:
        """`review`, with `, right` where the receipt is right all the same, or `wrong`."""
        if not self.visit.review:
            return "wrong"
        return "review, right" if self.visit.exact else "review"

    @property
    def second(self) -> float:
        """Of its first mistake; a moment before, so that one sees it come."""
        return max(0.0, min((each.second for each in self.visit.mistakes), default=0.0) - 1.0)


@dataclass(frozen=True, slots=True)
class Dot:
    """Answers of a reliability diagram: where, from what to what their share of true ones may be, and how many."""

    x: float
    y: float
    low: float
    high: float
    radius: float
    text: str


def write_report_page(report: Report, comparisons: Sequence[Compared], path: Path, visits: str) -> None:
    """Writes the page, whole or not at all; an earlier one is replaced.

    Args:
        report: What to show.
        comparisons: With an earlier report, or between variants; may be none.
        path: The file to make.
        visits: The folder with the visits' pages, as a link from `path` has it.

    Raises:
        OutputError: It cannot be written.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters.update(percent=_percent, between=_between, dots=_dots, failures=_failures, goods=_goods)
    page = environment.get_template("page.html").render(
        report=report,
        comparisons=comparisons,
        visits=visits,
        columns=COLUMNS,
        intervals=INTERVALS,
        side=SIDE,
        time_line=time_line,
        error_told=error_told,
        errors_of=errors_of,
        css=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
    )
    with whole_file(path, replace=True) as fresh:
        fresh.write_text(page, encoding="utf-8")


def _failures(evaluated: Evaluated) -> list[Failure]:
    """By class; the wrong ones first."""
    found = [Failure(run, visit) for run in evaluated.runs for visit in run.visits if visit.review or not visit.exact]
    labels = list(dict.fromkeys(run.label for run in evaluated.runs))
    return sorted(found, key=lambda each: (labels.index(each.run.label), each.visit.review, each.visit.exact))


def _goods(visit: Visit) -> list[tuple[str, int, int, int]]:
    """Of each product: GTIN, owed, charged, in doubt."""
    gtins = sorted({*visit.owed, *visit.charged, *visit.in_doubt})
    return [(gtin, visit.owed.get(gtin, 0), visit.charged.get(gtin, 0), visit.in_doubt.get(gtin, 0)) for gtin in gtins]


def _percent(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{100 * estimate.value:.1f}"


def _between(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{100 * estimate.low:.0f}-{100 * estimate.high:.0f}"


def _dots(calibration: Calibration) -> list[Dot]:
    return [_dot(each, calibration.answers) for each in calibration.bins]


def _dot(each: Bin, answers: int) -> Dot:
    true = share(round(each.true * each.count), each.count)
    assert true is not None  # a bin holds an answer
    return Dot(
        x=round(SIDE * each.probability, 1),
        y=round(SIDE * (1 - each.true), 1),
        low=round(SIDE * (1 - true.low), 1),
        high=round(SIDE * (1 - true.high), 1),
        radius=round(2 + 6 * (each.count / answers) ** 0.5, 1),
        text=f"{each.count} answers of {100 * each.probability:.1f} %: {100 * each.true:.1f} % true",
    )
