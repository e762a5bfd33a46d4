"""From a bag to where the cameras of a store are: with markers where there are any, else with people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import Decoder
from storegraph.graph.messages import MessageError
from storegraph.graph.topics import KEYPOINTS
from storegraph.observations import Keypoints
from storegraph.store.model import Store

from .bundle import Adjusted
from .errors import CalibrationError
from .markers import from_markers
from .people import from_people
from .pictures import pictures_of
from .places import PlacedSheet, PlacesReport, placed_cameras
from .survey import Survey
from .targets import FixedSheets, Look, look, targets_of
from .walks import glimpses


def places_from_markers(bag: Path, store: Store, survey: Survey, *, lens: bool = False) -> PlacesReport:
    """Where the cameras are, from the markers and boards in their pictures.

    Args:
        bag: With pictures of all cameras.
        store: Its cameras' lenses are believed, not their poses.
        survey: What there is to be seen, and where.
        lens: Whether focal lengths and distortion are adjusted too.

    Raises:
        CalibrationError: A camera cannot be placed.
        BagError: The bag cannot be read.
    """
    targets = targets_of(survey)
    looks: dict[str, Look] = {}
    remarks = []
    for camera in store.cameras:
        seen = look(pictures_of(bag, camera.id, store.id), survey, targets)
        if seen is None:
            raise CalibrationError(f"{bag}: no picture of camera {camera.id} can be read")
        if seen.size != (camera.width, camera.height):
            raise CalibrationError(
                f"{bag}: pictures of camera {camera.id} have {seen.size[0]}x{seen.size[1]} pixels, the store file says "
                f"{camera.width}x{camera.height}; calibrate the lens at the size that is recorded"
            )
        looks[camera.id] = seen
        remarks += [f"{name} moves in the picture of {camera.id} and is left out." for name in seen.unsteady]
    adjusted, sheets = from_markers(store.cameras, looks, targets, survey, lens=lens)
    pictures = {name: seen.last for name, seen in looks.items()}
    return PlacesReport(
        store=store,
        method="markers",
        cameras=placed_cameras(store.cameras, adjusted, sheets, pictures, timed=False),
        sheets=_sheets(adjusted, sheets),
        remarks=tuple(remarks),
    )


def _sheets(adjusted: Adjusted, sheets: FixedSheets) -> tuple[PlacedSheet, ...]:
    _, middles = sheets.poses(adjusted.scenes[0])
    placed = []
    for target, middle in zip(sheets.targets, middles, strict=True):
        measured = target.pose.position
        off = None if measured is None else float(np.linalg.norm(middle - measured))
        x, y, z = middle.tolist()
        placed.append(PlacedSheet(target.name, (x, y, z), off))
    return tuple(placed)


def places_from_people(
    bag: Path, store: Store, survey: Survey, *, lens: bool = False, seconds: float | None = None
) -> PlacesReport:
    """Where the cameras are, from somebody who walks about alone.

    Args:
        bag: With keypoints of all cameras.
        store: Its cameras' poses are believed roughly.
        survey: What was measured.
        lens: Whether focal lengths and distortion are adjusted too.
        seconds: Of the bag that are used, from its beginning; None: all.

    Raises:
        CalibrationError: A camera saw too little.
        BagError: The bag cannot be read.
    """
    seen = glimpses(_keypoints(bag, store, seconds), [camera.id for camera in store.cameras])
    adjusted, walks = from_people(store.cameras, seen, survey, lens=lens)
    statures = adjusted.scenes[0][walks.lines.size : -1]
    told = ", ".join(f"{stature:.2f}" for stature in statures.tolist())
    remarks = [f"People walked alone {seen.count} times; with these cameras they are {told} m tall."]
    if len(survey.cameras) < 2:
        remarks.append(
            "Fewer than two cameras were measured, so the store as a whole may be shifted, turned or too large, "
            "as far as the poses in the store file were wrong together; the cameras fit each other better than that."
        )
    return PlacesReport(
        store=store,
        method="people",
        cameras=placed_cameras(store.cameras, adjusted, walks, {}, timed=True),
        sheets=(),
        remarks=tuple(remarks),
    )


def _keypoints(bag: Path, store: Store, seconds: float | None) -> Iterator[Keypoints]:
    decoder = Decoder()
    with BagReader(bag, store.id) as reader:
        names = set(reader.names_of(KEYPOINTS))
        if not names:
            raise CalibrationError(
                f"{bag}: holds no keypoints of {store.id}; record cameras/*/keypoints with the vision node running"
            )
        end = None if seconds is None else reader.span[0] + round(seconds * 1e9)
        for message in reader.messages(names):
            if end is not None and message.log_time > end:
                break
            try:
                found = decoder.decode(message)
            except MessageError:  # says something impossible; the replay passes it over too
                continue
            if isinstance(found, Keypoints):
                yield found
