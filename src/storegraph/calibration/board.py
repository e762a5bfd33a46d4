"""What is printed: ChArUco boards and square markers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.store.problem import nearest

from .errors import CalibrationError
from .turning import Floats

FORM = "charuco:COLUMNSxROWS:SQUARE:MARKER[:DICTIONARY], as in charuco:5x7:0.04:0.03"

MOST_SQUARES = 50
"""Along a side of a board; larger ones fit no printer."""


class BoardError(CalibrationError):
    """A board is not described as one can be."""


@dataclass(frozen=True, slots=True)
class MarkerDictionary:
    """A family of markers.

    Attributes:
        code: OpenCV's number of it.
        size: How many markers it has.
    """

    code: int
    size: int

    def load(self) -> cv2.aruco.Dictionary:
        """As OpenCV takes it."""
        return cv2.aruco.getPredefinedDictionary(self.code)


DICTIONARIES: Mapping[str, MarkerDictionary] = MappingProxyType(
    {
        "tag36h11": MarkerDictionary(cv2.aruco.DICT_APRILTAG_36h11, 587),
        "tag25h9": MarkerDictionary(cv2.aruco.DICT_APRILTAG_25h9, 35),
        "tag16h5": MarkerDictionary(cv2.aruco.DICT_APRILTAG_16h5, 30),
        "4x4_50": MarkerDictionary(cv2.aruco.DICT_4X4_50, 50),
        "4x4_100": MarkerDictionary(cv2.aruco.DICT_4X4_100, 100),
        "5x5_100": MarkerDictionary(cv2.aruco.DICT_5X5_100, 100),
        "5x5_1000": MarkerDictionary(cv2.aruco.DICT_5X5_1000, 1000),
        "6x6_250": MarkerDictionary(cv2.aruco.DICT_6X6_250, 250),
    }
)
"""Families by name: AprilTag's own (Olson, AprilTag, ICRA 2011; Wang and Olson, AprilTag 2, IROS 2016), and ArUco's
(Garrido-Jurado et al., Pattern Recognition 47, 2014)."""


@dataclass(frozen=True, slots=True)
class Board:
    """A ChArUco board: a chessboard with a marker in each white square.

    Attributes:
        columns: Squares from left to right.
        rows: Squares from top to bottom.
        square: Side of a square, metres.
        marker: Side of a marker, metres.
        dictionary: Of the markers.
    """

    columns: int
    rows: int
    square: float
    marker: float
    dictionary: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, metres."""
        return self.columns * self.square, self.rows * self.square

    def load(self) -> cv2.aruco.CharucoBoard:
        """As OpenCV takes it."""
        family = DICTIONARIES[self.dictionary].load()
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square, self.marker, family)

    def corners(self) -> Floats:
        """The inner corners about the board's middle: x right, y to the top, z out of the print; shape [K, 3]."""
        corners = np.asarray(self.load().getChessboardCorners(), dtype=np.float64)
        width, height = self.size
        return np.asarray((corners - (width / 2, height / 2, 0)) * (1, -1, 1))

    def picture(self, pixels_a_metre: float) -> NDArray[np.uint8]:
        """The board as it is printed, without a margin, shape [height, width]."""
        width, height = (round(side * pixels_a_metre) for side in self.size)
        return np.asarray(self.load().generateImage((width, height)), np.uint8)


def parse_board(text: str) -> Board:
    """A board from its description on the command line.

    Raises:
        BoardError: It is none.
    """
    kind, *parts = text.split(":")
    if kind != "charuco" or len(parts) not in (3, 4):
        raise BoardError(f'"{text}": a board is {FORM}')
    dictionary = parts[3] if len(parts) == 4 else "4x4_50"
    if dictionary not in DICTIONARIES:
        close = nearest(dictionary, DICTIONARIES)
        raise BoardError(f'"{text}": {dictionary} is no dictionary{close}; known are {", ".join(DICTIONARIES)}')
    try:
        columns, rows = (int(count) for count in parts[0].split("x"))
        square, marker = float(parts[1]), float(parts[2])
    except ValueError:
        raise BoardError(f'"{text}": a board is {FORM}') from None
    if not (3 <= columns <= MOST_SQUARES and 3 <= rows <= MOST_SQUARES):
        raise BoardError(f'"{text}": {columns}x{rows} squares; a side has 3 to {MOST_SQUARES}')
    if not 0 < marker < square:
        raise BoardError(f'"{text}": the marker ({marker} m) must be smaller than the square ({square} m)')
    if (needed := columns * rows // 2) > DICTIONARIES[dictionary].size:
        raise BoardError(f'"{text}": needs {needed} markers; {dictionary} has {DICTIONARIES[dictionary].size}')
    return Board(columns, rows, square, marker, dictionary)


def marker_corners(size: float) -> Floats:
    """The corners of a marker about its middle, clockwise from the top left as OpenCV gives them, shape [4, 3].

    Args:
        size: Side of its black square, metres.
    """
    half = size / 2
    return np.array([(-half, half, 0.0), (half, half, 0.0), (half, -half, 0.0), (-half, -half, 0.0)])
