"""A run is played once: what each step makes is kept under what it depends on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playing_runs import CORNER, one_pick

from storegraph.evaluation.suites.outcome import Played
from storegraph.evaluation.suites.playing import Variant, play
from storegraph.evaluation.suites.run import Run
from storegraph.graph.replay import BAG, replay
from storegraph.store.file import load_store


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def played(work: Path) -> Played:
    return play(one_pick(), Variant(), work)


def kept(work: Path) -> dict[str, int]:
    """Files that are kept, and when they were written."""
    files = [path for path in work.rglob("*") if path.is_file()]
    return {str(path.relative_to(work)): path.stat().st_mtime_ns for path in files}


def folders(work: Path, step: str) -> set[str]:
    return {path.name for path in (work / step).iterdir()}


def test_one_pick_is_one_visit_with_one_item(played: Played) -> None:
    assert played.error == ""
    assert [sum(visit.owed.values()) for visit in played.visits] == [1]
    assert set(played.guesses) == {"who", "what", "action"}
    assert len(played.guesses["who"]) == 1
    assert played.recorded > 5
    assert set(played.times) == {"simulated", "replayed"}


def test_what_has_been_played_is_read_and_nothing_is_written(played: Played, work: Path) -> None:
    before = kept(work)
    assert play(one_pick(), Variant(), work) == played
    assert kept(work) == before


def test_another_setting_of_the_ledger_neither_simulates_nor_weighs_again(played: Played, work: Path) -> None:
    before = {step: folders(work, step) for step in ("recordings", "seen")}
    again = play(one_pick(), Variant("strict", {"sure": "0.95"}), work)
    assert "concluded" in again.times
    assert {step: folders(work, step) for step in ("recordings", "seen")} == before
    assert [(visit.payer, visit.owed) for visit in again.visits] == [
        (visit.payer, visit.owed) for visit in played.visits
    ]


def test_another_setting_of_weighing_is_seen_again_from_the_same_recording(
    played: Played, work: Path, tmp_path: Path
) -> None:
    shutil.copytree(work, tmp_path / "work")
    again = play(one_pick(), Variant("other", {"learning": "2.5"}), tmp_path / "work")
    assert again.error == ""
    assert folders(tmp_path / "work", "recordings") == folders(work, "recordings")
    assert folders(tmp_path / "work", "seen") > folders(work, "seen")


def test_what_is_concluded_from_what_was_kept_is_what_is_concluded_from_the_recording(
    played: Played, work: Path, tmp_path: Path
) -> None:
    store = load_store(CORNER)
    recording = next((work / "recordings").glob("*/bag"))
    replay(recording, store, tmp_path / "whole")
    replay(next((work / "seen").glob("*")) / BAG, store, tmp_path / "again")
    for name in ("receipts.json", "interactions.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_run_that_cannot_be_played_tells_why(work: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("id: empty\nname: Empty\ncurrency: EUR\ntime_zone: Europe/Berlin\n", encoding="utf-8")
    died = play(one_pick(store=empty), Variant(), work)
    assert died.visits == ()
    assert died.error


def test_a_recording_that_is_there_is_judged_by_the_receipts_beside_it(
    played: Played, work: Path, tmp_path: Path
) -> None:
    recording = next((work / "recordings").glob("*/bag"))
    shutil.copytree(recording, tmp_path / "real")
    (owed,) = (visit.owed for visit in played.visits)
    (tmp_path / "real-truth.json").write_text(json.dumps({"receipts": {"ann": dict(owed)}}), encoding="utf-8")
    run = Run("real", "real", CORNER, tmp_path / "real")
    (visit,) = play(run, Variant(), work).visits
    assert visit.exact


def test_a_truth_that_was_put_right_is_judged_again(played: Played, work: Path, tmp_path: Path) -> None:
    shutil.copytree(next((work / "recordings").glob("*/bag")), tmp_path / "real")
    (owed,) = (visit.owed for visit in played.visits)
    run, written = Run("real", "right", CORNER, tmp_path / "real"), tmp_path / "real-truth.json"
    exact = []
    for goods in ({}, dict(owed)):
        written.write_text(json.dumps({"receipts": {"ann": goods}}), encoding="utf-8")
        exact += [visit.exact for visit in play(run, Variant(), work).visits]
    assert exact == [False, True]


def test_a_visit_that_went_wrong_has_a_page(played: Played, work: Path, tmp_path: Path) -> None:
    recording = next((work / "recordings").glob("*/bag"))
    shutil.copytree(recording, tmp_path / "real")
    (tmp_path / "real-truth.json").write_text(json.dumps({"receipts": {"ann": {}}}), encoding="utf-8")
    run = Run("real", "wrong", CORNER, tmp_path / "real")
    wrong = play(run, Variant(), work)
    assert [visit.exact for visit in wrong.visits] == [False]
    assert "<svg" in (work / "visits" / wrong.page).read_text(encoding="utf-8")
