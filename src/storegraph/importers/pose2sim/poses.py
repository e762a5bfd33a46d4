"""`pose/<camera>_json/*.json` -> the people in each picture."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storegraph.importers.errors import ImporterError
from storegraph.observations import COCO_17, Keypoints, PersonKeypoints
from storegraph.store.model import Camera
from storegraph.tracking.skeleton import BODY_25, HALPE_26

from .belonging import of_cameras

SKELETONS = {len(joints): joints for joints in (COCO_17, BODY_25, HALPE_26)}
"""Joints by their number: the files do not name them."""

FOLDER = "_json"
"""Behind the name of a camera."""


def pose_folders(project: Path, cameras: Sequence[str]) -> dict[str, Path]:
    """The folder of each camera's poses, by the camera's name.

    Raises:
        ImporterError: Folders and cameras do not go together.
    """
    folders = sorted(path for path in (project / "pose").glob(f"*{FOLDER}") if path.is_dir())
    found = of_cameras(folders, [folder.name.removesuffix(FOLDER) for folder in folders], cameras)
    if found is not None:
        return found
    held = ", ".join(folder.name for folder in folders) or "none"
    raise ImporterError(
        f"{project}/pose: must have a folder <camera>{FOLDER} for each of {', '.join(cameras)}; it has {held}"
    )


def frames_in(folder: Path) -> dict[int, Path]:
    """The files of a camera, by the number of the picture: the last digits of their names.

    Raises:
        ImporterError: A name has no number, or two have the same.
    """
    frames: dict[int, Path] = {}
    for path in sorted(folder.glob("*.json")):
        digits = re.findall(r"\d+", path.stem)
        if not digits or int(digits[-1]) in frames:
            raise ImporterError(f"{path}: a file's name ends in the number of its picture, which no other has")
        frames[int(digits[-1])] = path
    return frames


def keypoints(path: Path, camera: Camera, stamp: int) -> Keypoints:
    """The people in one picture.

    Args:
        path: As OpenPose writes it: `people[].pose_keypoints_2d`, x, y, score for each joint, all 0 where not found.
        camera: Whose picture it is.
        stamp: When it was taken, nanoseconds since the Unix epoch.

    Returns:
        With the joints of COCO-17 where nobody is there, and so nothing tells which they are.

    Raises:
        ImporterError: The file cannot be read, or its joints are of no known skeleton.
    """
    try:
        people = [person["pose_keypoints_2d"] for person in json.loads(path.read_text(encoding="utf-8"))["people"]]
        arrays = [np.array(person, dtype=np.float32).reshape(-1, 3) for person in people]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImporterError(f"{path}: is not as OpenPose writes it: {error}") from error
    counts = {len(array) for array in arrays} or {len(COCO_17)}
    if len(counts) > 1 or not counts <= SKELETONS.keys():
        takes = ", ".join(f"{count}" for count in SKELETONS)
        raise ImporterError(
            f"{path}: has people of {sorted(counts)} joints; known are {takes} (COCO, BODY_25, HALPE_26)"
        )
    seen = tuple(person for array in arrays if (person := _person(array)) is not None)
    return Keypoints(stamp, camera.id, camera.width, camera.height, SKELETONS[counts.pop()], seen)


def _person(joints: NDArray[np.float32]) -> PersonKeypoints | None:
    """Somebody of whom joints [J, 3] were found; None where none were."""
    found = (joints[:, 2] > 0) & np.isfinite(joints).all(axis=1)
    if not found.any():
        return None
    points = np.where(found[:, None], joints[:, :2], np.nan).astype(np.float32)
    least, most = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    scores = np.where(found, np.minimum(joints[:, 2], 1.0), 0.0).astype(np.float32)
    box = np.concatenate((least, most - least)).astype(np.float32)
    return PersonKeypoints(float(scores[found].mean()), box, points, scores)
