"""Sensors that fail as in an ordinary shop, drawn anew for each run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field

from storegraph.graph.topics import SCALE_SAMPLES
from storegraph.simulation.chance import chance
from storegraph.simulation.faults.model import Fault, Share
from storegraph.store.model import Part, Store


class Degraded(Part):
    """How much of a store's sensors fails, from the beginning to the end of a recording.

    Attributes:
        cameras_lost: How many cameras are dead.
        dead_plates: Share of the plates that are dead.
        messages_lost: Share of the messages that are lost, of all sensors.
        skew: By how much the scales' clock is ahead of the cameras', seconds.
    """

    cameras_lost: Annotated[int, Field(ge=0)] = 0
    dead_plates: Share = 0.0
    messages_lost: Share = 0.0
    skew: float = 0.0


def drawn_faults(degraded: Degraded, store: Store, seed: int) -> tuple[Fault, ...]:
    """Which sensors of a store fail in a run; equal arguments give the same."""
    return tuple(_faults(degraded, store, chance(seed, "degraded")))


def _faults(degraded: Degraded, store: Store, generator: np.random.Generator) -> Iterator[Fault]:
    cameras = [camera.id for camera in store.cameras]
    for place in generator.permutation(len(cameras))[: degraded.cameras_lost]:
        yield Fault(kind="crash", stream=f"cameras/{cameras[place]}/*")
    for fixture in store.fixtures:
        scales = [scale.id for shelf in fixture.shelves for scale in shelf.scales]
        dead = tuple(scale for scale in scales if generator.random() < degraded.dead_plates)
        if dead:
            yield Fault(kind="nan", stream=SCALE_SAMPLES.of(fixture.id), scales=dead)
    if degraded.messages_lost:
        yield Fault(kind="drop", stream="*", share=degraded.messages_lost)
    if degraded.skew:
        yield Fault(kind="skew", stream="scales/*/samples", seconds=degraded.skew)
