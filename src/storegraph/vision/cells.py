"""Reading what a network's maps say at chosen cells, which are counted row by row."""

from __future__ import annotations

from torch import Tensor


def at_cells(values: Tensor, cells: Tensor) -> Tensor:
    """What some cells say: [picture, channel, row, column] at [picture, person] is [picture, person, channel]."""
    index = cells[:, None].expand(-1, values.shape[1], -1)
    return values.flatten(2).gather(2, index).transpose(1, 2)


def at_cells_of_joints(values: Tensor, cells: Tensor) -> Tensor:
    """What some cells say of each joint: [picture, joint, cell] at [picture, person, joint, n] is of that shape."""
    _, people, _, count = cells.shape
    index = cells.transpose(1, 2).flatten(2)
    return values.gather(2, index).unflatten(2, (people, count)).transpose(1, 2)
