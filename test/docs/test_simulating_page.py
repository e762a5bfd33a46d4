"""docs/simulating.md says of options, truth and faults what the code says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from documentation_pages import ROOT, fenced, rows, section

from storegraph.cli import simulate
from storegraph.simulation.faults.file import load_faults
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.truth import Happened
from storegraph.store.file import load_store

PAGE = ROOT / "docs" / "simulating.md"
CORNER = ROOT / "config" / "stores" / "corner.yaml"


def first_column(heading: str, table: int = 0) -> list[str]:
    """The names that stand in the first cells of a table below a heading."""
    tables = re.findall(r"(?:^\|.*\n)+", section(PAGE, heading), re.MULTILINE)
    return re.findall(r"`([^`]+)`", " ".join(row[0] for row in rows(tables[table])))


def test_the_table_of_options_is_that_of_the_command() -> None:
    options = [option.opts[0] for option in simulate.params if option.param_type_name == "option"]
    assert first_column("`storegraph simulate`") == options


def test_the_table_of_levels_is_that_of_the_command() -> None:
    (level,) = (option for option in simulate.params if option.name == "level")
    assert first_column("`storegraph simulate`", 1) == list(level.type.choices)  # type: ignore[attr-defined]


def test_the_keys_of_the_truth_are_those_written() -> None:
    assert [key.removesuffix("[]") for key in first_column("truth.json")] == list(Happened.model_fields)


def test_every_key_and_kind_of_fault_is_told() -> None:
    assert set(first_column("Faults")) == set(Fault.model_fields)
    assert set(first_column("Faults", 1)) == set(get_args(Fault.model_fields["kind"].annotation))


def test_the_faults_shown_are_some(tmp_path: Path) -> None:
    (shown,) = fenced(PAGE, "yaml")
    path = tmp_path / "faults.yaml"
    path.write_text(shown, encoding="utf-8")
    assert len(load_faults(path, load_store(CORNER))) == 4
