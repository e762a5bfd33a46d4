"""Arms and legs: two bones from a root to an end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRAIGHTEST = 0.999
"""Share of its length to which a limb stretches."""


def bent(root: Floats, end: Floats, upper: float, lower: float, pole: Floats) -> tuple[Floats, Floats]:
    """Where the joint between two bones is: inverse kinematics in closed form.

    Args:
        root: Shoulders or hips, metres, shape [T, 3].
        end: Where wrists or ankles are to be, shape [T, 3].
        upper: Length of the bone at the root, metres.
        lower: Length of the other.
        pole: Towards which side the joint bends, any length, not along the limb, shape [T, 3].

    Returns:
        The joint and the end, shape [T, 3]. An end out of reach is where the limb, stretched towards it, gets to.
    """
    along = end - root
    distance = np.sqrt(np.einsum("ti,ti->t", along, along))
    direction = along / np.maximum(distance, 1e-9)[:, None]
    reached = np.clip(distance, abs(upper - lower) + 1e-3, STRAIGHTEST * (upper + lower))
    foot = (reached**2 + upper**2 - lower**2) / (2 * reached)
    height = np.sqrt(np.maximum(upper**2 - foot**2, 0.0))
    aside = pole - np.einsum("ti,ti->t", pole, direction)[:, None] * direction
    aside /= np.maximum(np.sqrt(np.einsum("ti,ti->t", aside, aside)), 1e-9)[:, None]
    return root + foot[:, None] * direction + height[:, None] * aside, root + reached[:, None] * direction
