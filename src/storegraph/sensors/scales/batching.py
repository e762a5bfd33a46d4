"""One sample after the other -> messages of several samples, one message a fixture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleSamples
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS


def columns_of(scales: set[str], store: Store) -> dict[str, tuple[str, ...]]:
    """The fixtures of some scales, and which of them each has, in the order of the store file."""
    columns = {
        fixture.id: tuple(scale.id for shelf in fixture.shelves for scale in shelf.scales if scale.id in scales)
        for fixture in store.fixtures
    }
    return {fixture: names for fixture, names in columns.items() if names}


class Batching:
    """Puts samples together that were taken at an even rate.

    Samples are counted by the places of their time grid, so that a sample that could not be taken leaves a gap of NaN,
    and the times of the others stay right. A message does not begin before the last sample of the one before it.

    Args:
        columns: Scales of each fixture. A sample has a reading of each, fixture by fixture.
        rate: Places a second.
        samples: In a message.
    """

    def __init__(self, columns: Mapping[str, tuple[str, ...]], rate: float, samples: int) -> None:
        self._columns = columns
        self._rate = rate
        self._samples = samples
        self._batch: int | None = None
        self._stamp = 0
        self._end = 0
        self._grams = self._nothing()

    def add(self, place: int, stamp: int, grams: NDArray[np.float32]) -> Iterator[ScaleSamples]:
        """Adds a sample, and gives the messages that are complete.

        Args:
            place: In the time grid, from 0; larger than the last one.
            stamp: When it was taken, nanoseconds since the Unix epoch.
            grams: Readings, shape [scale]; NaN where there is none.
        """
        batch, row = divmod(place, self._samples)
        if self._batch is not None and batch > self._batch:
            yield from self._complete()
        if self._batch is None:
            self._batch = batch
            self._stamp = stamp - round(row * NANOSECONDS / self._rate)
            if 0 < self._end - self._stamp < NANOSECONDS / self._rate:
                self._stamp = self._end  # off by less than a sample; more would be a clock that was set back
        self._grams[row] = grams
        if row == self._samples - 1:
            yield from self._complete()

    def _complete(self) -> Iterator[ScaleSamples]:
        first = 0
        for fixture, scales in self._columns.items():
            grams = self._grams[:, first : first + len(scales)]
            yield ScaleSamples(self._stamp, fixture, self._rate, scales, grams)
            first += len(scales)
        self._end = self._stamp + round((self._samples - 1) * NANOSECONDS / self._rate)
        self._batch = None
        self._grams = self._nothing()

    def _nothing(self) -> NDArray[np.float32]:
        return np.full((self._samples, sum(map(len, self._columns.values()))), np.nan, np.float32)
