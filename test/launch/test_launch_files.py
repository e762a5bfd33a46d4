"""The launch files fit the list of nodes, and read well under `ros2 launch --show-args`."""

from __future__ import annotations

import distutils.core
from pathlib import Path
from typing import Any

import pytest

from storegraph.graph.nodes import NODES
from storegraph.graph.starting import Start, nodes_to_start

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "config" / "stores" / "corner.yaml"


def description(name: str) -> tuple[Any, Any]:
    """What a launch file describes, and a context to look at it in."""
    pytest.importorskip("launch_ros", reason="launch_ros is not on PyPI; it comes with a ROS 2 installation")
    from launch import LaunchContext
    from launch.launch_description_sources import PythonLaunchDescriptionSource

    context = LaunchContext()
    return PythonLaunchDescriptionSource(str(ROOT / "launch" / name)).get_launch_description(context), context


def test_every_node_has_a_program_that_launch_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")
    executables = pytest.importorskip("storegraph.graph.executables")
    monkeypatch.chdir(ROOT)
    scripts = distutils.core.run_setup("setup.py", stop_after="init").entry_points["console_scripts"]
    nodes = {f"{node.name}_node = storegraph.graph.executables:node" for node in NODES}
    container = "store_container = storegraph.graph.executables:container"
    assert {script for script in scripts if "executables" in script} == nodes | {container}
    assert callable(executables.node)
    assert callable(executables.container)


@pytest.mark.parametrize("name", ["store.launch.py", "replay.launch.py", "simulation.launch.py"])
def test_every_argument_says_what_it_is(name: str) -> None:
    described, _ = description(name)
    arguments = described.get_launch_arguments()
    assert arguments
    assert [each.name for each in arguments if not each.description or each.description == "no description given"] == []


@pytest.mark.parametrize(
    ("parts", "names"),
    [("", [node.spec.name for node in nodes_to_start(Start(STORE))]), ("ledger, weighing", ["weighing", "ledger"])],
)
def test_the_store_starts_the_parts_asked_for_under_its_namespace(parts: str, names: list[str]) -> None:
    described, context = description("store.launch.py")
    context.launch_configurations.update(store=str(STORE), parts=parts)
    nodes = []
    for entity in described.entities:
        nodes += [each for each in entity.visit(context) or [] if hasattr(each, "node_package")]
    for node in nodes:
        node._perform_substitutions(context)
    assert [node.node_name for node in nodes] == [f"/corner/{name}" for name in names]
