"""The core is functional, the stages know nothing of each other, and the command line starts fast."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[1] / "src" / "storegraph"
MODULES = sorted(path.relative_to(SOURCES) for path in SOURCES.rglob("*.py"))

STAGES = {"attribution", "ledger", "tracking", "vision", "weighing"}
SHARED = {"atomic", "card_number", "errors", "observations", "settings", "store", "units"}
HEAVY = {
    "anny": {"simulation"},
    "cv2": {"calibration", "sensors", "simulation", "training", "vision", "viz"},
    "foxglove": {"viz"},
    "matplotlib": {"evaluation", "store", "viz"},
    "open3d": {"simulation"},
    "pymodbus": {"sensors"},
    "scipy": {"calibration", "evaluation", "simulation", "tracking", "training"},
    "torch": {"simulation", "training", "vision"},
}
"""The rooms that may import a package that takes long to load, when they are loaded themselves."""

ROS = {"ament_index_python", "launch", "launch_ros", "rclpy", "std_srvs", "tf2_ros"}
"""Beside the message packages."""


def imported(module: Path, statements: Iterable[ast.AST]) -> Iterator[str]:
    """The absolute dotted names that these statements of a module of storegraph import."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            package = ("storegraph", *module.parent.parts)
            start = package[: len(package) - statement.level + 1] if statement.level else ()
            origin = ".".join([*start, *filter(None, [statement.module])])
            yield from (f"{origin}.{alias.name}" for alias in statement.names)


def imports_of(module: Path) -> list[str]:
    return list(imported(module, ast.walk(ast.parse((SOURCES / module).read_text(encoding="utf-8")))))


def imports_on_loading(module: Path) -> list[str]:
    return list(imported(module, ast.parse((SOURCES / module).read_text(encoding="utf-8")).body))


def is_ros(name: str) -> bool:
    package = name.partition(".")[0]
    return package in ROS or package.endswith(("_msgs", "_interfaces"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_ros_is_imported_by_nodes_and_the_graph_only(module: Path) -> None:
    if module.name == "node.py" or module.parts[0] == "graph":
        return
    assert [name for name in imports_of(module) if is_ros(name)] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module.parts[0] in STAGES], ids=str)
def test_a_stage_imports_the_store_the_observations_and_its_own_folder_only(module: Path) -> None:
    rooms = {name.split(".")[1] for name in imports_of(module) if name.startswith("storegraph.")}
    wiring = {"graph"} if module.name == "node.py" else set()
    assert rooms <= SHARED | {module.parts[0]} | wiring


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_heavy_packages_are_loaded_in_the_rooms_that_need_them_only(module: Path) -> None:
    loaded = {name.partition(".")[0] for name in imports_on_loading(module)}
    assert {package for package in loaded & HEAVY.keys() if module.parts[0] not in HEAVY[package]} == set()


def test_the_command_line_starts_without_heavy_packages_and_without_ros() -> None:
    program = "import sys, storegraph.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = result.stdout.split()
    assert "storegraph" in loaded
    assert [name for name in loaded if name in HEAVY or is_ros(name)] == []
