"""What a sensors file says about a camera, what its node is set to, and what a source gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from storegraph.sensors.address import Address
from storegraph.sensors.claim import Claim
from storegraph.settings import Live, Range, Span
from storegraph.store.model import Identifier, Part, PositiveFloat, Store
from storegraph.units import NANOSECONDS

STREAMS = ("rtsp", "rtsps", "http", "https")
"""What an address of a camera in the network begins with."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def _of_known_scheme(source: str) -> str:
    scheme = _SCHEME.match(source)
    if scheme and scheme[1] not in STREAMS:
        raise ValueError(f"is no address of a camera; it begins with {', '.join(STREAMS[:-1])} or {STREAMS[-1]}")
    if not source.strip():
        raise ValueError("is empty; name an address, a device, a video file or a folder of pictures")
    return source


class CameraDevice(Part):
    """What stands behind a camera of the store file.

    Attributes:
        camera: Its id in the store file.
        source: An address (`rtsp://…`, or `http://…` for motion JPEG), a V4L2 device (`/dev/video0`), a video file, or
            a folder of pictures, which are shown in the order of their names.
        rate: Pictures a second of a folder, Hz; anything else knows its own.
        pace: Of a file or a folder: `recorded`, or `fastest`, each picture as soon as the one before has been taken.
        loop: Whether a file or a folder begins again at its end.
        delay: Of a camera, from the exposure to the arrival of a picture, seconds; taken off the arrival where nothing
            else tells the time of the exposure.
    """

    camera: Identifier
    source: Annotated[Address, AfterValidator(_of_known_scheme)]
    rate: PositiveFloat = 10.0
    pace: Literal["recorded", "fastest"] = "recorded"
    loop: bool = False
    delay: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0

    def claims(self, store: Store) -> Iterator[Claim]:
        """The camera."""
        yield Claim(("camera",), "camera", self.camera, tuple(camera.id for camera in store.cameras))

    @property
    def is_stream(self) -> bool:
        """Whether the source is an address, and not a path."""
        return _SCHEME.match(self.source) is not None

    def beside(self, folder: Path) -> CameraDevice:
        """The same, with a path taken from a folder where it is relative."""
        if self.is_stream:
            return self
        return self.model_copy(update={"source": str(folder / self.source)})


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What a camera node is set to.

    Attributes:
        max_rate: Pictures published a second at most; the others are not even decoded where the source allows it.
        quality: Of the JPEG pictures.
        retry_after: A source that is missing or dies is tried again after this; then after twice as long, and so on.
        retry_at_most: The longest time between two tries.
    """

    max_rate: Annotated[float, Range(0.1, 120.0, "Hz"), Live()] = 10.0
    quality: Annotated[int, Range(1, 100), Live()] = 85
    retry_after: Annotated[int, Span(0.1, 60.0)] = NANOSECONDS
    retry_at_most: Annotated[int, Span(0.1, 3600.0)] = 30 * NANOSECONDS


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a camera saw.

    Attributes:
        stamp: Start of exposure as well as the source can tell, nanoseconds since the Unix epoch.
        pixels: BGR, shape [height, width, 3].
    """

    stamp: int
    pixels: NDArray[np.uint8]


class SourceState(Enum):
    """How a camera's source is."""

    OPENING = "is being opened"
    RUNNING = "gives pictures"
    LOST = "is tried again"
    ENDED = "has come to its end"


@dataclass(frozen=True, slots=True)
class SourceCondition:
    """What is known of a camera's source at a moment.

    Attributes:
        state: How it is.
        reason: Why it was lost, and what to do; empty where it was not.
        pictures: Taken since the beginning.
        dropped: Of these, replaced by a newer one because they were not published in time.
        failures: How often opening or reading it has failed.
        newest: Stamp of the last picture, nanoseconds since the Unix epoch; None where there was none.
        changed: Stamp of the last picture that was not the one before it over again.
        recorded: Whether it is a file or a folder, not a camera.
    """

    state: SourceState = SourceState.OPENING
    reason: str = ""
    pictures: int = 0
    dropped: int = 0
    failures: int = 0
    newest: int | None = None
    changed: int | None = None
    recorded: bool = False
