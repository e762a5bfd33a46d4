"""docs/architecture.md draws the nodes and the topics between them as the code has them."""

from __future__ import annotations

import re

from documentation_pages import ROOT, text_of

from storegraph.graph.nodes import NODES, Kind

PAGE = text_of(ROOT / "docs" / "architecture.md")
PICTURE = re.search(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)[1]
SOURCES = ROOT / "src" / "storegraph"


def test_every_node_is_drawn_in_its_place() -> None:
    groups = dict(re.findall(r"subgraph (\w+)\n(.*?)    end", PICTURE, re.DOTALL))
    for group, kind in (("sensors", Kind.SENSOR), ("views", Kind.VIEW)):
        assert groups[group].split() == [node.name for node in NODES if node.kind is kind]


def test_every_topic_between_two_nodes_is_drawn() -> None:
    drawn = set(re.findall(r'(\w+) -- "(.*?)" --> (\w+)\n', PICTURE))
    wired = {
        (giver.name, topic.name.replace("{}", "*"), taker.name)
        for giver in NODES
        for taker in NODES
        for topic, _ in taker.inputs
        if topic in giver.outputs + giver.tells
    }
    assert {arrow for arrow in drawn if arrow[0] != "camera"} == wired


def test_every_folder_of_the_code_is_told() -> None:
    folders = {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    table = PAGE.split("| folder | what is in it |")[1]
    assert set(re.findall(r"`(\w+)/`", table)) == folders
