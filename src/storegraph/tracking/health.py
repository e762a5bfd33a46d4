"""Whether cameras still look where the store file says, told by where the tracker expects people in their pictures.

A camera that was knocked shows everybody beside where the others say they are. How far beside, as a length at the
person, is what one look gives; the median of the looks of the last seconds is compared with what the camera showed
before and with the other cameras. A camera that stands out loses weight, and gets it back when it shows people where
they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from storegraph.units import NANOSECONDS

from .association import Flags, People
from .cameras import CameraGroup
from .filtering import Floats

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
"""A camera is displaced when it shows people so many times farther off than is usual. In the simulated store
(`demo` and `shopping`, seed 1) the cameras that nobody touched stayed below 1.3; one degree is 7 cm at 4 m."""

FITS_AGAIN = 1.4
"""A displaced camera is well again below this: what untouched cameras do not exceed."""

LEAST_WEIGHT = 0.01
"""Of a camera that shows nobody where they are: its joints count as ten times as far off."""

REMEMBERED = 30
"""Medians of past windows that tell what is usual of a camera: ten minutes."""

LEAST_JOINTS = 5
"""That a person is compared by."""

REACH = 1.5
"""Metres: somebody in the picture farther than this from where a person is expected is not taken for that person."""

ALIKE = 0.15
"""Metres, median over the joints: the most that two figures differ, put on each other, and are one person's: that is
a joint's noise and some of a turned camera's shear, and less than the arms of two people differ who walk."""


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """How well a camera goes with the others.

    Attributes:
        camera: Its id.
        displaced: Whether it shows people somewhere else than the other cameras do.
        error: How far off it has shown people lately, metres at the person, median; inf where it has shown most of
            them nowhere near, NaN while there is too little to judge by.
        usual: What is usual of it and of the others, metres; NaN while there is too little to judge by.
        weight: Of its joints, 1 for a camera that is well.
        since: When it was found displaced, nanoseconds since the Unix epoch; None where it is not.
    """

    camera: str
    displaced: bool
    error: float
    usual: float
    weight: float
    since: int | None


@dataclass(slots=True)
class _Record:
    """What is remembered of a camera.

    Attributes:
        looks: Stamp and error of each person looked at, metres, of the last `WINDOW`.
        past: Medians of windows in which it was well.
        looked: Stamp of the last look.
        noted: Stamp of the last entry in `past`.
        weight: Of its joints.
        since: When it was found displaced.
    """

    looks: deque[tuple[int, float]] = field(default_factory=deque)
    past: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    looked: int | None = None
    noted: int | None = None
    weight: float = 1.0
    since: int | None = None

    def error(self) -> float:
        """Median of the looks; NaN where they are too few."""
        if len(self.looks) < LEAST_LOOKS or self.looks[-1][0] - self.looks[0][0] < LEAST_TIME:
            return float("nan")
        return float(np.median([error for _, error in self.looks]))


class CameraWatch:
    """Watches the cameras of a store.

    Args:
        cameras: Their ids.
    """

    def __init__(self, cameras: Sequence[str]) -> None:
        self._records = {camera: _Record() for camera in cameras}
        self._errors = {camera: float("nan") for camera in cameras}
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
            points = np.where(people.scores[found, :, None] > 0, people.points[found], np.nan)
            within = ((pixels[row] >= 0) & (pixels[row] <= group.sizes[row])).all(axis=2)
            here = np.where(within[..., None], pixels[row], np.nan)
            errors = _errors(here, scale[row], others >= LEAST_OTHERS, points)
            self._records[camera].looked = now
            self._records[camera].looks.extend((now, error) for error in errors)

    def judge(self, now: int) -> None:
        """Finds out which cameras are displaced, at a moment, nanoseconds since the Unix epoch; seldomer than asked.

        The one that stands out most is displaced first; what the others have shown until then was compared with a
        store that it had drawn aside, and is forgotten.
        """
        if self._judged is not None and now - self._judged < EVERY:
            return
        self._judged = now
        for camera, record in self._records.items():
            while record.looks and record.looks[0][0] < now - WINDOW:
                record.looks.popleft()
            self._errors[camera] = record.error()
        worst = max(self._records, key=self._standing_out, default=None)
        if worst is not None and self._standing_out(worst) >= STANDS_OUT:
            self._records[worst].since = now
            for camera, record in self._records.items():
                if camera != worst:
                    record.looks.clear()
                    self._errors[camera] = float("nan")
        for camera, record in self._records.items():
            self._weigh(camera, record, now)

    def _is_due(self, camera: str, now: int) -> bool:
        looked = self._records[camera].looked
        return looked is None or now - looked >= EVERY

    def _usual(self, camera: str) -> float:
        """What is usual of a camera and of the others that are well, metres; NaN where nothing is known of either."""
        record = self._records[camera]
        others = [self._errors[name] for name, other in self._records.items() if name != camera and other.since is None]
        known = [error for error in others if np.isfinite(error)]
        if len(known) < LEAST_OTHERS and not record.past:
            return float("nan")
        past = [float(np.median(record.past))] if record.past else []
        return max([LEAST_USUAL, *past, *([float(np.median(known))] if known else [])])

    def _standing_out(self, camera: str) -> float:
        """How many times farther off than usual a camera shows people; 0 for one that is displaced already."""
        record = self._records[camera]
        ratio = self._errors[camera] / self._usual(camera)
        return 0.0 if record.since is not None or np.isnan(ratio) else ratio

    def _weigh(self, camera: str, record: _Record, now: int) -> None:
        """Gives a camera its weight, lets it be well again, and remembers what is usual of it while it is."""
        error, usual = self._errors[camera], self._usual(camera)
        if record.since is not None and not np.isnan(error / usual):
            record.weight = float(np.clip((usual / error) ** 2, LEAST_WEIGHT, 1.0))
            if self._is_well(error, usual):
                record.since, record.weight = None, 1.0
        elif record.since is None and now - (record.noted or 0) >= WINDOW and self._is_well(error, usual):
            record.past.append(error)
            record.noted = now

    def _is_well(self, error: float, usual: float) -> bool:
        return error < FITS_AGAIN * (LEAST_USUAL if np.isnan(usual) else usual)

    def _health(self, camera: str) -> CameraHealth:
        record = self._records[camera]
        return CameraHealth(
            camera, record.since is not None, self._errors[camera], self._usual(camera), record.weight, record.since
        )


def _errors(pixels: Floats, scale: Floats, sure: Flags, points: Floats) -> list[float]:
    """How far off a picture shows the people whom other cameras see, metres at the person.

    Args:
        pixels: Where the joints of T people are expected, shape [T, J, 2]; NaN where unknown or out of sight.
        scale: Pixels of a metre there, shape [T, J].
        sure: Of whom the other cameras are sure, shape [T].
        points: Where those of N people are seen, shape [N, J, 2]; NaN where not found.

    Returns:
        For each person that can be compared; inf for each that is expected, while the picture shows somebody who is
        nobody else and nowhere near.
    """
    there = np.isfinite(pixels[..., 0]).sum(axis=1) >= LEAST_JOINTS
    sure = sure[there]
    apart, alike = _compared(pixels[there], scale[there], points)
    fits = (apart <= REACH) & (alike <= ALIKE)
    rows, columns = linear_sum_assignment(np.where(fits, REACH - np.where(fits, apart, 0.0), 0.0), maximize=True)
    pairs = [(row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True) if fits[row, column]]
    errors = [float(apart[row, column]) for row, column in pairs if sure[row]]
    left = len(points) - len(pairs)
    sure[[row for row, _ in pairs]] = False
    return errors + [float("inf")] * min(left, int(sure.sum()))


def _compared(pixels: Floats, scale: Floats, points: Floats) -> tuple[Floats, Floats]:
    """How far apart people are in a picture; arguments as of `_errors`.

    A turn of the camera about its optical axis moves those in the middle of the picture little: it is noticed later.

    Returns:
        How far each of T people has to be shifted to be each of N, and how far the joints are apart then: metres, shape
        [T, N]; inf where they have too few joints in common. Of all joints it is the median, in which the noise of a
        joint and those that are misplaced hardly count.
    """
    offset = (points - pixels[:, None]) / scale[:, None, :, None]
    enough = np.isfinite(offset[..., 0]).sum(axis=2) >= LEAST_JOINTS
    offset = np.where(enough[..., None, None], offset, 0.0)
    shift = _median(offset, axis=2)
    left_over = offset - shift[:, :, None]
    apart = np.hypot(shift[..., 0], shift[..., 1])
    alike = _median(np.hypot(left_over[..., 0], left_over[..., 1]), axis=2)
    return np.where(enough, apart, np.inf), np.where(enough, alike, np.inf)


def _median(values: Floats, axis: int) -> Floats:
    """The median of the known values along an axis, as `np.nanmedian`, which takes six times as long for so few."""
    ordered = np.sort(values, axis=axis)  # what is not known comes last
    known = np.isfinite(values).sum(axis=axis, keepdims=True)
    lower = np.take_along_axis(ordered, np.maximum(known - 1, 0) // 2, axis)
    upper = np.take_along_axis(ordered, known // 2, axis)
    return np.squeeze((lower + upper) / 2, axis)
