"""The weights in the package are those of their card, and find people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

cv2: Any = pytest.importorskip("cv2")
torch: Any = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.vision.compact import Compact  # noqa: E402
from storegraph.vision.model import VisionSettings, load_detector  # noqa: E402
from storegraph.vision.weights import shipped  # noqa: E402

SHOP = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "simulated_corner.jpg"
"""Four cameras' pictures of 640x360, in two rows. The corner shop and its cameras were not learnt from."""

CHESTS = {
    (0, 0): [(247, 125), (295, 165), (375, 110), (545, 245)],
    (0, 1): [(305, 140), (423, 135), (507, 200), (85, 210)],
    (1, 0): [(212, 120), (342, 150), (445, 220), (195, 260)],
    (1, 1): [(180, 200), (208, 130), (340, 170), (460, 120)],
}
"""Where people are, looked up by eye: row and column of the picture, then x, y in it."""


@pytest.fixture(scope="module")
def pictures() -> dict[tuple[int, int], np.ndarray]:
    whole = cv2.imread(str(SHOP))
    return {(row, column): whole[360 * row :, 640 * column :][:360, :640].copy() for row, column in CHESTS}


def test_the_vision_node_can_use_them() -> None:
    assert isinstance(load_detector(VisionSettings(model="compact")), Compact)


def test_the_card_says_where_they_are_from() -> None:
    card = shipped().card
    assert card["steps"] > 0
    assert card["rendered_pictures"] > 0
    assert len(card["sha256"]) == 64


def test_they_find_the_people_in_a_shop(pictures: dict[tuple[int, int], np.ndarray]) -> None:
    torch.set_num_threads(1)
    found = Compact.load().detect(list(pictures.values()))
    missed = surplus = 0
    for people, chests in zip(found, CHESTS.values(), strict=True):
        at_chest = [sum(_holds(person.box, chest) for chest in chests) for person in people]
        missed += sum(not any(_holds(person.box, chest) for person in people) for chest in chests)
        surplus += sum(count == 0 for count in at_chest)
    assert missed <= 2
    assert surplus <= 2


def _holds(box: np.ndarray, point: tuple[int, int]) -> bool:
    left, top, width, height = box.tolist()
    return left - 8 <= point[0] <= left + width + 8 and top <= point[1] <= top + height
