"""When a camera takes its pictures, and when they are heard of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..performance import Floats, stamp_at
from .model import ShutterSettings


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """The pictures of one camera; K of them.

    Attributes:
        middles: Of the exposures, seconds since the beginning, shape [K].
        stamps: Their starts, nanoseconds since the Unix epoch, shape [K].
        log_times: When what they show is heard, nanoseconds since the Unix epoch, shape [K]; never falling.
    """

    middles: Floats
    stamps: NDArray[np.int64]
    log_times: NDArray[np.int64]


def exposures(duration: float, settings: ShutterSettings, random: np.random.Generator) -> Exposures:
    """The pictures of a camera that knows nothing of the others: it has a phase and a clock of its own.

    Args:
        duration: Seconds; pictures are taken whole before its end.
        settings: Of the shutter.
        random: Of this camera.
    """
    period = (1 + random.uniform(-1, 1) * settings.clock_error) / settings.rate
    nominal = np.arange(random.uniform(0, period), duration, period)
    starts = np.sort(nominal + settings.jitter * random.standard_normal(len(nominal)))
    # Of a gamma distribution: never below zero, and sometimes long.
    shape = (settings.latency / settings.latency_sigma) ** 2
    latencies = random.gamma(shape, settings.latency / shape, len(starts))
    taken = (starts >= 0) & (starts + settings.exposure <= duration)
    taken &= random.random(len(starts)) >= settings.dropped
    starts = starts[taken]
    stamps = np.array([stamp_at(start) for start in starts.tolist()], dtype=np.int64)
    heard = stamps + np.rint(latencies[taken] * 1e9).astype(np.int64)
    return Exposures(starts + settings.exposure / 2, stamps, np.maximum.accumulate(heard))
