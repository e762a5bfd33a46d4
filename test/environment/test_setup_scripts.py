"""The set-up says what is missing, does nothing twice, and mends what was interrupted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASICS = "grep awk bash cat chmod cut dirname find head id mkdir nproc rm sed sha256sum sort xargs"
TOOLS = "apt-get c++ cc cmake make"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but the set-up scripts."""
    shutil.copytree(ROOT / "config" / "environment", tmp_path / "checkout" / "config" / "environment")
    return tmp_path / "checkout"


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder with the commands of a machine that lacks nothing, to take some away from."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name in f"{BASICS} {TOOLS}".split():
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"this machine has no {name} to be taken away")
        (folder / name).symlink_to(path)
    (folder / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    return folder


def run(checkout: Path, commands: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs in `checkout`, with `commands` as the only ones there are, and never installs anything."""
    environment = {"PATH": str(commands), "HOME": os.environ["HOME"], "STOREGRAPH_INSTALL": "no", **variables}
    bash = str(commands / "bash")
    return subprocess.run([bash, *arguments], cwd=checkout, env=environment, capture_output=True, text=True)


def test_a_machine_that_has_everything_hears_nothing(checkout: Path, commands: Path) -> None:
    result = run(checkout, commands, "config/environment/requirements.sh")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "what", "package"),
    [
        ("cmake", "CMake 3.20 or newer", "cmake"),
        ("c++", "a C++ compiler", "g++"),
        ("make", "make", "make"),
        ("python3", "Python 3.8 or newer", "python3"),
    ],
)
def test_what_is_missing_is_named_with_the_package_that_has_it(
    checkout: Path, commands: Path, command: str, what: str, package: str
) -> None:
    (commands / command).unlink()
    result = run(checkout, commands, "config/environment/setup.sh")
    assert result.returncode == 1
    lacks, remedy = result.stderr.splitlines()
    assert what in lacks
    assert package in remedy.split("`")[1].split()
    assert not (checkout / ".venv").exists()


def test_a_cmake_that_is_too_old_counts_as_missing(checkout: Path, commands: Path) -> None:
    (commands / "cmake").unlink()
    (commands / "cmake").write_text("#!/bin/sh\necho cmake version 3.9.6\n", encoding="utf-8")
    (commands / "cmake").chmod(0o755)
    result = run(checkout, commands, "config/environment/requirements.sh")
    assert (result.returncode, "this machine lacks: CMake 3.20 or newer." in result.stderr) == (1, True)


def test_all_that_is_missing_is_named_at_once(checkout: Path, commands: Path) -> None:
    (commands / "cmake").unlink()
    (commands / "c++").unlink()
    result = run(checkout, commands, "config/environment/requirements.sh")
    assert "a C++ compiler; CMake 3.20 or newer." in result.stderr
    assert "apt-get install g++ cmake`" in result.stderr


def test_a_ros_installation_that_is_only_half_sourced_is_refused(checkout: Path, commands: Path) -> None:
    result = run(checkout, commands, "config/environment/setup.sh", ROS_DISTRO="none", PYTHONPATH="")
    assert result.returncode == 1
    assert "cannot import rclpy" in result.stderr


@pytest.mark.parametrize(
    ("between", "times"),
    [
        ("", 1),
        ("echo changed > input", 2),
        ("touch input", 1),
        ("rm input", 2),
        ("rm -r .venv/steps", 2),
        ("rm .venv/bin/python", 2),
        ("mkdir -p more && touch more/input", 2),
    ],
)
def test_a_step_is_done_again_exactly_when_something_has_changed(
    checkout: Path, commands: Path, between: str, times: int
) -> None:
    program = f"""
        set -euo pipefail
        . config/environment/steps.sh
        work() {{ echo done; mkdir -p .venv/bin; : > .venv/bin/python; chmod +x .venv/bin/python; }}
        touch() {{ : >> "$1"; }}
        echo first > input
        step work input more
        {between}
        step work input more
    """
    result = run(checkout, commands, "-c", program)
    assert (result.stdout.splitlines(), result.stderr) == (["done"] * times, "")


def test_a_step_that_was_interrupted_is_done_again(checkout: Path, commands: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    work = "work() {{ echo begun; {}; echo done; }}"
    program = f"set -euo pipefail; . config/environment/steps.sh; {work}; step work config"
    assert run(checkout, commands, "-c", program.format("kill -9 $$")).stdout.split() == ["begun"]
    assert run(checkout, commands, "-c", program.format("exit 3")).returncode == 3
    assert run(checkout, commands, "-c", program.format(":")).stdout.split() == ["begun", "done"]
    assert run(checkout, commands, "-c", program.format(":")).stdout.split() == []


def test_the_scripts_are_clean() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    scripts = [*(ROOT / "config" / "environment").glob("*.sh"), ROOT / ".ci" / "run"]
    result = subprocess.run(["shellcheck", "-x", *scripts], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == ""
