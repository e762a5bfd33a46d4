"""What is wrong is seen where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.graph.diagnostics import Level
from storegraph.store.file import load_store
from storegraph.viz.ailing import COLOURS, ailing
from storegraph.viz.health import Ailment, Ailments
from storegraph.viz.layout import layout
from storegraph.viz.markers import Marker

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
CAMERA, GATE = STORE.cameras[1].id, STORE.gates[0].id


def drawn(ailments: Ailments, namespace: str) -> list[Marker]:
    return [marker for marker in ailing(STORE, ailments) if marker.namespace == namespace]


def told(ailments: Ailments) -> list[str]:
    return [marker.text for marker in drawn(ailments, "ailments")]


@pytest.mark.parametrize("level", [Level.WARN, Level.ERROR, Level.STALE])
def test_a_camera_is_lit_where_it_looks_and_a_gate_where_people_cross(level: Level) -> None:
    ailment = Ailment(level, "nothing comes")
    ailments = {f"camera_{CAMERA}": {"source": ailment}, "gate": {f"gate {GATE}": ailment}}
    looks, crossed = drawn(ailments, "ailing")
    standing = {marker.key: marker.points for marker in layout(STORE)}
    assert (looks.points, crossed.points) == (standing["cameras", 1], standing["gates", 0])
    assert {looks.colour, crossed.colour} == {COLOURS[level]}
    assert told(ailments) == [f"camera {CAMERA}: nothing comes", f"gate {GATE}: nothing comes"]


def test_of_what_ails_a_camera_the_worst_is_told() -> None:
    sides = {
        "rates": Ailment(Level.WARN, "slow"),
        "source": Ailment(Level.ERROR, "gone"),
        "x": Ailment(Level.WARN, "y"),
    }
    assert told({f"camera_{CAMERA}": sides}) == [f"camera {CAMERA}: gone"]


def test_every_gate_is_lit_when_the_node_that_reads_them_is_gone() -> None:
    assert len(drawn({"gate": {"": Ailment(Level.STALE, "gone")}}, "ailing")) == len(STORE.gates)


def test_of_the_other_nodes_the_broken_ones_are_told_and_warnings_are_not() -> None:
    ailments = {
        "weighing": {"inputs": Ailment(Level.WARN, "2 messages dropped")},
        "scales_cabinet": {"clock": Ailment(Level.ERROR, "set back"), "latency": Ailment(Level.WARN, "slow")},
        "ledger": {"": Ailment(Level.STALE, "gone")},
    }
    assert told(ailments) == ["ledger: gone\nscales_cabinet: set back"]


def test_a_store_that_is_well_shows_nothing() -> None:
    assert list(ailing(STORE, {})) == []
