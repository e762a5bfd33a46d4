"""What scales read when goods are taken or put back: how fast, how much beside, and how long until they rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import WeightEvent
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .figures import Figures, Quantity
from .heard import FixtureReadings, Heard

Floats = NDArray[np.float64]

LEAST = 100.0
"""Grams that an event must come to: the shape of a smaller one is noise."""

LEVEL = 0.667
"""Seconds before and after over which a level is taken: a period of the sway at 1.5 Hz."""

APART = 0.15
"""Seconds that levels keep away from the event: hands are there before, the plate swings after."""

BEFORE = 0.5
"""Seconds before half of a step in which a hand's press is looked for."""

SETTLED = 0.02
"""A plate rests on its new level from when on it stays within such a share of the step."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One event on one plate.

    Attributes:
        event: Which.
        times: Seconds from when half of it was done, shape [T].
        progress: 0 at the level before, 1 at that after, shape [T].
    """

    event: WeightEvent
    times: Floats
    progress: Floats


def steps_of(heard: Heard) -> Iterator[Step]:
    """The events on one plate of at least `LEAST` grams, with the second before and after them."""
    readings_of = {readings.fixture: readings for readings in heard.fixtures}
    for event in heard.events:
        readings = readings_of[event.fixture]
        if len(event.changes) != 1 or abs(event.delta) < LEAST or event.changes[0].scale not in readings.scales:
            continue
        begin, end = _moments(event, heard)
        before, after = _levels(readings, begin, end)
        column = readings.scales.index(event.changes[0].scale)
        if not np.isfinite([before[column], after[column]]).all():
            continue
        shown = (readings.times > begin - 1.0) & (readings.times < end + 1.0)
        times = readings.times[shown]
        progress = (readings.grams[shown, column] - before[column]) / (after[column] - before[column])
        late = np.flatnonzero(progress < 0.5)
        half = times[min(int(late[-1]) + 1, len(times) - 1)] if len(late) else times[0]
        yield Step(event, times - half, progress)


def step_figures(heard: Heard) -> Figures:
    """The shape of every step."""
    lasting, pressed, swung, settled = [], [], [], []
    for step in steps_of(heard):
        before, after = step.times < 0.0, step.times >= 0.0
        begun = step.times[before & (step.progress < 0.1)]
        done = step.times[after & (step.progress > 0.9)]
        if not len(begun) or not len(done):
            continue
        lasting.append(done[0] - begun[-1])
        left = done[0] + lasting[-1]  # the rest of a slow step is no swing
        if step.event.delta < 0.0:
            press = -float(step.progress[before & (step.times > -BEFORE)].min())
            pressed.append(max(0.0, press) * abs(step.event.delta))
            swung.append(float(np.abs(step.progress[step.times >= left] - 1.0).max()))
            restless = step.times[after & (np.abs(step.progress - 1.0) > SETTLED)]
            settled.append(max(0.0, float(restless[-1] if len(restless) else 0.0) - left))
    return {
        Quantity("a step lasts, from 10 to 90 %", "s", "event"): np.array(lasting),
        Quantity("a hand presses before goods leave by", "g", "take"): np.array(pressed),
        Quantity("largest swing after goods left, as a share of them", "", "take"): np.array(swung),
        Quantity("after goods left, within 2 % after", "s", "take"): np.array(settled),
    }


def cross_talk_figures(heard: Heard) -> Figures:
    """What plates near a step read of it, as shares of it; noise included."""
    readings_of = {readings.fixture: readings for readings in heard.fixtures}
    near = Neighbourhood.of(heard.store)
    shares: dict[str, list[Floats]] = {"beside": [], "two away": [], "on the shelf above or below": []}
    for step in steps_of(heard):
        readings = readings_of[step.event.fixture]
        before, after = _levels(readings, *_moments(step.event, heard))
        change = dict(zip(readings.scales, (after - before) / step.event.delta, strict=True))
        touched = step.event.changes[0].scale
        for kind, scales in near.around(touched).items():
            shares[kind].append(np.array([change[scale] for scale in scales if scale in change]))
    return {
        Quantity(f"share of a step that a plate reads {kind}", "", "plate and event"): np.concatenate(
            [*found, np.empty(0)]
        )
        for kind, found in shares.items()
    }


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Which scales lie where.

    Attributes:
        rows: Scales of each shelf from left to right, by fixture from the bottom up.
    """

    rows: tuple[tuple[tuple[str, ...], ...], ...]

    @classmethod
    def of(cls, store: Store) -> Neighbourhood:
        """Of all fixtures of a store."""
        return cls(
            tuple(
                tuple(
                    tuple(scale.id for scale in sorted(shelf.scales, key=lambda scale: scale.position))
                    for shelf in fixture.shelves
                )
                for fixture in store.fixtures
            )
        )

    def around(self, scale: str) -> dict[str, list[str]]:
        """The scales about one: `beside`, `two away`, and nearest `on the shelf above or below`."""
        for rows in self.rows:
            for level, row in enumerate(rows):
                if scale in row:
                    place = row.index(scale)
                    others = [rows[k] for k in (level - 1, level + 1) if 0 <= k < len(rows)]
                    return {
                        "beside": [row[k] for k in (place - 1, place + 1) if 0 <= k < len(row)],
                        "two away": [row[k] for k in (place - 2, place + 2) if 0 <= k < len(row)],
                        "on the shelf above or below": [other[place] for other in others if place < len(other)],
                    }
        return {}


def _moments(event: WeightEvent, heard: Heard) -> tuple[float, float]:
    """Begin and end of an event, seconds since the begin of the recording."""
    return (event.begin - heard.begin) / NANOSECONDS, (event.end - heard.begin) / NANOSECONDS


def _levels(readings: FixtureReadings, begin: float, end: float) -> tuple[Floats, Floats]:
    """Means of all plates before and after a stretch of time, grams, shape [S]; NaN where there is nothing."""

    def level(since: float, until: float) -> Floats:
        within = (readings.times >= since) & (readings.times < until)
        if not within.any():
            return np.full(readings.grams.shape[1], np.nan)
        mean: Floats = readings.grams[within].mean(axis=0)
        return mean

    return level(begin - APART - LEVEL, begin - APART), level(end + APART, end + APART + LEVEL)
