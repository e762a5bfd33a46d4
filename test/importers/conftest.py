"""Small recordings of the AutoCheckout competition, written by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NAN = float("nan")


class HandwrittenRecording:
    """The four files, line by line; every method adds one line."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lines: dict[str, list[str]] = {
            name: [] for name in ("plate_data.json", "full_targets.json", "planogram.json", "products.json")
        }

    def plates(
        self,
        origin: str,
        received: str | None,
        grams: Any,
        gondola: int = 1,
        rate: float = 60.0,
        issued: str = "2020-04-22T05:06:36.955074Z",
    ) -> None:
        """Adds readings [sample, shelf, plate]."""
        array = np.asarray(grams, dtype="<f4")
        line = {
            "document": {
                "header": {"t_origin": origin, "t_issue": issued},
                "plate_data": {
                    "plate_id": {"shelf_id": {"gondola_id": {"id": gondola}}},
                    "freq_samp": rate,
                    "values": {
                        "data": base64.b64encode(array.tobytes()).decode(),
                        "shape": array.shape,
                        "type": "DATATYPE_FLOAT32",
                    },
                },
            },
        }
        self.add("plate_data.json", line | ({"date_time": {"$date": received}} if received else {}))

    def people(self, origin: str, received: str, *targets: Mapping[str, Any] | str) -> None:
        """Adds a snapshot of targets, or of ids of targets without joints; without any, there is no list of them."""
        listed = [target if isinstance(target, Mapping) else {"target_id": {"id": target}} for target in targets]
        header = {"t_origin": origin, "t_issue": origin}
        document = {"header": header, "targets": {"targets": listed} if listed else {}}
        self.add("full_targets.json", {"date_time": {"$date": received}, "document": document})

    def facing(
        self,
        plates: list[int],
        barcode: str | None,
        gondola: int = 1,
        shelf: int = 1,
        translation: Mapping[str, float] | None = None,
        rotation: Mapping[str, float] | None = None,
    ) -> None:
        """Adds a facing, by default on the grid of a gondola at the origin."""
        if translation is None:
            translation = {"x": 0.1016 * (min(plates) - 1), "z": 0.3 * shelf}
        place = {
            "transform": {"translation": translation, "rotation": rotation or {}},
            "dim_x": 0.1016 * len(plates),
            "dim_y": 0.4064,
            "dim_z": 0.25,
        }
        ids = [
            {"shelf_id": {"gondola_id": {"id": gondola}, "shelf_index": shelf}, "plate_index": plate}
            for plate in plates
        ]
        product = {"barcode_type": "UPC", "id": barcode} if barcode is not None else {}
        self.add("planogram.json", {"plate_ids": ids, "planogram_product_id": product, "global_coordinates": place})

    def product(self, barcode: str, **metadata: Any) -> None:
        """Adds a product."""
        self.add("products.json", {"product_id": {"barcode_type": "UPC", "id": barcode}, "metadata": metadata})

    def add(self, name: str, line: Any) -> None:
        """Adds a line; a text is taken as it is."""
        self.lines[name].append(line if isinstance(line, str) else json.dumps(line))

    def write(self) -> Path:
        """Writes the files and tells where."""
        self.directory.mkdir()
        for name, lines in self.lines.items():
            (self.directory / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return self.directory


@pytest.fixture
def recording(tmp_path: Path) -> HandwrittenRecording:
    """An empty one."""
    return HandwrittenRecording(tmp_path / "recording")


@pytest.fixture
def small(recording: HandwrittenRecording) -> HandwrittenRecording:
    """One gondola with one shelf of two plates, one product, one batch, one shopper."""
    recording.facing([1, 2], "012345678905")
    recording.product("012345678905", name="Water", price=1, weight=621.67)
    recording.plates(
        "2020-04-22T05:06:36.859Z",
        "2020-04-22T05:06:36.965Z",
        [[[NAN, NAN, NAN], [NAN, 100.5, 200.25]], [[NAN, NAN, NAN], [NAN, 101.5, 199.75]]],
    )
    recording.people("2020-04-22T05:06:34.630447Z", "2020-04-22T05:06:37.04Z", "18446744073709551615")
    return recording
