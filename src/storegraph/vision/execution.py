"""What runs a network: torch, or OpenVINO, which needs half of the processor's time (docs/vision.md)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any
from warnings import catch_warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .errors import VisionError

Network = Callable[[Tensor], Sequence[Tensor]]
"""From pictures, bytes of shape [picture, row, column, channel], to maps of shape [picture, channel, row, column]."""

Run = Callable[[NDArray[np.uint8]], tuple[Tensor, ...]]
"""The same, made ready."""

Execution = Callable[[Network, bool], Run]
"""Makes a network ready. Told whether to compute with 16-bit floats (bfloat16) instead of 32-bit ones."""


def multiplies_matrices() -> bool:
    """Whether the processor has units for matrices of 16-bit floats (AMX); an older torch does not tell."""
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16"))


def in_torch(network: Network, sixteen_bits: bool) -> Run:
    """Runs a network as it is, on as many threads as torch was told; pictures go through it together."""
    if sixteen_bits and isinstance(network, nn.Module):
        network = network.to(torch.bfloat16)

    def run(pictures: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        with torch.inference_mode():
            return tuple(network(torch.from_numpy(pictures)))

    return run


def in_openvino(threads: int) -> Execution:
    """Has OpenVINO run networks, on so many threads; 0: on as many as it takes.

    Raises:
        VisionError: It is not installed.
    """
    openvino = _without_telemetry()
    settings: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads

    def execution(network: Network, sixteen_bits: bool) -> Run:
        precision = {"INFERENCE_PRECISION_HINT": "bf16" if sixteen_bits else "f32"}
        return _Compiled(openvino, network, settings | precision)

    return execution


def _without_telemetry() -> Any:
    """OpenVINO without what it tells its makers whenever it is imported: a store's machine calls nobody."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # it cannot be imported, so a stub takes its place
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise VisionError(
            f'parameter execution: {error.name} is not installed; `pip install "storegraph[openvino]"` brings it'
        ) from None
    return openvino


class _Compiled:
    """A network that OpenVINO runs. Each size of pictures is compiled when the first of them comes.

    Pictures go through it one after the other: for every number of them it would have to be compiled again.
    """

    def __init__(self, openvino: Any, network: Network, settings: dict[str, object]) -> None:
        self._openvino, self._network, self._settings = openvino, _Traceable(network).eval(), settings
        self._by_shape: dict[tuple[int, ...], Any] = {}

    def __call__(self, pictures: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        shape = (1, *pictures.shape[1:])
        if shape not in self._by_shape:
            self._by_shape[shape] = self._compiled(shape)
        request = self._by_shape[shape]
        each = [tuple(request.infer([picture[None]]).values()) for picture in pictures]
        return tuple(torch.from_numpy(np.concatenate(maps)) for maps in zip(*each, strict=True))

    def _compiled(self, shape: tuple[int, ...]) -> Any:
        """What runs pictures of one shape: so torch's warnings that a trace holds for one shape only do not matter."""
        with torch.no_grad(), catch_warnings(action="ignore"):
            model = self._openvino.convert_model(
                self._network, example_input=torch.zeros(shape, dtype=torch.uint8), input=[list(shape)]
            )
        return self._openvino.Core().compile_model(model, "CPU", self._settings).create_infer_request()


class _Traceable(nn.Module):  # type: ignore[misc]  # torch is not read by mypy
    """A network in the form that OpenVINO takes."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network(pictures))
