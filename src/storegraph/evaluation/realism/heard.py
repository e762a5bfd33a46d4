"""What a bag says of scales and people, as arrays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.graph.bag import BagError, BagReader
from storegraph.graph.decoding import Decoder
from storegraph.graph.topics import SCALE_SAMPLES, SHOPPERS
from storegraph.observations import ScaleFault, ScaleSamples, Shoppers, WeightEvent
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS
from storegraph.weighing import WeighingStage

Floats = NDArray[np.float64]

SHORTEST = 4.0
"""Seconds that a recording must last: two of the windows in which noise is measured."""

LONGEST = 300.0
"""Seconds of a recording that are looked at: readings of 300 plates then take 45 MB; what comes after is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class FixtureReadings:
    """What the scales of a fixture read.

    Attributes:
        fixture: Fixture id.
        scales: Those that read something that changes; S of them.
        listed: How many scales the messages name.
        rate: Samples a second.
        times: Of the samples, seconds since the begin of the recording, shape [T].
        grams: Shape [T, S], float64.
        delays: From the stamp of each message to its receipt, seconds, shape [M].
    """

    fixture: str
    scales: tuple[str, ...]
    listed: int
    rate: float
    times: Floats
    grams: Floats
    delays: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A recording.

    Attributes:
        bag: Where it came from.
        store: Where it was recorded.
        begin: Stamp of its first sample, nanoseconds since the Unix epoch.
        seconds: How long it is, as far as it is looked at.
        fixtures: By id.
        shoppers: With the time of their receipt, nanoseconds since the Unix epoch; in the order of receipt.
        events: What weighing finds.
    """

    bag: Path
    store: Store
    begin: int
    seconds: float
    fixtures: tuple[FixtureReadings, ...]
    shoppers: tuple[tuple[int, Shoppers], ...]
    events: tuple[WeightEvent, ...]


def hear(bag: Path, store: Store) -> Heard:
    """Reads the first `LONGEST` seconds of a bag.

    Raises:
        BagError: It cannot be read, has no scale samples, or is too short.
    """
    batches: dict[str, list[tuple[int, ScaleSamples]]] = defaultdict(list)
    shoppers: list[tuple[int, Shoppers]] = []
    stage, found = WeighingStage(store), list[WeightEvent | ScaleFault]()
    with BagReader(bag, store.id) as reader:
        until = reader.span[0] + round(LONGEST * NANOSECONDS)
        names = [*reader.names_of(SCALE_SAMPLES), *reader.names_of(SHOPPERS)]
        decoder = Decoder()
        for message in reader.messages(names):
            if message.log_time > until:
                break
            observation = decoder.decode(message)
            if isinstance(observation, ScaleSamples):
                batches[observation.fixture].append((message.log_time, observation))
                found += stage.process(observation)
            elif isinstance(observation, Shoppers):
                shoppers.append((message.log_time, observation))
    if not batches:
        raise BagError(f"{bag}: has no scale samples of the store {store.id}; realism compares what scales read")
    found += stage.finish()
    begin = min(heard[0][1].stamp for heard in batches.values())
    fixtures = tuple(_readings(fixture, batches[fixture], begin) for fixture in sorted(batches))
    end = max(each.times[-1] for each in fixtures)
    if end < SHORTEST:
        raise BagError(f"{bag}: its scale samples last {end:.1f} s; realism needs at least {SHORTEST:g} s of them")
    events = tuple(event for event in found if isinstance(event, WeightEvent))
    return Heard(bag, store, begin, float(end), fixtures, tuple(shoppers), events)


def _readings(fixture: str, heard: list[tuple[int, ScaleSamples]], begin: int) -> FixtureReadings:
    first = heard[0][1]
    same = [(log_time, batch) for log_time, batch in heard if batch.scales == first.scales]
    times = [(batch.stamp - begin) / NANOSECONDS + np.arange(len(batch.grams)) / batch.rate for _, batch in same]
    grams = np.concatenate([batch.grams for _, batch in same]).astype(np.float64)
    live = np.isfinite(grams).all(axis=0)
    live &= np.ptp(np.where(live, grams, 0.0), axis=0) > 0.0
    return FixtureReadings(
        fixture=fixture,
        scales=tuple(scale for scale, kept in zip(first.scales, live, strict=True) if kept),
        listed=len(first.scales),
        rate=first.rate,
        times=np.concatenate(times),
        grams=grams[:, live],
        delays=np.array([(log_time - batch.stamp) / NANOSECONDS for log_time, batch in same]),
    )
