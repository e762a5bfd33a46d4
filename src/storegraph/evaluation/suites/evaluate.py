"""The whole of an evaluation: suites under variants, counted and told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import product
from pathlib import Path

from storegraph import __version__

from .errors import SuiteError
from .figures import figures_by_label
from .file import Suite
from .playing import Variant, check_truth
from .report import Evaluated, Report
from .run import runs_of, sample
from .schedule import Progress, play_all


def evaluate(
    suites: Sequence[Suite],
    variants: Sequence[Variant],
    work: Path,
    executor: Executor,
    *,
    count: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Plays suites under each of several variants.

    Args:
        suites: What to play.
        variants: Under which settings; at least one.
        work: Folder for recordings, results and pages; what is there already is not done again.
        executor: What runs it.
        count: Only so many runs of each suite; None: all.
        progress: Told how many runs are done, of how many.

    Raises:
        StartError: A setting is not one that there is, or cannot have that value.
        SuiteError: Two suites have one name, two runs of a suite are the same, or a folder holds no bags.
        TruthError: A bag has no truth, or one that cannot be used.
    """
    names = [suite.name for suite in suites]
    for name in names:
        if names.count(name) > 1:
            raise SuiteError(f"suite {name}: is given twice; name each once, and a file of your own otherwise")
    for variant, store in product(variants, sorted({entry.store for suite in suites for entry in suite.entries})):
        variant.settings_in(Path(store))  # what is wrong with a setting is told before anything is played
    chosen = [runs_of(suite) if count is None else sample(runs_of(suite), count) for suite in suites]
    every = [run for runs in chosen for run in runs]
    for run in every:
        check_truth(run)
    played = play_all(every, variants, work, executor, progress)
    evaluated = []
    for variant, results in zip(variants, played, strict=True):
        rest = iter(results)
        for suite, runs in zip(suites, chosen, strict=True):
            came = tuple(next(rest) for _ in runs)
            evaluated.append(
                Evaluated(
                    suite=suite.name,
                    summary=suite.summary,
                    variant=variant.name,
                    settings=dict(variant.settings),
                    figures=figures_by_label(came),
                    runs=came,
                )
            )
    return Report(storegraph=__version__, evaluated=tuple(evaluated))
