"""The page on store files tells every key of the model, and its example is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storegraph.store import load_store
from storegraph.store.model import Camera, Facing, Fixture, Gate, Kiosk, Part, Product, Scale, Shelf, Store

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "store-file.md").read_text(encoding="utf-8")

SECTIONS = {
    "The file": Store,
    "`gates[]`": Gate,
    "`kiosk`": Kiosk,
    "`cameras[]`": Camera,
    "`fixtures[]`": Fixture,
    "`fixtures[].shelves[]`": Shelf,
    "`fixtures[].shelves[].scales[]`": Scale,
    "`facings[]`": Facing,
    "`catalogue[]`": Product,
}


def test_every_part_of_the_model_has_its_section():
    parts = {part for part in Part.__subclasses__() if part.__module__ == Part.__module__}
    assert set(SECTIONS.values()) == parts


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_tells_the_keys_of_its_part_and_whether_they_are_required(title: str):
    section = re.split(r"^#+ ", PAGE.split(f"### {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in section.splitlines() if line.startswith("| `")]
    told = {row[1].strip("`"): row[3] for row in rows}
    defaults = {
        key: _default(field.is_required(), field.default) for key, field in SECTIONS[title].model_fields.items()
    }
    assert told == defaults


def test_the_example_is_a_store(tmp_path: Path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "shop.yaml").write_text(example, encoding="utf-8")
    assert len(load_store(tmp_path / "shop.yaml").facings) == 2


def _default(required: bool, default: object) -> str:
    """How the page writes a default."""
    if required:
        return "required"
    if default is None or default == ():
        return "none"
    if isinstance(default, tuple):
        return f"`[{', '.join(default)}]`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
