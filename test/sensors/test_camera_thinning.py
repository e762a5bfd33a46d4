"""A rate that is not exceeded, and does not cost pictures of a source that keeps to it."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.sensors.cameras.thinning import Thinning

RATES = st.floats(0.5, 60.0)
SECOND = 1_000_000_000


def taken(rate: float, stamps: list[int]) -> list[int]:
    thinning = Thinning(rate)
    return [stamp for stamp in stamps if thinning.takes(stamp)]


@settings(deadline=None)
@given(RATES, st.lists(st.integers(1, SECOND // 5), min_size=1, max_size=200))
def test_no_more_are_taken_than_the_rate_allows(rate: float, gaps: list[int]) -> None:
    stamps = taken(rate, list(accumulate(gaps)))
    for first in range(len(stamps)):
        seconds = (stamps[-1] - stamps[first]) / SECOND
        assert len(stamps) - first <= seconds * rate + 2


@settings(deadline=None)
@given(RATES, st.floats(1.0, 4.0), st.lists(st.floats(-0.12, 0.12), min_size=1, max_size=100))
def test_all_are_taken_of_a_source_that_is_no_faster_even_if_it_jitters(
    rate: float, slower: float, jitter: list[float]
) -> None:
    period = SECOND / rate
    stamps = [round((place * slower + 1 + off) * period) for place, off in enumerate(jitter)]
    assert taken(rate, stamps) == stamps


def test_every_third_is_taken_of_thirty_a_second_where_ten_are_allowed() -> None:
    stamps = [round(place * SECOND / 30) for place in range(31)]
    assert taken(10.0, stamps) == stamps[::3]


def test_a_clock_that_is_set_back_does_not_stop_the_pictures() -> None:
    thinning = Thinning(10.0)
    assert thinning.takes(3600 * SECOND)
    assert thinning.takes(SECOND)
