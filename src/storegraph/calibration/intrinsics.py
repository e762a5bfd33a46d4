"""How a camera's lens draws, from pictures of a board that was shown to it (Zhang, TPAMI 22, 2000)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.store.problem import listed

from .board import Board
from .errors import CalibrationError
from .pictures import GreyPicture
from .turning import Floats

LensModel = Literal["plumb_bob", "rational_polynomial", "equidistant"]

LEAST_CORNERS = 8
"""Of a view: with fewer its pose and the lens cannot be told apart."""

LEAST_VIEWS = 10
"""Zhang's figures level out from about ten on."""

MOST_VIEWS = 30
"""More cost time and change the fourth digit."""

EVERY = 12
"""Views that are alike within a share of this of the picture say the same."""

GRID = (4, 3)
"""Cells of the picture across and down in which corners must have been seen."""

EMPTY_CELLS = 1
"""Cells that may be empty: a lens bends most in the corners, and one of four can be had from the others."""

WORST = 3.0
"""A view whose error is so many times the median's is left out: it was blurred, or the board was bent."""

FOCAL_SIGMA = 0.005
"""Share of the focal length: what is less certain makes 2 cm of 4 m."""

BETTER = 0.97
"""A model with more coefficients is taken when the error of views that it has not seen falls below this share."""

FIELDS = (1.2, 1.8, 2.6)
"""Radians across the picture of a fisheye lens, to begin with: 70, 100 and 150 degrees."""

HELD_OUT = 3
"""One view in so many is held out."""

