"""docs/parameters.md and config/parameters.yaml say what the code says; no shipped file names what no node knows."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from documentation_pages import ROOT

from storegraph.graph.nodes import NODES, NodeSpec, settings_of
from storegraph.graph.parameters import Parameter, parameters_of, settings_from
from storegraph.graph.starting import Start, nodes_to_start

GENERATED = (ROOT / "docs" / "parameters.md", ROOT / "config" / "parameters.yaml")
SHIPPED = [path for path in sorted((ROOT / "config").glob("*.yaml")) if "ros__parameters" in path.read_text()]
EVERY = [(node, parameter) for node in NODES for parameter in parameters_of(*settings_of(node))]


def identity(entry: object) -> str:
    return entry.name if isinstance(entry, NodeSpec | Parameter) else str(entry)


def test_page_and_file_are_what_the_code_makes() -> None:
    before = [path.read_bytes() for path in GENERATED]
    subprocess.run([sys.executable, ROOT / "docs" / "generate_parameters.py"], check=True)
    after = [path.read_bytes() for path in GENERATED]
    for path, content in zip(GENERATED, before, strict=True):
        path.write_bytes(content)
    assert after == before


@pytest.mark.parametrize(("node", "parameter"), EVERY, ids=identity)
def test_every_parameter_says_what_it_is_and_every_number_what_it_may_be(node: NodeSpec, parameter: Parameter) -> None:
    assert parameter.text
    if parameter.kind in ("integer", "double"):
        assert parameter.least is not None
        assert parameter.checked(parameter.default) == parameter.default


@pytest.mark.parametrize("node", NODES, ids=identity)
def test_no_node_has_two_parameters_of_one_name(node: NodeSpec) -> None:
    names = Counter(parameter.name for parameter in parameters_of(*settings_of(node)))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("node", NODES, ids=identity)
def test_the_settings_that_the_parameters_say_by_default_are_those_of_the_code(node: NodeSpec) -> None:
    values = {parameter.name: parameter.default for parameter in parameters_of(node.settings)}
    assert settings_from(node.settings, values) == node.settings()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_parameter_file_names_only_parameters_that_its_nodes_know(path: Path) -> None:
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(written) - {"/**"} <= {node.name for node in NODES}
    for start in nodes_to_start(Start(ROOT / "config" / "stores" / "corner.yaml", params_file=path)):
        known = {parameter.name: parameter for parameter in parameters_of(*settings_of(start.spec))}
        assert all(known[name].checked(value) == value for name, value in start.parameters.items())
