"""Who is shown, under which name and colour, and where they are in every frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storegraph.evaluation.identities import Floats, trunks
from storegraph.observations import COCO_17, Shoppers
from storegraph.simulation.truth import Frames
from storegraph.units import NANOSECONDS

FRAME = 0.1
"""Between two frames, seconds: people move evenly from one to the next, which at a walk is off by a millimetre."""

FRAMES = 1500
"""At most; of a recording longer than 150 s frames are further apart, so that a page stays below some megabytes."""

LIMBS = ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist")
"""The joints that are drawn, in their order in a frame, after the middle of the trunk."""

FIRST_HUE, GOLDEN_ANGLE = 250.0, 137.508
"""Degrees: hues this far apart are far from each other, however many there are."""

Frame = list[int | None]
"""x, y of the trunk and of each of `LIMBS`, centimetres, y downwards; None where a joint is not known."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the page shows them.

    Attributes:
        name: The truth's, or the shopper id.
        hue: Of their colour, degrees.
    """

    name: str
    hue: float


NOBODY = Person("nobody seen", 0.0)


@dataclass(frozen=True, slots=True)
class Track:
    """Somebody's way.

    Attributes:
        person: Whose.
        first: Index of its first frame.
        frames: From then on; None where they were not seen.
    """

    person: Person
    first: int
    frames: list[Frame | None]

    @property
    def ways(self) -> tuple[str, ...]:
        """Points of the trunk's line for each stretch without gap, as SVG has them."""
        lines: list[list[str]] = [[]]
        for frame in self.frames:
            if frame is None:
                lines.append([])
            elif not lines[-1] or lines[-1][-1] != f"{frame[0]},{frame[1]}":
                lines[-1].append(f"{frame[0]},{frame[1]}")
        return tuple(" ".join(line) for line in lines if len(line) > 1)


def cast_of(names: Iterable[str]) -> dict[str, Person]:
    """Gives everybody a colour, in their order."""
    return {
        name: Person(name, round((FIRST_HUE + place * GOLDEN_ANGLE) % 360, 1))
        for place, name in enumerate(dict.fromkeys(names))
    }


def frame_times(begin: int, end: int) -> list[float]:
    """When the frames of a page are, seconds from `begin`.

    Args:
        begin: Of the recording, nanoseconds since the Unix epoch.
        end: Of the recording.
    """
    duration = (end - begin) / NANOSECONDS
    step = max(FRAME, duration / FRAMES)
    return [round(index * step, 3) for index in range(int(duration / step) + 1)]


def tracks_of(
    snapshots: Sequence[Shoppers], cast: Mapping[str, Person], times: Sequence[float], begin: int
) -> list[Track]:
    """Everybody's track, in the order in which they appear.

    A frame is the last snapshot before it, unless that is more than two frames old.

    Args:
        snapshots: By stamp.
        cast: Person by shopper id.
        times: Of the frames, seconds from `begin`.
        begin: Of the recording, nanoseconds since the Unix epoch.
    """
    stamps = np.array([snapshot.stamp for snapshot in snapshots], dtype=np.int64)
    step = times[1] - times[0] if len(times) > 1 else FRAME
    seen: dict[str, dict[int, Frame]] = {}
    for index, time in enumerate(times):
        moment = begin + round(time * NANOSECONDS)
        place = int(np.searchsorted(stamps, moment, side="right")) - 1
        if place < 0 or moment - stamps[place] > 2 * step * NANOSECONDS:
            continue
        for shopper in snapshots[place].shoppers:
            frame = _frame(shopper.positions.astype(np.float64), snapshots[place].joints)
            if frame is not None:
                seen.setdefault(shopper.shopper_id, {})[index] = frame
    return [_track(cast[shopper_id], frames) for shopper_id, frames in seen.items()]


def true_tracks_of(truth: Frames, cast: Mapping[str, Person], times: Sequence[float], begin: int) -> list[Track]:
    """Where everybody really was.

    Args:
        truth: Where everybody was.
        cast: Person by the truth's name.
        times: Of the frames, seconds from `begin`.
        begin: Of the recording, nanoseconds since the Unix epoch.
    """
    moments = np.array([begin + round(time * NANOSECONDS) for time in times], dtype=np.int64)
    frames = np.clip(np.searchsorted(truth.stamps, moments), 0, len(truth.stamps) - 1)
    tracks = []
    for person, name in enumerate(truth.names):
        found = {
            index: frame
            for index, place in enumerate(frames)
            if (frame := _frame(truth.joints[place, person].astype(np.float64), COCO_17)) is not None
        }
        if found:
            tracks.append(_track(cast[name], found))
    return tracks


def _frame(positions: Floats, joints: tuple[str, ...]) -> Frame | None:
    """What is drawn of a skeleton; None where nothing of it is known."""
    place = {name: index for index, name in enumerate(joints)}
    unknown = np.full(2, np.nan)
    points = [trunks(positions, joints), *(positions[place[name], :2] if name in place else unknown for name in LIMBS)]
    if np.isnan(points[0]).any():
        return None
    return [None if np.isnan(value) else round(float(value)) for x, y in points for value in (100 * x, -100 * y)]


def _track(person: Person, frames: Mapping[int, Frame]) -> Track:
    first, last = min(frames), max(frames)
    return Track(person, first, [frames.get(index) for index in range(first, last + 1)])
