"""The pictures that MoveNet was run on with TensorFlow.js, and what came out.

python test/vision/movenet_reference.py FOLDER     writes the pictures to a folder, for movenet_reference.js
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drawn_pictures import Picture, gradient, noise, people

from storegraph.vision.movenet import HEADS

PICTURES: Mapping[str, Picture] = {
    "noise": noise(256, 256),
    "gradient": gradient(256, 256),
    "two_people": people(256, 256, [(80, 40, 180), (180, 60, 170)]),
    "eight_people": people(288, 512, [(40 + 62 * k, 30 + 8 * (k % 3), 200 + 12 * (k % 2)) for k in range(8)]),
}
"""RGB; two of them hold nobody."""

HEAD_STEP = 16
"""Of the maps of the network, every so many-th row and column was written down."""


def reference() -> Any:
    """What TensorFlow.js gave: for each picture the maps of the network, and the output of the whole graph."""
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def write_inputs(folder: Path) -> None:
    """Writes the pictures as raw RGB, and what to do with them as JSON."""
    for name, picture in PICTURES.items():
        (folder / f"{name}.rgb").write_bytes(picture.tobytes())
    shapes = {name: picture.shape for name, picture in PICTURES.items()}
    inputs = {"heads": HEADS, "step": HEAD_STEP, "shapes": shapes}
    (folder / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")


if __name__ == "__main__":
    write_inputs(Path(sys.argv[1]))
