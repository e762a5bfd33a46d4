"""What the scales measure, and how they fail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ScaleSamples:
    """A batch of readings of the scales of one fixture.

    Attributes:
        stamp: Time of the first sample, nanoseconds since the Unix epoch.
        fixture: Fixture id, as in the store file.
        rate: Samples per second of each scale.
        scales: Scale ids, one for each column of `grams`.
        grams: Readings, shape [sample, scale]; not zeroed; NaN where a scale gave none.
    """

    stamp: int
    fixture: str
    rate: float
    scales: tuple[str, ...]
    grams: NDArray[np.float32]

    @property
    def key(self) -> str:
        """The first scale: the scales of one fixture may come in several messages."""
        return self.scales[0] if self.scales else ""


class ScaleCondition(IntEnum):
    """Whether a scale's readings can be used; the values are those of `ScaleFault.msg`."""

    OK = 0
    SILENT = 1
    STUCK = 2


@dataclass(frozen=True, slots=True)
class ScaleFault:
    """A scale stopped giving usable readings, or gives them again.

    Attributes:
        stamp: When it was known, nanoseconds since the Unix epoch.
        fixture: Fixture id.
        scale: Scale id.
        condition: What the scale is now.
        since: Time of the first sample of the new condition, nanoseconds since the Unix epoch.
    """

    stamp: int
    fixture: str
    scale: str
    condition: ScaleCondition
    since: int

    @property
    def key(self) -> str:
        """The scale."""
        return self.scale
