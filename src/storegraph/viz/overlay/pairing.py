"""Which keypoints were found in which picture."""

from __future__ import annotations

from typing import Any

from storegraph.observations import Keypoints

from .model import Pair

WAITING = 30
"""Pictures of one camera that wait for their keypoints: 3 s at 10 Hz, longer than vision is behind; 2 MB of JPEG at
640x480 pixels."""


class Pairing:
    """Joins the pictures of one camera with their keypoints by their stamps, whichever comes first.

    When a pair is found, what waits with an earlier stamp is forgotten: vision passes pictures over when it is busy,
    and who looks wants to see now.
    """

    def __init__(self) -> None:
        self._pictures: dict[int, bytes] = {}
        self._keypoints: dict[int, Keypoints] = {}

    @property
    def waiting(self) -> int:
        """How many pictures and keypoints wait for each other; at most `WAITING` of each."""
        return len(self._pictures) + len(self._keypoints)

    def picture(self, stamp: int, picture: bytes) -> Pair | None:
        """Takes a picture, and gives the pair that it makes.

        Args:
            stamp: Start of exposure, nanoseconds since the Unix epoch.
            picture: JPEG, PNG, or what else OpenCV reads.
        """
        keypoints = self._keypoints.get(stamp)
        if keypoints is None:
            _wait(self._pictures, stamp, picture)
            return None
        return self._pair(picture, keypoints)

    def keypoints(self, keypoints: Keypoints) -> Pair | None:
        """Takes keypoints, and gives the pair that they make."""
        picture = self._pictures.get(keypoints.stamp)
        if picture is None:
            _wait(self._keypoints, keypoints.stamp, keypoints)
            return None
        return self._pair(picture, keypoints)

    def _pair(self, picture: bytes, keypoints: Keypoints) -> Pair:
        self._pictures = {stamp: each for stamp, each in self._pictures.items() if stamp > keypoints.stamp}
        self._keypoints = {stamp: each for stamp, each in self._keypoints.items() if stamp > keypoints.stamp}
        return Pair(picture, keypoints)


def _wait(waiting: dict[int, Any], stamp: int, value: object) -> None:
    """Lets a value wait; of too many, the one that came first goes."""
    waiting[stamp] = value
    if len(waiting) > WAITING:
        del waiting[next(iter(waiting))]
