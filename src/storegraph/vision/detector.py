"""What finds people in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import PersonKeypoints


class PersonDetector(Protocol):
    """Finds the people in pictures, and their joints.

    Each picture is judged by itself: nothing is remembered from one to the next, and nobody is recognised.
    """

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints it finds, the order of every person's arrays."""
        ...

    def detect(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[PersonKeypoints, ...]]:
        """Finds the people in some pictures at once.

        Args:
            pictures: BGR, each of shape [height, width, 3]; their sizes may differ.

        Returns:
            The people of each picture, in no particular order, in its own pixels.
        """
        ...
