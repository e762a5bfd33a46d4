"""A device that is ill, or that nobody hears of any more, is told."""

from __future__ import annotations

from storegraph.graph.diagnostics import Level
from storegraph.viz.health import SILENCE, Ailment, Health

NOW = 1_000 * SILENCE


def test_a_node_that_is_well_and_one_that_never_spoke_are_no_ailments() -> None:
    health = Health()
    health.tell("camera_north", Level.OK, "running", NOW)
    assert health.ailments(NOW + SILENCE) == {}


def test_of_what_a_node_says_at_once_the_worst_counts() -> None:
    health = Health()
    for level, message in [(Level.WARN, "slow"), (Level.ERROR, "no picture"), (Level.OK, "in time")]:
        health.tell("camera_north", level, message, NOW)
    assert health.ailments(NOW) == {"camera_north": Ailment(Level.ERROR, "no picture")}


def test_a_node_that_is_well_again_is_no_ailment() -> None:
    health = Health()
    health.tell("gate_front", Level.ERROR, "no reader", NOW)
    health.tell("gate_front", Level.OK, "reading", NOW + 1)
    assert health.ailments(NOW + 1) == {}


def test_a_node_that_falls_silent_is_stale() -> None:
    health = Health()
    health.tell("gate_front", Level.OK, "reading", NOW)
    (ailment,) = health.ailments(NOW + SILENCE + 1).values()
    assert ailment.level is Level.STALE
