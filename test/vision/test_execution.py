"""What runs a network makes no difference to what it says."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

cv2: Any = pytest.importorskip("cv2")
torch: Any = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

import drawn_pictures  # noqa: E402

from storegraph.vision.compact import Compact  # noqa: E402
from storegraph.vision.compact_network import CompactNetwork, FoldedNetwork, squares_of  # noqa: E402
from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.execution import Execution, in_openvino, in_torch  # noqa: E402
from storegraph.vision.model import VisionSettings, load_detector  # noqa: E402
from storegraph.vision.movenet import MoveNet  # noqa: E402
from storegraph.vision.weights import shipped  # noqa: E402

WITHIN_32_BITS = 1e-5
"""Of a map's largest value: sums of a thousand products, in another order (MoveNet's: 3e-6, the own: none)."""

WITHIN_16_BITS = 0.03
"""The same where every value is rounded to 8 bits of mantissa, twenty layers deep (0.011; torch's own is 0.010)."""

PIXELS = 0.05
"""By which points may differ where both compute with 32 bits."""


@pytest.fixture(scope="module")
def openvino() -> Execution:
    pytest.importorskip("openvino", reason='not installed; `pip install "storegraph[openvino]"` brings it')
    torch.set_num_threads(1)
    return in_openvino(threads=1)


@pytest.fixture(scope="module")
def taught() -> FoldedNetwork:
    network = CompactNetwork()
    shipped().into(network)
    return FoldedNetwork(network)


def pictures(height: int, width: int) -> NDArray[np.uint8]:
    """Two with figures that are taken for people."""
    figures = [(0.3 * width, 0.1 * height, 0.7 * height)], [(0.6 * width, 0.2 * height, 0.6 * height)]
    return np.stack([drawn_pictures.people(height, width, each) for each in figures])


def test_openvino_tells_its_makers_nothing() -> None:
    pytest.importorskip("openvino", reason='not installed; `pip install "storegraph[openvino]"` brings it')
    program = """
import sys
import numpy as np
import torch
from storegraph.vision.execution import in_openvino
run = in_openvino(threads=1)(lambda pictures: (pictures.float(),), False)
run(np.zeros((1, 8, 8, 3), np.uint8))
import openvino.tools.ovc
print(type(openvino.tools.ovc.telemetry).__module__)
print([name for name, module in sys.modules.items() if name.startswith("openvino_telemetry") and module])
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert told.stdout.splitlines() == ["openvino.tools.ovc.telemetry_stub", "[]"]


@pytest.mark.parametrize(("sixteen_bits", "tolerance"), [(False, WITHIN_32_BITS), (True, WITHIN_16_BITS)])
def test_openvino_gives_torch_s_maps_of_pictures_of_any_size(
    openvino: Execution, taught: FoldedNetwork, sixteen_bits: bool, tolerance: float
) -> None:
    run, expected = openvino(taught, sixteen_bits), in_torch(taught, False)
    for size in ((128, 192), (64, 64), (128, 192)):
        squares = squares_of(pictures(*size))
        for maps, those in zip(run(squares), expected(squares), strict=True):
            assert maps.shape == those.shape
            assert float((maps - those).abs().max()) <= tolerance * float(those.abs().max())


def test_the_same_people_are_found(openvino: Execution) -> None:
    network = CompactNetwork()
    shipped().into(network)
    both = [Compact(network, size=256, fast=False, execution=each) for each in (in_torch, openvino)]
    ones, others = (detector.detect(list(pictures(180, 320))) for detector in both)
    assert sum(map(len, ones)) > 0
    for one, other in zip(ones, others, strict=True):
        assert len(one) == len(other)
        for here, there in zip(one, other, strict=True):
            assert np.allclose(here.points, there.points, atol=PIXELS, equal_nan=True)


def test_movenet_finds_the_same_people(openvino: Execution) -> None:
    ones, others = (_found_by_movenet(each, pictures(192, 256)) for each in (in_torch, openvino))
    assert sum(map(len, ones)) > 0
    for one, other in zip(ones, others, strict=True):
        assert len(one) == len(other)
        for here, there in zip(one, other, strict=True):
            assert np.allclose(here.points, there.points, atol=PIXELS, equal_nan=True)


def _found_by_movenet(execution: Execution, shown: NDArray[np.uint8]) -> Any:
    from storegraph.vision.models import models_folder

    try:
        detector = MoveNet.load(models_folder(), size=256, execution=execution)
    except VisionError as error:
        pytest.skip(str(error))
    return detector.detect(list(shown))


def test_where_openvino_is_not_installed_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(VisionError, match=r"openvino is not installed; .*storegraph\[openvino\]"):
        load_detector(VisionSettings(model="compact", execution="openvino"))


def test_another_execution_is_refused_by_its_name() -> None:
    with pytest.raises(VisionError, match="parameter execution: none is called opencl"):
        load_detector(VisionSettings(model="compact", execution="opencl"))
