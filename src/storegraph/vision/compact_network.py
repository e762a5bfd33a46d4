"""The own network: from a picture to maps of people and joints.

A residual network (He et al., arXiv 1512.03385) with a feature pyramid (Lin et al., arXiv 1612.03144) and the heads of
a CenterNet (Zhou et al., "Objects as Points", arXiv 1904.07850), eight pixels to a cell. Its convolutions are dense: on
processors with matrix units a depthwise one takes as long as a dense one with half the channels (docs/vision.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from storegraph.observations import COCO_17

CELL = 8
"""Pixels of the input in a cell of the maps, across and down."""

COARSEST = 32
"""Pixels in a cell of the coarsest features: both sides of an input have to be multiples of it."""

CHANNELS = (32, 64, 128, 192)
"""Of the features with cells of 4, 8, 16 and 32 pixels: multiples of the 32 that matrix units take at once."""

BLOCKS = (1, 1, 2, 2)
"""Residual blocks of each."""

JOINTS = len(COCO_17)

_HALF_WHITE = 127.5
"""What a picture's values are less by, and shares of."""


class Maps(NamedTuple):
    """What the network says of every cell of a picture. Pairs are across, down, in cells.

    Attributes:
        centre: Is the centre of a person here? Logits, shape [picture, 1, row, column].
        joint: Is this joint of anybody here? Logits, shape [picture, 17, row, column].
        expected: From here to each joint of the person centred here, shape [picture, 17 x 2, row, column].
        place: From here to the exact place of each joint that is near, shape [picture, 17 x 2, row, column].
    """

    centre: Tensor
    joint: Tensor
    expected: Tensor
    place: Tensor


OUTPUTS = (1, JOINTS, 2 * JOINTS, 2 * JOINTS)
"""Channels of each of the maps."""

EXPECTED_UNIT = 4.0
"""Cells in one unit of what the network gives for `expected`: people are some ten cells high, so that it learns numbers
of about one."""

_RARE = -4.6
"""Logit of the chance with which a centre or joint is anywhere before anything is learnt, 1 %: otherwise the first
steps unlearn the empty cells (Lin et al., "Focal Loss", arXiv 1708.02002, section 4.1)."""


class _Convolution(nn.Sequential):  # type: ignore[misc]  # torch is not read by mypy
    """A convolution, its normalization, and what is not linear."""

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1, *, active: bool = True) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True) if active else nn.Identity(),
        )


class _Block(nn.Module):  # type: ignore[misc]
    """Two convolutions that say what is to be added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Convolution(channels, channels)
        self.second = _Convolution(channels, channels, active=False)

    def forward(self, values: Tensor) -> Tensor:
        added: Tensor = functional.relu(values + self.second(self.first(values)))
        return added


class CompactNetwork(nn.Module):  # type: ignore[misc]
    """The network, as it is taught. `FoldedNetwork` is what runs fastest."""

    def __init__(self, channels: Sequence[int] = CHANNELS, blocks: Sequence[int] = BLOCKS) -> None:
        """An untaught network.

        Args:
            channels: As `CHANNELS`.
            blocks: As `BLOCKS`.
        """
        super().__init__()
        finest, fine, coarse, coarsest = channels
        self.stem = _Convolution(12, finest, stride=2)
        inputs = (finest, *channels[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(
                *([_Convolution(before, here, stride=2)] if level else []), *(_Block(here) for _ in range(count))
            )
            for level, (before, here, count) in enumerate(zip(inputs, channels, blocks, strict=True))
        )
        self.from_coarsest = _Convolution(coarsest, coarse, 1)
        self.coarse = _Convolution(coarse, coarse)
        self.from_coarse = _Convolution(coarse, fine, 1)
        self.fine = _Convolution(fine, fine)
        self.head = _Convolution(fine, 2 * fine)
        self.outputs = nn.Conv2d(2 * fine, sum(OUTPUTS), 1)
        with torch.no_grad():
            self.outputs.weight.mul_(0.1)
            self.outputs.bias.zero_()
            self.outputs.bias[: 1 + JOINTS] = _RARE

    def forward(self, pictures: Tensor) -> Maps:
        """The maps of some pictures.

        Args:
            pictures: RGB, 0 to 255, shape [picture, 3, height, width]; both sides are multiples of `COARSEST`.
        """
        return self.maps(functional.pixel_unshuffle(pictures / _HALF_WHITE - 1.0, 2))

    def maps(self, squares: Tensor) -> Maps:
        """The maps of pictures whose pixels are put together by four.

        Args:
            squares: Shape [picture, 12, height / 2, width / 2], with values and in an order that the stem expects.

        Returns:
            32-bit.
        """
        values = self.stem(squares)
        levels = []
        for stage in self.stages:
            values = stage(values)
            levels.append(values)
        _, fine, coarse, coarsest = levels
        coarse = self.coarse(coarse + _twice(self.from_coarsest(coarsest)))
        fine = self.fine(fine + _twice(self.from_coarse(coarse)))
        maps = self.outputs(self.head(fine)).float()
        centre, joint, expected, place = maps.split(OUTPUTS, 1)
        return Maps(centre, joint, expected * EXPECTED_UNIT, place)


def _twice(values: Tensor) -> Tensor:
    """As many cells again across and down."""
    return functional.interpolate(values, scale_factor=2.0, mode="nearest")


class FoldedNetwork(nn.Module):  # type: ignore[misc]
    """What a taught network computes, in less time.

    Every normalization is within the convolution before it; what becomes of the colours is within the stem.
    """

    def __init__(self, network: CompactNetwork) -> None:
        """A copy of a network."""
        super().__init__()
        self.network: CompactNetwork = deepcopy(network).eval()
        for module in self.network.modules():
            if isinstance(module, _Convolution):
                module[0] = nn.utils.fusion.fuse_conv_bn_eval(module[0], module[1])
                module[1] = nn.Identity()
        stem = self.network.stem[0].weight
        with torch.no_grad():
            rgb_first = stem.unflatten(1, (3, 2, 2))
            stem.copy_(rgb_first.flip(1).permute(0, 2, 3, 1, 4, 5).flatten(1, 3) / _HALF_WHITE)
        self.to(memory_format=torch.channels_last)

    def forward(self, squares: Tensor) -> Maps:
        """The maps of some pictures.

        Args:
            squares: As `squares_of` gives them.
        """
        values = squares.to(self.network.stem[0].weight.dtype) - _HALF_WHITE
        return self.network.maps(values.permute(0, 3, 1, 2))


def squares_of(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures whose pixels are put together by four.

    Args:
        pictures: BGR, shape [picture, height, width, 3]; both sides are multiples of `COARSEST`.

    Returns:
        Shape [picture, height / 2, width / 2, 12].
    """
    count, height, width, _ = pictures.shape
    rows = pictures.reshape(count, height // 2, 2, width // 2, 6)
    return np.concatenate((rows[:, :, 0], rows[:, :, 1]), axis=3)  # twice as fast as torch's copy
