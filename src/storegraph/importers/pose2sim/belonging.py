"""Which of a project's files belongs to which camera."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def of_cameras(paths: Sequence[Path], names: Sequence[str], cameras: Sequence[str]) -> dict[str, Path] | None:
    """Each camera's path, by the camera's name; None where paths and cameras do not go together.

    A path belongs to the camera whose name it has. Where none has a camera's name and there are as many paths as
    cameras, they belong together in the order of their names, as Pose2Sim takes them.

    Args:
        paths: By name.
        names: Of a camera, as each path has one.
        cameras: Of the calibration.
    """
    named = dict(zip(names, paths, strict=True))
    if set(cameras) <= named.keys():
        return {camera: named[camera] for camera in cameras}
    if len(paths) == len(cameras) and not set(cameras) & named.keys():
        return dict(zip(sorted(cameras), paths, strict=True))
    return None
