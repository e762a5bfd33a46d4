"""What vision is set to, what it counts, and the models it can use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from storegraph.settings import Range
from storegraph.store.problem import nearest

from .detector import PersonDetector
from .errors import VisionError
from .models import MOVENET_MULTIPOSE, models_folder

COMPACT = "compact"
"""Name of the own network, which comes with the package."""


@dataclass(frozen=True, slots=True)
class VisionSettings:
    """How people are found in pictures.

    Attributes:
        model: Which model finds them: `movenet-multipose`, which is more exact, or `compact`, which is faster and
            comes with the package.
        models: Folder of the models; empty: where `storegraph models fetch` puts them.
        size: Longer side of what the model sees, a multiple of 32. A smaller one is faster, and loses people who are
            far away.
        people: Found in one picture at most.
        threshold: Score from which a person is reported; 0: from which the model's are people (docs/vision.md).
        batch: Pictures of different cameras looked at together at most.
        threads: Of the processor for the model; 0: as many as torch takes, one a core. On a machine that does other
            work too, several spin for each other: 2.3 s a picture instead of 0.15 s (docs/vision.md).
        raw: Take uncompressed pictures; without it, JPEG.
    """

    model: str = MOVENET_MULTIPOSE.name
    models: str = ""
    size: Annotated[int, Range(128, 1024, "px")] = 512
    people: Annotated[int, Range(1, 100)] = 12
    threshold: Annotated[float, Range(0.0, 1.0)] = 0.0
    batch: Annotated[int, Range(1, 64)] = 8
    threads: Annotated[int, Range(0, 256)] = 1
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


def _movenet(settings: VisionSettings) -> PersonDetector:
    _ready_torch(settings)
    from .movenet import THRESHOLD, MoveNet

    folder = Path(settings.models) if settings.models else models_folder()
    threshold = settings.threshold or THRESHOLD
    return MoveNet.load(folder, size=settings.size, most=settings.people, threshold=threshold)


def _compact(settings: VisionSettings) -> PersonDetector:
    _ready_torch(settings)
    from .compact import THRESHOLD, Compact

    threshold = settings.threshold or THRESHOLD
    return Compact.load(size=settings.size, most=settings.people, threshold=threshold)


def _ready_torch(settings: VisionSettings) -> None:
    """Loads torch, which takes seconds, and tells it how many threads it has.

    Raises:
        VisionError: It is not installed: not every machine of a store has it.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        needed = f"model {settings.model} needs {error.name}, which is not installed"
        raise VisionError(f'{needed}; `pip install "storegraph[vision]"` brings it') from None
    if settings.threads:
        torch.set_num_threads(settings.threads)


MODELS: dict[str, Callable[[VisionSettings], PersonDetector]] = {
    MOVENET_MULTIPOSE.name: _movenet,
    COMPACT: _compact,
}
"""What makes a detector, by the name of its model."""
