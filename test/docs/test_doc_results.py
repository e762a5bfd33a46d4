"""What the documentation says a replay writes and prints is what it writes and prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from documentation_pages import ROOT, fenced, rows, section

from storegraph.cli import main
from storegraph.graph.outputs import read_receipts
from storegraph.graph.replay import OUTPUTS
from storegraph.importers.autocheckout import competition_receipts

REPLAYING = ROOT / "docs" / "replaying.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with the replay of the demo, and what the demo prints on a terminal of 100 columns."""
    out = tmp_path_factory.mktemp("documented") / "demo"
    result = CliRunner(env={"COLUMNS": "100"}).invoke(main, ["demo", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert (out / "index.html").is_file()
    assert "What to try next" in result.output
    return out / "replayed", result.output


def keys(value: Any, path: str = "") -> list[str]:
    """The paths to all leaves of some JSON, each once, in the order of first appearance."""
    match value:
        case dict():
            found = [each for key, part in value.items() for each in keys(part, f"{path}.{key}" if path else key)]
        case list():
            found = [each for part in value for each in keys(part, f"{path}[]")]
        case _:
            found = [path]
    return list(dict.fromkeys(found))


def documented(heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows(section(REPLAYING, heading))]


@pytest.mark.parametrize("file", ["receipts.json", "interactions.json"])
def test_the_documented_keys_are_those_written(demo: tuple[Path, str], file: str) -> None:
    written = keys(json.loads((demo[0] / file).read_text(encoding="utf-8")))
    assert sorted(documented(file)) == sorted(path.removeprefix("[].") for path in written)


def test_the_documented_keys_of_the_competition_are_those_written(demo: tuple[Path, str]) -> None:
    written = keys(json.loads(json.dumps(competition_receipts(read_receipts(demo[0])))))
    assert documented("The competition's form") == written


def test_the_documented_files_are_those_written() -> None:
    assert {file.strip("/") for file in documented("What comes out")} == OUTPUTS


def test_the_readme_shows_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    """The tables' heads: how wide they are, and what stands in them, depends on all that is simulated and concluded."""
    (shown,) = (block for block in fenced(ROOT / "README.md", "") if "Receipts and the truth" in block)
    for head in (shown, demo[1]):
        assert re.search(r"\d+ of \d+ movements of goods found", head)
    heads = [re.findall(r"[\w]+(?: [\w]+)*", line) for line in shown.splitlines() if line.startswith("┃")]
    printed = [re.findall(r"[\w]+(?: [\w]+)*", line) for line in demo[1].splitlines() if line.startswith("┃")]
    assert heads == printed
