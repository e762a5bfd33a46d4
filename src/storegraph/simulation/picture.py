"""What a camera of the simulated store takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of one camera.

    Attributes:
        stamp: Start of exposure, nanoseconds since the Unix epoch.
        camera: Camera id, as in the store file.
        jpeg: A JPEG file.
    """

    stamp: int
    camera: str
    jpeg: bytes

    @property
    def key(self) -> str:
        """The camera."""
        return self.camera
