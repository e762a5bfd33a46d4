"""Where the feet are: steps from how a body moves over the floor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..performance import FRAME_RATE
from .anthropometry import MIDDLE_STATURE, Segments

Floats = NDArray[np.float64]

WALK_RATIO = 0.384
"""Length of a step over steps a second, metre seconds, at `MIDDLE_STATURE`. People keep it whatever the speed: 0.0064 m
min (Sekiya and Nagasaki, Reproducibility of the walking patterns of normal young adults, Gait and Posture 7, 1998)."""

TURN_STEP = 1.0
"""Radians that a body turns on the spot with one step. A first value, by eye."""

SLOWEST, SLOWEST_TURN = 0.02, 0.05
"""Metres and radians a second below which a body stands: it sways as much."""

RUN_UP = 2.0
"""Seconds before the first frame and after the last one for which the motion is thought to go on."""

PAUSE = 0.3
"""Seconds; a shorter stop does not bring the feet together."""

FORGIVEN = 0.02
"""Metres that a body shifts without a step."""

STANCE, TRACK = 0.110, 0.060
"""Distance of the feet from each other, standing and walking, as shares of the stature: 0.19 and 0.10 m of an adult.
The latter is the step width (Winter, Biomechanics and Motor Control of Human Gait, 1991)."""

WALKING = 0.5
"""Metres a second from which on the feet are as near each other as in walking."""

AHEAD = 0.38
"""Of a step's length, how far before the body a foot lands; it leaves the floor as far behind as is left, the heel
raised."""

HEEL_OFF = 0.2
"""How much earlier than the other foot's landing the heel rises, as a share of the step's time."""

LONGEST_SWING = 0.6
"""Seconds; who walks slower than that stands on both feet meanwhile."""

SET_DOWN = 0.97
"""Share of a step's time after which the foot only comes down, and does not slide."""

LIFT, LOWEST_LIFT, HIGHEST_LIFT = 0.07, 0.010, 0.055
"""How high the ankle rises: share of the way of the foot, at least and at most so many shares of the stature. Of an
adult's stride of 1.4 m it is 0.1 m (Winter, Biomechanics and Motor Control of Human Movement, 4th ed., appendix A)."""

