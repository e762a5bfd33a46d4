"""New values for cameras in a store file; everything else, comments too, stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from storegraph.atomic import whole_file
from storegraph.store.model import Camera
from storegraph.store.source import Source

from .errors import CalibrationError

DIGITS = {"focal_length": 2, "principal_point": 2, "distortion": 6, "position": 4, "orientation": 7}
"""Behind the point: a hundredth of a pixel, a tenth of a millimetre, and of a turn what moves 10 m by a hundredth of
that."""

LINE = 10_000
"""Columns: no line is broken that was whole before."""


def rewrite(store_file: Path, out: Path, changes: Mapping[str, Mapping[str, Any]], *, replace: bool = False) -> None:
    """Writes a store file with other values of cameras, whole or not at all.

    Args:
        store_file: To begin with.
        out: The file to make, in the same folder where the catalogue is a file of its own.
        changes: By camera id, keys of `Camera` and what they are now.
        replace: Whether `out` may be replaced; only then it may be `store_file` itself.

    Raises:
        CalibrationError: A camera is not in the file, or the file cannot be changed without changing more.
        OutputError: `out` exists and may not be replaced, or it cannot be written.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(store_file.read_text(encoding="utf-8-sig"))
    if isinstance(document.get("catalogue"), str) and out.resolve().parent != store_file.resolve().parent:
        raise CalibrationError(f"{out}: must stand beside {store_file}, whose catalogue is {document['catalogue']}")
    listed = {camera["id"]: camera for camera in document.get("cameras") or ()}
    for name, values in changes.items():
        if name not in listed:
            raise CalibrationError(f"{store_file}: cameras has no {name}")
        for key, value in values.items():
            listed[name][key] = _plain(key, value)
    text = StringIO()
    yaml.dump(document, text)
    with whole_file(out, replace=replace) as fresh:
        fresh.write_text(text.getvalue(), encoding="utf-8")
        if _others(Source(fresh).data) != _others(Source(store_file).data):
            raise CalibrationError(
                f"{store_file}: cannot be rewritten as it is; paste the cameras of the report into it"
            )


def section(changes: Mapping[str, Mapping[str, Any]]) -> str:
    """The new values as a part of a store file, to be pasted."""
    yaml = YAML()
    yaml.width = LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    cameras = [
        {"id": name} | {key: _plain(key, value) for key, value in each.items()} for name, each in changes.items()
    ]
    text = StringIO()
    yaml.dump({"cameras": cameras}, text)
    return text.getvalue()


def pose_of(camera: Camera) -> dict[str, Any]:
    """What extrinsics say of a camera."""
    return {"position": camera.position, "orientation": camera.orientation}


def lens_of(camera: Camera) -> dict[str, Any]:
    """What intrinsics say of a camera."""
    keys = "width", "height", "focal_length", "principal_point", "distortion_model", "distortion"
    return {key: getattr(camera, key) for key in keys}


def _plain(key: str, value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    numbers = CommentedSeq([round(float(number), DIGITS[key]) for number in value])
    numbers.fa.set_flow_style()
    return numbers


def _others(data: Any) -> Any:
    """All but the cameras."""
    return {key: value for key, value in data.items() if key != "cameras"}
