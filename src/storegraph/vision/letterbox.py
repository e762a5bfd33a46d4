"""Fitting pictures to the size that a network takes, and its points back into the picture."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import VisionError


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture lies in the input of a network: enlarged or reduced, at its upper left, the rest black.

    Attributes:
        width: Of the picture as it came, pixels.
        height: Of the picture as it came, pixels.
        fitted_width: Of the picture in the input, pixels.
        fitted_height: Of the picture in the input, pixels.
        input_width: Of the whole input, pixels.
        input_height: Of the whole input, pixels.
    """

    width: int
    height: int
    fitted_width: int
    fitted_height: int
    input_width: int
    input_height: int

    @classmethod
    def fitting(cls, width: int, height: int, longer: int, multiple: int) -> Letterbox:
        """The letterbox that wastes least: the picture's longer side fills the input.

        Args:
            width: Of the picture, pixels.
            height: Of the picture, pixels.
            longer: The input's longer side, pixels; a multiple of `multiple`.
            multiple: What both sides of the input have to be multiples of.
        """
        scale = longer / max(width, height)
        fitted_width, fitted_height = max(round(width * scale), 1), max(round(height * scale), 1)
        input_width, input_height = (-(-side // multiple) * multiple for side in (fitted_width, fitted_height))
        return cls(width, height, fitted_width, fitted_height, input_width, input_height)

    def fit(self, picture: NDArray[np.uint8], *, quick: bool = False) -> NDArray[np.uint8]:
        """A picture in its letterbox.

        Args:
            picture: Shape [height, width, channel].
            quick: Whether to mix only the four nearest pixels where the picture loses less than half of its width,
                which takes a fifth of the time; fine stripes shimmer a little.

        Returns:
            Shape [input_height, input_width, channel].
        """
        reduced = self.fitted_width < (self.width / 2 if quick else self.width)
        fitted = np.zeros((self.input_height, self.input_width, picture.shape[2]), np.uint8)
        fitted[: self.fitted_height, : self.fitted_width] = cv2.resize(
            picture,
            (self.fitted_width, self.fitted_height),
            interpolation=cv2.INTER_AREA if reduced else cv2.INTER_LINEAR,
        )
        return fitted

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points of the input in the picture.

        Args:
            points: x, y, as shares of the input's width and height, shape [..., 2].

        Returns:
            x, y in pixels of the picture, same shape. Points in the black part lie outside the picture.
        """
        across = self.input_width * self.width / self.fitted_width
        down = self.input_height * self.height / self.fitted_height
        return points * np.array([across, down], np.float32)

    def from_input(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points of the input in the picture, where whole numbers are the middles of pixels in both.

        Args:
            points: x, y in pixels of the input, shape [..., 2].

        Returns:
            x, y in pixels of the picture, same shape.
        """
        scale = np.array([self.width / self.fitted_width, self.height / self.fitted_height], np.float32)
        return np.asarray((points + 0.5) * scale - 0.5, np.float32)


def checked_size(longer: int, multiple: int) -> int:
    """The longer side of a network's input, pixels, as it was set.

    Raises:
        VisionError: It is no multiple of `multiple`.
    """
    if longer < multiple or longer % multiple:
        raise VisionError(f"size: is {longer}; a multiple of {multiple} is expected, such as 256 or 512")
    return longer


def batches_of(pictures: Sequence[NDArray[np.uint8]], longer: int, multiple: int) -> Collection[dict[int, Letterbox]]:
    """Which pictures fit one input size, so that they can go through a network together.

    Args:
        pictures: Each of shape [height, width, channel]; their sizes may differ.
        longer: The input's longer side, pixels.
        multiple: What both sides of the input have to be multiples of.

    Returns:
        Of each batch the letterboxes of its pictures, by their index.
    """
    batches: dict[tuple[int, int], dict[int, Letterbox]] = {}
    for index, picture in enumerate(pictures):
        box = Letterbox.fitting(picture.shape[1], picture.shape[0], longer, multiple)
        batches.setdefault((box.input_width, box.input_height), {})[index] = box
    return batches.values()
