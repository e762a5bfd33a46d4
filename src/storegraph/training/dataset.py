"""Pictures to learn from, on disk: a folder for each scene, which is there whole or not at all.

    scene-000007/
        00000.jpg ...   pictures of one store and its people
        people.npz      whose picture, points, hidden, own, score: one row for every person in every picture; rendered

`score` is 1 where the truth is known, and a teacher's confidence by joint where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.atomic import whole_directory

from .errors import TrainingError

QUALITY = 92
"""Of the JPEG files; a little better than cameras', as augmentation adds compression of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people in one picture.

    Attributes:
        points: COCO-17 in pixels, shape [P, 17, 2]; NaN where not known.
        hidden: By what share each joint is hidden by others, fixtures and walls, 0 to 1, shape [P, 17].
        own: By what share each is hidden by the own trunk or head, shape [P, 17].
        score: How sure each joint's place is, 0 to 1, shape [P, 17].
    """

    points: NDArray[np.float32]
    hidden: NDArray[np.float32]
    own: NDArray[np.float32]
    score: NDArray[np.float32]

    @classmethod
    def known(cls, points: NDArray[np.float32], hidden: NDArray[np.float32], own: NDArray[np.float32]) -> People:
        """People of a simulation, whose places are the truth."""
        return cls(points, hidden, own, np.isfinite(points[..., 0]).astype(np.float32))

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A picture file, and who is in it.

    Attributes:
        path: Of the JPEG.
        people: In its pixels.
        rendered: Whether the truth is known, or what a teacher says.
    """

    path: Path
    people: People
    rendered: bool

    def pixels(self) -> NDArray[np.uint8]:
        """The picture, BGR, shape [height, width, 3].

        Raises:
            TrainingError: It cannot be read.
        """
        pixels = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise TrainingError(f"{self.path}: is no picture that can be read; delete its folder, it is made again")
        return np.asarray(pixels, np.uint8)


def scene_folder(folder: Path, seed: int) -> Path:
    """Where the scene of a seed is kept."""
    return folder / f"scene-{seed:06d}"


def write_scene(
    target: Path,
    pictures: Iterable[tuple[NDArray[np.uint8], People]],
    *,
    rendered: bool = True,
    replace: bool = False,
) -> int:
    """Keeps the pictures of a scene, and who is in them.

    Args:
        target: Folder of the scene.
        pictures: BGR, shape [height, width, 3], and their people.
        rendered: Whether the truth is known.
        replace: Whether an earlier scene may be replaced.

    Returns:
        How many they are.

    Raises:
        OutputError: The folder is there already and `replace` is false, or it cannot be written.
    """
    everybody: list[People] = []
    with whole_directory(target, replace=replace, durable=False) as fresh:
        for number, (pixels, people) in enumerate(pictures):
            cv2.imwrite(str(fresh / f"{number:05d}.jpg"), pixels, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
            everybody.append(people)
        np.savez_compressed(
            fresh / "people.npz",
            picture=np.repeat(np.arange(len(everybody)), [len(people) for people in everybody]),
            points=_stacked([people.points for people in everybody], (17, 2)),
            hidden=_stacked([people.hidden for people in everybody], (17,)),
            own=_stacked([people.own for people in everybody], (17,)),
            score=_stacked([people.score for people in everybody], (17,)),
            rendered=rendered,
        )
    return len(everybody)


def read_scenes(folder: Path) -> list[Example]:
    """All pictures of all scenes in a folder, in the order of their names.

    Raises:
        TrainingError: A scene lacks its people.
    """
    return [example for scene in sorted(folder.glob("scene-*")) for example in _read_scene(scene)]


def _read_scene(scene: Path) -> list[Example]:
    try:
        with np.load(scene / "people.npz") as file:
            rows = {name: file[name] for name in ("picture", "points", "hidden", "own", "score", "rendered")}
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{scene}/people.npz: cannot be read: {error}; delete the folder, it is made again"
        ) from None
    examples = []
    for number, path in enumerate(sorted(scene.glob("*.jpg"))):
        mine = rows["picture"] == number
        people = People(rows["points"][mine], rows["hidden"][mine], rows["own"][mine], rows["score"][mine])
        examples.append(Example(path, people, bool(rows["rendered"])))
    return examples


def _stacked(arrays: Sequence[NDArray[np.float32]], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.concatenate([np.zeros((0, *shape), np.float32), *arrays])
