"""A whole project -> a bag and a store file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from storegraph.atomic import OutputError, whole_file
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import KEYPOINTS
from storegraph.importers.errors import ImporterError
from storegraph.observations import Keypoints
from storegraph.store.file import write_store
from storegraph.store.model import Camera, Store
from storegraph.units import NANOSECONDS

from .calibration import read_calibration
from .poses import frames_in, keypoints, pose_folders

START = 1_000_000_000 * NANOSECONDS
"""The stamp of picture 0, nanoseconds since the Unix epoch: the files do not tell when they were taken."""

Progress = Callable[[int, int], object]
"""Told the pictures read so far, and how many there are to read."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What came of an import.

    Attributes:
        pictures: With how many people in them or none, of all cameras.
        people: In all pictures together.
        cameras: In the store file.
        joints: Of a person.
        rate: Pictures of a camera a second.
    """

    pictures: int
    people: int
    cameras: int
    joints: int
    rate: float


def import_pose2sim(
    project: Path,
    bag: Path,
    store_file: Path,
    *,
    rate: float | None = None,
    replace_outputs: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Turns a project into a bag and a store file. Both appear whole, or neither does.

    Picture n of every camera has the stamp `START` plus n frames. The store has the cameras and nothing else.

    Args:
        project: Its folder.
        bag: Folder that becomes the bag.
        store_file: File that becomes the store file.
        rate: Pictures of a camera a second; None: as the project's `Config.toml` says.
        replace_outputs: Whether existing outputs may be replaced.
        progress: Told how far the reading is.

    Raises:
        ImporterError: The project cannot be used.
        OutputError: An output exists and may not be replaced, or it cannot be written.
    """
    for output in (bag, store_file):
        if output.exists() and not replace_outputs:
            raise OutputError(f"{output}: exists already; give another name, or --force to replace it")
    cameras = read_calibration(project)
    rate = rate or _rate_of(project)
    files = {name: frames_in(folder) for name, folder in pose_folders(project, tuple(cameras)).items()}
    if not any(files.values()):
        raise ImporterError(f"{project}/pose: has no pictures' files (*.json)")
    store = _store(project, tuple(cameras.values()))
    with whole_file(store_file, replace=replace_outputs) as staged:
        write_store(store, staged)
        with BagWriter(bag, store.id, replace=replace_outputs) as writer:
            pictures = people = 0
            joints = _joints(files, cameras)
            for frame in sorted({frame for frames in files.values() for frame in frames}):
                for name, frames in files.items():
                    if frame in frames:
                        stamp = START + round(frame * NANOSECONDS / rate)
                        seen = _checked(keypoints(frames[frame], cameras[name], stamp), joints, frames[frame])
                        writer.write(KEYPOINTS.of(seen.camera), seen, stamp)
                        pictures += 1
                        people += len(seen.people)
                if progress is not None:
                    progress(pictures, sum(map(len, files.values())))
    return ImportSummary(pictures, people, len(cameras), len(joints), rate)


def _joints(files: Mapping[str, Mapping[int, Path]], cameras: Mapping[str, Camera]) -> tuple[str, ...]:
    """Of which joints the people are: those of the first person in the project."""
    read = (keypoints(path, cameras[name], 0) for name, frames in files.items() for path in frames.values())
    first = next((seen for seen in read if seen.people), None)
    if first is None:
        raise ImporterError("nobody is in any picture")
    return first.joints


def _checked(seen: Keypoints, joints: tuple[str, ...], path: Path) -> Keypoints:
    """A picture with the joints of the project.

    Raises:
        ImporterError: Its people have others.
    """
    if seen.people and seen.joints != joints:
        raise ImporterError(f"{path}: has people of {len(seen.joints)} joints; the pictures before, of {len(joints)}")
    return replace(seen, joints=joints)


def _rate_of(project: Path) -> float:
    """The frame rate of `Config.toml`, of the project or of the batch that it belongs to, or that of its videos."""
    for path in (project / "Config.toml", project.parent / "Config.toml"):
        if not path.is_file():
            continue
        try:
            rate = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}).get("frame_rate")
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ImporterError(f"{path}: cannot be read: {error}") from error
        if isinstance(rate, int | float) and rate > 0:
            return float(rate)
    if rate := _rate_of_videos(project):
        return rate
    raise ImporterError(
        f"{project}: no Config.toml says project.frame_rate as a number, and there is no video; --fps says it"
    )


def _rate_of_videos(project: Path) -> float | None:
    """The frame rate of the project's videos; None where there are none, or OpenCV does not tell."""
    from cv2 import CAP_PROP_FPS, VideoCapture

    for path in sorted((project / "videos").glob("*")):
        video = VideoCapture(str(path))
        rate = float(video.get(CAP_PROP_FPS))
        video.release()
        if rate > 0:
            return rate
    return None


def _store(project: Path, cameras: tuple[Camera, ...]) -> Store:
    name = project.resolve().name
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    identifier = words if words[:1].isalpha() else f"project_{words}"
    return Store(id=identifier[:64], name=name, currency="EUR", time_zone="UTC", cameras=cameras, fixtures=())
