"""Messages of all scales of a store."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from storegraph.graph.topics import SCALE_SAMPLES
from storegraph.observations import ScaleSamples
from storegraph.store.model import Fixture
from storegraph.units import NANOSECONDS

from ..chance import chance
from ..errors import SimulationError
from ..performance import Performance, stamp_at
from ..stream import Recorded, in_order
from .load import Clock, courses_of, forces, initial_load
from .model import DEFAULTS, ScaleSettings
from .plates import LoadCells, Plates
from .vibration import Vibration

AT_ONCE = 50
"""Messages computed together (10 s): few enough for the memory, enough for numpy."""


def scale_samples(performance: Performance, settings: ScaleSettings = DEFAULTS) -> Iterator[Recorded]:
    """What the scales of a store say during a performance, by log time.

    Args:
        performance: What really happens.
        settings: What the scales are like.

    Yields:
        `ScaleSamples` on the topic of each fixture that has scales; whole messages only.

    Raises:
        SimulationError: The settings name a scale that the store does not have.
    """
    known = {scale.id for fixture in performance.store.fixtures for shelf in fixture.shelves for scale in shelf.scales}
    for named in (*settings.dead, *settings.stuck):
        if named not in known:
            raise SimulationError(f"scale {named} is to fail, and the store {performance.store.id} has no such scale")
    weighing = [fixture for fixture in performance.store.fixtures if any(shelf.scales for shelf in fixture.shelves)]
    yield from in_order([_fixture_samples(performance, fixture, settings) for fixture in weighing])


def _fixture_samples(performance: Performance, fixture: Fixture, settings: ScaleSettings) -> Iterator[Recorded]:
    """The messages of one fixture."""
    scales = tuple(scale.id for shelf in fixture.shelves for scale in shelf.scales)
    seed, topic = performance.script.seed, SCALE_SAMPLES.of(fixture.id)
    plates = Plates.draw(fixture, settings, chance(seed, "scales", "plates", fixture.id))
    span = settings.batch / settings.rate
    clock = Clock(chance(seed, "scales", "clock", fixture.id).uniform(0.0, span), settings.rate)
    total = max(0, int((performance.duration - clock.phase) / span)) * settings.batch
    chunk = AT_ONCE * settings.batch

    dead, stuck = (
        [scales.index(scale) for scale in named if scale in scales] for named in (settings.dead, settings.stuck)
    )
    cells = LoadCells(plates, settings, chance(seed, "scales", "noise", fixture.id), dead, stuck)
    courses = list(courses_of(performance, scales, clock, settings))
    force = forces(initial_load(performance, scales), courses, total, chunk)
    strength = Vibration(performance, scales, plates.sensitivity, clock, settings).strengths(total, chunk)
    delays = _delays(total // settings.batch, settings, chance(seed, "scales", "delays", fixture.id))

    heard = 0
    for piece, (pulling, shaking) in enumerate(zip(force, strength, strict=True)):
        times = clock.times(piece * chunk, len(pulling))
        grams = cells.read(times, pulling, shaking).astype(np.float32)
        for first in range(0, len(grams), settings.batch):
            stamp = stamp_at(float(times[first]))
            heard = max(heard, stamp + next(delays))
            batch = grams[first : first + settings.batch]
            yield Recorded(heard, topic, ScaleSamples(stamp, fixture.id, settings.rate, scales, batch))


def _delays(count: int, settings: ScaleSettings, random: np.random.Generator) -> Iterator[int]:
    """From the stamp of each message to its receipt, nanoseconds."""
    for _ in range(count):
        delay = (settings.batch - 1) / settings.rate + settings.delay + random.exponential(settings.jitter)
        if random.random() < settings.stalls:
            delay += random.uniform(0.0, settings.stall)
        yield round(delay * NANOSECONDS)
