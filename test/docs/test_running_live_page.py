"""docs/running-live.md says of options and nodes what the code says."""

from __future__ import annotations

from documentation_pages import ROOT, text_of

from storegraph.cli import up
from storegraph.graph.nodes import NODES

PAGE = ROOT / "docs" / "running-live.md"


def rows(head: str) -> list[list[str]]:
    """The table with this head, without it."""
    lines = text_of(PAGE).split(f"\n{head}\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_table_of_options_is_that_of_the_command() -> None:
    options = [f"`{option.opts[0]}`" for option in up.params if option.param_type_name == "option"]
    assert [option for option, _ in rows("| option | what it does |")] == options


def test_the_table_of_nodes_is_the_list_of_the_graph() -> None:
    listed = [[f"`{node.name}`", node.summary, node.started.value] for node in NODES]
    assert rows("| node | what it does | started |") == listed
