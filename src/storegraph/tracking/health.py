"""Whether cameras still look where the store file says, told by where the tracker expects people in their pictures.

A camera that was knocked shows everybody beside where the others say they are, or tilted. How far beside, and how much
tilted, is what one look gives (looks.py). The medians of the looks of the last seconds are compared with what the
camera showed before and with the other cameras. A camera that stands out loses weight, and gets it back when it shows
people where they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from storegraph.units import NANOSECONDS

from .association import People
from .cameras import CameraGroup
from .filtering import Floats
from .looks import Look, looks

EVERY = NANOSECONDS // 2
"""Nanoseconds between two looks at a camera: people have moved on by then, and it costs the tracker little."""

WINDOW = 20 * NANOSECONDS
"""Nanoseconds of looks that are judged together. A knock is noticed when they are more than half of them: within a
minute, with a large margin, while people are in the camera's view."""

LEAST_LOOKS = 12
"""A camera is judged from so many looks on. The median of fewer is moved by one person whom the tracker has wrong."""

LEAST_TIME = 4 * NANOSECONDS
"""Nanoseconds from the first to the last look at least: several people at one moment may be one mistake."""

LEAST_OTHERS = 2
"""Somebody is where so many other cameras say: one other camera that disagrees may itself be the one that is wrong."""

LEAST_USUAL = 0.025
"""Metres. No camera is expected to be better than this: people of COCO mark a joint with this spread, as says
`TrackingSettings.joint_sigma`."""

STANDS_OUT = 1.8
"""A camera is displaced when it shows people so many times farther off, or more tilted, than is usual. In the simulated
store (`demo` and `shopping`, seed 1) the cameras that nobody touched stayed below 1.3; one degree is 7 cm at 4 m."""

FITS_AGAIN = 1.4
"""A displaced camera is well again below this: what untouched cameras do not exceed."""

LEAST_WEIGHT = 0.01
"""Of a camera that shows nobody where they are: its joints count as ten times as far off."""

REMEMBERED = 30
"""Medians of past windows that tell what is usual of a camera: ten minutes."""

USUAL_TILT = 0.026
"""Radians, 1.5 degrees. A camera turned about its optical axis shifts those in the middle of its picture little, and
tilts everybody. One that nobody touched showed people tilted by 1.2 degrees with MoveNet, by 2.5 with the own network
(`group_on_one_token`, seed 2, with pictures), and by 1.1 while another one was turned by 5."""


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """How well a camera goes with the others.

    Attributes:
        camera: Its id.
        displaced: Whether it shows people somewhere else than the other cameras do.
        error: How far off it has shown people lately, metres at the person, median; inf where it has shown most of
            them nowhere near, NaN while there is too little to judge by.
        usual: What is usual of it and of the others, metres; NaN while there is too little to judge by.
        tilt: By how much it has shown them turned about its optical axis, radians, clockwise, median; NaN as the error.
        weight: Of its joints, 1 for a camera that is well.
        since: When it was found displaced, nanoseconds since the Unix epoch; None where it is not.
    """

    camera: str
    displaced: bool
    error: float
    usual: float
    tilt: float
    weight: float
    since: int | None


UNKNOWN = float("nan"), float("nan")


@dataclass(slots=True)
class _Record:
    """What is remembered of a camera.

    Attributes:
        looks: At each person, of the last `WINDOW`.
        past: Medians of windows in which it was well.
        looked: Stamp of the last look.
        noted: Stamp of the last entry in `past`.
        weight: Of its joints.
        since: When it was found displaced.
    """

    looks: deque[Look] = field(default_factory=deque)
    past: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    looked: int | None = None
    noted: int | None = None
    weight: float = 1.0
    since: int | None = None

    def seen(self) -> tuple[float, float]:
        """Medians of the looks: how far off, metres, and the tilt, radians; NaN where they are too few."""
        if len(self.looks) < LEAST_LOOKS or self.looks[-1].stamp - self.looks[0].stamp < LEAST_TIME:
            return UNKNOWN
        tilts = [look.tilt for look in self.looks if not np.isnan(look.tilt)]
        return float(np.median([look.apart for look in self.looks])), float(np.median(tilts)) if tilts else 0.0


