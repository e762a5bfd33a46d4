"""The examples in the documentation run, and its tables have the values of the code."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields

import pytest
from documentation_pages import ROOT, code_lines, fenced, rows, section, text_of

from storegraph.attribution.model import AttributionSettings
from storegraph.graph.merge import MergeCounters, MergeSettings, Punctuality
from storegraph.ledger.model import LedgerSettings

ATTRIBUTION, CONCEPTS, EXTENDING = (ROOT / "docs" / f"{page}.md" for page in ("attribution", "concepts", "extending"))


def test_the_example_of_the_merge_gives_what_it_shows() -> None:
    results = doctest.testfile(str(CONCEPTS), module_relative=False)
    assert results.attempted > 10
    assert results.failed == 0


def test_the_assumptions_of_attribution_are_those_of_the_code() -> None:
    units = {"": 1.0, "%": 0.01, "s": 1e9, "h": 3600e9}
    told = {
        name: float(number) * units[unit]
        for name, number, unit in re.findall(r"`(\w+)` \((\d[\d.]*) ?(%|s|h|)\)", text_of(ATTRIBUTION))
    }
    assert len(told) >= 5
    settings = AttributionSettings()
    defaults = {
        field.name: getattr(owner, field.name)
        for owner in (settings.hands, settings.weights, settings.priors, settings.search)
        for field in fields(owner)
    }
    assert told == pytest.approx({name: float(defaults[name]) for name in told})


def test_the_rules_of_the_merge_name_its_settings_and_counters() -> None:
    rules = section(CONCEPTS, "What a merge does with an observation")
    told = {name: number.replace(",", "") for name, number in re.findall(r"`(\w+)`, ([\d.,]+\d|\d)", rules)}
    merge = MergeSettings()
    assert {name: float(number) for name, number in told.items()} == {
        "allowed_lateness": merge.allowed_lateness * 1e-9,
        "idle_after": merge.idle_after * 1e-9,
        "capacity": merge.capacity,
        "remembered": merge.remembered,
        "tolerated_loss": merge.tolerated_loss,
    }
    counters = {row[2].strip("`") for row in rows(rules)} - {""}
    assert counters == {field.name for field in fields(MergeCounters)}
    assert {row[0] for row in rows(section(CONCEPTS, "Watermarks"))} == {each.name.lower() for each in Punctuality}


def test_the_thresholds_of_the_ledger_are_those_of_the_code() -> None:
    ledger = section(CONCEPTS, "Ledger")
    assert f"`sure`, {LedgerSettings().sure}" in ledger
    assert f"settled {LedgerSettings().settle_after // 10**9} s of event time" in ledger


def test_the_tests_that_hold_determinism_exist() -> None:
    named = re.findall(r"`(test_\w+)`", section(CONCEPTS, "What is deterministic"))
    written = "".join(text_of(path) for path in (ROOT / "test" / "graph").glob("test_*.py"))
    assert named
    assert [test for test in named if f"def {test}(" not in written] == []


def test_another_attribution_runs_and_prints_what_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile("\n".join(fenced(EXTENDING, "python")), str(EXTENDING), "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    shown = [line for line in code_lines(EXTENDING) if re.fullmatch(r"\w+ (exact|wrong)", line)]
    assert printed == shown
