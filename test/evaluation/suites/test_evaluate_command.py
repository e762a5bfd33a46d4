"""`storegraph evaluate` tells how many receipts are right, and where to look at the others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from playing_runs import CORNER, one_pick

from storegraph.cli import main
from storegraph.evaluation.suites.playing import Variant, play
from storegraph.evaluation.suites.report import read_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two suites: a pick, and the same recording with a truth that its receipt does not meet."""
    folder = tmp_path_factory.mktemp("suites")
    play(one_pick(), Variant(), folder / "first")
    shutil.copytree(next((folder / "first" / "recordings").glob("*/bag")), folder / "bags" / "real")
    (folder / "bags" / "real-truth.json").write_text(json.dumps({"receipts": {"ann": {}}}), encoding="utf-8")
    (folder / "good.yaml").write_text(
        "summary: One pick.\nlevel: shoppers\nentries:\n"
        f"  - {{label: pick, store: {CORNER}, scenario: single_pick, seeds: [0, 0]}}\n",
        encoding="utf-8",
    )
    (folder / "bad.yaml").write_text(
        f"summary: A recording.\nentries:\n  - {{label: real, store: {CORNER}, bags: bags}}\n", encoding="utf-8"
    )
    return folder


def evaluate(folder: Path, *arguments: str, out: str = "again", jobs: int = 1) -> Result:
    fixed = ["--out", str(folder / out), "--work", str(folder / "work"), "--jobs", str(jobs)]
    return CliRunner().invoke(main, ["evaluate", *arguments, *fixed])


@pytest.fixture(scope="module")
def first(folder: Path) -> Result:
    """Of both suites, in two processes, told in `out`."""
    return evaluate(folder, str(folder / "good.yaml"), str(folder / "bad.yaml"), out="out", jobs=2)


def test_both_suites_are_told(first: Result, folder: Path) -> None:
    assert first.exit_code == 0, first.output
    report = read_report(folder / "out" / "report.json")
    assert [(each.suite, each.figures[-1].visits) for each in report.evaluated] == [("good", 1), ("bad", 1)]
    exact = [each.figures[-1].exact for each in report.evaluated]
    assert [estimate.value if estimate else None for estimate in exact] == [1.0, 0.0]
    assert "good" in first.output
    assert "bad" in first.output


def test_the_page_leads_to_the_visit_that_went_wrong(first: Result, folder: Path) -> None:
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    (link,) = re.findall(r'<a href="([^"#]+)#t=[\d.]+">', page)
    assert "<svg" in (folder / "out" / link).read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_beside_itself_nothing_has_changed(first: Result, folder: Path) -> None:
    again = evaluate(folder, str(folder / "good.yaml"), "--baseline", str(folder / "out" / "report.json"))
    assert again.exit_code == 0, again.output
    assert "good, beside an earlier good" in again.output
    assert "better" not in again.output
    assert "worse" not in again.output


def test_variants_are_set_beside_the_first(first: Result, folder: Path) -> None:
    variants = folder / "variants.yaml"
    variants.write_text(
        "variants:\n  - name: as it is\n  - {name: never sure, settings: {sure: 1.0}}\n", encoding="utf-8"
    )
    told = evaluate(folder, str(folder / "good.yaml"), "--variants", str(variants))
    assert told.exit_code == 0, told.output
    assert "good, never sure, beside good, as it is" in told.output
    report = read_report(folder / "again" / "report.json")
    reviews = [each.figures[-1].review for each in report.evaluated]
    assert [estimate.value if estimate else None for estimate in reviews] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], '"nothing" is no suite'),
        (["good.yaml", "good.yaml"], "suite good: is given twice"),
        (["good.yaml", "--set", "shure=0.9"], "no parameter is called shure"),
        (["good.yaml", "--set", "sure"], "sure has no value; write sure=VALUE. config/parameters.yaml shows all"),
        (["good.yaml", "--baseline", "none.json"], "none.json: cannot be read"),
        (["good.yaml", "--baseline", "good.yaml"], "good.yaml: is no report"),
        (["good.yaml", "--variants", "good.yaml"], "summary is no key here"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_played(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(folder)
    result = evaluate(folder, *arguments)
    assert result.exit_code == 2
    assert told in result.output


def test_an_evaluation_starts_without_scipy() -> None:
    """It takes seconds to import: what is wrong with the command line, and what is kept already, is told before."""
    program = (
        "import sys; from click.testing import CliRunner; from storegraph.cli import main\n"
        "print(CliRunner().invoke(main, ['evaluate', 'nowhere.yaml']).output)\n"
        "print('scipy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "nowhere.yaml" in result.stdout
    assert result.stdout.split()[-1] == "False"


def test_a_recording_without_a_truth_is_told_before_anything_is_played(first: Result, folder: Path) -> None:
    shutil.copytree(next((folder / "work" / "recordings").glob("*/bag")), folder / "untold" / "monday")
    suite = folder / "untold.yaml"
    suite.write_text(f"summary: s\nentries:\n  - {{label: a, store: {CORNER}, bags: untold}}\n", encoding="utf-8")
    told = evaluate(folder, str(suite), out="untold-out")
    assert told.exit_code == 2
    assert "monday-truth.json: is not there" in told.output
    assert not (folder / "untold-out").exists()


def test_a_run_that_dies_is_told_and_the_command_fails(folder: Path) -> None:
    suite = folder / "dies.yaml"
    entry = f"{{label: kiosk, store: {CORNER.with_name('market.yaml')}, scenario: kiosk_email}}"
    suite.write_text(f"summary: s\nentries:\n  - {entry}\n", encoding="utf-8")
    died = evaluate(folder, str(suite))
    assert died.exit_code == 1
    assert "has a visit_kiosk, but the store has no kiosk" in died.output.replace("\n", " ")


def test_a_dask_cluster_gives_the_same(first: Result, folder: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `evaluation` is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        told = evaluate(folder, str(folder / "good.yaml"), "--scheduler", cluster.scheduler_address)
    assert told.exit_code == 0, told.output
    (told_there,) = read_report(folder / "again" / "report.json").evaluated
    assert told_there == read_report(folder / "out" / "report.json").evaluated[0]


def test_an_address_where_nobody_answers_is_told(folder: Path) -> None:
    pytest.importorskip("distributed", reason="the extra `evaluation` is not installed")
    result = evaluate(folder, str(folder / "good.yaml"), "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 2
    assert "no Dask scheduler answers" in result.output
