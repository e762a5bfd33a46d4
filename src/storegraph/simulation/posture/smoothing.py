"""What follows something else does so a little later and more smoothly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FRAMES = 5
"""Over which a body's parts follow the feet: a sixth of a second."""


def smoothed(values: Floats) -> Floats:
    """Mean over `FRAMES` frames, shape [T]."""
    padded = np.pad(values, FRAMES // 2, mode="edge")
    return np.convolve(padded, np.full(FRAMES, 1 / FRAMES), mode="valid")


def smoothed_below(limit: Floats) -> Floats:
    """As smooth, and nowhere above a limit, shape [T]."""
    padded = np.pad(limit, FRAMES // 2, mode="edge")
    return smoothed(np.lib.stride_tricks.sliding_window_view(padded, FRAMES).min(axis=1))


def eased(share: Floats) -> Floats:
    """From 0 to 1 where a share does, setting out and arriving at rest; 0 before, 1 after."""
    share = np.clip(share, 0.0, 1.0)
    return share**2 * (3 - 2 * share)
