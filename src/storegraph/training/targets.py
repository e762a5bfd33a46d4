"""What the maps of the own network should say of a picture, and how wrong they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storegraph.observations import COCO_17
from storegraph.vision.compact_network import CELL, EXPECTED_UNIT, JOINTS, Maps

from .dataset import People

Singles = NDArray[np.float32]

SEEN = 0.5
"""A joint is seen where others hide less of it than this."""

ENOUGH = 3
"""Who has so many joints that are seen is to be found; of who has fewer nothing is asked, nor held against anybody."""

SURE = 0.3
"""A teacher's joint is learnt from where its score is at least this: about where MoveNet's are usually right."""

NEAR = 0.3
"""Cells with at least this much of a joint's or centre's heat learn where it is exactly."""


COUNTS = np.array([3.0 if "wrist" in name else 2.0 if "elbow" in name else 1.0 for name in COCO_17], np.float32)
"""How much each joint counts: arms are what moves most, and hands are what a store looks for."""


IS_WRIST = np.array(["wrist" in name for name in COCO_17])
"""Where a wrist is that the own trunk hides is a guess, anywhere an arm may reach: its heat is not asked."""


class Targets(NamedTuple):
    """Shapes are those of `Maps`; weights say how much a cell counts.

    Attributes:
        centre: 1 at a centre, less around it.
        centre_weight: 0 where nothing is asked.
        joint: 1 at a joint, less around it.
        joint_weight: 0 where nothing is asked.
        expected: As in the maps.
        expected_weight: Of each joint's pair, shape [picture, 17, row, column].
        place: As in the maps.
        place_weight: Of each joint's pair, shape [picture, 17, row, column].
    """

    centre: Tensor
    centre_weight: Tensor
    joint: Tensor
    joint_weight: Tensor
    expected: Tensor
    expected_weight: Tensor
    place: Tensor
    place_weight: Tensor


def targets_of(everybody: list[People], height: int, width: int) -> Targets:
    """Targets of some pictures of one size.

    Args:
        everybody: In each picture.
        height: Of the pictures, pixels; a multiple of `CELL`.
        width: The same.
    """
    each = [_of_picture(people, height // CELL, width // CELL) for people in everybody]
    return Targets(*(torch.from_numpy(np.stack(arrays)) for arrays in zip(*each, strict=True)))


def cells_of(points: Singles) -> Singles:
    """Points in pixels, as cells: the middle of the first cell is 0, 0."""
    return ((points + 0.5) / CELL - 0.5).astype(np.float32)


def _of_picture(people: People, rows: int, columns: int) -> tuple[Singles, ...]:
    """The arrays of `Targets` for one picture."""
    centre, centre_weight = np.zeros((1, rows, columns), np.float32), np.ones((1, rows, columns), np.float32)
    joint, joint_weight = np.zeros((JOINTS, rows, columns), np.float32), np.ones((JOINTS, rows, columns), np.float32)
    expected, place = (np.zeros((JOINTS, 2, rows, columns), np.float32) for _ in range(2))
    expected_weight, place_weight = (np.zeros((JOINTS, rows, columns), np.float32) for _ in range(2))
    nearest = np.zeros((1 + JOINTS, rows, columns), np.float32)  # the heat of whose place is written there
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float32)
    everybody = zip(cells_of(people.points), people.hidden, people.own, people.score, strict=True)
    for points, hidden, own, score in everybody:
        inside = (
            np.isfinite(points[:, 0]) & (points > -0.5).all(axis=1) & (points < [columns - 0.5, rows - 0.5]).all(axis=1)
        )
        known = inside & (score >= SURE)
        seen = known & (hidden < SEEN)
        guessed = seen & IS_WRIST & (own >= SEEN)
        if not inside.any():
            continue
        low, high = points[inside].min(axis=0), points[inside].max(axis=0)
        middle, size = (low + high) / 2, float((high - low).max())
        heat = _bell(rows, columns, middle, _spread(size, 0.08, 0.7))
        if seen.sum() >= ENOUGH:
            centre[0] = np.maximum(centre[0], heat)
            mine = (heat >= NEAR) & (heat > nearest[0])
            nearest[0][mine] = heat[mine]
            expected[:, :, mine] = (points[:, :, None] - grid[mine].T) / EXPECTED_UNIT
            expected_weight[:, mine] = (known * np.where(seen, 1.0, 0.5) * _unit(size))[:, None]
        else:
            centre_weight[0][heat >= NEAR] = 0.0
        for number in np.flatnonzero(inside):
            bell = _bell(rows, columns, points[number], _spread(size, 0.05, 0.6))
            if not known[number] or guessed[number]:
                joint_weight[number][bell >= NEAR] = 0.0
            elif seen[number]:
                joint[number] = np.maximum(joint[number], bell)
                mine = (bell >= NEAR) & (bell > nearest[1 + number])
                nearest[1 + number][mine] = bell[mine]
                place[number][:, mine] = (points[number] - grid[mine]).T
                place_weight[number][mine] = 1.0
    expected = np.nan_to_num(expected)
    each = COUNTS[:, None, None]
    shape = (2 * JOINTS, rows, columns)
    return (
        centre, np.maximum(centre_weight, centre >= 1), joint, each * np.maximum(joint_weight, joint >= 1),
        expected.reshape(shape), each * expected_weight, place.reshape(shape), each * place_weight,
    )  # fmt: skip


def _spread(size: float, share: float, least: float) -> float:
    """Standard deviation of a bell, cells: a share of somebody's size, which is so many cells."""
    return min(max(share * size, least), 3.0)


