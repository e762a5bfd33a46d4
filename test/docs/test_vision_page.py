"""The numbers on the page about vision are those of the code."""

from __future__ import annotations

import inspect
import re

import pytest
from documentation_pages import ROOT, rows, section, text_of

pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.vision import movenet
from storegraph.vision.models import MODELS

VISION = ROOT / "docs" / "vision.md"


def test_the_numbers_of_movenet_are_those_of_the_code() -> None:
    shown = {name: float(value) for name, value, _ in rows(section(VISION, "MoveNet"))}
    defaults = {name: setting.default for name, setting in inspect.signature(movenet.MoveNet.load).parameters.items()}
    assert shown == {
        "joint score": round(movenet.JOINT_SCORE, 3),
        "person score, `threshold`": defaults["threshold"],
        "people, `most`": defaults["most"],
        "joints shared by one person found twice": movenet._SAME,
    }


def test_every_model_is_named_with_its_package() -> None:
    shown = {name.strip("`"): source for name, source, _ in rows(section(VISION, "Setting up"))}
    assert {model.name for model in MODELS} == set(shown)
    for model in MODELS:
        name, version = re.findall(r"`(.*)` (\S+?):", shown[model.name])[0]
        assert (name, version) == (model.package.name, model.package.version)


def test_the_example_asks_for_the_defaults() -> None:
    defaults = inspect.signature(movenet.MoveNet.load).parameters
    asked = dict(re.findall(r"(size|most|threshold)=([\d.]+)", text_of(VISION)))
    assert {name: float(value) for name, value in asked.items()} == {name: defaults[name].default for name in asked}
