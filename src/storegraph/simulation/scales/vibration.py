"""How much a fixture's plates are shaken: by steps on the floor, and by hands that knock.

What comes through the floor is a burst that fades; each plate then rings on in its own way (`plates`). Bursts of
different feet have nothing to do with each other, so their variances add, not their strengths: of n people who walk a
plate feels as much as of one times the square root of n (Matsumoto, Nishioka, Shiojiri and Matsuzaki, "Dynamic design
of footbridges", IABSE Proceedings P-17/78, 1978).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.signal import lfilter

from storegraph.store.geometry import ScaleGeometry

from ..chance import chance
from ..performance import Performance
from .load import Clock
from .model import Floats, ScaleSettings

GROWN_UP = 1.75
"""Stature of the body of which a footfall has the strength of `ScaleSettings.footfall`, metres; others' strengths go
with their mass, which goes with stature and build squared."""

SIDE_BY_SIDE = 0.02
"""Plates with at most so much between them lie side by side, metres."""

PASSED_ON = 1.5
"""Of a knock the plates beside feel so many times what its own plate feels. Real: two plates beside the bottle jumped
by 15 to 20 g for a tenth of a second, its own swung by 5 g when it was gone."""


class Vibration:
    """The strength of the vibration of each plate of a fixture through a performance.

    Args:
        performance: Whose footfalls and grips shake the plates.
        scales: The fixture's.
        sensitivity: Of each plate to a footfall beside it, grams, shape [plate].
        clock: When the scales are read.
        settings: How they are.
    """

    def __init__(
        self,
        performance: Performance,
        scales: tuple[str, ...],
        sensitivity: Floats,
        clock: Clock,
        settings: ScaleSettings,
    ) -> None:
        self._clock, self._settings, self._sensitivity = clock, settings, sensitivity
        geometry = ScaleGeometry.of(performance.store).select(scales)
        self._places = geometry.centre[:, :2]
        self._footfalls = _footfalls(performance, settings)
        self._knocks = _knocks(performance, geometry, settings)
        self._fading = math.exp(-2.0 / (settings.floor * clock.rate))

    def strengths(self, total: int, chunk: int) -> Iterator[Floats]:
        """Standard deviation of the vibration, grams, shape [sample, plate], piece by piece."""
        state = np.zeros((1, len(self._places)))
        for first in range(0, total, chunk):
            bursts = self._bursts(self._clock.times(first, min(chunk, total - first)))
            variance, state = lfilter([1.0], [1.0, -self._fading], bursts, axis=0, zi=state)
            yield np.sqrt(variance + (self._settings.ambient * self._sensitivity) ** 2)

    def _bursts(self, times: Floats) -> Floats:
        """Variance of what begins between two samples, as strong as it still is at the second, shape [sample, plate].

        Grams squared.
        """
        bursts = np.zeros((len(times), len(self._places)))
        before = times[0] - 1.0 / self._clock.rate
        felt = self._footfalls[_between(self._footfalls[:, 0], before, times[-1])]
        distance = np.linalg.norm(felt[:, None, 1:3] - self._places, axis=2)
        by_footfalls = felt[:, 3:] * np.exp(-distance / self._settings.fading) * self._sensitivity
        hits = self._knocks[_between(self._knocks[:, 0], before, times[-1])]
        for moments, strengths in ((felt[:, 0], by_footfalls), (hits[:, 0], hits[:, 1:])):
            sample = np.searchsorted(times, moments)
            since = times[sample] - moments
            np.add.at(bursts, sample, (strengths * np.exp(-since / self._settings.floor)[:, None]) ** 2)
        return bursts


def _between(moments: Floats, after: float, until: float) -> slice:
    """The part of ordered moments in an interval, open at its begin."""
    begin, end = np.searchsorted(moments, (after, until), side="right")
    return slice(int(begin), int(end))


def _footfalls(performance: Performance, settings: ScaleSettings) -> Floats:
    """Time, x, y and strength of everybody's footfalls, by time, shape [footfall, 4]."""
    found = [np.empty((0, 4))]
    for actor in performance.actors:
        random = chance(performance.script.seed, "scales", "footfalls", actor.name)
        mass = (actor.body.build * actor.body.stature / GROWN_UP) ** 2
        strengths = mass * np.exp(settings.footfall_spread * random.standard_normal(len(actor.footfalls)))
        found.append(np.column_stack([actor.footfalls, strengths]))
    footfalls = np.concatenate(found)
    return footfalls[np.argsort(footfalls[:, 0], kind="stable")]


def _knocks(performance: Performance, geometry: ScaleGeometry, settings: ScaleSettings) -> Floats:
    """Time and strength on each plate of every grip and release on a fixture, by time, shape [knock, 1 + plate]."""
    column = {scale: index for index, scale in enumerate(geometry.scales)}
    beside = geometry.neighbours(SIDE_BY_SIDE)
    touches = [(touch.begin, touch.end, tuple(touch.loads)) for touch in performance.movements]
    touches += [(touch.begin, touch.end, tuple(touch.shares)) for touch in performance.pushes]
    random = chance(performance.script.seed, "scales", "knocks", *geometry.fixtures[:1])
    knocks = [np.empty((0, 1 + len(column)))]
    for begin, end, scales in touches:
        touched = [column[scale] for scale in scales if scale in column]
        if touched:
            felt = np.where(beside[touched].any(axis=0), PASSED_ON, 0.0)
            felt[touched] = 1.0
            strengths = settings.knock * np.exp(settings.footfall_spread * random.standard_normal((2, 1))) * felt
            knocks.append(np.column_stack([(begin, end), strengths]))
    ordered = np.concatenate(knocks)
    return ordered[np.argsort(ordered[:, 0], kind="stable")]
