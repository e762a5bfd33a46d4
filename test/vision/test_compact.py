"""The own network: batches are pictures one by one, and points come back where they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

cv2: Any = pytest.importorskip("cv2")
torch: Any = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.observations import COCO_17  # noqa: E402
from storegraph.vision.compact import Compact, people_in  # noqa: E402
from storegraph.vision.compact_network import CELL, CompactNetwork, FoldedNetwork, Maps, squares_of  # noqa: E402
from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.weights import Weights  # noqa: E402


@pytest.fixture(scope="module")
def untaught() -> CompactNetwork:
    """Random weights, and means that are not the initial ones; it sees people everywhere."""
    torch.manual_seed(4)
    torch.set_num_threads(1)
    network = CompactNetwork().train()
    with torch.no_grad():
        network(torch.rand(4, 3, 64, 64) * 255)
        network.outputs.bias.fill_(0.0)
        network.outputs.weight.mul_(20.0)
    return network.eval()


def noise(seed: int, height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    small = np.random.default_rng(seed).integers(0, 256, (height // 10, width // 10, 3), np.uint8)
    return np.asarray(cv2.resize(small, (width, height)), np.uint8)


def test_folding_changes_nothing(untaught: CompactNetwork) -> None:
    bgr = noise(1, 96, 160)
    rgb = torch.from_numpy(bgr[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        quick = FoldedNetwork(untaught)(torch.from_numpy(squares_of(bgr[None])))
        for whole, fold in zip(untaught(rgb), quick, strict=True):
            assert torch.allclose(whole, fold, atol=1e-3 * float(whole.abs().max()))


def test_pictures_in_a_batch_are_judged_by_themselves(untaught: CompactNetwork) -> None:
    detector = Compact(untaught, size=160, threshold=0.0, fast=False)
    pictures = [noise(1), noise(2), noise(3, 120, 160), noise(4)]
    together = detector.detect(pictures)
    for picture, people in zip(pictures, together, strict=True):
        (alone,) = detector.detect([picture])
        assert len(alone) == len(people) > 0
        for one, other in zip(alone, people, strict=True):
            assert np.allclose(one.points, other.points, atol=0.01, equal_nan=True)
            assert np.allclose(one.scores, other.scores, atol=1e-4)


def test_a_picture_is_judged_the_same_each_time(untaught: CompactNetwork) -> None:
    detector = Compact(untaught, size=160, threshold=0.0)
    (first,), (second,) = (detector.detect([noise(5)]) for _ in range(2))
    assert [one.points.tobytes() for one in first] == [one.points.tobytes() for one in second]


def test_no_more_people_than_are_asked_for(untaught: CompactNetwork) -> None:
    (people,) = Compact(untaught, size=160, threshold=0.0, most=2).detect([noise(5)])
    assert len(people) <= 2


def maps(rows: int, columns: int) -> Maps:
    """Of an empty picture."""
    joints = len(COCO_17)
    return Maps(
        torch.full((1, 1, rows, columns), -9.0),
        torch.full((1, joints, rows, columns), -9.0),
        torch.zeros(1, 2 * joints, rows, columns),
        torch.zeros(1, 2 * joints, rows, columns),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 13), st.integers(2, 21), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_joint_is_in_its_cell_and_as_far_off_its_middle_as_is_said(row: int, column: int, x: float, y: float) -> None:
    said = maps(16, 24)
    said.centre[0, 0, row, column] = 4.0
    said.joint[0, 9, row, column] = 4.0
    said.place[0, 18, row, column], said.place[0, 19, row, column] = x, y
    wrist = people_in(said, 1)[0, 0, :-1].reshape(17, 3)[9]
    assert float(wrist[0]) == pytest.approx((column + x + 0.5) * CELL - 0.5, abs=1e-3)
    assert float(wrist[1]) == pytest.approx((row + y + 0.5) * CELL - 0.5, abs=1e-3)
    assert float(wrist[2]) > 0.9


def test_of_two_hands_each_gets_the_one_where_it_is_expected() -> None:
    said = maps(16, 24)
    for column, towards in ((6, 2.0), (14, -2.0)):
        said.centre[0, 0, 8, column] = 4.0
        said.expected[0, 18, 8, column] = towards
        said.joint[0, 9, 8, column + int(towards)] = 3.0
    people = people_in(said, 2)[0].numpy()
    columns = sorted(((people[:, 27] + 0.5) / CELL - 0.5).round(3).tolist())
    assert columns == [8.0, 12.0]


def test_who_is_nowhere_is_not_reported(untaught: CompactNetwork) -> None:
    assert Compact(untaught, size=160, threshold=1.0).detect([noise(5)]) == [()]


def test_the_size_is_a_multiple_of_32(untaught: CompactNetwork) -> None:
    with pytest.raises(VisionError, match="size: is 500"):
        Compact(untaught, size=500)


def test_weights_come_back_as_they_were_put_there(untaught: CompactNetwork, tmp_path: Path) -> None:
    Weights.of(untaught, {"made_by": "a test"}).write(tmp_path)
    read, fresh = Weights.read(tmp_path), CompactNetwork()
    read.into(fresh)
    assert read.card["made_by"] == "a test"
    for name, value in untaught.state_dict().items():
        if value.is_floating_point():
            assert torch.equal(fresh.state_dict()[name], value.half().float())


def test_weights_that_are_not_the_card_s_are_refused(untaught: CompactNetwork, tmp_path: Path) -> None:
    Weights.of(untaught, {}).write(tmp_path)
    file = tmp_path / "compact.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(VisionError, match="take both files from one training"):
        Weights.read(tmp_path)


def test_weights_that_are_missing_are_told_by_their_name(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match=r"compact\.json: there is no such file"):
        Weights.read(tmp_path)


def test_another_network_s_weights_are_refused(untaught: CompactNetwork) -> None:
    with pytest.raises(VisionError, match="another network"):
        Weights.of(untaught, {}).into(CompactNetwork(channels=(32, 64, 96, 128)))
