"""Two bones reach what they can."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.simulation.posture.limbs import STRAIGHTEST, bent

lengths = st.floats(0.1, 0.5)
points = st.tuples(*[st.floats(-1.0, 1.0)] * 3).map(np.array)


@settings(deadline=None)
@given(points, points, lengths, lengths)
def test_bones_keep_their_lengths_and_the_end_is_where_it_has_to_be_or_as_near_as_it_gets(
    root: np.ndarray, end: np.ndarray, upper: float, lower: float
) -> None:
    away = float(np.linalg.norm(end - root))
    pole = np.cross(end - root, [0.3, -0.5, 0.8])
    if np.linalg.norm(pole) < 1e-3:
        return  # the limb points at the pole, or nowhere
    joint, reached = bent(root[None], end[None], upper, lower, pole[None])
    assert np.linalg.norm(joint - root) == pytest.approx(upper, abs=1e-9)
    assert np.linalg.norm(reached - joint) == pytest.approx(lower, abs=1e-9)
    nearest, farthest = abs(upper - lower) + 1e-3, STRAIGHTEST * (upper + lower)
    lacking = max(away - farthest, nearest - away, 0.0)
    assert np.linalg.norm(reached - end) == pytest.approx(lacking, abs=1e-9)


def test_the_joint_bends_to_the_side_of_the_pole() -> None:
    root, end = np.zeros((2, 3)), np.tile([0.5, 0.0, 0.0], (2, 1))
    joint, _ = bent(root, end, 0.3, 0.3, np.array([[0.0, 0.0, -1.0], [5.0, 2.0, 0.0]]))
    assert joint[0, 2] < -0.1
    assert joint[1, 1] > 0.1
