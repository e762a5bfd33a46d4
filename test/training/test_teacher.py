"""Real pictures are kept with what a teacher is sure of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')

from storegraph.observations import COCO_17, PersonKeypoints  # noqa: E402
from storegraph.training.errors import TrainingError  # noqa: E402
from storegraph.training.teacher import LONGER, taught_pictures  # noqa: E402


class SeesWhite:
    """Reports one person, whose joints are all in the middle of what is white; the nose it does not find."""

    joints = COCO_17

    def detect(self, pictures: Sequence[np.ndarray]) -> list[tuple[PersonKeypoints, ...]]:
        return [self._people(picture) for picture in pictures]

    def _people(self, picture: np.ndarray) -> tuple[PersonKeypoints, ...]:
        rows, columns = np.nonzero(picture[..., 0] > 200)
        if not len(rows):
            return ()
        points = np.tile(np.array([columns.mean(), rows.mean()], np.float32), (17, 1))
        points[0] = np.nan
        return (PersonKeypoints(0.5, np.zeros(4, np.float32), points, np.full(17, 0.6, np.float32)),)


def picture(x: int, width: int = 1024, height: int = 512) -> np.ndarray:
    pixels = np.zeros((height, width, 3), np.uint8)
    if x:
        pixels[90:111, x - 10 : x + 11] = 255
    return pixels


def test_pictures_without_anybody_are_left_out_and_the_others_are_reduced(tmp_path: Path) -> None:
    for number, x in enumerate((300, 0, 801)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(x))
    (tmp_path / "notes.txt").write_text("not a picture")
    kept = list(taught_pictures([tmp_path], SeesWhite(), every=1))
    assert [pixels.shape for pixels, _ in kept] == [(LONGER // 2, LONGER, 3)] * 2
    for (pixels, people), x in zip(kept, (300, 801), strict=True):
        assert people.points[0, 5].tolist() == [(x + 0.5) / 2 - 0.5, (100 + 0.5) / 2 - 0.5]
        assert pixels[50, x // 2].tolist() == [255, 255, 255]


def test_what_the_teacher_does_not_find_is_not_known(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), picture(300))
    ((_, people),) = taught_pictures([tmp_path / "one.png"], SeesWhite(), every=1)
    assert people.score[0, 0] == 0
    assert people.score[0, 1:].tolist() == [pytest.approx(0.6)] * 16
    assert people.hidden.max() == 0


def test_of_a_video_every_so_manieth_picture_is_taken(tmp_path: Path) -> None:
    video = cv2.VideoWriter(str(tmp_path / "shop.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (256, 128))
    for x in range(20, 120, 10):
        video.write(cv2.resize(picture(4 * x), (256, 128)))
    video.release()
    kept = list(taught_pictures([tmp_path / "shop.avi"], SeesWhite(), every=4))
    assert [round(float(people.points[0, 5, 0]) / 10) for _, people in kept] == [2, 6, 10]


@pytest.mark.parametrize("name", ["missing.mp4", "notes.txt"])
def test_what_holds_no_pictures_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrainingError, match=name):
        list(taught_pictures([tmp_path / name], SeesWhite(), every=1))
