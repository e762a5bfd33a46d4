"""How a camera's lens draws, from pictures of a board that was shown to it (Zhang, TPAMI 22, 2000)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.store.problem import listed

from .board import Board
from .errors import CalibrationError
from .lens import TRIALS, Lens, View, fitted, held_out, rms_of
from .pictures import GreyPicture
from .turning import Floats

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

NAMES = (("top", "middle", "bottom"), ("far left", "left", "right", "far right"))


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
        return rms_of(self.views, self.projected)


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
    tried = [(trial, held_out(trial, chosen, size)) for trial in TRIALS]
    best, error = tried[0]
    for trial, other in tried[1:]:
        if other < BETTER * error:
            best, error = trial, other
    lens, projected, sigma = fitted(best, chosen, size)
    errors = [rms_of([view], [there]) for view, there in zip(chosen, projected, strict=True)]
    kept = [view for view, each in zip(chosen, errors, strict=True) if each <= WORST * float(np.median(errors))]
    if len(kept) < len(chosen):
        _check(kept, size, count)
        lens, projected, sigma = fitted(best, kept, size)
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
