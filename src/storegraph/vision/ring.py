"""Pictures of the last seconds, in memory, so that a person can be shown what could not be decided.

Nothing is kept unless somebody switches it on. Then the newest pictures are held for some seconds and forgotten; those
around an interaction in doubt are written to a folder, which only its owner may read, and deleted in time.
"""

from __future__ import annotations

import re
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from storegraph.atomic import whole_directory
from storegraph.observations import Interaction
from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS

from .errors import VisionError

SUFFIX = ".jpg"

OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What of the pictures is kept for a person to look at.

    Attributes:
        ring: Pictures are held in memory for so long; 0: none is. An interaction is told some seconds after it was,
            so shorter than that is of no use.
        review_folder: Folder for the pictures of interactions in doubt, one folder an interaction; empty: none is
            written.
        review_sure: An interaction is in doubt when its likeliest explanation is less likely than this: as the
            ledger's `sure`.
        review_margin: Pictures from so long before an interaction until so long after it.
        review_for: Pictures in the folder are deleted after so long.
        review_megabytes: The folder holds at most so much; what has been there longest goes first.
    """

    ring: Annotated[int, Span(0.0, 120.0)] = 0
    review_folder: str = ""
    review_sure: Annotated[float, Range(0.0, 1.0)] = 0.9
    review_margin: Annotated[int, Span(0.0, 30.0)] = NANOSECONDS
    review_for: Annotated[int, Span(1.0, 7 * 86400.0)] = 24 * 3600 * NANOSECONDS
    review_megabytes: Annotated[int, Range(1, 100_000, "MB")] = 1000


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """A picture as its camera gave it.

    Attributes:
        stamp: Start of exposure, nanoseconds since the Unix epoch.
        camera: Its id.
        jpeg: A JPEG file.
    """

    stamp: int
    camera: str
    jpeg: bytes


class PictureRing:
    """The pictures of the last seconds.

    Args:
        span: For how long pictures are held, nanoseconds.
    """

    def __init__(self, span: int) -> None:
        self._span = span
        self._held: deque[tuple[int, HeldPicture]] = deque()

    def __len__(self) -> int:
        return len(self._held)

    def put(self, now: int, picture: HeldPicture) -> None:
        """Holds a picture that has come now, nanoseconds of a clock that goes on though no picture comes."""
        self._held.append((now, picture))
        self.forget(now)

    def forget(self, now: int) -> None:
        """Lets go of what came longer ago than is to be held."""
        while self._held and now - self._held[0][0] > self._span:
            self._held.popleft()

    def between(self, begin: int, end: int) -> list[HeldPicture]:
        """The pictures with stamps from `begin` to `end`, both included, in the order in which they came."""
        return [picture for _, picture in self._held if begin <= picture.stamp <= end]


class ReviewFolder:
    """Pictures of interactions in doubt, on disk: `event_<id>/<camera>_<stamp>.jpg`.

    Args:
        folder: Made where it is not there.
        kept_for: After so long an interaction's pictures are deleted, nanoseconds.
        most_bytes: Held at most.

    Raises:
        VisionError: The folder cannot be made or written.
    """

    def __init__(self, folder: Path, kept_for: int, most_bytes: int) -> None:
        self._folder = folder
        self._kept_for = kept_for
        self._most_bytes = most_bytes
        try:
            folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
            folder.chmod(OWNER_ONLY)
        except OSError as error:
            raise VisionError(
                f"parameter review_folder: {folder} cannot be used: {error.strerror}; name a folder that is this user's"
            ) from None

    def keep(self, event_id: str, pictures: list[HeldPicture]) -> None:
        """Writes the pictures of an interaction, all or none, unless some of it are there already.

        Raises:
            OutputError: They cannot be written.
        """
        path = self._path(event_id)
        if path.exists() or not pictures:
            return
        with whole_directory(path, durable=False) as fresh:
            for picture in pictures:
                (fresh / f"{picture.camera}_{picture.stamp}{SUFFIX}").write_bytes(picture.jpeg)

    def drop(self, event_id: str) -> None:
        """Deletes the pictures of an interaction, if there are any: it is in doubt no more."""
        shutil.rmtree(self._path(event_id), ignore_errors=True)

    def forget(self, now: int) -> int:
        """Deletes what is too old or too much, that of earlier runs too.

        Args:
            now: Nanoseconds since the Unix epoch, of the clock of the file system.

        Returns:
            How many interactions' pictures were deleted.
        """
        deleted, held = 0, 0
        for written, size, path in sorted(self._entries(), reverse=True):
            held += size
            if now - written > self._kept_for or held > self._most_bytes:
                shutil.rmtree(path, ignore_errors=True)
                deleted += 1
        return deleted

    def _path(self, event_id: str) -> Path:
        return self._folder / f"event_{re.sub(r'[^A-Za-z0-9_.-]', '_', event_id)}"

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """When each interaction's pictures were written, nanoseconds since the Unix epoch, their bytes and folder.

        What was being written when a node died is among them.
        """
        for path in self._folder.iterdir():
            pictures = list(path.rglob(f"*{SUFFIX}"))
            if pictures:
                sizes = sum(picture.stat().st_size for picture in pictures)
                yield max(picture.stat().st_mtime_ns for picture in pictures), sizes, path


def in_doubt(interaction: Interaction, sure: float) -> bool:
    """Whether an interaction is one for a person to look at: its likeliest explanation is less likely than `sure`."""
    return interaction.hypotheses[0].probability < sure
