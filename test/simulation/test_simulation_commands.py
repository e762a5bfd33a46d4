"""`storegraph simulate`, `scenarios` and `break`: what they print, write and refuse."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from storegraph.cli import main
from storegraph.graph.bag import BagReader
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.simulation.truth import read_truth, truth_beside

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
DEMO = ROOT / "bags" / "demo"
FAULTS = "faults:\n  - {kind: drop, stream: scales/*/samples, end: 1000.0}\n"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], terminal_width=200)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*arguments: object) -> str:
    """What is said when a command is refused."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def topics(bag: Path) -> set[str]:
    with BagReader(bag) as reader:
        return {topic.name for topic in reader.topics}


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    path = tmp_path / "faults.yaml"
    path.write_text(FAULTS, encoding="utf-8")
    return path


def test_all_scenarios_are_listed_with_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    output = run("scenarios").output
    for name in scenario_names():
        assert name in output
        assert load_scenario(name).summary[:60] in output


def test_simulate_writes_a_bag_and_the_truth_and_says_what_to_try_next(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    result = run("simulate", "single_pick", "--store", CORNER, "--seed", 3, "--out", bag)
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"bag", "bag-truth"}
    happened = read_truth(truth_beside(bag)).happened
    assert happened.people[0].name in result.output
    assert "What really happened" in result.output
    shown = re.findall(r"^  (storegraph .*)$", result.output, re.MULTILINE)
    assert len(shown) == 3
    for command in shown:
        words = shlex.split(command)[1:]
        main.commands[words[0]].make_context(words[0], words[1:])


def test_faults_of_a_file_strike_what_is_simulated(tmp_path: Path, faults: Path) -> None:
    bag = tmp_path / "bag"
    run("simulate", "single_pick", "--store", CORNER, "--out", bag, "--faults", faults, "--level", "shoppers")
    assert topics(bag) == {"/corner/shoppers", "/corner/passages"}


def test_break_copies_a_bag_with_faults(tmp_path: Path, faults: Path) -> None:
    result = run("break", DEMO, "--store", CORNER, "--faults", faults, "--out", tmp_path / "broken")
    assert result.exit_code == 0, result.output
    assert topics(tmp_path / "broken") == {name for name in topics(DEMO) if "/scales/" not in name}


def test_something_must_be_made_of_it() -> None:
    assert "--out BAG, --film FILE or --live" in refused("simulate", "single_pick", "--store", CORNER)


def test_what_cannot_be_played_is_refused_in_words_and_leaves_nothing(tmp_path: Path, faults: Path) -> None:
    out = tmp_path / "out" / "bag"
    told = refused("simulate", "singl_pick", "--store", CORNER, "--out", out)
    assert "did you mean single_pick?" in told
    told = refused("simulate", "single_pick", "--store", CORNER, "--out", out, "--people", 3)
    assert "nobody in it is random" in told
    faults.write_text("faults:\n  - {kind: drop, stream: shopper}\n", encoding="utf-8")
    for command in (("simulate", "single_pick"), ("break", DEMO), ("play", DEMO)):
        where = [] if command[0] == "play" else ["--out", out]
        told = refused(*command, "--store", CORNER, *where, "--faults", faults)
        assert "faults.yaml:2: faults[0].stream" in told
        assert "did you mean shoppers?" in told
    assert not out.parent.exists()


@pytest.mark.skipif(find_spec("anny") is not None, reason="what draws pictures is installed")
@pytest.mark.parametrize("wish", [["--images", "--out", "bag"], ["--film", "visit.mp4"]], ids=" ".join)
def test_where_pictures_cannot_be_drawn_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "`make pictures` installs" in refused("simulate", "single_pick", "--store", CORNER, *wish)
    assert list(tmp_path.iterdir()) == []


def test_a_bag_that_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    bag.mkdir()
    arguments = "simulate", "single_pick", "--store", CORNER, "--out", bag
    assert "--force to replace it" in refused(*arguments)
    assert run(*arguments, "--force").exit_code == 0
    assert topics(bag)
