"""What the plates read, over the time of a recording, as few points as show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleSamples
from storegraph.units import NANOSECONDS

Floats = NDArray[np.float64]

BUCKETS = 700
"""Spans of time of which the least and the greatest reading are drawn: one for each pixel of a wide curve, so that no
peak is lost and nothing is drawn twice (Jugel et al., "M4", VLDB 2014, keeps the first and the last too).
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one plate read, relative to its first readings.

    Attributes:
        scale: Id of the plate.
        low: Least reading, grams.
        high: Greatest reading, grams.
        lines: Points of a line for each stretch without gap, "seconds,-grams seconds,-grams …" as SVG has them.
    """

    scale: str
    low: float
    high: float
    lines: tuple[str, ...]


def curves_of(samples: Iterable[ScaleSamples], scales: Collection[str], begin: int, end: int) -> dict[str, Curve]:
    """The curves of some plates by scale id; a plate that never read anything has none.

    Args:
        samples: By stamp, of any fixtures.
        scales: Of which plates.
        begin: What seconds are counted from, nanoseconds since the Unix epoch.
        end: When the curves end.
    """
    read: defaultdict[str, list[tuple[Floats, Floats]]] = defaultdict(list)
    for batch in samples:
        seconds = (batch.stamp - begin) / NANOSECONDS + np.arange(len(batch.grams)) / batch.rate
        for column, scale in enumerate(batch.scales):
            if scale in scales:
                read[scale].append((seconds, batch.grams[:, column].astype(np.float64)))
    width = max(end - begin, 1) / NANOSECONDS / BUCKETS
    curves = {}
    for scale, batches in read.items():
        seconds, grams = (np.concatenate(column) for column in zip(*batches, strict=True))
        if not np.isnan(grams).all():
            curves[scale] = _curve(scale, seconds, grams, width)
    return curves


def _curve(scale: str, seconds: Floats, grams: Floats, width: float) -> Curve:
    order = np.argsort(seconds, kind="stable")
    seconds, grams = seconds[order], grams[order]
    grams = grams - np.median(grams[~np.isnan(grams)][:30])  # half a second at the usual 60 Hz
    lines: list[list[str]] = [[]]
    edges = np.flatnonzero(np.diff(np.floor(seconds / width))) + 1
    for times, readings in zip(np.split(seconds, edges), np.split(grams, edges), strict=True):
        if np.isnan(readings).all():
            lines.append([])
            continue
        extremes = sorted({int(np.nanargmin(readings)), int(np.nanargmax(readings))})
        lines[-1] += [f"{times[index]:.2f},{-readings[index]:.1f}" for index in extremes]
    return Curve(
        scale, float(np.nanmin(grams)), float(np.nanmax(grams)), tuple(" ".join(line) for line in lines if line)
    )