class CameraWatch:
    """Watches the cameras of a store.

    Args:
        cameras: Their ids.
    """

    def __init__(self, cameras: Sequence[str]) -> None:
        self._records = {camera: _Record() for camera in cameras}
        self._seen = dict.fromkeys(cameras, UNKNOWN)
        self._judged: int | None = None

    def weights(self, cameras: Sequence[str]) -> Floats:
        """How much the joints of some cameras count, 1 where a camera is well."""
        return np.array([self._records[camera].weight for camera in cameras])

    def health(self) -> tuple[CameraHealth, ...]:
        """How all cameras are."""
        return tuple(self._health(camera) for camera in self._records)

    def look(
        self, now: int, cameras: CameraGroup, people: People, expected: Callable[[], tuple[Floats, Sequence[set[str]]]]
    ) -> None:
        """Compares where people are seen with where they are expected.

        Args:
            now: Stamp of the pictures, nanoseconds since the Unix epoch.
            cameras: That took them.
            people: In the pictures.
            expected: Gives, when there is something to look at, the joints of those who are followed before these
                pictures were taken in, in `map`, metres, shape [T, J, 3], NaN where unknown; and for each of them the
                cameras that have just seen them.
        """
        due = [index for index, camera in enumerate(cameras.ids.tolist()) if self._is_due(camera, now)]
        if not due or not len(people.camera):
            return
        positions, seen_by = expected()
        if not len(positions):
            return
        group = cameras.select(np.array(due, dtype=np.intp))
        pixels, scale = group.project(positions[None])
        trusted = {camera for camera, record in self._records.items() if record.since is None}
        for row, (index, camera) in enumerate(zip(due, group.ids.tolist(), strict=True)):
            others = np.array([len((seen & trusted) - {camera}) for seen in seen_by])
            found = np.flatnonzero(people.camera == index)
            points = np.where(people.weights[found, :, None] > 0, people.points[found], np.nan)
            within = ((pixels[row] >= 0) & (pixels[row] <= group.sizes[row])).all(axis=2)
            here = np.where(within[..., None], pixels[row], np.nan)
            self._records[camera].looked = now
            self._records[camera].looks.extend(looks(now, here, scale[row], others >= LEAST_OTHERS, points))

    def judge(self, now: int) -> None:
        """Finds out which cameras are displaced, at a moment, nanoseconds since the Unix epoch; seldomer than asked.

        The one that stands out most is displaced first; what the others have shown until then was compared with a
        store that it had drawn aside, and is forgotten.
        """
        if self._judged is not None and now - self._judged < EVERY:
            return
        self._judged = now
        for camera, record in self._records.items():
            while record.looks and record.looks[0].stamp < now - WINDOW:
                record.looks.popleft()
            self._seen[camera] = record.seen()
        worst = max(self._records, key=self._standing_out, default=None)
        if worst is not None and self._standing_out(worst) >= STANDS_OUT:
            self._records[worst].since = now
            for camera, record in self._records.items():
                if camera != worst:
                    record.looks.clear()
                    self._seen[camera] = UNKNOWN
        for camera, record in self._records.items():
            self._weigh(camera, record, now)

    def _is_due(self, camera: str, now: int) -> bool:
        looked = self._records[camera].looked
        return looked is None or now - looked >= EVERY

    def _usual(self, camera: str) -> float:
        """What is usual of a camera and of the others that are well, metres; NaN where nothing is known of either."""
        record = self._records[camera]
        others = [
            self._seen[name][0] for name, other in self._records.items() if name != camera and other.since is None
        ]
        known = [error for error in others if np.isfinite(error)]
        if len(known) < LEAST_OTHERS and not record.past:
            return float("nan")
        past = [float(np.median(record.past))] if record.past else []
        return max([LEAST_USUAL, *past, *([float(np.median(known))] if known else [])])

    def _excess(self, camera: str, usual: float) -> float:
        """How many times farther off or more tilted than usual a camera shows people; NaN where that is not known."""
        error, tilt = self._seen[camera]
        return float(np.maximum(error / usual, abs(tilt) / USUAL_TILT))

    def _standing_out(self, camera: str) -> float:
        """The excess of a camera; 0 where it is not known, and for one that is displaced already."""
        excess = self._excess(camera, self._usual(camera))
        return 0.0 if self._records[camera].since is not None or np.isnan(excess) else excess

    def _weigh(self, camera: str, record: _Record, now: int) -> None:
        """Gives a camera its weight, lets it be well again, and remembers what is usual of it while it is."""
        usual = self._usual(camera)
        excess = self._excess(camera, LEAST_USUAL if np.isnan(usual) else usual)
        is_well = excess < FITS_AGAIN
        if record.since is not None and not np.isnan(usual) and not np.isnan(excess):
            record.weight = max(max(excess, 1.0) ** -2, LEAST_WEIGHT)
            if is_well:
                record.since, record.weight = None, 1.0
        elif record.since is None and now - (record.noted or 0) >= WINDOW and is_well:
            record.past.append(self._seen[camera][0])
            record.noted = now

    def _health(self, camera: str) -> CameraHealth:
        record, usual = self._records[camera], self._usual(camera)
        return CameraHealth(
            camera,
            record.since is not None,
            self._seen[camera][0],
            usual,
            self._seen[camera][1],
            record.weight,
            record.since,
        )
