"""Where one can walk, and the way from here to there."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from storegraph.simulation.acting.floor import BODY_RADIUS, Floor
from storegraph.store.file import load_store
from storegraph.store.model import Gate

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
FLOOR = Floor(STORE)
POINTS = st.tuples(st.floats(0.3, 5.7), st.floats(0.3, 4.7))


@settings(max_examples=50, deadline=None)
@given(POINTS, POINTS)
def test_a_way_leads_from_anywhere_to_anywhere_and_through_no_fixture(
    start: tuple[float, float], goal: tuple[float, float]
) -> None:
    assume(FLOOR.is_free(start) and FLOOR.is_free(goal))
    route = FLOOR.route(start, goal)
    assert route is not None
    assert route[-1] == goal
    corners = np.array([start, *route])
    for one, other in pairwise(corners):
        along = np.linspace(0, 1, 200)[:, None]
        assert FLOOR.clearance(one + along * (other - one)).min() > BODY_RADIUS / 2


def test_a_way_goes_round_who_stands_in_it() -> None:
    straight = FLOOR.route((2.0, 2.5), (4.0, 2.5))
    assert straight == [(4.0, 2.5)]
    round_ = FLOOR.route((2.0, 2.5), (4.0, 2.5), [(3.0, 2.5)])
    assert round_ is not None
    assert max(abs(y - 2.5) for _, y in round_) > 0.3


def test_nobody_stands_in_a_fixture_or_a_wall_and_the_nearest_free_place_is_near() -> None:
    assert not FLOOR.is_free((3.0, 4.8))
    assert not FLOOR.is_free((0.05, 0.05))
    x, y = FLOOR.nearest((3.0, 4.8))
    assert FLOOR.is_free((x, y))
    assert np.hypot(x - 3.0, y - 4.8) < 0.8


def test_a_gate_is_a_wall_but_for_who_goes_through() -> None:
    before = np.array([3.0, -0.5])
    assert FLOOR.clearance(before) == 0
    assert FLOOR.clearance(before, 1) > BODY_RADIUS


def test_who_goes_in_has_the_first_end_of_the_gate_on_the_left() -> None:
    doorway = FLOOR.doorways["front"]
    assert doorway.at(1.0) == pytest.approx((3.0, 1.0))
    assert doorway.at(0.0, left=0.6) == pytest.approx((2.4, 0.0))
    assert doorway.depth(1.0, 2.0) == pytest.approx(2.0)


def test_in_a_store_without_walls_one_walks_around_the_fixtures() -> None:
    floor = Floor(STORE.model_copy(update={"outline": ()}))
    assert floor.is_free((3.0, 6.0))
    assert floor.route((3.0, 3.0), (3.0, 6.0)) is not None


def test_in_a_store_without_gates_people_appear_far_from_goods() -> None:
    doorway = Floor(STORE.model_copy(update={"gates": ()})).doorways[""]
    assert FLOOR.is_free(doorway.middle)
    assert min(np.hypot(doorway.middle[0] - x, doorway.middle[1] - y) for x, y in ((3, 4.75), (0.25, 2.4))) > 2


@settings(max_examples=10, deadline=None)
@given(st.floats(-np.pi, np.pi))
def test_gates_stand_at_any_angle(angle: float) -> None:
    dx, dy = 0.6 * np.cos(angle), 0.6 * np.sin(angle)
    gate = Gate(id="side", from_point=(2.0 - dx, 2.0 - dy), to_point=(2.0 + dx, 2.0 + dy))
    doorway = Floor(STORE.model_copy(update={"gates": (gate,)})).doorways["side"]
    assert doorway.depth(*doorway.at(0.7, 0.2)) == pytest.approx(0.7)
    assert np.hypot(*doorway.inward) == pytest.approx(1.0)