NAMES = (("top", "middle", "bottom"), ("far left", "left", "right", "far right"))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The board in one picture; K corners.

    Attributes:
        name: Of the picture.
        board: The corners on the board, metres, shape [K, 3].
        pixels: In the picture, shape [K, 2].
    """

    name: str
    board: Floats
    pixels: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A camera's intrinsics.

    Attributes:
        model: Of the distortion, as in the store file.
        size: Width and height of the pictures, pixels.
        focal_length: fx, fy, pixels.
        principal_point: cx, cy, pixels.
        distortion: As in the store file.
    """

    model: LensModel
    size: tuple[int, int]
    focal_length: tuple[float, float]
    principal_point: tuple[float, float]
    distortion: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LensReport:
    """A calibrated lens, and why it is to be believed.

    Attributes:
        lens: The result.
        views: Those it was found from.
        projected: Where their corners should be, pixels, shape [K, 2] each.
        left_out: Names of views whose error was too large.
        pictures: How many there were.
        found_in: In how many the board was found.
        focal_sigma: Standard deviation of the focal length, a share of it.
        tried: Error of held-out views by model, root mean square, pixels.
    """

    lens: Lens
    views: tuple[View, ...]
    projected: tuple[Floats, ...]
    left_out: tuple[str, ...]
    pictures: int
    found_in: int
    focal_sigma: float
    tried: tuple[tuple[str, float], ...]

    @property
    def rms(self) -> float:
        """Root mean square of the distances between corners and where they should be, pixels."""
        return _rms(self.views, self.projected)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A lens model with what of it is estimated."""

    name: str
    model: LensModel
    flags: int


_TRIALS = (
    _Trial("plumb_bob, 2 radial", "plumb_bob", cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K3),
    _Trial("plumb_bob", "plumb_bob", 0),
    _Trial("equidistant", "equidistant", 0),
    _Trial("rational_polynomial", "rational_polynomial", cv2.CALIB_RATIONAL_MODEL),
)
"""From the fewest coefficients to the most."""


def calibrate_lens(pictures: Iterable[GreyPicture], board: Board) -> LensReport:
    """Finds the intrinsics of a camera.

    Args:
        pictures: Of the board, in many places and at many angles.
        board: As it is printed; its squares measured.

    Raises:
        CalibrationError: The board was not seen often enough, not everywhere in the picture, or not tilted enough.
    """
    views, size, count = _views(pictures, board)
    chosen = _chosen(views, size)
    _check(chosen, size, count)
    tried = [(trial, _held_out(trial, chosen, size)) for trial in _TRIALS]
    best, error = tried[0]
    for trial, other in tried[1:]:
        if other < BETTER * error:
            best, error = trial, other
    lens, projected, sigma = _fitted(best, chosen, size)
    errors = [_rms([view], [there]) for view, there in zip(chosen, projected, strict=True)]
    kept = [view for view, each in zip(chosen, errors, strict=True) if each <= WORST * float(np.median(errors))]
    if len(kept) < len(chosen):
        _check(kept, size, count)
        lens, projected, sigma = _fitted(best, kept, size)
    if sigma > FOCAL_SIGMA:
        raise CalibrationError(
            f"the focal length is known to {sigma:.1%} only; {FOCAL_SIGMA:.1%} is needed. Show the board nearer, and "
            f"tilted by 30 to 45 degrees to the left, to the right, up and down"
        )
    out = tuple(view.name for view in chosen if view not in kept)
    names = tuple((trial.name, each) for trial, each in tried)
    return LensReport(lens, tuple(kept), tuple(projected), out, count, len(views), sigma, names)


def _views(pictures: Iterable[GreyPicture], board: Board) -> tuple[list[View], tuple[int, int], int]:
    """All views with enough corners, the size of the pictures, and how many pictures there are."""
    detector = cv2.aruco.CharucoDetector(board.load())
    corners = np.asarray(board.load().getChessboardCorners(), dtype=np.float64)
    views, size, count = [], (0, 0), 0
    for picture in pictures:
        count += 1
        height, width = picture.pixels.shape
        if size not in ((0, 0), (width, height)):
            raise CalibrationError(
                f"{picture.name}: has {width}x{height} pixels, those before {size[0]}x{size[1]}; "
                f"take all pictures of a camera with one setting"
            )
        size = width, height
        found, ids, _, _ = detector.detectBoard(picture.pixels)
        if ids is not None and len(ids) >= LEAST_CORNERS:
            on_board = corners[ids.ravel()]
            if np.linalg.matrix_rank(on_board[:, :2] - on_board[0, :2]) == 2:
                views.append(View(picture.name, on_board, found.reshape(-1, 2).astype(np.float64)))
    return views, size, count


def _chosen(views: Sequence[View], size: tuple[int, int]) -> list[View]:
    """At most `MOST_VIEWS` views that differ most in place, size and tilt, in their order."""
    if not views:
        return []
    features = np.array([_feature(view, size) for view in views])
    picked = [int(np.argmax(features[:, 2]))]
    distance = np.linalg.norm(features - features[picked[0]], axis=1)
    while len(picked) < min(MOST_VIEWS, len(views)):
        farthest = int(np.argmax(distance))
        if distance[farthest] < 1 / EVERY and len(picked) >= LEAST_VIEWS:
            break
        picked.append(farthest)
        distance = np.minimum(distance, np.linalg.norm(features - features[farthest], axis=1))
    return [views[place] for place in sorted(set(picked))]


def _feature(view: View, size: tuple[int, int]) -> Floats:
    """Where the board is, how large, and how it is distorted by its tilt, each as a share."""
    flat = np.column_stack((view.board[:, :2], np.ones(len(view.board))))
    affine, *_ = np.linalg.lstsq(flat, view.pixels / size[0], rcond=None)
    scale = float(np.sqrt(abs(np.linalg.det(affine[:2]))))
    middle = view.pixels.mean(axis=0) / size
    return np.array([*middle, scale * float(np.ptp(view.board[:, 0])), *(affine[:2].ravel() / max(scale, 1e-9) / 4)])


def _check(views: Sequence[View], size: tuple[int, int], pictures: int) -> None:
    """Whether views cover the picture.

    Raises:
        CalibrationError: There are too few, or they leave parts of it empty.
    """
    if len(views) < LEAST_VIEWS:
        raise CalibrationError(
            f"the board was found in {len(views)} different views of {pictures} pictures; {LEAST_VIEWS} are needed. Is "
            f"--board what is printed (columns x rows, dictionary)? Hold it still, in good light, and nearer"
        )
    cells = coverage(np.concatenate([view.pixels for view in views]), size)
    empty = [f"{NAMES[0][row]} {NAMES[1][column]}" for row, column in np.argwhere(cells == 0).tolist()]
    if len(empty) > EMPTY_CELLS:
        raise CalibrationError(
            f"the board was never seen in {len(empty)} of {cells.size} parts of the picture: {listed(empty)}. "
            f"Show it there too, up to the edge: the lens bends most where nothing was seen"
        )


def coverage(pixels: Floats, size: tuple[int, int]) -> NDArray[np.int64]:
    """How many points lie in each cell of the picture, shape [down, across]."""
    across, down = GRID
    edges = [np.linspace(0, size[1], down + 1), np.linspace(0, size[0], across + 1)]
    counts, _, _ = np.histogram2d(pixels[:, 1], pixels[:, 0], bins=edges)
    return counts.astype(np.int64)


def _fitted(trial: _Trial, views: Sequence[View], size: tuple[int, int]) -> tuple[Lens, list[Floats], float]:
    """A lens, where it projects the corners of the views, and the standard deviation of its focal length, a share."""
    if trial.model == "equidistant":
        matrix, coefficients, turns, shifts = _fisheye(views, size)
        projected = [
            cv2.fisheye.projectPoints(view.board[None], turn, shift, matrix, coefficients)[0].reshape(-1, 2)
            for view, turn, shift in zip(views, turns, shifts, strict=True)
        ]
        sigma = 0.0  # OpenCV does not tell
    else:
        start = np.zeros(8 if trial.model == "rational_polynomial" else 5)
        _, matrix, coefficients, turns, shifts, sigmas, _, _ = cv2.calibrateCameraExtended(
            [view.board.astype(np.float32) for view in views],
            [view.pixels.astype(np.float32) for view in views],
            size,
            _guess(size),
            start,
            flags=trial.flags | cv2.CALIB_USE_INTRINSIC_GUESS,
        )
        projected = [
            cv2.projectPoints(view.board, turn, shift, matrix, coefficients)[0].reshape(-1, 2)
            for view, turn, shift in zip(views, turns, shifts, strict=True)
        ]
        sigma = float(np.ravel(sigmas)[0]) / float(matrix[0, 0])
    count = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}[trial.model]
    lens = Lens(
        trial.model,
        size,
        (float(matrix[0, 0]), float(matrix[1, 1])),
        (float(matrix[0, 2]), float(matrix[1, 2])),
        tuple(np.ravel(coefficients)[:count].tolist()),
    )
    return lens, [np.asarray(each, np.float64) for each in projected], sigma


def _fisheye(views: Sequence[View], size: tuple[int, int]) -> tuple[Any, Any, Any, Any]:
    """Matrix, coefficients and poses of a fisheye lens; its first guess must be near, so several are tried.

    Raises:
        cv2.error: None of them leads anywhere.
    """
    boards, pixels = [view.board[None] for view in views], [view.pixels[None] for view in views]
    flags = cv2.CALIB_RECOMPUTE_EXTRINSIC | cv2.CALIB_FIX_SKEW | cv2.CALIB_USE_INTRINSIC_GUESS
    found = []
    for field in FIELDS:
        guess = _guess(size)
        guess[0, 0] = guess[1, 1] = size[0] / field
        try:
            error, *solved = cv2.fisheye.calibrate(boards, pixels, size, guess, np.zeros((4, 1)), flags=flags)
        except cv2.error:  # a board that this guess takes to be behind the camera
            continue
        found.append((error, solved))
    if not found:
        raise cv2.error("no fisheye lens fits")
    matrix, coefficients, turns, shifts = min(found, key=lambda each: each[0])[1]
    return matrix, coefficients, turns, shifts


def _guess(size: tuple[int, int]) -> Floats:
    """A lens to begin with: 65 degrees across, the middle of what shops hang up."""
    width, height = size
    focal = width / (2 * np.tan(np.radians(32.5)))
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])


def _held_out(trial: _Trial, views: Sequence[View], size: tuple[int, int]) -> float:
    """Root mean square error of views that the lens was not fitted to, pixels; inf where it cannot be fitted."""
    try:
        lens, _, _ = _fitted(trial, [view for place, view in enumerate(views) if place % HELD_OUT], size)
        held = views[::HELD_OUT]
        return _rms(held, [_posed(lens, view) for view in held])
    except cv2.error:  # OpenCV's checks, of a lens that is nothing like the model
        return float("inf")


def _posed(lens: Lens, view: View) -> Floats:
    """Where a lens projects a view's corners, with the pose that fits best."""
    (fx, fy), (cx, cy) = lens.focal_length, lens.principal_point
    matrix, coefficients = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), np.array(lens.distortion)
    if lens.model == "equidistant":
        _, turn, shift = cv2.fisheye.solvePnP(view.board[None], view.pixels[None], matrix, coefficients)
        there = cv2.fisheye.projectPoints(view.board[None], turn, shift, matrix, coefficients)[0]
    else:
        _, turn, shift = cv2.solvePnP(view.board, view.pixels, matrix, coefficients)
        there = cv2.projectPoints(view.board, turn, shift, matrix, coefficients)[0]
    return np.asarray(there, np.float64).reshape(-1, 2)


def _rms(views: Sequence[View], projected: Sequence[Floats]) -> float:
    off = np.concatenate([there - view.pixels for view, there in zip(views, projected, strict=True)])
    return float(np.sqrt((off**2).sum(axis=1).mean()))
