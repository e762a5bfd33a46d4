"""MoveNet MultiPose: everybody's joints in one pass over a picture.

Google's MoveNet (https://tfhub.dev/google/movenet/multipose/lightning/1) is a CenterNet (Zhou et al., "Objects as
Points", arXiv 1904.07850) on a MobileNetV2 with a feature pyramid. Its network runs from the model's graph. The end of
that graph, which picks people out of the heat maps, takes one picture and gives six people; it is written out here for
batches and for any number of people, and looks for a joint only where it can be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log, sqrt
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from storegraph.observations import COCO_17, PersonKeypoints

from .cells import at_cells, at_cells_of_joints
from .execution import Execution, in_torch
from .graph_model import read_graph_model
from .graph_network import GraphNetwork
from .letterbox import Letterbox, batches_of, checked_size
from .models import MOVENET_MULTIPOSE, installed

COARSEST = 32
"""Pixels in a cell of the coarsest feature map: both sides of an input have to be multiples of it."""

JOINT_SCORE = 0.126953125
"""From this score the model counts a joint as seen: `Greater_1/y` of its graph."""

_PEAK_SIDE = 5
"""A person's centre is the highest among this many cells across and down: `MaxPool` of the graph."""

_PEAK_TOLERANCE = 1.0132789611816406e-06
"""What a centre may lie below the highest: `Less/y` of the graph."""

_SPREAD = 0.300048828125
"""Spread of a joint about where its person's centre expects it, in sides of the heat map: `mul_6/y` of the graph."""


class Heads(NamedTuple):
    """What the network says of every cell of a picture, four pixels wide. Pairs are down, across, in cells.

    Attributes:
        centre: Is the centre of a person here? Logits, shape [picture, 1, row, column].
        size: Of the box of the person centred here, [picture, 2, row, column].
        offset: From here to the middle of that box, [picture, 2, row, column].
        joint: Is this joint of anybody here? Logits, [picture, 17, row, column].
        expected: From here to each joint of the person centred here, [picture, 17 x 2, row, column].
        joint_offset: From here to the exact place of each joint that is here, [picture, 17 x 2, row, column].
    """

    centre: Tensor
    size: Tensor
    offset: Tensor
    joint: Tensor
    expected: Tensor
    joint_offset: Tensor


HEADS = tuple(
    f"StatefulPartitionedCall/{head}/BiasAdd"
    for head in (
        "center_0/conv2d_4",
        "box_scale_0/conv2d_5",
        "box_offset_0/conv2d_6",
        "kpt_heatmap_0/conv2d_7",
        "kpt_regress_0/conv2d_8",
        "kpt_offset_0/conv2d_9",
    )
)
"""The nodes of the graph that give them, in their order."""


