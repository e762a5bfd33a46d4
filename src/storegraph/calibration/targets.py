"""Sheets with markers that stay where they are, and what cameras see of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .board import DICTIONARIES, marker_corners, parse_board
from .bundle import Places, Sightings
from .pictures import GreyPicture
from .survey import Pose, Survey
from .turning import Floats, by_vector, cross_matrix, matrix, vector

CORNER_SIGMA = 0.3
"""Pixels, along an axis: 0.1 of a corner in a drawn picture (test/calibration/test_sheets_seen.py), and what a lens
model leaves."""

HALF = 0.5
"""Pixels: AprilTag's edge fit, which OpenCV took over, counts from the corner of a pixel, camera models from its
middle. With it corners are 0.1 px off where OpenCV's own refinement is 0.35 px off."""

LOOKED_AT = 40
"""Pictures of a camera in which markers are looked for; they are fixed, so more would say the same again."""

SEEN_IN = 0.2
"""Share of the pictures in which a marker must be found: fewer are a mistake, or a marker that somebody carries."""

STEADY = 1.0
"""Pixels: the spread of a corner over the pictures. A marker that moves more is not fixed, or the camera is not."""

RANK = 6
"""Unknowns of a sheet: a turn and a place."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A sheet.

    Attributes:
        name: For people: "marker 3", "board charuco:5x7:0.04:0.03".
        points: Its corners about its middle, x right, y top, z out of the print, metres, shape [K, 3].
        pose: What was measured of where it is.
    """

    name: str
    points: Floats
    pose: Pose


