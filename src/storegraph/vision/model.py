"""What vision is set to, what it counts, and the models it can use."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from storegraph.settings import Range
from storegraph.store.problem import nearest

from .detector import PersonDetector
from .errors import VisionError
from .models import MOVENET_MULTIPOSE, models_folder

if TYPE_CHECKING:
    from .execution import Execution

COMPACT = "compact"
"""Name of the own network, which comes with the package."""

TORCH, OPENVINO = "torch", "openvino"
EXECUTIONS = (TORCH, OPENVINO)
"""What can run a model."""


@dataclass(frozen=True, slots=True)
class VisionSettings:
    """How people are found in pictures.

    Attributes:
        model: Which model finds them: `movenet-multipose`, which has seen more of the world, or `compact`, which is
            faster and comes with the package.
        models: Folder of the models; empty: where `storegraph models fetch` puts them.
        size: Longer side of what the model sees, a multiple of 32. A smaller one is faster, and loses people who are
            far away.
        execution: What runs the model: `torch`, or `openvino` where it is installed, which takes half the time or two
            thirds (docs/vision.md) and gives the same but for rounding.
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
    execution: str = TORCH
    people: Annotated[int, Range(1, 100)] = 12
    threshold: Annotated[float, Range(0.0, 1.0)] = 0.0
    batch: Annotated[int, Range(1, 64)] = 8
    threads: Annotated[int, Range(0, 256)] = 1
    raw: bool = False

    @classmethod
    def given(cls, model: str | None, size: int | None, threshold: float | None = None) -> VisionSettings:
        """As usual but for what is given, which is not None."""
        usual = cls()
        return replace(
            usual,
            model=usual.model if model is None else model,
            size=usual.size if size is None else size,
            threshold=usual.threshold if threshold is None else threshold,
        )


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
    _one_of("model", settings.model, MODELS)
    _one_of("execution", settings.execution, EXECUTIONS)
    return MODELS[settings.model](settings)


def _one_of(parameter: str, name: str, known: Collection[str]) -> None:
    """Refuses a name that is not known."""
    if name not in known:
        there = ", ".join(known)
        raise VisionError(f"parameter {parameter}: none is called {name}{nearest(name, known)}; there are {there}")


def _movenet(settings: VisionSettings) -> PersonDetector:
    _ready_torch(settings)
    from .movenet import THRESHOLD, MoveNet

    folder = Path(settings.models) if settings.models else models_folder()
    threshold = settings.threshold or THRESHOLD
    return MoveNet.load(
        folder, size=settings.size, most=settings.people, threshold=threshold, execution=_execution(settings)
    )


def _compact(settings: VisionSettings) -> PersonDetector:
    _ready_torch(settings)
    from .compact import THRESHOLD, Compact

    threshold = settings.threshold or THRESHOLD
    return Compact.load(size=settings.size, most=settings.people, threshold=threshold, execution=_execution(settings))


def _execution(settings: VisionSettings) -> Execution:
    """What the settings name.

    Raises:
        VisionError: It is not installed.
    """
    from .execution import in_openvino, in_torch

    return in_openvino(settings.threads) if settings.execution == OPENVINO else in_torch


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
