"""Inverses of many 3x3 matrices at once: LAPACK, which takes them one by one, needs up to ten times as long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NEXT, _LAST = [1, 2, 0], [2, 0, 1]
"""The two rows, or columns, beside each one, in the order that gives a cofactor its sign."""

_MAIN = np.ix_(_NEXT, _NEXT), np.ix_(_LAST, _LAST)
_SIDE = np.ix_(_NEXT, _LAST), np.ix_(_LAST, _NEXT)
"""The diagonals of the 2x2 matrix that a cofactor is the determinant of."""


def adjugate(matrix: Floats) -> tuple[Floats, Floats]:
    """Adjugates [..., 3, 3] and determinants [...] of matrices [..., 3, 3]; an inverse is one through the other."""
    entries = np.moveaxis(matrix, (-2, -1), (0, 1))
    cofactors = entries[_MAIN[0]] * entries[_MAIN[1]] - entries[_SIDE[0]] * entries[_SIDE[1]]
    determinant: Floats = (entries[0] * cofactors[0]).sum(axis=0)
    return np.moveaxis(cofactors, (1, 0), (-2, -1)), determinant
