"""Lens models fitted to views of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from .turning import Floats

LensModel = Literal["plumb_bob", "rational_polynomial", "equidistant"]

FIELDS = (1.2, 1.8, 2.6)
"""Radians across the picture of a fisheye lens, to begin with: 70, 100 and 150 degrees."""

HELD_OUT = 3
"""One view in so many is held out."""


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


@dataclass(frozen=True, slots=True)
class Trial:
    """A lens model with what of it is estimated."""

    name: str
    model: LensModel
    flags: int


TRIALS = (
    Trial("plumb_bob, 2 radial", "plumb_bob", cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K3),
    Trial("plumb_bob", "plumb_bob", 0),
    Trial("equidistant", "equidistant", 0),
    Trial("rational_polynomial", "rational_polynomial", cv2.CALIB_RATIONAL_MODEL),
)
"""From the fewest coefficients to the most."""


def fitted(trial: Trial, views: Sequence[View], size: tuple[int, int]) -> tuple[Lens, list[Floats], float]:
    """A lens, where it projects the corners of the views, and the standard deviation of its focal length, a share."""
    if trial.model == "equidistant":
        matrix, coefficients, turns, shifts = _fisheye(views, size)
        projected = [
            cv2.fisheye.projectPoints(view.board[None], turn, shift, matrix, coefficients)[0].reshape(-1, 2)
            for view, turn, shift in zip(views, turns, shifts, strict=True)
        ]
        sigma = _fisheye_sigma(views, matrix, coefficients, turns, shifts)
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


def _fisheye_sigma(views: Sequence[View], matrix: Floats, coefficients: Floats, turns: Any, shifts: Any) -> float:
    """Standard deviation of a fisheye lens's focal length, a share of it: that of the solution, which OpenCV keeps."""
    lens, pose = slice(0, 8), slice(8, 14)  # derivatives by fx, fy, cx, cy, k1 to k4; turn and shift; skew
    normal = np.zeros((8 + 6 * len(views),) * 2)
    squares, count = 0.0, 0
    for place, (view, turn, shift) in enumerate(zip(views, turns, shifts, strict=True)):
        there, derivatives = cv2.fisheye.projectPoints(view.board[None], turn, shift, matrix, coefficients)
        own = slice(8 + 6 * place, 14 + 6 * place)
        by_lens, by_pose = derivatives[:, lens], derivatives[:, pose]
        normal[lens, lens] += by_lens.T @ by_lens
        normal[lens, own] = by_lens.T @ by_pose
        normal[own, lens] = by_pose.T @ by_lens
        normal[own, own] = by_pose.T @ by_pose
        squares += float(((there.reshape(-1, 2) - view.pixels) ** 2).sum())
        count += view.pixels.size
    variance = squares / (count - len(normal)) * np.linalg.pinv(normal, hermitian=True)[0, 0]
    return float(np.sqrt(variance)) / float(matrix[0, 0])


def _guess(size: tuple[int, int]) -> Floats:
    """A lens to begin with: 65 degrees across, the middle of what shops hang up."""
    width, height = size
    focal = width / (2 * np.tan(np.radians(32.5)))
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])


def held_out(trial: Trial, views: Sequence[View], size: tuple[int, int]) -> float:
    """Root mean square error of views that the lens was not fitted to, pixels; inf where it cannot be fitted."""
    try:
        lens, _, _ = fitted(trial, [view for place, view in enumerate(views) if place % HELD_OUT], size)
        held = views[::HELD_OUT]
        return rms_of(held, [_posed(lens, view) for view in held])
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


def rms_of(views: Sequence[View], projected: Sequence[Floats]) -> float:
    """Root mean square of the distances between corners and where they should be, pixels."""
    off = np.concatenate([there - view.pixels for view, there in zip(views, projected, strict=True)])
    return float(np.sqrt((off**2).sum(axis=1).mean()))
