"""Inverses of many 3x3 matrices."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.tracking.inverse import adjugate


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_an_adjugate_through_its_determinant_is_the_inverse(seed: int):
    matrices = np.random.default_rng(seed).normal(size=(4, 5, 3, 3)) + 4 * np.eye(3)
    adjugates, determinants = adjugate(matrices)
    np.testing.assert_allclose(adjugates / determinants[..., None, None], np.linalg.inv(matrices), rtol=1e-6, atol=1e-9)


def test_a_matrix_without_an_inverse_has_a_determinant_of_zero():
    _, determinant = adjugate(np.outer([1.0, 2.0, 3.0], [1.0, 0.0, -1.0]))
    assert determinant == 0.0