def _unit(size: float) -> float:
    """How much an error of one unit counts for somebody of a size in cells: the same share of everybody's size."""
    return EXPECTED_UNIT / max(size, 2.0)


def _bell(rows: int, columns: int, middle: Singles, spread: float) -> Singles:
    """1 in the cell of a point, less around it by the distance from it; shape [row, column]."""
    across, down = (
        np.exp(-((np.arange(count, dtype=np.float32) - np.round(at)) ** 2) / np.float32(2 * spread * spread))
        for count, at in zip((columns, rows), middle, strict=True)
    )
    return np.asarray(np.outer(down, across), np.float32)


class Loss(NamedTuple):
    """How wrong maps are: of each of them, and what is made smaller.

    Attributes:
        total: Weighted sum of the others.
        centre: Focal loss for each centre.
        joint: Focal loss for each joint.
        expected: Mean error of a joint as seen from the centre, as a share of the person's size.
        place: Mean error of a joint's exact place, cells.
    """

    total: Tensor
    centre: Tensor
    joint: Tensor
    expected: Tensor
    place: Tensor


def loss_of(maps: Maps, targets: Targets) -> Loss:
    """How wrong maps are."""
    centre = _focal(maps.centre, targets.centre, targets.centre_weight)
    joint = _focal(maps.joint, targets.joint, targets.joint_weight)
    expected = _distance(maps.expected / EXPECTED_UNIT, targets.expected, targets.expected_weight)
    place = _distance(maps.place, targets.place, targets.place_weight)
    return Loss(centre + joint + 4.0 * (expected + place), centre, joint, expected, place)


def _focal(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """The focal loss of CenterNet (arXiv 1904.07850, equation 1), for each place where the target is 1."""
    chance = logits.sigmoid()
    there = (target >= 1.0).to(logits.dtype)
    found = torch.nn.functional.logsigmoid(logits) * (1 - chance).square() * there
    empty = torch.nn.functional.logsigmoid(-logits) * chance.square() * (1 - target).pow(4) * (1 - there)
    return -((found + empty) * weight).sum() / there.sum().clamp_min(1.0)


def _distance(maps: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """The mean of both axes' errors, where something is asked."""
    apart = (maps - target).abs().unflatten(1, (JOINTS, 2)).mean(2)
    return (apart * weight).sum() / (weight > 0).sum().clamp_min(1)
