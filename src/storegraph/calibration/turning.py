"""Rotations as vectors: their direction is the axis, their length the angle in radians."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Floats = NDArray[np.float64]

SMALL = 1e-6
"""Radians below which the series of a sine is as good as the sine."""


def matrix(vector: Floats) -> Floats:
    """The rotation matrix of a vector, shape [3, 3]."""
    turned: Floats = Rotation.from_rotvec(vector).as_matrix()
    return turned


def vector(rotation: Floats) -> Floats:
    """The vector of a rotation matrix, shape [3]."""
    turn: Floats = Rotation.from_matrix(rotation).as_rotvec()
    return turn


def cross_matrix(vectors: Floats) -> Floats:
    """The matrices that multiply by a cross product: `cross_matrix(a) @ b == cross(a, b)`.

    Args:
        vectors: Shape [..., 3].

    Returns:
        Shape [..., 3, 3].
    """
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=-1)
    return rows.reshape(*x.shape, 3, 3)


def by_vector(turn: Floats) -> Floats:
    """How a rotation turns on when its vector changes: `matrix(turn + d) = matrix(by_vector(turn) @ d) @ matrix(turn)`.

    The left Jacobian of SO(3) (Barfoot, State Estimation for Robotics, 2017, equation 7.77).

    Args:
        turn: Shape [3].

    Returns:
        Shape [3, 3].
    """
    angle, across = float(np.linalg.norm(turn)), cross_matrix(turn)
    if angle < SMALL:
        return np.asarray(np.eye(3) + across / 2)
    first = (1 - np.cos(angle)) / angle**2
    second = (angle - np.sin(angle)) / angle**3
    return np.asarray(np.eye(3) + first * across + second * across @ across)
