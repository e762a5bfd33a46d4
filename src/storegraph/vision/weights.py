"""The weights of the own network: a file, and a card that says where it is from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from storegraph.atomic import whole_file

from .errors import VisionError

NAME = "compact"
"""Of the files: `compact.npz` holds the weights, `compact.json` is the card."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of a network.

    Attributes:
        arrays: By name, as 16-bit floats.
        card: How they were made, and the SHA-256 of the file under `sha256`.
    """

    arrays: Mapping[str, np.ndarray]
    card: Mapping[str, Any]

    @classmethod
    def of(cls, network: nn.Module, card: Mapping[str, Any]) -> Self:
        """Those of a taught network; counters of steps are left out."""
        state = {name: value for name, value in network.state_dict().items() if value.is_floating_point()}
        return cls({name: value.numpy().astype(np.float16) for name, value in state.items()}, card)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads the weights in a folder.

        Raises:
            VisionError: They are not there, cannot be read, or are not those that the card is of.
        """
        try:
            card = json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))
            content = (folder / f"{NAME}.npz").read_bytes()
        except FileNotFoundError as error:
            raise VisionError(f"{error.filename}: there is no such file; `storegraph train` makes it") from None
        except (OSError, ValueError) as error:
            raise VisionError(f"{folder}: {NAME}.json and {NAME}.npz cannot be read: {error}") from None
        found = sha256(content).hexdigest()
        if found != card.get("sha256"):
            raise VisionError(
                f"{folder / NAME}.npz: its SHA-256 is {found}, its card says {card.get('sha256')}; "
                "take both files from one training"
            )
        with np.load(BytesIO(content)) as file:
            return cls({name: file[name] for name in file.files}, card)

    def write(self, folder: Path) -> None:
        """Writes both files, over those that are there.

        Raises:
            OutputError: They cannot be written.
        """
        buffer = BytesIO()
        np.savez(buffer, **self.arrays)  # type: ignore[arg-type]
        card = {**self.card, "sha256": sha256(buffer.getvalue()).hexdigest()}
        with whole_file(folder / f"{NAME}.npz", replace=True) as fresh:
            fresh.write_bytes(buffer.getvalue())
        with whole_file(folder / f"{NAME}.json", replace=True) as fresh:
            fresh.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    def into(self, network: nn.Module) -> None:
        """Gives a network these weights.

        Raises:
            VisionError: They are another network's.
        """
        state = {name: torch.from_numpy(array.astype(np.float32)) for name, array in self.arrays.items()}
        counters = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
        try:
            network.load_state_dict({**counters, **state})
        except RuntimeError as error:
            raise VisionError(f"the weights are another network's: {error}") from None


def shipped() -> Weights:
    """The weights that come with the package.

    Raises:
        VisionError: They are not there.
    """
    return Weights.read(Path(__file__).parent / "taught")
