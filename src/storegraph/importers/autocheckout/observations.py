"""Records of a recording -> observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storegraph.observations import GateEvent, Passage, ScaleSamples, Shopper, Shoppers, ShopperState
from storegraph.units import NANOSECONDS

from .records import JOINTS, Plate, PlateBatch, Snapshot, Target
from .store import GATE_ID, fixture_id, scale_id

METRES_PER_INCH = 0.0254
"""Exactly, by the international yard and pound agreement of 1959."""

RETURN_WITHIN = 10 * NANOSECONDS
"""A target that is lost and seen again within 10 s has not left: to leave and come back takes longer, to be out of
every camera's sight does not. The longest time between two snapshots in BENCHMARK-1 is 0.2 s."""


def scale_samples(batch: PlateBatch, plates: Sequence[Plate]) -> ScaleSamples:
    """The readings of some plates of one batch.

    Args:
        batch: All channels of a gondola.
        plates: Of that gondola. One that lies outside of the batch's shape reads NaN.
    """
    samples, shelves, columns = batch.grams.shape
    grams = np.full((samples, len(plates)), np.nan, dtype=np.float32)
    for column, plate in enumerate(plates):
        if plate.shelf < shelves and plate.plate < columns:
            grams[:, column] = batch.grams[:, plate.shelf, plate.plate]
    return ScaleSamples(batch.stamp, fixture_id(batch.gondola), batch.rate, tuple(map(scale_id, plates)), grams)


def shoppers(snapshot: Snapshot) -> Shoppers:
    """Everybody in a snapshot, in metres."""
    return Shoppers(snapshot.stamp, tuple(JOINTS), tuple(map(_shopper, snapshot.targets)))


def _shopper(target: Target) -> Shopper:
    return Shopper(
        shopper_id=target.target_id,
        state=ShopperState.TRACKED if target.entered else ShopperState.TENTATIVE,
        positions=(target.inches * METRES_PER_INCH).astype(np.float32),
        covariance=np.empty((0, 6), dtype=np.float32),
        confidence=np.clip(target.scores, 0.0, 1.0),
    )


@dataclass(slots=True)
class _Appearance:
    first: int
    first_received: int
    last: int
    last_received: int


class Visits:
    """Concludes from the targets who was in the store from when to when, as these recordings have no gate.

    A visit lasts from a target's first appearance to its last. A target that comes back after more than `RETURN_WITHIN`
    makes another visit; one that is still there when the recording ends leaves with the last snapshot.
    """

    def __init__(self) -> None:
        self._appearances: dict[str, list[_Appearance]] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Takes note of who is there."""
        stamp, received = snapshot.stamp, snapshot.received
        for target in snapshot.targets:
            appearances = self._appearances.setdefault(target.target_id, [])
            if not appearances or stamp - appearances[-1].last > RETURN_WITHIN:
                appearances.append(_Appearance(stamp, received, stamp, received))
                continue
            current = appearances[-1]
            if stamp < current.first:
                current.first, current.first_received = stamp, received
            elif stamp > current.last:
                current.last, current.last_received = stamp, received

    def gate_events(self) -> Iterator[tuple[int, GateEvent]]:
        """Entries and exits, each with the time at which it is to be logged.

        That is when the recording's database had the snapshot in which the target appears first or last, as a gate's
        own message would have come. An exit logged only when it had become certain, `RETURN_WITHIN` later, would be
        behind every other input's watermark and be dropped as late.
        """
        for target_id, appearances in self._appearances.items():
            for seen in appearances:
                yield seen.first_received, _gate_event(seen.first, Passage.ENTRY, target_id)
                yield seen.last_received, _gate_event(seen.last, Passage.EXIT, target_id)


def _gate_event(stamp: int, passage: Passage, target_id: str) -> GateEvent:
    return GateEvent(stamp, GATE_ID, passage, credential="", party=target_id, shopper_id=target_id, derived=True)
