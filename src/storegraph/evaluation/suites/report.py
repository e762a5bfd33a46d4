"""The report of an evaluation as JSON, and reading one again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from storegraph.atomic import whole_file
from storegraph.store.model import Part

from .errors import SuiteError
from .figures import Figures
from .outcome import Played


class Evaluated(Part):
    """A suite that was played under some settings.

    Attributes:
        suite: Its name.
        summary: Its sentence.
        variant: What is special about the settings; empty: nothing.
        settings: Of the stages, as they were given.
        figures: By class; those of all together are the last.
        runs: What came of each.
    """

    suite: str
    summary: str
    variant: str
    settings: Mapping[str, str]
    figures: tuple[Figures, ...]
    runs: tuple[Played, ...]

    @property
    def title(self) -> str:
        """The suite, and what is special."""
        return f"{self.suite}, {self.variant}" if self.variant else self.suite


class Report(Part):
    """Everything that one `storegraph evaluate` found.

    Attributes:
        storegraph: The version that was evaluated.
        evaluated: Suite by suite, variant by variant.
    """

    storegraph: str
    evaluated: tuple[Evaluated, ...]


def write_report(report: Report, path: Path) -> None:
    """Writes a report, whole or not at all; an earlier one is replaced.

    Raises:
        OutputError: It cannot be written.
    """
    with whole_file(path, replace=True) as fresh:
        fresh.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_report(path: Path) -> Report:
    """Reads a report.

    Raises:
        SuiteError: It is not there, or is none.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SuiteError(
            f"{path}: cannot be read: {error.strerror}; `storegraph evaluate` writes report.json"
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise SuiteError(
            f"{path}: is no report of this version: {where}: {first['msg']}; make it again with `storegraph evaluate`"
        ) from None
