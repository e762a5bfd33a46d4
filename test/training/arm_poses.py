"""Somebody with arms that hang or reach, in a picture."""

from __future__ import annotations

import numpy as np


def standing(left_wrist: tuple[float, float], right_wrist: tuple[float, float]) -> np.ndarray:
    """Somebody upright, 100 pixels high, whose upper arms hang."""
    points = np.full((17, 2), 50.0)
    points[[5, 7, 9]] = (60, 70), (60, 90), left_wrist
    points[[6, 8, 10]] = (40, 70), (40, 90), right_wrist
    points[[11, 13, 15]] = (55, 100), (55, 125), (55, 150)
    points[[12, 14, 16]] = (45, 100), (45, 125), (45, 150)
    return points
