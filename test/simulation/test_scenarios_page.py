"""The page on scenarios tells every key of the language, its examples can be played, and it lists the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.language import Goods, Person, ScenarioFile, Shopping
from storegraph.simulation.scenarios.language_steps import STEPS, Step
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
SECTIONS = {"The file": ScenarioFile, "`goods`": Goods, "`people[]`": Person, "`shopping`": Shopping}


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, whose first cell is code."""
    text = re.split(r"^#+ ", PAGE.split(f"# {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]


def default_of(field: FieldInfo) -> str:
    """How the page writes a default."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or default in ((), "", {}):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str):
        return f"`{default}`"
    return f"`{list(default)}`" if isinstance(default, tuple) else f"`{default:g}`"


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_tells_the_keys_and_their_defaults(title: str) -> None:
    told = {row[0].strip("`"): row[2] for row in rows(title)}
    assert told == {key: default_of(field) for key, field in SECTIONS[title].model_fields.items()}


def test_the_steps_and_their_keys_are_told_with_the_key_for_a_bare_value_first() -> None:
    told = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows("Steps") if len(row) == 3}
    assert list(told) == list(STEPS)
    for word, step in STEPS.items():
        assert told[word][0] == step.SHORT
        assert set(told[word]) == step.model_fields.keys() - Step.model_fields.keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_can_be_cast_for_the_corner_shop(example: str, tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    made = cast(load_scenario(tmp_path / "example.yaml"), load_store(ROOT / "config" / "stores" / "corner.yaml"), 1)
    assert made.roles


def test_the_library_is_listed_with_its_summaries() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows("The library")}
    assert listed == {name: load_scenario(name).summary for name in scenario_names()}
