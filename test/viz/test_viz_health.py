"""A node that is not well, or that nobody hears of any more, is told."""

from __future__ import annotations

from storegraph.graph.diagnostics import Level, Status
from storegraph.viz.health import GONE, SILENCE, Ailment, Health

NOW = 1_000 * SILENCE
WELL = Status(Level.OK, "rates", "all sensors speak")
SLOW = Status(Level.WARN, "latency", "more than 3 s behind")
BROKEN = Status(Level.ERROR, "source", "no picture")


def test_a_node_that_is_well_and_one_that_never_spoke_have_no_ailments() -> None:
    health = Health()
    health.tell("camera_north", [WELL], NOW)
    assert health.ailments(NOW + SILENCE) == {}


def test_every_side_that_is_not_well_is_told() -> None:
    health = Health()
    health.tell("camera_north", [SLOW, WELL, BROKEN], NOW)
    ailing = {"latency": Ailment(Level.WARN, SLOW.message), "source": Ailment(Level.ERROR, BROKEN.message)}
    assert health.ailments(NOW) == {"camera_north": ailing}


def test_a_side_that_a_node_no_longer_speaks_of_does_not_ail() -> None:
    health = Health()
    health.tell("camera_north", [BROKEN], NOW)
    health.tell("camera_north", [WELL], NOW + 1)
    assert health.ailments(NOW + 1) == {}


def test_a_node_that_falls_silent_is_gone() -> None:
    health = Health()
    health.tell("gate", [WELL], NOW)
    assert health.ailments(NOW + SILENCE + 1) == {"gate": {"": Ailment(Level.STALE, GONE)}}
