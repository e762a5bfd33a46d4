"""Where everything random comes from: one generator for each purpose, so that adding one changes no other."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def chance(seed: int, *purpose: str) -> np.random.Generator:
    """The generator of a performance's seed for one purpose, as in `chance(7, "scales", "G1")`.

    Args:
        seed: Of the performance, not negative.
        purpose: Names what is drawn, from the general to the particular.
    """
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in purpose)])
