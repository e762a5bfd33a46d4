"""Who of those lost from sight a newcomer is, if any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from storegraph.units import NANOSECONDS

from .entrances import Entrances
from .figures import Figures
from .filtering import Floats
from .model import TrackingSettings
from .newcomers import WALKING, Newcomer
from .tracks import Track

SAME = 0.3
"""Metres, mean over the joints: two figures nearer to each other are one person. Bodies that press against each other
have their middles as far apart as a trunk is deep."""

CERTAIN = 1000.0
"""Logarithm of a likelihood ratio: somebody who appears is somebody who was lost, as long as there is one it can be."""

ENTERING = 0.05
"""Per square metre: whoever appears at a gate comes in, unless somebody lost was expected there with a higher density
of probability. That of somebody lost for one second is higher up to a metre from where they were expected; after more
than four seconds it is so nowhere."""

STEP = 0.5
"""Metres that somebody lost may be from where they were expected, beside how far they can have walked."""

SIGMAS = 4.0
"""So many standard deviations are that far: most people walk slower, and on in their direction. Of 90 made-up people
out of sight for a second (the trial `none for 1 s` of test/benchmarks/tracking.py) fewest were mistaken with 4 or 5."""


def is_followed(
    newcomer: Newcomer, figures: Figures, tracks: Sequence[Track], now: int, settings: TrackingSettings
) -> bool:
    """Whether somebody who is seen in two views stands where a newcomer does."""
    known = figures.known & np.isfinite(newcomer.positions[:, 0])
    apart = np.linalg.norm(np.nan_to_num(newcomer.positions) - figures.positions, axis=2)
    for track, joints, distances in zip(tracks, known, apart, strict=True):
        sure = now - track.in_two_views <= settings.occluded_after
        if sure and joints.any() and float(distances[joints].mean()) < SAME:
            return True
    return False


def distinct(arrived: Sequence[Newcomer]) -> list[Newcomer]:
    """One newcomer for each person: a detector may report somebody twice."""
    people: list[Newcomer] = []
    for newcomer in arrived:
        apart = [np.linalg.norm(newcomer.positions - other.positions, axis=1) for other in people]
        if not any(np.isfinite(each).any() and np.nanmean(each) < SAME for each in apart):
            people.append(newcomer)
    return people


def found_again(
    arrived: Sequence[Newcomer],
    places: Floats,
    figures: Figures,
    tracks: Sequence[Track],
    entrances: Entrances,
    now: int,
    settings: TrackingSettings,
) -> dict[int, int]:
    """Which newcomers are whom of those lost.

    Each lost person who can have walked to a newcomer is one that it may be; of all assignments, the one is taken
    that goes best with where they were expected and how they are built. Who appears at a gate may also have come in.

    Args:
        arrived: The newcomers.
        places: Where they are on the floor, metres, shape [N, 2].
        figures: Of everybody followed.
        tracks: Of the same.
        entrances: The gates.
        now: Nanoseconds since the Unix epoch.
        settings: Of tracking.

    Returns:
        Indices of tracks by those of newcomers.
    """
    near = entrances.around(places).near & entrances.known
    likelihood = np.zeros((len(arrived), len(tracks)))
    for row, (newcomer, comes_in) in enumerate(zip(arrived, near.tolist(), strict=True)):
        distances = np.linalg.norm(figures.places() - places[row], axis=1)
        misfits = figures.misfit(newcomer.positions)
        for index, track in enumerate(tracks):
            reach = STEP + WALKING * (now - track.last_seen) / NANOSECONDS
            sigma = reach / SIGMAS
            moved = float(distances[index] / sigma) ** 2 / 2
            density = np.exp(-moved) / (2 * np.pi * sigma**2)
            if distances[index] > reach or (comes_in and density < ENTERING):
                continue
            if _may_be(track, newcomer, now, settings):
                likelihood[row, index] = max(CERTAIN - moved - misfits[index], 1.0)
    rows, columns = linear_sum_assignment(likelihood, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: track for row, track in pairs if likelihood[row, track] > 0}


def _may_be(track: Track, newcomer: Newcomer, now: int, settings: TrackingSettings) -> bool:
    """Whether somebody followed was lost, and not seen beside the newcomer in one of its pictures."""
    beside = any(track.seen.get(each.camera) == each.stamp for each in newcomer.sightings)
    return now - track.in_two_views > settings.occluded_after and not beside
