"""Records of a recording -> observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from storegraph.observations import ScaleSamples, Shopper, Shoppers, ShopperState

from .records import JOINTS, Plate, PlateBatch, Snapshot, Target
from .store import fixture_id, scale_id

METRES_PER_INCH = 0.0254
"""Exactly, by the international yard and pound agreement of 1959."""


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


def shoppers(snapshot: Snapshot, known_as: Mapping[str, str]) -> Shoppers:
    """Everybody in a snapshot, in metres.

    Args:
        snapshot: A line of the recording.
        known_as: Shopper ids of those targets whose own id is not their shopper's.
    """
    people = tuple(_shopper(target, known_as.get(target.target_id, target.target_id)) for target in snapshot.targets)
    return Shoppers(snapshot.stamp, tuple(JOINTS), people)


def _shopper(target: Target, shopper_id: str) -> Shopper:
    return Shopper(
        shopper_id=shopper_id,
        state=ShopperState.TRACKED if target.entered else ShopperState.TENTATIVE,
        positions=(target.inches * METRES_PER_INCH).astype(np.float32),
        covariance=np.empty((0, 6), dtype=np.float32),
        confidence=np.clip(target.scores, 0.0, 1.0),
    )
