"""Curves promise to lose no peak and to hide no gap."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.evaluation.page.curves import BUCKETS, curves_of
from storegraph.observations import ScaleSamples
from storegraph.units import NANOSECONDS

RATE = 60.0


def batches(grams: np.ndarray) -> list[ScaleSamples]:
    """Readings of one plate in batches of a second."""
    return [
        ScaleSamples(second * NANOSECONDS, "A", RATE, ("A.1",), part[:, None].astype(np.float32))
        for second, part in enumerate(np.split(grams, range(60, len(grams), 60)))
    ]


def points(line: str) -> np.ndarray:
    return np.array([[float(number) for number in point.split(",")] for point in line.split()])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3599), st.floats(-3000, 3000).filter(lambda grams: abs(grams) > 1))
def test_a_peak_of_one_reading_is_drawn_where_it_was(place: int, peak: float) -> None:
    grams = np.full(3600, 250.0)
    grams[place] += peak
    curve = curves_of(batches(grams), {"A.1"}, 0, 60 * NANOSECONDS)["A.1"]
    (line,) = curve.lines
    drawn = points(line)
    at = np.abs(drawn[:, 1]).argmax()
    assert abs(drawn[at, 0] - place / RATE) < 0.006
    assert abs(-drawn[at, 1] - peak) < 0.06
    assert len(drawn) <= 2 * (BUCKETS + 1)
    assert (np.diff(drawn[:, 0]) >= 0).all()


def test_readings_count_from_the_first_half_second() -> None:
    grams = np.where(np.arange(600) < 300, 1000.0, 400.0)
    curve = curves_of(batches(grams), {"A.1"}, 0, 10 * NANOSECONDS)["A.1"]
    assert (curve.low, curve.high) == (-600.0, 0.0)


def test_a_gap_is_a_gap() -> None:
    grams = np.zeros(600)
    grams[200:400] = np.nan
    curve = curves_of(batches(grams), {"A.1"}, 0, 10 * NANOSECONDS)["A.1"]
    before, after = map(points, curve.lines)
    assert before[-1, 0] < 3.4 < 6.6 < after[0, 0]


def test_a_plate_that_never_read_anything_and_one_not_asked_for_have_none() -> None:
    assert curves_of(batches(np.full(60, np.nan)), {"A.1"}, 0, NANOSECONDS) == {}
    assert curves_of(batches(np.zeros(60)), {"A.2"}, 0, NANOSECONDS) == {}
