"""The force on each plate of a fixture: goods that stand there, come and go, and hands that press.

A hand presses on goods before it takes them and after it has put them back. Its force trembles, and wanders while it
leans. What is lifted slowly leaves the plate unevenly.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Action

from ..chance import chance
from ..performance import Movement, Performance, Push
from .model import Floats, ScaleSettings

PRESSING = 0.25
"""Seconds in which a hand's press grows before goods leave, and fades after they came. Real: the plate under the bottle
gained 50 g in the 0.25 s before it fell."""

LEANING = 0.3
"""Seconds in which a hand that leans comes to its force, and leaves it."""

WANDERING = 0.3
"""Time constant of the unsteadiness of a hand's force, seconds: most of it lies below 4 Hz (Taylor et al. 2003)."""

PAUSES = 0.2
"""Seconds between which the pace of a slow lift changes."""

UNEVENNESS = 1.2
"""Shape of the gamma distribution of the pace of a slow lift: now and then it nearly pauses."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the scales of a fixture are read.

    Attributes:
        phase: Time of the first sample, seconds since the beginning.
        rate: Samples a second.
    """

    phase: float
    rate: float

    def times(self, first: int, count: int) -> Floats:
        """Of so many samples from one on, seconds since the beginning, shape [sample]."""
        times: Floats = self.phase + np.arange(first, first + count) / self.rate
        return times

    def after(self, seconds: float) -> int:
        """Index of the first sample that is not before a moment; the first of all where all are."""
        return max(0, math.ceil((seconds - self.phase) * self.rate))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How the force on some plates changes through one touch.

    Attributes:
        first: Index of the sample with which it begins.
        plates: Which plates, shape [K].
        forces: Grams, shape [sample, K].
        lasting: What stays on the plates after the last of them, grams, shape [K].
    """

    first: int
    plates: NDArray[np.intp]
    forces: Floats
    lasting: Floats

    @property
    def end(self) -> int:
        """Index of the first sample after it."""
        return self.first + len(self.forces)

    def add_to(self, force: Floats, first: int) -> None:
        """Adds it to the force on all plates, of samples from `first` on, shape [sample, plate]."""
        begin, end = max(self.first - first, 0), min(max(self.end - first, 0), len(force))
        force[begin:end, self.plates] += self.forces[begin + first - self.first : end + first - self.first]
        force[end:, self.plates] += self.lasting


def initial_load(performance: Performance, scales: Sequence[str]) -> Floats:
    """What stands on each scale at the beginning, grams, shape [scale]."""
    column = {scale: index for index, scale in enumerate(scales)}
    load = np.zeros(len(scales))
    for item, standing in performance.standing:
        for scale, share in standing.shares.items():
            if scale in column:
                load[column[scale]] += share * item.weight
    return load


def courses_of(
    performance: Performance, scales: Sequence[str], clock: Clock, settings: ScaleSettings
) -> Iterator[Course]:
    """What hands and goods do to the scales of a fixture, in no particular order."""
    column = {scale: index for index, scale in enumerate(scales)}
    seed = performance.script.seed
    for number, movement in enumerate(performance.movements):
        if any(scale in column for scale in movement.loads):
            yield _moved(movement, column, clock, settings, chance(seed, "scales", "movement", str(number)))
    for number, push in enumerate(performance.pushes):
        if any(scale in column for scale in push.shares):
            yield _pushed(push, column, clock, settings, chance(seed, "scales", "push", str(number)))


def forces(initial: Floats, courses: Sequence[Course], total: int, chunk: int) -> Iterator[Floats]:
    """The force on all plates, piece by piece.

    Args:
        initial: At the beginning, grams, shape [plate].
        courses: What changes it.
        total: How many samples.
        chunk: How many at a time.

    Yields:
        Grams, shape [sample, plate].
    """
    settled = initial.copy()
    waiting = deque(sorted(courses, key=lambda course: course.first))
    acting: list[Course] = []
    for first in range(0, total, chunk):
        end = min(first + chunk, total)
        while waiting and waiting[0].first < end:
            acting.append(waiting.popleft())
        force = np.tile(settled, (end - first, 1))
        for course in acting:
            course.add_to(force, first)
        for course in acting:
            if course.end <= end:
                settled[course.plates] += course.lasting
        acting = [course for course in acting if course.end > end]
        yield force


def _moved(
    movement: Movement, column: dict[str, int], clock: Clock, settings: ScaleSettings, random: np.random.Generator
) -> Course:
    """Goods that come or go, and the hand that presses before or after."""
    scales = [scale for scale in movement.loads if scale in column]
    loads = np.array([movement.loads[scale] for scale in scales])
    taking = movement.action is Action.TAKE
    begin = movement.begin - (PRESSING if taking else 0.0)
    end = movement.end + (0.0 if taking else PRESSING)
    first = clock.after(begin)
    times = clock.times(first, max(0, clock.after(end) - first))
    progress = _progress(times, movement.begin, movement.end, settings, random)
    if taking:
        pressing = _eased(times, begin, movement.begin) * (1.0 - progress)
    else:
        pressing = progress * (1.0 - _eased(times, movement.end, end))
    pressing *= movement.press * (1.0 + settings.tremor * _unsteady(len(times), clock.rate, random))
    total = np.abs(loads).sum()
    shares = np.abs(loads) / total if total else np.full(len(loads), 1 / len(loads))
    plates = np.array([column[scale] for scale in scales], np.intp)
    return Course(first, plates, np.outer(progress, loads) + np.outer(pressing, shares), loads)


def _pushed(
    push: Push, column: dict[str, int], clock: Clock, settings: ScaleSettings, random: np.random.Generator
) -> Course:
    """A hand that leans, presses, or lifts a little, and leaves all as it was."""
    scales = [scale for scale in push.shares if scale in column]
    shares = np.array([push.shares[scale] for scale in scales])
    first = clock.after(push.begin)
    times = clock.times(first, max(0, clock.after(push.end) - first))
    ramp = min(LEANING, (push.end - push.begin) / 2)
    felt = _eased(times, push.begin, push.begin + ramp) * (1.0 - _eased(times, push.end - ramp, push.end))
    felt *= push.force * (1.0 + settings.tremor * _unsteady(len(times), clock.rate, random))
    plates = np.array([column[scale] for scale in scales], np.intp)
    return Course(first, plates, np.outer(felt, shares), np.zeros(len(scales)))


def _progress(times: Floats, begin: float, end: float, settings: ScaleSettings, random: np.random.Generator) -> Floats:
    """How much of the goods has changed its place, 0 to 1, shape [sample]."""
    if end - begin <= settings.slow:
        return _eased(times, begin, end)
    parts = math.ceil((end - begin) / PAUSES)
    reached = np.concatenate(([0.0], np.cumsum(random.gamma(UNEVENNESS, size=parts))))
    uneven: Floats = np.interp(times, np.linspace(begin, end, parts + 1), reached / reached[-1])
    return uneven


def _eased(times: Floats, begin: float, end: float) -> Floats:
    """From 0 at the begin to 1 at the end with least jerk (Flash and Hogan, J Neurosci 5, 1985), shape [sample]."""
    s = np.clip((times - begin) / (end - begin), 0.0, 1.0) if end > begin else (times >= end).astype(np.float64)
    eased: Floats = s**3 * (10.0 - 15.0 * s + 6.0 * s**2)
    return eased


def _unsteady(count: int, rate: float, random: np.random.Generator) -> Floats:
    """An Ornstein-Uhlenbeck process of unit variance, shape [sample]."""
    kept = math.exp(-1.0 / (WANDERING * rate))
    steps = random.standard_normal(count) * math.sqrt(1.0 - kept**2)
    wandering, value = np.empty(count), random.standard_normal()
    for index, step in enumerate(steps):
        value = kept * value + step
        wandering[index] = value
    return wandering
