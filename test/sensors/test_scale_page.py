"""The page on sensors tells every key of the scales' models, and its examples are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storegraph.sensors.file import load_sensors
from storegraph.sensors.scales.model import ModbusScale, ModbusScales, ModbusUnit, RecordedScales
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sensors.md").read_text(encoding="utf-8")

SECTIONS = {
    "`scales[]` of the driver `modbus`": ModbusScales,
    "`units[]`": ModbusUnit,
    "`units[].scales[]`": ModbusScale,
    "`scales[]` of the driver `recorded`": RecordedScales,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_tells_the_keys_of_its_part_and_whether_they_are_required(title: str):
    section = re.split(r"^#+ ", PAGE.split(f"# {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in section.splitlines() if line.startswith("| `")]
    told = {row[1].strip("`"): row[3].strip("`") for row in rows}
    fields = SECTIONS[title].model_fields
    assert told == {key: "required" if each.is_required() else _written(each.default) for key, each in fields.items()}


def test_the_examples_are_sensors_files(tmp_path: Path):
    store = load_store(ROOT / "config" / "stores" / "corner.yaml")
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert examples
    for example in examples:
        (tmp_path / "sensors.yaml").write_text(example, encoding="utf-8")
        load_sensors(tmp_path / "sensors.yaml", store)


def _written(default: object) -> str:
    """How the page writes a default."""
    if default is None or default == ():
        return "none"
    return f"{default:g}" if isinstance(default, float) else str(default)
