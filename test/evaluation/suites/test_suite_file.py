"""A suite file says what is played; what is wrong in it is told all at once, with its place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from storegraph.evaluation.suites.degraded import Degraded
from storegraph.evaluation.suites.errors import SuiteError
from storegraph.evaluation.suites.file import load_suite, suite_names
from storegraph.evaluation.suites.run import Run, Simulation, runs_of, sample
from storegraph.evaluation.suites.variants import load_variants
from storegraph.simulation.scenarios.scenario import scenario_names

ROOT = Path(__file__).resolve().parents[3]
CORNER = ROOT / "config" / "stores" / "corner.yaml"


def suite_file(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text.replace("CORNER", str(CORNER)), encoding="utf-8")
    return path


def scenario_of(run: Run) -> str:
    assert isinstance(run.source, Simulation)
    return run.source.scenario


def test_an_entry_is_a_run_for_each_seed(tmp_path: Path) -> None:
    text = "summary: s\nentries:\n  - {label: a, store: CORNER, scenario: single_pick, seeds: [3, 5]}\n"
    runs = runs_of(load_suite(suite_file(tmp_path, text)))
    assert [run.name for run in runs] == [f"single_pick in corner, seed {seed}" for seed in (3, 4, 5)]


def test_names_of_files_count_from_the_suite_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes(CORNER.read_bytes())
    text = "summary: s\nentries:\n  - {label: a, store: shop.yaml, scenario: single_pick}\n"
    (run,) = runs_of(load_suite(suite_file(tmp_path, text)))
    assert run.store == (tmp_path / "shop.yaml").resolve()


def test_a_suite_like_another_one_plays_the_same_with_its_own_faults(tmp_path: Path) -> None:
    first = "summary: s\nentries:\n  - {label: a, store: CORNER, scenario: single_pick}\n"
    suite_file(tmp_path, first, "first")
    second = suite_file(tmp_path, "summary: t\nlike: first.yaml\ndegraded: {cameras_lost: 1}\n", "second")
    (run,) = runs_of(load_suite(second))
    (same,) = runs_of(load_suite(tmp_path / "first.yaml"))
    assert (run.label, run.name, run.store) == (same.label, same.name, same.store)
    assert isinstance(run.source, Simulation)
    assert run.source.degraded is not None
    assert run.source.degraded.cameras_lost == 1


def test_sensors_that_fail_in_some_runs_go_before_those_that_fail_in_all(tmp_path: Path) -> None:
    text = (
        "summary: s\ndegraded: {skew: 0.1}\nentries:\n"
        "  - {label: a, store: CORNER, scenario: single_pick}\n"
        "  - {label: b, store: CORNER, scenario: single_pick, degraded: {cameras_lost: 2}}\n"
    )
    sources = [run.source for run in runs_of(load_suite(suite_file(tmp_path, text)))]
    degraded = [source.degraded for source in sources if isinstance(source, Simulation)]
    assert degraded == [Degraded(skew=0.1), Degraded(cameras_lost=2)]


def test_all_that_is_wrong_is_told_with_line_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    text = (
        "summary: s\nlevel: feet\nentries:\n"
        "  - {label: a, store: CORNER, scenario: single_pick, seeds: [-1, 2]}\n"
        "  - {label: b, store: CORNER, scene: single_pick}\n"
    )
    with pytest.raises(SuiteError) as told:
        load_suite(suite_file(tmp_path, text))
    lines = str(told.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "4", "5"]
    assert 'level "feet" is not allowed' in lines[0]
    assert "seeds[0] -1 must not be less than 0" in lines[1]
    assert "scene is no key here" in lines[2]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{label: a, store: nowhere.yaml, scenario: single_pick}", 'store "nowhere.yaml" is not there'),
        ("{label: a, store: CORNER, scenario: singel_pick}", "did you mean single_pick?"),
        ("{label: a, store: CORNER}", "has both scenario and bags, or neither"),
        ("{label: a, store: CORNER, scenario: single_pick, seeds: [2, 1]}", "must rise"),
        (
            "{label: a, store: CORNER, bags: ., level: shoppers}",
            "has bags, which take no shopping, level, faults or degraded",
        ),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(SuiteError, match=told.replace("?", r"\?")):
        load_suite(suite_file(tmp_path, f"summary: s\nentries:\n  - {entry}\n"))


def test_a_run_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    entry = "  - {label: a, store: CORNER, scenario: single_pick, seeds: [0, 1]}\n"
    with pytest.raises(SuiteError, match="is there twice"):
        runs_of(load_suite(suite_file(tmp_path, "summary: s\nentries:\n" + entry + entry)))


def test_an_unknown_suite_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SuiteError, match="did you mean standard"):
        load_suite("standart")


def test_a_folder_without_bags_is_told(tmp_path: Path) -> None:
    text = "summary: s\nentries:\n  - {label: a, store: CORNER, bags: .}\n"
    with pytest.raises(SuiteError, match="holds no bags"):
        runs_of(load_suite(suite_file(tmp_path, text)))


def test_a_sample_is_spread_over_the_whole_suite() -> None:
    runs = runs_of(load_suite("standard"))
    assert sample(runs, 10_000) == runs
    assert len(sample(runs, 7)) == 7
    assert {run.label for run in sample(runs, 12)} == {run.label for run in runs}


@pytest.mark.parametrize("name", suite_names())
def test_the_suites_that_come_with_the_package_can_be_read(name: str) -> None:
    assert runs_of(load_suite(name))


def test_the_settings_of_the_ablation_are_settings_that_there_are() -> None:
    variants = load_variants(None, {}, None)
    assert len({repr(variant.settings_in(CORNER)) for variant in variants}) == len(variants)


def test_the_example_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "evaluating.md").read_text(encoding="utf-8")
    example = re.findall(r"```yaml\n(summary.*?)```", page, re.DOTALL)[0]
    (tmp_path / "stores").mkdir()
    (tmp_path / "stores" / "ours.yaml").write_bytes(CORNER.read_bytes())
    shutil.copytree(ROOT / "bags" / "demo", tmp_path / "recordings" / "demo")
    labels = [run.label for run in runs_of(load_suite(suite_file(tmp_path, example)))]
    assert {label: labels.count(label) for label in labels} == {"evening": 20, "crossed arms": 5, "recorded": 1}


def test_the_adversarial_suite_has_every_scenario_of_the_library() -> None:
    # `demo` shows the rest of the package and is no way to fail.
    assert {scenario_of(run) for run in runs_of(load_suite("adversarial"))} == set(scenario_names()) - {"demo"}


@pytest.mark.parametrize("name", ["standard", "adversarial"])
def test_with_faults_the_same_visits_are_played(name: str) -> None:
    def visits(suite: str) -> list[tuple[str, str]]:
        return [(run.label, run.name) for run in runs_of(load_suite(suite))]

    assert visits(f"faults-{name}") == visits(name)


def test_the_suite_of_faults_plays_the_same_visits_without_each_alone_and_with_all_of_them() -> None:
    played: dict[str, list[str]] = {}
    degraded: dict[str, set[Degraded | None]] = {}
    for run in runs_of(load_suite("faults")):
        assert isinstance(run.source, Simulation)
        played.setdefault(run.label, []).append(run.name)
        degraded.setdefault(run.label, set()).add(run.source.degraded)
    assert len(played) == 6
    assert all(names == played["no fault"] for names in played.values())
    told = {label: each.model_dump(exclude_defaults=True) if each else {} for label, (each,) in degraded.items()}
    assert told.pop("no fault") == {}
    every = told.pop("all four")
    assert every == {"cameras_lost": 1, "dead_plates": 0.02, "messages_lost": 0.01, "skew": 0.2}
    assert sorted(told.values(), key=str) == sorted(({key: value} for key, value in every.items()), key=str)