def people_in(heads: Heads, most: int) -> Tensor:
    """Picks people out of the heat maps.

    Of the strongest centres, each expects its joints somewhere. A joint is where the joint's heat, weighted by the
    distance from the expected place, is highest within the person's box.

    Args:
        heads: What the network gave.
        most: People of a picture.

    Returns:
        Shape [picture, person, 56], strongest centre first: for each joint of COCO-17 down, across, score; then the
        box's first row, first column, last row, last column; then the person's score. Places are shares of the
        input's height and width. A score is 0 to 1; what lies below the thresholds is still there.
    """
    centre = heads.centre.sigmoid()
    rows, columns = centre.shape[2:]
    limits = torch.tensor([rows, columns], dtype=torch.float32)
    highest = functional.max_pool2d(centre, _PEAK_SIDE, stride=1, padding=_PEAK_SIDE // 2)
    peaks = centre * (centre - highest > -_PEAK_TOLERANCE)
    strength, cell = peaks.flatten(1).topk(most)

    here = _places(cell, columns)
    middle = here + at_cells(heads.offset, cell)
    extent = at_cells(heads.size, cell).clamp_min(0.0) * 0.5
    first = torch.minimum((middle - extent).clamp_min(0.0), limits)
    last = torch.minimum((middle + extent).clamp_min(0.0), limits)
    expected = here[:, :, None] + at_cells(heads.expected, cell).unflatten(2, (-1, 2))

    spread = min(rows, columns) * _SPREAD
    near = torch.minimum((expected.round()[..., None, :] + _window(spread)).clamp_min(0.0), limits - 1)
    near_row, near_column = near.long().unbind(-1)
    near_cell = near_row * columns + near_column
    heat = heads.joint.sigmoid().flatten(2)
    weighted = at_cells_of_joints(heat, near_cell) * _weight(near, expected, first, last, spread)
    joint_cell = near_cell.gather(3, weighted.argmax(3, keepdim=True))
    place = _places(joint_cell, columns)
    # Where two people's joints fall on one cell, the graph gives both the higher score.
    weights = torch.stack([_weight(place, expected[:, [k]], first[:, [k]], last[:, [k]], spread) for k in range(most)])
    joint_score = at_cells_of_joints(heat, joint_cell) * weights.amax(0)
    down, across = heads.joint_offset.flatten(2).unflatten(1, (-1, 2)).unbind(2)
    offset = torch.cat([at_cells_of_joints(down, joint_cell), at_cells_of_joints(across, joint_cell)], 3)
    joints = torch.cat([(place[..., 0, :] + offset) / limits, joint_score], 3)

    seen = joint_score[..., 0] > JOINT_SCORE
    score = strength * (joint_score[..., 0] * seen).sum(2) / seen.sum(2).clamp_min(1)
    return torch.cat([joints.flatten(2), first / limits, last / limits, score[..., None]], 2)


def _places(cells: Tensor, columns: int) -> Tensor:
    """Row and column of cells that are counted row by row, in a last dimension of their own."""
    return torch.stack([cells // columns, cells % columns], -1).to(torch.float32)


def _window(spread: float) -> Tensor:
    """The cells about an expected joint in which it can be seen: beyond, its weight alone is below `JOINT_SCORE`.

    Returns:
        Rows and columns from the middle, shape [cell, 2].
    """
    reach = ceil(sqrt(-log(JOINT_SCORE) * spread))
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    return torch.cartesian_prod(steps, steps)


def _weight(places: Tensor, expected: Tensor, first: Tensor, last: Tensor, spread: float) -> Tensor:
    """How much a cell counts for a joint: a bell about where it is expected, nothing outside its person's box.

    Args:
        places: Rows and columns, [picture, person, joint, n, 2].
        expected: Of each joint, [picture, person, joint, 2].
        first: Upper left of each person's box, [picture, person, 2].
        last: Lower right of each person's box, [picture, person, 2].
        spread: Twice the variance of the bell, cells squared.

    Returns:
        Shape [picture, person, joint, n].
    """
    bell = torch.exp((places - expected[..., None, :]).square().sum(-1) / -spread)
    return bell * ((places >= first[:, :, None, None]) & (places < last[:, :, None, None])).all(-1)


_TOUCHING = 0.03
"""Joints this near are one, in longer sides of the box: a third of a head's width."""

_SAME = 0.7
"""Share of its joints from which somebody is another one found twice.

In 52 real pictures it was 1 for those found twice, and up to 0.53 for people one behind the other (docs/vision.md).
"""


THRESHOLD = 0.2
"""Score from which MoveNet's people are people (docs/vision.md, scores)."""


class MoveNet:
    """Finds people with MoveNet MultiPose.

    Attributes:
        joints: Names of the joints, COCO-17.
    """

    joints = COCO_17

    def __init__(
        self,
        network: GraphNetwork,
        *,
        size: int = 512,
        most: int = 12,
        threshold: float = THRESHOLD,
        execution: Execution = in_torch,
    ) -> None:
        """Makes a detector.

        Args:
            network: Of a graph that gives `HEADS`, as `load` makes it.
            size: Longer side of what the network sees, pixels; a multiple of 32.
            most: People found in one picture at most.
            threshold: Score of a person from which it is reported.
            execution: What runs the network.

        Raises:
            VisionError: `size` is no multiple of 32.
        """
        self._heads = execution(lambda pictures: network(pictures.permute(0, 3, 1, 2)), False)
        self._size = checked_size(size, COARSEST)
        self._most = most
        self._threshold = threshold

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        size: int = 512,
        most: int = 12,
        threshold: float = THRESHOLD,
        execution: Execution = in_torch,
    ) -> Self:
        """Reads the model.

        Args:
            folder: Where all models are kept.
            size: Longer side of what the network sees, pixels; a multiple of 32.
            most: People found in one picture at most.
            threshold: Score of a person from which it is reported.
            execution: What runs the network.

        Raises:
            VisionError: The model is not installed, is not the one it should be, or `size` is no multiple of 32.
        """
        files = installed(MOVENET_MULTIPOSE, folder)
        network = GraphNetwork(read_graph_model(files / "movenet-multipose.json"), HEADS)
        return cls(network, size=size, most=most, threshold=threshold, execution=execution)

    def detect(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[PersonKeypoints, ...]]:
        """Finds the people in some pictures; those that fit the same input size go through the network together.

        Args:
            pictures: BGR, each of shape [height, width, 3]; their sizes may differ.

        Returns:
            The people of each picture, in its own pixels.
        """
        found: dict[int, tuple[PersonKeypoints, ...]] = {}
        for batch in batches_of(pictures, self._size, COARSEST):
            outputs = self.outputs(np.stack([box.fit(pictures[index])[..., ::-1] for index, box in batch.items()]))
            for (index, box), people in zip(batch.items(), outputs, strict=True):
                found[index] = self._people(people, box)
        return [found[index] for index in range(len(pictures))]

    def outputs(self, inputs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the model says, as its graph gives it.

        Args:
            inputs: RGB, shape [picture, height, width, 3]; height and width are multiples of 32.

        Returns:
            Shape [picture, person, 56]; `people_in` says what it holds.
        """
        with torch.inference_mode():
            heads = Heads(*self._heads(inputs))
            people: NDArray[np.float32] = people_in(heads, self._most).numpy()
        return people

    def _people(self, outputs: NDArray[np.float32], letterbox: Letterbox) -> tuple[PersonKeypoints, ...]:
        """The people that one picture's output reports, in the pixels of the picture."""
        strongest_first = outputs[np.argsort(-outputs[:, -1], kind="stable")]
        kept: list[PersonKeypoints] = []
        for output in strongest_first[strongest_first[:, -1] >= self._threshold]:
            person = _person(output, letterbox)
            if all(_shared(person, other) < _SAME for other in kept):
                kept.append(person)
        return tuple(kept)


def _person(output: NDArray[np.float32], letterbox: Letterbox) -> PersonKeypoints:
    joints = output[: 3 * len(COCO_17)].reshape(-1, 3)
    points = letterbox.to_picture(joints[:, 1::-1])
    points[joints[:, 2] <= JOINT_SCORE] = np.nan
    (left, top), (right, bottom) = letterbox.to_picture(output[-5:-1].reshape(2, 2)[:, ::-1])
    box = np.array([left, top, right - left, bottom - top], np.float32)
    return PersonKeypoints(score=float(output[-1]), box=box, points=points, scores=joints[:, 2].copy())


def _shared(person: PersonKeypoints, other: PersonKeypoints) -> float:
    """The share of somebody's joints that are those of another one."""
    apart = np.linalg.norm(person.points - other.points, axis=1)
    touching = int(np.count_nonzero(apart < _TOUCHING * person.box[2:].max()))
    seen = int(np.count_nonzero(person.scores > JOINT_SCORE))
    return touching / max(seen, 1)
