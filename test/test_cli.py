"""The command line promises tables, files that appear whole, and errors in words with exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from storegraph.cli import main

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "bags" / "demo"
CORNER = ROOT / "config" / "stores" / "corner.yaml"
BENCHMARK = ROOT.parent / "shared" / "data" / "autocheckout-benchmark-1"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*arguments: str | Path) -> str:
    """What is said when a command is refused."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_replay_prints_the_receipts_and_writes_the_results(tmp_path: Path) -> None:
    result = run("replay", DEMO, "--store", CORNER, "--out", tmp_path / "results")
    assert result.exit_code == 0, result.output
    assert "Zucker" in result.output
    assert len(json.loads((tmp_path / "results" / "receipts.json").read_text())) == 4


def test_replay_goes_on_from_its_own_results(tmp_path: Path) -> None:
    run("replay", DEMO, "--store", CORNER, "--out", tmp_path / "first")
    bag = tmp_path / "first" / "bag"
    result = run("replay", bag, "--store", CORNER, "--from", "weight_events", "--out", tmp_path / "second")
    assert result.exit_code == 0, result.output
    first, second = ((tmp_path / name / "interactions.json").read_bytes() for name in ("first", "second"))
    assert first == second


def test_info_lists_topics_types_and_whose_definition_they_are(tmp_path: Path) -> None:
    result = run("info", DEMO)
    assert result.exit_code == 0, result.output
    assert "/corner/scales/G1/samples" in result.output
    assert "storegraph_msgs/msg/ScaleSamples" in result.output
    assert "this version's" in result.output


def test_a_real_recording_becomes_a_receipt_in_three_commands(tmp_path: Path) -> None:
    if not BENCHMARK.is_dir():
        pytest.skip(f"needs the recording in {BENCHMARK}")
    bag, store, out = tmp_path / "b1", tmp_path / "b1.yaml", tmp_path / "r1"
    for arguments in (
        ("import", "autocheckout", BENCHMARK, "--out", bag, "--store", store),
        ("replay", bag, "--store", store, "--out", out),
        ("store", "check", store),
        ("store", "show", store, "--out", tmp_path / "b1.svg"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
    exported = run("export", "autocheckout", out)
    assert json.loads(exported.output) == [
        {"target_id": "3325379692103139202", "products": [{"barcode": "071142008582", "quantity": 1}]}
    ]


def test_a_bag_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    told = refused("replay", tmp_path / "nothing", "--store", CORNER, "--out", tmp_path / "results")
    assert "is not a bag" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("replay", DEMO, "--store", CORNER, "--out", "results"), ("up", CORNER)], ids=str)
def test_a_setting_without_a_value_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str | Path, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "receipts has no value; write receipts=VALUE" in refused(*command, "--set", "receipts")
    assert list(tmp_path.iterdir()) == []


def test_a_store_file_with_three_errors_is_refused_with_all_three(tmp_path: Path) -> None:
    store = tmp_path / "corner.yaml"
    text = CORNER.read_text()
    assert "unit_weight: 1236.0" in text
    broken = text.replace("unit_weight: 1236.0", "unit_weight: -1236.0").replace(
        "time_zone: Europe/Berlin", "time_zone: Europe/Atlantis"
    )
    broken = broken.replace("scales: [G1.2.5]", "scales: [G9.9.9]")
    store.write_text(broken)
    told = refused("replay", DEMO, "--store", store, "--out", tmp_path / "results")
    assert "-1236" in told
    assert "Europe/Atlantis" in told
    assert "G9.9.9" in told
    assert not (tmp_path / "results").exists()


def test_a_planogram_with_an_unknown_gtin_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "corner.yaml"
    text = CORNER.read_text()
    gtin = text.split("facings:")[1].split('gtin: "')[1].split('"')[0]
    store.write_text(text.replace(f'{{gtin: "{gtin}", scales', '{gtin: "123", scales', 1))
    assert '"123"' in refused("store", "check", store)


def test_results_of_something_else_are_not_exported(tmp_path: Path) -> None:
    (tmp_path / "receipts.json").write_text('{"what": "else"}')
    assert "is not the receipts of a replay" in refused("export", "autocheckout", tmp_path)


def test_the_command_starts_without_heavy_imports() -> None:
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "storegraph.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    for heavy in ("matplotlib", "torch", "open3d", "rclpy", "numpy", "pydantic"):
        assert f" {heavy}\n" not in loaded, f"{heavy} is imported by --help"


def test_commands_are_made_with_the_click_of_ubuntu_24_04_too() -> None:
    """Its 8.1 has no `ParamType[...]`, and no `Choice[...]`."""
    code = (
        "import click, click.core, click.shell_completion\n"
        "click.ParamType.__class_getitem__ = click.Choice.__class_getitem__ = None\n"
        "from storegraph.cli import main\n"
        "def each(command):\n"
        "    names = command.list_commands(click.Context(command)) if hasattr(command, 'list_commands') else ()\n"
        "    for one in (command.get_command(click.Context(command), name) for name in names):\n"
        "        print(one.name)\n"
        "        each(one)\n"
        "each(main)\n"
    )
    named = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not named.stderr
    assert {"replay", "bills", "evaluate"} <= set(named.stdout.split())
