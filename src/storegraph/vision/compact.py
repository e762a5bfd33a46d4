"""The detector with the own network: everybody's joints in one pass over a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from storegraph.observations import COCO_17, PersonKeypoints

from .cells import at_cells, at_cells_of_joints
from .compact_network import CELL, COARSEST, CompactNetwork, FoldedNetwork, Maps, squares_of
from .execution import Execution, in_torch, multiplies_matrices
from .letterbox import Letterbox, batches_of, checked_size
from .weights import Weights, shipped

JOINT_SCORE = 0.1
"""From this heat a joint counts as seen; below, it has no place (NaN)."""

_LEAST_BELL = 1.0
"""Standard deviation, cells, of a joint about where its person's centre expects it, at least: what the network
resolves."""


class _Window(NamedTuple):
    """Where a joint is looked for.

    Attributes:
        bell: Standard deviation about the place where its person's centre expects it, as a share of the person's size.
        reach: Cells about that place within which it is looked for: beyond, the bell leaves nothing of somebody usual.
    """

    bell: float
    reach: int


_NEAR, _WIDE = _Window(0.12, 4), _Window(0.25, 8)
"""For most joints; and for wrists, as a hand may be anywhere an arm reaches, and the middle of a body hardly knows."""

_WRISTS = slice(COCO_17.index("left_wrist"), COCO_17.index("right_wrist") + 1)

_SAME = 0.3
"""Mean distance of the joints of two that are one person found twice, as a share of the larger one's size."""


THRESHOLD = 0.1
"""Score from which the own network's people are people (docs/vision.md)."""


class Compact:
    """Finds people with the own network.

    Attributes:
        joints: Names of the joints, COCO-17.
    """

    joints = COCO_17

    def __init__(
        self,
        network: CompactNetwork,
        *,
        size: int = 512,
        most: int = 12,
        threshold: float = THRESHOLD,
        fast: bool = True,
        execution: Execution = in_torch,
    ) -> None:
        """Makes a detector.

        Args:
            network: Taught.
            size: Longer side of what the network sees, pixels; a multiple of 32.
            most: People found in one picture at most.
            threshold: Score of a person from which it is reported.
            fast: Whether to compute with 16 bits where the processor has units for that.
            execution: What runs the network.

        Raises:
            VisionError: `size` is no multiple of 32.
        """
        self._size = checked_size(size, COARSEST)
        self._maps = execution(FoldedNetwork(network), fast and multiplies_matrices())
        self._most = most
        self._threshold = threshold

    @classmethod
    def load(
        cls,
        weights: Weights | None = None,
        *,
        size: int = 512,
        most: int = 12,
        threshold: float = THRESHOLD,
        execution: Execution = in_torch,
    ) -> Self:
        """Reads the network; without weights, those that come with the package.

        Raises:
            VisionError: The weights are not there, or not what they should be; or `size` is no multiple of 32.
        """
        network = CompactNetwork()
        (weights or shipped()).into(network)
        return cls(network, size=size, most=most, threshold=threshold, execution=execution)

    def detect(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[PersonKeypoints, ...]]:
        """Finds the people in some pictures; those that fit the same input size go through the network together.

        Args:
            pictures: BGR, each of shape [height, width, 3]; their sizes may differ.

        Returns:
            The people of each picture, in its own pixels, the strongest first.
        """
        found: dict[int, tuple[PersonKeypoints, ...]] = {}
        for batch in batches_of(pictures, self._size, COARSEST):
            inputs = np.stack([box.fit(pictures[index], quick=True) for index, box in batch.items()])
            with torch.inference_mode():
                maps = Maps(*self._maps(squares_of(inputs)))
                people = people_in(maps, self._most, self._threshold).numpy()
            for (index, box), candidates in zip(batch.items(), people, strict=True):
                found[index] = self._people(candidates, box)
        return [found[index] for index in range(len(pictures))]

    def _people(self, candidates: NDArray[np.float32], letterbox: Letterbox) -> tuple[PersonKeypoints, ...]:
        """Who of a picture's candidates is reported, in the pixels of the picture."""
        kept: list[PersonKeypoints] = []
        for candidate in candidates[candidates[:, -1] >= self._threshold]:
            person = _person(candidate, letterbox)
            if person is None or person.score < self._threshold:
                continue
            if not any(_is_same(person, other) for other in kept):
                kept.append(person)
        return tuple(kept)


