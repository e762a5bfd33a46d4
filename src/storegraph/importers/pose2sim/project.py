"""A whole project -> a bag and a store file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from storegraph.atomic import OutputError, whole_file
from storegraph.graph.bag import BagWriter
from storegraph.graph.topics import KEYPOINTS
from storegraph.importers.errors import ImporterError
from storegraph.observations import Keypoints
from storegraph.store.file import write_store
from storegraph.store.model import Camera, Store
from storegraph.units import NANOSECONDS

from .calibration import read_calibration
from .poses import FOLDER, frames_in, keypoints, pose_folders
from .videos import people_in, picture_count, video_files
from .world import in_map

if TYPE_CHECKING:
    from storegraph.vision.detector import PersonDetector

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
    up: str | None = None,
    unit: str = "m",
    detector: PersonDetector | None = None,
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
        up: Axis of the calibration that points up, and
        unit: of its lengths, as `world.in_map` takes them.
        detector: Finds the people in the videos of a project that has no poses.
        replace_outputs: Whether existing outputs may be replaced.
        progress: Told how far the reading is.

    Raises:
        ImporterError: The project cannot be used.
        OutputError: An output exists and may not be replaced, or it cannot be written.
    """
    for output in (bag, store_file):
        if output.exists() and not replace_outputs:
            raise OutputError(f"{output}: exists already; give another name, or --force to replace it")
    cameras = in_map(read_calibration(project), project / "calibration", up, unit)
    rate = rate or _rate_of(project)
    seen, total = _seen(project, cameras, detector)
    store = _store(project, tuple(cameras.values()))
    with whole_file(store_file, replace=replace_outputs) as staged:
        write_store(store, staged)
        with BagWriter(bag, store.id, replace=replace_outputs) as writer:
            pictures = people = joints = 0
            for frame, keypoints in seen:
                stamp = START + round(frame * NANOSECONDS / rate)
                writer.write(KEYPOINTS.of(keypoints.camera), replace(keypoints, stamp=stamp), stamp)
                pictures, people, joints = pictures + 1, people + len(keypoints.people), len(keypoints.joints)
                if progress is not None:
                    progress(pictures, max(total, pictures))
    return ImportSummary(pictures, people, len(cameras), joints, rate)


def has_poses(project: Path) -> bool:
    """Whether the people in the project's pictures have been found already."""
    return any((project / "pose").glob(f"*{FOLDER}/*.json"))


def _seen(
    project: Path, cameras: Mapping[str, Camera], detector: PersonDetector | None
) -> tuple[Iterator[tuple[int, Keypoints]], int]:
    """The number of every picture and what is in it, with the stamp 0, in the order of time; and how many there are."""
    if not has_poses(project) and detector is not None:
        videos = video_files(project, tuple(cameras))
        return people_in(videos, cameras, detector), picture_count(videos)
    files = {name: frames_in(folder) for name, folder in pose_folders(project, tuple(cameras)).items()}
    if not any(files.values()):
        raise ImporterError(f"{project}/pose: has no pictures' files (*.json)")
    return _in_files(files, cameras), sum(map(len, files.values()))


def _in_files(
    files: Mapping[str, Mapping[int, Path]], cameras: Mapping[str, Camera]
) -> Iterator[tuple[int, Keypoints]]:
    joints = _joints(files, cameras)
    for frame in sorted({frame for frames in files.values() for frame in frames}):
        for name, frames in files.items():
            if frame in frames:
                yield frame, _checked(keypoints(frames[frame], cameras[name], 0), joints, frames[frame])


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