def targets_of(survey: Survey) -> tuple[Target, ...]:
    """All sheets of a survey, markers first."""
    markers = [Target(f"marker {each.id}", marker_corners(each.size), each) for each in survey.markers]
    boards = [Target(f"board {each.board}", parse_board(each.board).corners(), each) for each in survey.boards]
    return (*markers, *boards)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one camera sees of all sheets.

    Attributes:
        pictures: In which sheets were looked for.
        size: Width and height of the pictures, pixels.
        last: The last picture, for the report.
        corners: By target: which of its points, shape [K], and where, pixels, shape [K, 2].
        unsteady: Names of targets that moved in the picture.
    """

    pictures: int
    size: tuple[int, int]
    last: NDArray[np.uint8]
    corners: Mapping[int, tuple[NDArray[np.intp], Floats]]
    unsteady: tuple[str, ...]


def look(pictures: Iterable[GreyPicture], survey: Survey, targets: Sequence[Target]) -> Look | None:
    """Looks for the sheets in the pictures of a fixed camera.

    Args:
        pictures: In the order in which they were taken.
        survey: What there is to be seen.
        targets: The same, as `targets_of` gives it.

    Returns:
        The median place of every corner; None without pictures.
    """
    chosen = spread(pictures, LOOKED_AT)
    if not chosen:
        return None
    finder = _Finder.of(survey)
    found: defaultdict[tuple[int, int], list[Floats]] = defaultdict(list)
    for picture in chosen:
        for key, pixel in finder.corners(picture.pixels):
            found[key].append(pixel)
    least = max(SEEN_IN * len(chosen), 1)
    places = {key: np.array(pixels) for key, pixels in found.items() if len(pixels) >= least}
    moving = {key for key, pixels in places.items() if _spread(pixels) > STEADY}
    by_target: defaultdict[int, list[int]] = defaultdict(list)
    for target, point in sorted(places.keys() - moving):
        by_target[target].append(point)
    corners = {
        target: (np.array(points), np.array([np.median(places[target, point], axis=0) for point in points]))
        for target, points in by_target.items()
        if len(points) >= 4  # a pose needs four points in a plane
    }
    height, width = chosen[-1].pixels.shape
    unsteady = tuple(targets[target].name for target in sorted({target for target, _ in moving} - corners.keys()))
    return Look(len(chosen), (width, height), chosen[-1].pixels, corners, unsteady)


def spread(pictures: Iterable[GreyPicture], most: int) -> list[GreyPicture]:
    """At most so many pictures, about evenly spread, without holding more than twice as many."""
    kept: list[GreyPicture] = []
    step = 1
    for number, picture in enumerate(pictures):
        if number % step == 0:
            kept.append(picture)
            if len(kept) >= 2 * most:
                kept, step = kept[::2], 2 * step
    return [kept[round(place)] for place in np.linspace(0, len(kept) - 1, min(most, len(kept)))] if kept else []


def _spread(pixels: Floats) -> float:
    """How far a corner moves: median distance from its median place."""
    return float(np.median(np.linalg.norm(pixels - np.median(pixels, axis=0), axis=1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Finder:
    """Finds the corners of a survey's sheets.

    Attributes:
        markers: By id, the index of the target.
        detector: Of markers.
        boards: Detectors of boards, by the index of the target.
    """

    markers: Mapping[int, int]
    detector: cv2.aruco.ArucoDetector
    boards: Mapping[int, cv2.aruco.CharucoDetector] = field(default_factory=dict)

    @classmethod
    def of(cls, survey: Survey) -> _Finder:
        settings = cv2.aruco.DetectorParameters()
        settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG
        return cls(
            {marker.id: place for place, marker in enumerate(survey.markers)},
            cv2.aruco.ArucoDetector(DICTIONARIES[survey.dictionary].load(), settings),
            {
                len(survey.markers) + place: cv2.aruco.CharucoDetector(parse_board(each.board).load())
                for place, each in enumerate(survey.boards)
            },
        )

    def corners(self, pixels: NDArray[np.uint8]) -> Iterable[tuple[tuple[int, int], Floats]]:
        """Target and point, and where it is."""
        if self.markers:
            quads, ids, _ = self.detector.detectMarkers(pixels)
            for quad, name in zip(quads, [] if ids is None else ids.ravel().tolist(), strict=True):
                target = self.markers.get(int(name))
                if target is not None:
                    for point, pixel in enumerate(quad.reshape(4, 2)):
                        yield (target, point), pixel.astype(np.float64) - HALF
        for board, detector in self.boards.items():
            corners, ids, _, _ = detector.detectBoard(pixels)
            if ids is not None:
                for index, pixel in zip(ids.ravel(), corners.reshape(-1, 2), strict=True):
                    yield (board, int(index)), pixel.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class FixedSheets:
    """A scene of T sheets, each with the unknowns turn and place; N sightings.

    Attributes:
        sightings: Of their corners.
        targets: The sheets.
        axes: Where the adjustment begins: their axes in `map`, shape [T, 3, 3].
        middles: The same of their middles, shape [T, 3].
        of_target: Which sheet each sighting is of, shape [N].
        local: The point on the sheet, metres, shape [N, 3].
    """

    sightings: Sightings
    targets: tuple[Target, ...]
    axes: Floats
    middles: Floats
    of_target: NDArray[np.intp]
    local: Floats

    @property
    def start(self) -> Floats:
        """All sheets where they were put first."""
        return np.zeros(RANK * len(self.targets))

    def poses(self, unknowns: Floats) -> tuple[Floats, Floats]:
        """Axes [T, 3, 3] and middles [T, 3] of the sheets in `map`."""
        change = unknowns.reshape(-1, RANK)
        axes = np.array([matrix(turn) @ start for turn, start in zip(change[:, :3], self.axes, strict=True)])
        return axes, self.middles + change[:, 3:]

    def places(self, unknowns: Floats, clocks: Floats) -> Places:
        """Where the corners are; clocks do not matter to what stands still."""
        axes, middles = self.poses(unknowns)
        turned = np.einsum("nij,nj->ni", axes[self.of_target], self.local)
        each = np.array([by_vector(turn) for turn in unknowns.reshape(-1, RANK)[:, :3]])[self.of_target]
        by_pose = np.concatenate((-cross_matrix(turned) @ each, np.broadcast_to(np.eye(3), each.shape)), axis=2)
        count = len(turned)
        lines = np.broadcast_to(np.arange(3 * count).reshape(count, 3, 1), by_pose.shape)
        columns = np.broadcast_to(RANK * self.of_target[:, None, None] + np.arange(RANK), by_pose.shape)
        shape = 3 * count, len(unknowns)
        by_unknowns = csr_matrix((by_pose.ravel(), (lines.ravel(), columns.ravel())), shape)
        return Places(middles[self.of_target] + turned, by_unknowns, np.zeros_like(turned))

    def unlikeliness(self, unknowns: Floats) -> tuple[Floats, csr_matrix]:
        """How far the sheets are from where they were measured to be."""
        axes, middles = self.poses(unknowns)
        off: list[Floats] = []
        by_unknowns = np.zeros((0, len(unknowns)))
        for place, target in enumerate(self.targets):
            if target.pose.position is None:
                continue
            turn = vector(axes[place] @ target.pose.axes().T)
            turned = np.linalg.solve(by_vector(turn), by_vector(unknowns[RANK * place : RANK * place + 3]))
            rows = np.zeros((RANK, len(unknowns)))
            rows[:3, RANK * place : RANK * place + 3] = turned / target.pose.turned
            rows[3:, RANK * place + 3 : RANK * (place + 1)] = np.eye(3) / target.pose.within
            off += [turn / target.pose.turned, (middles[place] - target.pose.position) / target.pose.within]
            by_unknowns = np.concatenate((by_unknowns, rows))
        return np.concatenate([np.zeros(0), *off]), csr_matrix(by_unknowns)