def people_in(maps: Maps, most: int, threshold: float = 0.0) -> Tensor:
    """Picks people out of the maps.

    The strongest centres expect their joints somewhere; a joint is the place near there where its heat is highest.

    Args:
        maps: What the network gave.
        most: People of a picture.
        threshold: Score below which nobody matters: so many are given as one of the pictures has above it.

    Returns:
        Shape [picture, person, 52], strongest first: for each joint of COCO-17 x, y in pixels of the input and a
        score; then the centre's score. Scores are 0 to 1.
    """
    columns = maps.centre.shape[3]
    chance = maps.centre.sigmoid()
    peaks = chance * (chance == functional.max_pool2d(chance, 3, stride=1, padding=1))
    above = int((peaks >= max(threshold, 1e-6)).flatten(1).sum(1).max())
    strength, cell = peaks.flatten(1).topk(min(most, above))
    here = torch.stack([cell % columns, cell // columns], -1)
    expected = here[:, :, None] + at_cells(maps.expected, cell).unflatten(2, (-1, 2))
    size = (expected.amax(2) - expected.amin(2)).amax(-1)
    cell, score = _looked_for(maps.joint, expected, size, _NEAR)
    cell[:, :, _WRISTS], score[:, :, _WRISTS] = _looked_for(
        maps.joint[:, _WRISTS], expected[:, :, _WRISTS], size, _WIDE
    )
    place = maps.place.flatten(2).unflatten(1, (-1, 2))
    exact = torch.cat(
        [
            cell % columns + at_cells_of_joints(place[:, :, 0], cell),
            cell // columns + at_cells_of_joints(place[:, :, 1], cell),
        ],
        3,
    )
    joints = torch.cat([(exact + 0.5) * CELL - 0.5, score], 3)
    return torch.cat([joints.flatten(2), strength[..., None]], 2)


def _looked_for(joint: Tensor, expected: Tensor, size: Tensor, window: _Window) -> tuple[Tensor, Tensor]:
    """Where the heat of joints is highest near where they are expected.

    Args:
        joint: Maps of these joints, as in `Maps`.
        expected: Cells, shape [picture, person, joint, 2].
        size: Of the people, cells, shape [picture, person].
        window: Where they are looked for.

    Returns:
        Cells, and scores of 0 to 1, both of shape [picture, person, joint, 1].
    """
    rows, columns = joint.shape[2:]
    limits = torch.tensor([columns - 1, rows - 1])
    spread = (window.bell * size).clamp_min(_LEAST_BELL)[..., None, None]
    steps = torch.arange(-window.reach, window.reach + 1)
    around = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1).flatten(0, 1)
    near = torch.minimum((expected.round().long()[..., None, :] + around).clamp_min(0), limits)
    near_cell = near[..., 1] * columns + near[..., 0]
    heat = at_cells_of_joints(joint.flatten(2), near_cell).sigmoid()
    bell = torch.exp((near - expected[..., None, :]).square().sum(-1) / (-2 * spread.square()))
    score, best = (heat * bell).max(3, keepdim=True)
    return near_cell.gather(3, best), score


def _person(candidate: NDArray[np.float32], letterbox: Letterbox) -> PersonKeypoints | None:
    """Somebody in the pixels of the picture; None where no joint of theirs is seen.

    Their score is, as MoveNet's, that of their centre times the mean of the joints that are seen.
    """
    joints = candidate[:-1].reshape(-1, 3)
    seen = joints[:, 2] >= JOINT_SCORE
    if not seen.any():
        return None
    points = letterbox.from_input(joints[:, :2])
    points[~seen] = np.nan
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    box = np.concatenate([low, high - low]).astype(np.float32)
    score = float(candidate[-1] * joints[seen, 2].mean())
    return PersonKeypoints(score=score, box=box, points=points, scores=joints[:, 2].copy())


def _is_same(person: PersonKeypoints, other: PersonKeypoints) -> bool:
    """Whether two are one, found twice."""
    both = np.isfinite(person.points[:, 0]) & np.isfinite(other.points[:, 0])
    if not both.any():
        return False
    apart = float(np.linalg.norm(person.points[both] - other.points[both], axis=1).mean())
    return apart < _SAME * float(max(person.box[2:].max(), other.box[2:].max()))
