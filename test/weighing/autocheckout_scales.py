"""Reads the load cells of an AutoCheckout recording, for tests."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path

import numpy as np

from storegraph.observations import ScaleSamples
from storegraph.store.model import Fixture, Scale, Shelf, Store

PLATE_WIDTH = 0.1016
MICROSECOND = 1_000


def read_recording(path: Path) -> tuple[Store, list[ScaleSamples]]:
    """The store and the messages, in the order of stamps; plates that never read anything are no scales."""
    batches = []
    for line in path.read_text().splitlines():
        document = json.loads(line)["document"]
        data = document["plate_data"]
        gondola = data["plate_id"]["shelf_id"]["gondola_id"]["id"]
        origin = datetime.fromisoformat(document["header"]["t_origin"])
        stamp = int(origin.timestamp()) * 1_000_000_000 + origin.microsecond * MICROSECOND
        values = data["values"]
        grams = np.frombuffer(base64.b64decode(values["data"]), "<f4").reshape(values["shape"])
        batches.append((stamp, gondola, data["freq_samp"], grams))
    batches.sort(key=lambda batch: batch[:2])
    real = {
        gondola: np.argwhere(
            ~np.all([np.isnan(grams).all(axis=0) for _, other, _, grams in batches if other == gondola], axis=0)
        )
        for gondola in sorted({batch[1] for batch in batches})
    }
    scales = {gondola: tuple(f"G{gondola}.S{s}.P{p}" for s, p in plates) for gondola, plates in real.items()}
    messages = [
        ScaleSamples(stamp, f"G{gondola}", rate, scales[gondola], grams[:, real[gondola][:, 0], real[gondola][:, 1]])
        for stamp, gondola, rate, grams in batches
    ]
    return Store(id="nano", name="Nano", currency="USD", time_zone="UTC", fixtures=_fixtures(real)), messages


def _fixtures(real: dict[int, np.ndarray]) -> tuple[Fixture, ...]:
    fixtures = []
    for gondola, plates in real.items():
        shelves = tuple(
            Shelf(
                id=f"G{gondola}.S{shelf}",
                height=0.3 * shelf,
                clearance=0.28,
                scales=tuple(
                    Scale(id=f"G{gondola}.S{shelf}.P{p}", position=(PLATE_WIDTH * p, 0.0), size=(PLATE_WIDTH, 0.4))
                    for s, p in plates
                    if s == shelf
                ),
            )
            for shelf in sorted(set(plates[:, 0].tolist()))
        )
        position = (2.0 * gondola, 0.0, 0.0)
        fixtures.append(Fixture(id=f"G{gondola}", position=position, size=(1.6, 0.4, 2.2), shelves=shelves))
    return tuple(fixtures)
