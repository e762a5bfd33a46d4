"""Hands speak for who moved goods as far as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from attributed_visit import PLATE, SECOND, STORE, figure, snapshots
from hypothesis import given
from hypothesis import strategies as st

from storegraph.attribution.hands import HandEvidence
from storegraph.attribution.model import HandSettings
from storegraph.attribution.sightings import Sightings
from storegraph.store.geometry import ScaleGeometry

WRIST = HandSettings().wrist


def ratio(distance: float, sigma: float, learnt: Sequence[float] = ()) -> float:
    """How well a hand fits that is some metres before the second plate, and known to so many along an axis."""
    hands = HandEvidence(ScaleGeometry.of(STORE), HandSettings())
    for each in learnt:
        hands.learn(each)
    shopper = figure("ann", PLATE[2] - np.array([0, distance, 0]))
    covariance = np.tile(np.array([1, 0, 0, 1, 0, 1], np.float32) * sigma**2, (len(shopper.positions), 1))
    sightings = Sightings(60 * SECOND, 0.4)
    for snapshot in snapshots(0, 2, [replace(shopper, covariance=covariance)]):
        sightings.see(snapshot)
    ann, _ = hands.presences({"G1.S1.P2"}, SECOND, SECOND * 3 // 2, sightings, ())
    return ann.ratio


@given(st.floats(0, 0.3), st.floats(0, WRIST), st.floats(0, WRIST))
def test_an_error_that_the_learnt_spread_holds_is_not_counted_again(distance: float, one: float, other: float) -> None:
    assert ratio(distance, one) == pytest.approx(ratio(distance, other))


@given(st.floats(0.1, 0.3))
def test_a_wrist_known_badly_speaks_less_for_its_place(sigma: float) -> None:
    assert ratio(0.0, sigma) < ratio(0.0, WRIST)
    assert ratio(0.3, sigma) > ratio(0.3, WRIST)


def test_how_far_wrists_are_is_learnt() -> None:
    assert ratio(0.12, 0.02, learnt=[0.12] * 50) > 3 * ratio(0.12, 0.02)
    assert ratio(0.0, 0.02, learnt=[0.01] * 50) > 1.5 * ratio(0.0, 0.02)
