"""docs/running-live.md says of parameters, options and nodes what the code says."""

from __future__ import annotations

import re

import pytest
from documentation_pages import ROOT, text_of

from storegraph.cli import up
from storegraph.graph.nodes import NODES, NodeSpec
from storegraph.graph.parameters import PARAMETERS, Parameter

PAGE = ROOT / "docs" / "running-live.md"
TYPES = {str: "string", bool: "bool", float: "double"}
"""As ROS names them."""


def rows(heading: str) -> list[list[str]]:
    """The table below a heading, without its head."""
    section = text_of(PAGE).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def row(parameter: Parameter) -> list[str]:
    default = str(parameter.default).lower() if isinstance(parameter.default, bool) else str(parameter.default)
    spread = f"{parameter.least:g} to {parameter.most:g} {parameter.unit}" if parameter.most else ""
    kind = TYPES[type(parameter.default)]
    return [f"`{parameter.name}`", kind, f"`{default}`" if default else "", spread, parameter.text]


def test_the_table_of_parameters_is_that_of_the_code() -> None:
    assert rows("Parameters") == [row(parameter) for parameter in PARAMETERS]


def test_the_table_of_options_is_that_of_the_command() -> None:
    options = [f"`{option.opts[0]}`" for option in up.params if option.param_type_name == "option"]
    assert [option for option, _ in rows("`storegraph up`")] == options


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_every_node_can_be_chosen(node: NodeSpec) -> None:
    (said,) = (text for option, text in rows("`storegraph up`") if option == "`--part`")
    assert node.name in re.findall(r"`(\w+)`", said)
