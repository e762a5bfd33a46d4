"""The joints of one moment anew, from the pictures of that moment alone.

Live, a joint is where a filter says, which trusts no single picture and so comes a little behind a hand that moves
fast. In a recording one can look again: where several cameras saw a joint, it is put where their rays meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from storegraph.observations import Keypoints, Shopper, Shoppers
from storegraph.store.model import Camera

from .cameras import CameraGroup
from .filtering import Floats
from .model import DEFAULTS
from .triangulation import Sightings, triangulate

LEAST_SCORE = 0.3
"""Of a joint that is used: networks' joints below it are hidden ones more often than not, and Pose2Sim's threshold."""

LEAST_JOINTS = 5
"""By which somebody in a picture is recognised."""

SAME = 0.4
"""Metres, median over the joints: a figure in a picture farther than this from where a shopper is, is somebody else."""

NEAR = 0.3
"""Metres: a joint that would move farther than this was seen wrongly; it stays where it is."""

SPREAD = 0.005
"""Metres: views of one joint agree when their rays pass within three times this, and what the pixels make of it, of a
point. Of 5, 10 and 20 mm the first leaves the least error in the demo of Pose2Sim (docs/importing.md)."""

WORST = 0.1
"""Metres: a joint whose standard deviation along any axis would be larger stays where it is."""


def refined(shoppers: Shoppers, pictures: Mapping[str, Keypoints], cameras: Sequence[Camera]) -> Shoppers:
    """Puts joints where the rays of the cameras meet that saw them.

    Args:
        shoppers: Everybody at a moment.
        pictures: What cameras saw at that moment, by camera id; those with other joints are left aside.
        cameras: As in the store file.

    Returns:
        The same shoppers; joints that fewer than two cameras saw alike are as they were.
    """
    usable = [
        (CameraGroup.of([camera]), pictures[camera.id])
        for camera in cameras
        if camera.id in pictures and pictures[camera.id].joints == shoppers.joints
    ]
    if len(usable) < 2 or not shoppers.shoppers:
        return shoppers
    positions = np.array([shopper.positions for shopper in shoppers.shoppers], dtype=np.float64)
    views = [_view(camera, picture, positions) for camera, picture in usable]
    rays, angles = (np.stack(each) for each in zip(*views, strict=True))
    centres = np.concatenate([camera.centres for camera, _ in usable])
    spread = np.full(len(shoppers.joints), SPREAD)
    moved = [
        _moved(shopper, Sightings(centres, rays[:, person], angles[:, person], spread))
        for person, shopper in enumerate(shoppers.shoppers)
    ]
    return replace(shoppers, shoppers=tuple(moved))


def _view(camera: CameraGroup, picture: Keypoints, positions: Floats) -> tuple[Floats, Floats]:
    """The rays on which a camera sees the joints of T shoppers, [T, J, 3], NaN where it does not; and their angles."""
    seen = np.full((*positions.shape[:2], 3), np.nan)
    for person, found in _pairs(camera, picture, positions):
        scores = picture.people[found].scores
        seen[person, :, :2] = picture.people[found].points
        seen[person, :, 2] = np.where(scores >= LEAST_SCORE, scores, np.nan)
    rays = camera.rays(seen[None, ..., :2])[0]
    angles: Floats = DEFAULTS.pixel_sigma * np.maximum(DEFAULTS.sure_score / seen[..., 2], 1.0) / camera.focal.mean()
    return np.where(np.isfinite(seen[..., 2:]), rays, np.nan), np.where(np.isfinite(angles), angles, 1.0)


def _pairs(camera: CameraGroup, picture: Keypoints, positions: Floats) -> list[tuple[int, int]]:
    """Which shopper is whom in a picture: indices of both."""
    pixels, scale = (each[0] for each in camera.project(positions[None]))
    apart = np.full((len(positions), len(picture.people)), np.inf)
    for shopper, person in np.ndindex(apart.shape):
        offset = picture.people[person].points - pixels[shopper]
        metres = np.hypot(offset[:, 0], offset[:, 1]) / scale[shopper]
        if int(np.isfinite(metres).sum()) >= LEAST_JOINTS:
            apart[shopper, person] = np.nanmedian(metres)
    near = apart <= SAME
    rows, columns = linear_sum_assignment(np.where(near, SAME - np.where(near, apart, 0.0), 0.0), maximize=True)
    return [(row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True) if near[row, column]]


def _moved(shopper: Shopper, sightings: Sightings) -> Shopper:
    points, covariance = triangulate(sightings, WORST)
    with np.errstate(invalid="ignore"):
        better = np.linalg.norm(points - shopper.positions, axis=1) <= NEAR
    before = shopper.covariance if len(shopper.covariance) else np.full((len(points), 6), np.nan)
    six = np.stack([covariance[:, a, b] for a, b in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))], axis=1)
    return replace(
        shopper,
        positions=np.where(better[:, None], points, shopper.positions).astype(np.float32),
        covariance=np.where(better[:, None], six, before).astype(np.float32),
    )
