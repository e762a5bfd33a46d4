"""Pictures to learn from come back from disk as they were put there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')

from storegraph.training.dataset import People, read_scenes, scene_folder, write_scene
from storegraph.training.errors import TrainingError


def people(count: int, seed: int) -> People:
    draw = np.random.default_rng(seed)
    points = draw.uniform(0, 60, (count, 17, 2)).astype(np.float32)
    points[:, 3] = np.nan
    return People.known(points, draw.random((count, 17), np.float32), draw.random((count, 17), np.float32))


def grey(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def test_everybody_comes_back_with_their_picture(tmp_path: Path) -> None:
    kept = [(grey(40), people(2, 1)), (grey(90), people(0, 2)), (grey(200), people(1, 3))]
    assert write_scene(scene_folder(tmp_path, 5), kept) == 3
    read = read_scenes(tmp_path)
    assert [len(example.people) for example in read] == [2, 0, 1]
    for (pixels, known), example in zip(kept, read, strict=True):
        assert abs(float(example.pixels().mean()) - float(pixels.mean())) < 2
        for name in ("points", "hidden", "own", "score"):
            assert np.array_equal(getattr(known, name), getattr(example.people, name), equal_nan=True)
        assert example.rendered


def test_a_joint_without_a_place_is_not_known() -> None:
    assert people(2, 1).score[:, 3].tolist() == [0, 0]
    assert people(2, 1).score[:, 4].tolist() == [1, 1]


def test_a_scene_without_people_is_told_by_its_name(tmp_path: Path) -> None:
    write_scene(scene_folder(tmp_path, 5), [(grey(40), people(1, 1))])
    (scene_folder(tmp_path, 5) / "people.npz").unlink()
    with pytest.raises(TrainingError, match=r"scene-000005/people\.npz"):
        read_scenes(tmp_path)


def test_a_scene_that_fails_is_not_there(tmp_path: Path) -> None:
    def pictures():
        yield grey(40), people(1, 1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_scene(scene_folder(tmp_path, 5), pictures())
    assert read_scenes(tmp_path) == []
