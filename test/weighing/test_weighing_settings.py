"""The documentation's table of settings and the settings themselves."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from storegraph.weighing import WeighingSettings

PAGE = Path(__file__).resolve().parents[2] / "docs/weighing.md"


def test_the_documented_defaults_are_the_defaults():
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE.read_text(), re.MULTILINE)
    assert [(name, float(value)) for name, value in rows] == [(f.name, f.default) for f in fields(WeighingSettings)]


def test_every_setting_says_what_it_is():
    documented = re.findall(r"^        (\w+): ", WeighingSettings.__doc__ or "", re.MULTILINE)
    assert documented == [f.name for f in fields(WeighingSettings)]
