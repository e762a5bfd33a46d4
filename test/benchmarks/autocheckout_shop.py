"""The shop of a recording in the AutoCheckout competition's form: where its plates are, and what lies on them.

Read from `planogram.json` and `products.json` without the importer, so that an error there does not hide here.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PLATE_WIDTH = 0.1016
"""Metres."""

LEAST_WEIGHT = 5.0
"""Grams; the four weights below it in the catalogue are in another unit, and nobody knows in which."""


class Cell(NamedTuple):
    """A plate, by the recording's numbers."""

    gondola: int
    shelf: int
    plate: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plate is.

    Attributes:
        front: Middle of its front edge on the shelf's surface, x, y, z, metres.
        inward: Horizontal unit vector from the aisle into the shelf.
    """

    front: tuple[float, float, float]
    inward: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shop:
    """Plates and goods.

    Attributes:
        places: Of every plate that the planogram names.
        planned: Barcode of what is planned on a plate.
        weights: Grams by barcode, where the catalogue's are to be believed.
    """

    places: dict[Cell, Place]
    planned: dict[Cell, str]
    weights: dict[str, float]

    def facings(self) -> dict[str, list[Cell]]:
        """Plates of every product that has a known weight, in ascending order."""
        found: dict[str, list[Cell]] = {}
        for cell, barcode in sorted(self.planned.items()):
            if barcode in self.weights:
                found.setdefault(barcode, []).append(cell)
        return found


def load_shop(recording: Path) -> Shop:
    """Reads `planogram.json` and `products.json`."""
    places: dict[Cell, Place] = {}
    planned: dict[Cell, str] = {}
    for line in (recording / "planogram.json").read_text(encoding="utf-8").splitlines():
        facing = json.loads(line)
        cells = sorted(
            Cell(plate["shelf_id"]["gondola_id"]["id"], plate["shelf_id"]["shelf_index"], plate["plate_index"])
            for plate in facing["plate_ids"]
        )
        transform = facing["global_coordinates"]["transform"]
        corner, yaw = transform["translation"], transform["rotation"].get("z", 0.0)
        for cell in cells:
            along = PLATE_WIDTH * (cell.plate - cells[0].plate + 0.5)
            x = corner.get("x", 0.0) + along * math.cos(yaw)
            y = corner.get("y", 0.0) + along * math.sin(yaw)
            places[cell] = Place((x, y, corner.get("z", 0.0)), (-math.sin(yaw), math.cos(yaw)))
            if "id" in facing["planogram_product_id"]:
                planned[cell] = facing["planogram_product_id"]["id"]
    products = [json.loads(line) for line in (recording / "products.json").read_text(encoding="utf-8").splitlines()]
    weights = {
        product["product_id"]["id"]: product["metadata"]["weight"]
        for product in products
        if product["metadata"].get("weight", 0.0) >= LEAST_WEIGHT
    }
    return Shop(places, planned, weights)
