"""Who reaches, in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from arm_poses import standing
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')
pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.training.arms import WRISTS, forearms_turned, who_reaches
from storegraph.training.dataset import People

HANGS, LEVEL = (60, 108), (78, 90)


@pytest.mark.parametrize(
    ("wrist", "turned"),
    [((60, 108), -1), ((66, 106), -1), ((78, 90), 1), ((60, 72), 1), ((61, 92), 0), ((float("nan"), 90), 0)],
    ids=["hangs", "swings", "level", "raised", "points at the camera", "unknown"],
)
def test_a_forearm_is_turned_away_from_the_trunk_or_hangs(wrist: tuple[float, float], turned: int) -> None:
    assert forearms_turned(standing(wrist, (40, 108)), 100.0).tolist() == [turned, -1]


@given(st.floats(0, 2 * np.pi), st.floats(0.3, 5.0))
def test_how_the_camera_is_held_and_how_far_it_is_makes_no_forearm_turned(angle: float, scale: float) -> None:
    cos, sin = np.cos(angle), np.sin(angle)
    seen = scale * standing((78, 90), (40, 108)) @ np.array([[cos, -sin], [sin, cos]])
    assert forearms_turned(seen, 100.0 * scale).tolist() == [1, -1]


def people(*left_wrists: tuple[float, float]) -> People:
    points = np.array([standing(wrist, (40, 108)) for wrist in left_wrists], np.float32).reshape(-1, 17, 2)
    return People.known(points, np.zeros(points.shape[:2], np.float32), np.zeros(points.shape[:2], np.float32))


def test_who_reaches_is_who_has_a_turned_forearm() -> None:
    assert who_reaches(people(HANGS, LEVEL, HANGS)).tolist() == [1]
    assert who_reaches(people()).tolist() == []


@pytest.mark.parametrize("hides", ["hidden", "own", "score"])
def test_who_reaches_with_a_hand_that_nobody_sees_is_not_meant(hides: str) -> None:
    one = people(LEVEL)
    getattr(one, hides)[0, WRISTS[0]] = 0.1 if hides == "score" else 0.9
    assert who_reaches(one).tolist() == []
