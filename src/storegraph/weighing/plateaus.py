"""What the readings of a scale that left its level mean, once they lie level again."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .changes import Outcome
from .model import WeighingSettings
from .noise import WINDOW

QUICK = 2 * WINDOW + 1
"""Blocks. A change that settled so soon is over. A longer one must stand still for half of what it exceeds this by,
up to `LONGEST_PLATEAU`, because a slow lift pauses, and looks level through a short window."""

LONGEST_PLATEAU = 2 * WINDOW
"""Blocks (0.9 s) before the window that the plateau of a slow change must fill at most; two picks a second and a half
apart are two."""

PLAIN = 0.125
"""Where block means may differ by more than this share of a change, its plateau must also lie level with the window
before: otherwise a slow lift of light goods on a noisy scale would be cut into pieces. The same is asked of every added
load, because it may be a hand, whose force wanders."""

RETURNED = 3.0
"""A plateau within so many standard errors of the old level is the old level."""

RESTLESS = 4.0
"""A load that doubles the amplitude of the vibration expected of its scale (variance times four) may be a hand."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """The newest blocks of a scale that has left its level.

    Attributes:
        level: The level that it left, grams.
        readings: Level readings at the ends of the last `LONGEST_PLATEAU` + 1 blocks, the newest last, grams.
        means: Of the blocks of the window, grams.
        inside: Variances inside them, grams squared.
        variance: Of the difference of a reading and the level, grams squared.
        drift: Variance of the difference of two block means, grams squared.
        blocks: How many have gone since it left.
        lasted: The same in seconds.
    """

    level: float
    readings: Sequence[float]
    means: Sequence[float]
    inside: Sequence[float]
    variance: float
    drift: float
    blocks: int
    lasted: float

    @property
    def delta(self) -> float:
        """How far it is from the level that it left, grams."""
        return self.readings[-1] - self.level


def outcome_of(plateau: Plateau, settings: WeighingSettings) -> Outcome | None:
    """What it means; None while the readings do not lie level."""
    delta = plateau.delta
    unsteady = settings.steadiness * plateau.drift**0.5
    if max(plateau.means) - min(plateau.means) > unsteady:
        return None
    doubtful = delta > 0 or unsteady > PLAIN * abs(delta)
    back = max(min((plateau.blocks - QUICK) // 2, LONGEST_PLATEAU), WINDOW if doubtful else 0)
    if (plateau.readings[-1] - plateau.readings[-1 - back]) ** 2 > RETURNED**2 * 2 * plateau.variance:
        return None
    if delta**2 <= RETURNED**2 * plateau.variance:
        return Outcome.RETURNED
    if abs(delta) < max(settings.least_change, settings.certainty * plateau.variance**0.5):
        return Outcome.DRIFTED if plateau.lasted > settings.adoption else None
    return Outcome.CHANGED


def pressed(plateau: Plateau, calm: float, settings: WeighingSettings) -> bool:
    """Whether an added load is as unsteady as a hand: a hand can press on a shelf, it cannot make it lighter.

    Args:
        plateau: Of the load.
        calm: Variance inside a block expected of the scale without a hand, as all scales shake now, grams squared.
        settings: How unsteady hands are.
    """
    unrest = sum(plateau.inside) / WINDOW + statistics.pvariance(plateau.means)
    return unrest > RESTLESS * calm and unrest > (settings.tremor * plateau.delta) ** 2
