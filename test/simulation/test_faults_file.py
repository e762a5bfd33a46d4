"""A file of faults is read whole, and what is wrong in it is told with its place, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.simulation.errors import SimulationError
from storegraph.simulation.faults.file import load_faults
from storegraph.simulation.faults.model import Fault
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SCALE = CORNER.fixtures[0].shelves[0].scales[0].id


def written(folder: Path, text: str) -> Path:
    path = folder / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SimulationError) as refused:
        load_faults(written(folder, text), CORNER)
    return str(refused.value).splitlines()


def test_faults_are_read_in_their_order(tmp_path: Path) -> None:
    text = f"""\
faults:
  - {{kind: nan, stream: scales/*/samples, scales: [{SCALE}], begin: 10.0}}
  - {{kind: skew, stream: gate/events, seconds: -0.2, begin: 1.0, end: 5.0}}
"""
    assert load_faults(written(tmp_path, text), CORNER) == (
        Fault(kind="nan", stream="scales/*/samples", scales=(SCALE,), begin=10.0),
        Fault(kind="skew", stream="gate/events", seconds=-0.2, begin=1.0, end=5.0),
    )


def test_all_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    text = """\
faults:
  - {kind: nann, stream: shoppers}
  - {kind: delay, stream: shoppers, seconds: -1.0}
  - {kind: drop, stream: shoppers, begin: 5.0, end: 5.0, share: 1.5}
"""
    told = problems(tmp_path, text)
    assert [line.split(" ")[0].removeprefix(f"{tmp_path}/") for line in told] == [
        "faults.yaml:2:",
        "faults.yaml:3:",
        "faults.yaml:4:",
        "faults.yaml:4:",
    ]
    assert 'faults[0].kind "nann" is not allowed' in told[0]
    assert "faults[1].seconds -1.0 must not be negative" in told[1]
    assert any("faults[2].end 5.0 must be later than begin, 5 s" in line for line in told[2:])
    assert any("faults[2].share 1.5 must not be greater than 1" in line for line in told[2:])


def test_what_the_store_does_not_have_is_told_with_what_is_near(tmp_path: Path) -> None:
    fixture = CORNER.fixtures[0].id
    text = f"""\
faults:
  - {{kind: drop, stream: scales/{fixture}/sample}}
  - {{kind: nan, stream: scales/*, scales: [{SCALE}9]}}
"""
    first, second = problems(tmp_path, text)
    assert f'faults[0].stream "scales/{fixture}/sample" is no stream' in first
    assert f"did you mean scales/{fixture}/samples?" in first
    assert f'faults[1].scales[0] "{SCALE}9" is no scale of the store' in second


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="there is no such file"):
        load_faults(tmp_path / "none.yaml", CORNER)
