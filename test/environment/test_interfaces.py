"""storegraph_msgs: every interface is built, and says what its fields mean."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "storegraph_msgs"
INTERFACES = sorted([*PACKAGE.glob("msg/*.msg"), *PACKAGE.glob("srv/*.srv")])
FIELD = re.compile(r"^(?P<type>[A-Za-z]\S*)\s+(?P<name>[a-z]\w*)\s*(?P<comment>#.*)?$")


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_every_interface_is_built_with_the_fields_it_has_in_the_sources(path: Path) -> None:
    pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")
    built = getattr(importlib.import_module(f"storegraph_msgs.{path.parent.name}"), path.stem)
    parts = [built.Request, built.Response] if path.suffix == ".srv" else [built]
    sources = path.read_text(encoding="utf-8").split("\n---\n")
    for part, source in zip(parts, sources, strict=True):
        fields = [match["name"] for line in source.splitlines() if (match := FIELD.match(line))]
        assert list(part.get_fields_and_field_types()) == fields


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_every_field_says_its_unit_or_meaning(path: Path) -> None:
    fields = [match for line in path.read_text(encoding="utf-8").splitlines() if (match := FIELD.match(line))]
    assert fields
    assert [match["name"] for match in fields if not match["comment"]] == []
