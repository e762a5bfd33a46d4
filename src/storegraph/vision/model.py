"""What vision is set to, and the models it can use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from storegraph.settings import Range
from storegraph.store.problem import nearest

from .detector import PersonDetector
from .errors import VisionError


@dataclass(frozen=True, slots=True)
class VisionSettings:
    """How people are found in pictures.

    Attributes:
        model: Which model finds them.
        models: Folder of the models; empty: where `storegraph models fetch` puts them.
        batch: Pictures of different cameras looked at together at most.
        raw: Take uncompressed pictures instead of compressed ones; better where cameras run on the same machine and
            shared memory is large enough.
    """

    model: str = "movenet"
    models: str = ""
    batch: Annotated[int, Range(1, 64)] = 8
    raw: bool = False


@dataclass(slots=True)
class PictureCounters:
    """What became of the pictures of one camera.

    Attributes:
        received: All that came.
        late: Passed over, because one with a later or the same stamp had come before.
        refused: Could not be decoded, or have not the size of the store file.
        failed: Lost, because the detector failed.
        seen: Looked at.
    """

    received: int = 0
    late: int = 0
    refused: int = 0
    failed: int = 0
    seen: int = 0


def load_detector(settings: VisionSettings) -> PersonDetector:
    """The detector that the settings name.

    Raises:
        VisionError: There is no such model, or it is not installed; says how to get it.
    """
    if settings.model not in MODELS:
        near = nearest(settings.model, MODELS)
        raise VisionError(f"parameter model: none is called {settings.model}{near}; there are {', '.join(MODELS)}")
    return MODELS[settings.model](settings)


MODELS: dict[str, Callable[[VisionSettings], PersonDetector]] = {}
"""What makes a detector, by the name of its model."""