LEFT, RIGHT = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The steps of one body, K of them, in the order of their landing.

    Attributes:
        stood: Where the feet are before the first one, left and right, metres, shape [2, 2].
        foot: `LEFT` or `RIGHT`, shape [K].
        lift: When it leaves the floor, seconds from the first frame; negative before it, shape [K].
        land: When it is down again, shape [K].
        place: Where, metres, shape [K, 2].
    """

    stood: Floats
    foot: NDArray[np.intp]
    lift: Floats
    land: Floats
    place: Floats


def steps_of(segments: Segments, place: Floats, heading: Floats, walked: Floats) -> Steps:
    """The steps that carry a body along.

    A foot lands where the body will be in the middle of its stance. A walk begins and ends with half a step, so that
    the feet are together when the body has come to rest. Who is walking in the first frame, or in the last, has been
    walking before, and goes on.

    Args:
        segments: Of the body.
        place: Middle of the body on the floor, metres, `FRAME_RATE` a second, shape [T, 2].
        heading: Radians from the x axis, unwrapped, shape [T].
        walked: Metres walked, shape [T].
    """
    lead = round(RUN_UP * FRAME_RATE)
    place = np.pad(place, ((lead, lead), (0, 0)), mode="reflect", reflect_type="odd")
    walked = np.pad(walked, lead, mode="reflect", reflect_type="odd")
    heading = np.pad(heading, lead, mode="edge")
    rate, width = _rhythm(segments, place, heading, walked)
    stood = _beside(place[:1], heading[:1], width[:1])[0]
    steps, now = Steps(stood, np.empty(0, np.intp), np.empty(0), np.empty(0), np.empty((0, 2))), stood.copy()
    for begin, end in _spells(rate > 0):
        spell = slice(begin, end + 1)
        more = _walk(now, rate[spell], place[spell], heading[spell], width[spell])
        if more is not None:
            steps = _joined(steps, more, (begin - lead) / FRAME_RATE)
            now[more.foot[-2:]] = more.place[-2:]
    return steps


def _walk(now: Floats, rate: Floats, place: Floats, heading: Floats, width: Floats) -> Steps | None:
    """The steps of one walk; None where the body only shifts.

    Args:
        now: Where the feet are, left and right, metres, shape [2, 2].
        rate: Steps a second, shape [T].
        place: Of the body, shape [T, 2].
        heading: Of the body, shape [T].
        width: Distance of the feet from each other, metres, shape [T].
    """
    frames = np.arange(len(rate))
    phase = np.cumsum(rate) / FRAME_RATE
    if phase[-1] < 1 and np.abs(_beside(place[-1:], heading[-1:], width[-1:])[0] - now).max() < FORGIVEN:
        return None
    total = max(round(float(phase[-1])), 1)
    phase *= total / phase[-1]
    bounds = np.concatenate(([0.0], np.arange(0.5, total), [total]))
    over = bounds[1:] + AHEAD
    over[-2:] = total
    middle = np.interp(over, phase, frames)
    targets = _beside(_at(middle, place), _at(middle, heading), _at(middle, width))
    # The foot that has farther to go goes first.
    first = int(np.argmax(np.linalg.norm(targets[0] - now, axis=1)))
    foot = (first + np.arange(len(middle))) % 2
    lift, land = _swings(np.interp(bounds, phase, frames) / FRAME_RATE)
    return Steps(now, foot, lift, land, targets[np.arange(len(middle)), foot])


def _joined(steps: Steps, more: Steps, begin: float) -> Steps:
    """Steps, and more of them that begin at a time."""
    return Steps(
        steps.stood,
        np.concatenate((steps.foot, more.foot)),
        np.concatenate((steps.lift, begin + more.lift)),
        np.concatenate((steps.land, begin + more.land)),
        np.concatenate((steps.place, more.place)),
    )


def _swings(moments: Floats) -> tuple[Floats, Floats]:
    """When the feet lift and land, of steps between these moments, seconds.

    Where there is more time than a step takes, the first two feet wait for the body to set out, and the last two
    are where the body comes to rest before it does.
    """
    lasts = np.diff(moments)
    lift = moments[:-1] - np.where(np.arange(len(lasts)) > 0, HEEL_OFF * lasts, 0.0)
    spare = np.maximum(moments[1:] - lift - LONGEST_SWING, 0.0)
    waits = np.full(len(lasts), 0.5)
    waits[:2] = 1.0
    waits[max(len(lasts) - 2, 1) :] = 0.0
    lift = lift + waits * spare
    return lift, np.minimum(moments[1:], lift + LONGEST_SWING)


def ankles_of(segments: Segments, steps: Steps, frames: int) -> Floats:
    """Where the ankles are, left and right, metres, shape [T, 2, 3]: still on the floor, or in a step."""
    times = np.arange(frames) / FRAME_RATE
    ankles = np.empty((frames, 2, 3))
    for foot in (LEFT, RIGHT):
        own = steps.foot == foot
        stops = np.concatenate((steps.stood[[foot]], steps.place[own]))
        lift, land = steps.lift[own], steps.land[own]
        step = np.searchsorted(lift, times, side="right") - 1
        stepping = step >= 0
        step = np.maximum(step, 0)
        if not lift.size:
            ankles[:, foot, :2], ankles[:, foot, 2] = stops[0], segments.ankle_height
            continue
        done = np.where(stepping, np.clip((times - lift[step]) / (land - lift)[step], 0.0, 1.0), 0.0)
        ways = stops[1:] - stops[:-1]
        height = LIFT * np.linalg.norm(ways, axis=1)
        height = np.clip(height, LOWEST_LIFT * segments.stature, HIGHEST_LIFT * segments.stature)
        along = np.minimum(done / SET_DOWN, 1.0)
        ankles[:, foot, :2] = stops[step] + (along**2 * (3 - 2 * along))[:, None] * ways[step]
        # The heel rises first: of s^2 (1 - s)^3 the highest point, 108 / 3125, is at two fifths of the way.
        ankles[:, foot, 2] = segments.ankle_height + height[step] * done**2 * (1 - done) ** 3 * 3125 / 108
    return ankles


def _rhythm(segments: Segments, place: Floats, heading: Floats, walked: Floats) -> tuple[Floats, Floats]:
    """Steps a second, and distance of the feet from each other, metres, both of shape [T]."""
    speed = np.abs(np.gradient(walked)) * FRAME_RATE
    turn = np.abs(np.gradient(heading)) * FRAME_RATE
    velocity = np.gradient(place, axis=0) * FRAME_RATE
    sideways = np.abs(velocity[:, 1] * np.cos(heading) - velocity[:, 0] * np.sin(heading))
    sideways = np.minimum(sideways / np.maximum(np.hypot(*velocity.T), SLOWEST), 1.0)
    # Legs as pendulums: of equal Froude numbers, lengths of steps are as lengths of legs (Alexander, 1976).
    ratio = WALK_RATIO * (segments.stature / MIDDLE_STATURE) ** 1.5
    # Who steps aside takes half the steps, or the feet would cross.
    walking = np.sqrt(speed / ratio) * (1 + sideways)
    rate = np.hypot(np.where(speed > SLOWEST, walking, 0.0), np.where(turn > SLOWEST_TURN, turn / TURN_STEP, 0.0))
    width = STANCE + (TRACK - STANCE) * np.clip(speed / WALKING, 0.0, 1.0) * (1 - sideways)
    return rate, width * segments.stature


def _spells(moving: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last frame of each walk."""
    frames = np.flatnonzero(moving)
    if frames.size:
        for spell in np.split(frames, np.flatnonzero(np.diff(frames) > PAUSE * FRAME_RATE) + 1):
            yield max(int(spell[0]) - 1, 0), min(int(spell[-1]) + 1, len(moving) - 1)


def _at(frames: Floats, values: Floats) -> Floats:
    """Values of shape [T] or [T, 2] between the frames."""
    index = np.arange(len(values))
    if values.ndim == 1:
        return np.interp(frames, index, values)
    return np.column_stack([np.interp(frames, index, axis) for axis in values.T])


def _beside(place: Floats, heading: Floats, width: Floats) -> Floats:
    """Where the feet are of who stands there, left and right, shape [N, 2, 2]."""
    left = np.column_stack((-np.sin(heading), np.cos(heading))) * (width / 2)[:, None]
    return np.stack((place + left, place - left), axis=1)
