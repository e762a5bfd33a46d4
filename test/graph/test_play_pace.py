"""Bag time goes on as it is told to, and never back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.pace import Pace

SECOND = 1_000_000_000


def test_bag_time_goes_on_at_its_rate() -> None:
    pace = Pace(100 * SECOND, rate=2.0, now=5.0)
    assert pace.position(8.0) == 106 * SECOND
    assert pace.wait(110 * SECOND, now=8.0) == pytest.approx(2.0)


def test_bag_time_stands_still_while_paused() -> None:
    pace = Pace(0, rate=1.0, now=0.0)
    pace.pause(3.0)
    assert pace.position(100.0) == 3 * SECOND
    assert pace.wait(4 * SECOND, now=100.0) == float("inf")
    pace.go_on(100.0)
    assert pace.wait(4 * SECOND, now=100.0) == pytest.approx(1.0)


def test_a_new_rate_counts_from_now_on() -> None:
    pace = Pace(0, rate=1.0, now=0.0)
    pace.change(10.0, now=2.0)
    assert pace.position(3.0) == 12 * SECOND


@given(
    st.lists(
        st.tuples(st.sampled_from(["pause", "go_on", "change", "nothing"]), st.floats(0.0, 10.0), st.floats(0.1, 50.0))
    )
)
def test_whatever_is_done_bag_time_never_goes_back(steps: list[tuple[str, float, float]]) -> None:
    pace, now, before = Pace(0, 1.0, 0.0), 0.0, 0
    for step, later, rate in steps:
        now += later
        match step:
            case "pause":
                pace.pause(now)
            case "go_on":
                pace.go_on(now)
            case "change":
                pace.change(rate, now)
        assert pace.position(now) >= before
        before = pace.position(now)
