"""A report on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from .comparison import Compared
from .figures import ALL, Calibration, Figures
from .outcome import Played
from .report import Evaluated
from .statistics import Estimate

COLUMNS = (
    ("exact", "exact"),
    ("in\nreview", "review"),
    ("wrong", "settled_wrong"),
    ("lines\nreview", "lines_review"),
    ("lines\nwrong", "lines_wrong"),
    ("items\nprec.", "precision"),
    ("items\nrecall", "recall"),
    ("items\nF1", "f1"),
)
"""Headings, and the attributes of `Figures` below them."""

INTERVALS = (
    "Per cent, with 95 % intervals: Wilson's for shares of receipts; for lines and items a bootstrap over visits, and "
    "Wilson's for so many visits where all are alike. "
    "Exact, and items: of the sure lines and those in doubt that are likelier than not. Wrong: of the receipts, or "
    "lines, about which nobody is asked."
)

SHOWN = 10
"""Visits listed of those that got better or worse; the page and the JSON file have all."""


def evaluated_tables(evaluated: Evaluated) -> Iterator[RenderableType]:
    """The figures of a suite by class, how well probabilities are calibrated, what it took, and what failed."""
    yield figures_table(evaluated)
    yield calibration_line(evaluated.figures[-1])
    yield Text(time_line(evaluated))
    for error, runs in errors_of(evaluated).items():
        more = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
        yield Text(f"{runs[0].label}, {runs[0].name}{more}: {error}", style="red")


def errors_of(evaluated: Evaluated) -> dict[str, list[Played]]:
    """The runs that died, by what of."""
    found: dict[str, list[Played]] = {}
    for run in evaluated.runs:
        if run.error:
            found.setdefault(run.error, []).append(run)
    return found


def figures_table(evaluated: Evaluated) -> Table:
    """Per cent with 95 % confidence intervals, a class a row."""
    table = Table(
        title=evaluated.title,
        title_justify="left",
        caption=INTERVALS,
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("class", overflow="fold")
    table.add_column("visits", justify="right")
    for heading, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for each in evaluated.figures:
        if each.label == ALL:
            table.add_section()
        cells = [interval(getattr(each, attribute)) for _, attribute in COLUMNS]
        table.add_row(each.label, str(each.visits), *cells)
    return table


def interval(estimate: Estimate | None) -> str:
    """Per cent and, on a line of its own, its interval; a dash for nothing."""
    if estimate is None:
        return "-"
    return f"{100 * estimate.value:.1f}\n[dim]{100 * estimate.low:.0f}-{100 * estimate.high:.0f}[/]"


def calibration_line(figures: Figures) -> Text:
    """The expected calibration errors of all classes together, and what chance alone may make of each."""
    told = (f"{question} {error_told(each)}" for question, each in sorted(figures.calibration.items()))
    return Text(f"expected calibration error: {', '.join(told) or 'nothing to judge'}")


def error_told(calibration: Calibration) -> str:
    """An expected calibration error, how many answers it is of, and up to what chance explains it."""
    chance = "" if calibration.chance is None else f" (by chance up to {100 * calibration.chance:.1f})"
    return f"{100 * calibration.error:.1f} %{chance} of {calibration.answers}"


def time_line(evaluated: Evaluated) -> str:
    """How much was recorded, and what each step took."""
    took: Counter[str] = Counter()
    for run in evaluated.runs:
        took.update(run.times)
    recorded = sum(run.recorded for run in evaluated.runs)
    steps = ", ".join(f"{step} in {seconds:.0f} s" for step, seconds in took.items())
    return f"{len(evaluated.runs)} runs, {recorded / 60:.1f} min recorded; {steps} of processor time"


def comparison_tables(compared: Compared) -> Iterator[RenderableType]:
    """What changed, and the first visits that it changed for."""
    unpaired = f"; {compared.unpaired} are in one only" if compared.unpaired else ""
    title = f"{compared.title}: {compared.visits} visits of both{unpaired}"
    if not compared.changes:
        yield Text(title)
        return
    table = Table(title=title, title_justify="left")
    for heading in ("", "before", "now", "change, 95 % interval", "chance", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    colours = {"better": "green", "worse": "red", "the same": "default"}
    for each in compared.changes:
        table.add_row(
            each.name,
            f"{100 * each.before:.1f}",
            f"{100 * each.now:.1f}",
            f"{100 * (each.now - each.before):+.1f} ({100 * each.low:+.1f} to {100 * each.high:+.1f})",
            f"{each.chance:.3f}",
            f"[{colours[each.verdict]}]{each.verdict}[/]",
        )
    yield table
    for word, visits in (("better", compared.better), ("worse", compared.worse)):
        if visits:
            more = f" and {len(visits) - SHOWN} more" if len(visits) > SHOWN else ""
            yield Text(f"{word}: {'; '.join(', '.join(visit) for visit in visits[:SHOWN])}{more}")
