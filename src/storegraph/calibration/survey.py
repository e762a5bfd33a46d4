"""What somebody measured in the store: a small YAML file beside the store file.

dictionary: tag36h11
markers:
  - {id: 0, size: 0.16, position: [1.0, 1.2, 0.0]}                                  # on the floor
  - {id: 1, size: 0.16, position: [0.0, 2.0, 1.4], faces: [1, 0, 0], top: [0, 0, 1]}  # on a wall
  - {id: 2, size: 0.16}                                                             # anywhere, it is worked out
cameras:
  - {id: south_west, position: [0.15, 0.15, 2.75]}
people: {stature: 1.78}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from storegraph.store.model import Identifier, Part, Point3D, PositiveFloat, Store
from storegraph.store.part_file import load_part
from storegraph.store.problem import Problem, listed, nearest, shown

from .board import DICTIONARIES, BoardError, parse_board
from .errors import CalibrationError
from .turning import Floats

TAPED = 0.01
"""Metres, standard deviation: a place that two people measure with a tape from a corner of the room."""

SQUARE = 0.02
"""How far two directions may be from a right angle, as a cosine: one degree."""


def _dictionary(name: str) -> str:
    if name not in DICTIONARIES:
        raise ValueError(f"is no dictionary{nearest(name, DICTIONARIES)}; known are {', '.join(DICTIONARIES)}")
    return name


def _board(text: str) -> str:
    try:
        parse_board(text)
    except BoardError as error:
        raise ValueError(f"is no board: {error}") from error
    return text


class Pose(Part):
    """Where a printed sheet is, as far as somebody measured it.

    Attributes:
        position: Of its middle in `map`, metres; None: it is fixed, and worked out.
        faces: The direction in `map` from which it is seen: up, for a sheet on the floor.
        top: The direction in `map` in which the upper edge of the print lies.
        within: Standard deviation of the position along an axis, metres.
        turned: Standard deviation of the orientation about an axis, radians; 0.02 is one degree.
    """

    position: Point3D | None = None
    faces: Point3D = (0.0, 0.0, 1.0)
    top: Point3D = (0.0, 1.0, 0.0)
    within: PositiveFloat = TAPED
    turned: PositiveFloat = 0.02

    def axes(self) -> Floats:
        """The sheet's axes in `map`, columns: to the right, to the top, out of the print."""
        out = np.array(self.faces) / np.linalg.norm(self.faces)
        up = np.array(self.top) - out * (out @ self.top)
        up /= np.linalg.norm(up)
        return np.stack((np.cross(up, out), up, out), axis=1)


class Marker(Pose):
    """A square marker.

    Attributes:
        id: Its number in the dictionary.
        size: Side of the black square, metres.
    """

    id: Annotated[int, Field(ge=0)]
    size: PositiveFloat


class Sheet(Pose):
    """A ChArUco board that stays where it is.

    Attributes:
        board: As `--board` takes it: `charuco:5x7:0.04:0.03`.
    """

    board: Annotated[str, AfterValidator(_board)]


class MeasuredCamera(Part):
    """A camera whose place was measured.

    Attributes:
        id: As in the store file.
        position: Of its lens in `map`, metres.
        within: Standard deviation along an axis, metres.
    """

    id: Identifier
    position: Point3D
    within: PositiveFloat = 2 * TAPED


class Walkers(Part):
    """Who walked about.

    Attributes:
        stature: Of the one person who walked, in shoes, metres; None: anybody, of whom nothing is known.
    """

    stature: Annotated[float, Field(ge=1.0, le=2.3)] | None = None


class Survey(Part):
    """All that was measured.

    Attributes:
        dictionary: Of the markers.
        markers: On floor and shelves.
        boards: The same.
        cameras: Those whose place was measured.
        people: Who walked about.
    """

    dictionary: Annotated[str, AfterValidator(_dictionary)] = "tag36h11"
    markers: tuple[Marker, ...] = ()
    boards: tuple[Sheet, ...] = ()
    cameras: tuple[MeasuredCamera, ...] = ()
    people: Walkers = Walkers()


def load_survey(path: Path, store: Store) -> Survey:
    """Reads and checks a survey file.

    Args:
        path: YAML in UTF-8.
        store: That was measured.

    Raises:
        CalibrationError: It cannot be read, or has problems; all of them are told at once.
    """
    return load_part(path, Survey, CalibrationError, lambda survey: _problems(survey, store))


def _problems(survey: Survey, store: Store) -> Iterator[Problem]:
    cameras = {camera.id for camera in store.cameras}
    for place, camera in enumerate(survey.cameras):
        if camera.id not in cameras:
            text = f"{shown(camera.id)} is no camera of the store{nearest(camera.id, cameras)}"
            yield Problem(("cameras", place, "id"), f"{text}; there are {listed(sorted(cameras))}")
    for key, names in (("markers", [m.id for m in survey.markers]), ("cameras", [c.id for c in survey.cameras])):
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Problem((key, place, "id"), f"{shown(name)} is there twice; every id is given once")
    most = DICTIONARIES[survey.dictionary].size
    for place, marker in enumerate(survey.markers):
        if marker.id >= most:
            text = f"{marker.id} is not in {survey.dictionary}; its ids are 0 to {most - 1}"
            yield Problem(("markers", place, "id"), text)
    sheets: list[tuple[str, int, Pose]] = [("markers", place, each) for place, each in enumerate(survey.markers)]
    sheets += [("boards", place, each) for place, each in enumerate(survey.boards)]
    for key, place, sheet in sheets:
        lengths = np.linalg.norm(sheet.faces), np.linalg.norm(sheet.top)
        if min(lengths) == 0:
            yield Problem((key, place, "faces"), "and top are directions; neither may be [0, 0, 0]")
        elif abs(np.dot(sheet.faces, sheet.top)) > SQUARE * lengths[0] * lengths[1]:
            text = f"{shown(sheet.faces)} is not at a right angle to top {shown(sheet.top)}"
            yield Problem((key, place, "faces"), f"{text}; a sheet faces away from itself, and its top lies in it")
