"""Where people come from and go to."""

from __future__ import annotations

import numpy as np
import pytest
from walkers import STORE

from storegraph.tracking.entrances import Entrances

ENTRANCES = Entrances(STORE.gates, reach=1.0)
"""The gate of the corner store is from x = 2.4 to 3.6 at y = 0; inside is y > 0."""


@pytest.mark.parametrize(
    ("place", "near", "outside"),
    [((3.0, 0.5), True, False), ((3.0, -0.5), True, True), ((3.0, 1.5), False, False), ((1.0, -0.1), False, False)],
)
def test_a_place_is_at_the_gate_within_reach_and_outside_beyond_its_line(place, near, outside):
    assert ENTRANCES.near(np.array(place)) is near
    assert ENTRANCES.outside(np.array(place)) is outside


def test_distances_are_to_the_line_between_the_posts():
    assert ENTRANCES.distance("front", np.array([3.0, 0.7])) == pytest.approx(0.7)
    assert ENTRANCES.distance("front", np.array([3.9, 0.4])) == pytest.approx(0.5)
    assert ENTRANCES.distance("back", np.array([3.0, 0.7])) == np.inf


def test_without_gates_people_come_and_go_everywhere():
    anywhere = Entrances((), reach=1.0)
    assert anywhere.known is False
    assert anywhere.near(np.array([3.0, 3.0])) is True
    assert anywhere.outside(np.array([3.0, 3.0])) is False


@pytest.mark.parametrize(
    ("place", "inside"), [((3.0, 0.1), True), ((3.0, 4.0), True), ((3.0, -0.1), False), ((3.0, -4.0), False)]
)
def test_the_inner_side_of_a_gate_goes_on_without_end(place, inside):
    assert ENTRANCES.inside(np.array(place)) is inside
