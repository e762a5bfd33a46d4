"""Where visits begin and end: who comes in and goes out at the gates, and who is waited for no longer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storegraph.observations import GateEvent, Passage

from .association import Indices
from .entrances import Entrances, Whereabouts
from .filtering import Floats
from .model import TrackingSettings
from .passages import Passages
from .tracks import Track, newly_followed

WELL_OUT = 0.5
"""Metres beyond a gate's line: a step outside, one is out even if the gate has not told so."""


class Visits:
    """Brings together what gates tell and what cameras see of people at them.

    Args:
        entrances: The gates.
        settings: Of tracking.
    """

    def __init__(self, entrances: Entrances, settings: TrackingSettings) -> None:
        self._entrances = entrances
        self._settings = settings
        self._passages = Passages(settings.gate_window)
        self._passed: list[GateEvent] = []

    def pass_gate(self, event: GateEvent, tracks: list[Track], places: Floats) -> None:
        """Takes in what a gate tells, with people at these places [T, 2]: arguments as of `MultiViewTracker`."""
        if event.passage is Passage.ENTRY:
            self._passages.tell(event)
            return
        if self._passages.is_known(event):
            return
        leaving = self._leaving(event.gate, tracks, places)
        if leaving is None:
            self._passed.append(event)
            return
        leaving.left = True
        self._passed += self._passages.leave(leaving.shopper_id, event.gate, event.stamp, derived=False)

    def passages(self) -> tuple[GateEvent, ...]:
        """Who came in and went out since the last call; as of `MultiViewTracker`."""
        passed, self._passed = tuple(self._passed), []
        return passed

    def part(self, doubles: Sequence[tuple[int, int]], tracks: Sequence[Track]) -> Indices:
        """Decides who of two that follow one body goes on: who has been told of as coming in, otherwise the older one.

        Two who have both been told of go on both: each may be somebody who pays.

        Args:
            doubles: Pairs of tracks, by index, the older one first.
            tracks: Everybody.

        Returns:
            Indices of the tracks that go on, in ascending order.
        """
        gone: set[int] = set()
        for older, younger in doubles:
            told_of = [self._passages.is_told_of(tracks[index].shopper_id) for index in (older, younger)]
            if not all(told_of) and not {older, younger} & gone:
                gone.add(older if told_of[1] else younger)
        for index in gone:
            self._passages.forget(tracks[index].shopper_id)
        return np.array([index for index in range(len(tracks)) if index not in gone], dtype=np.intp)

    def conclude(self, tracks: list[Track], places: Floats, now: int) -> Indices:
        """Notes who has come in, who is out and who is gone, with people at these places [T, 2].

        A track whose visit is over while the person is still seen gives way, in place, to one of somebody new.

        Returns:
            Indices of the tracks that go on, in ascending order.
        """
        around = self._entrances.around(places)
        self._see_who_comes_in(tracks, around, now)
        self._see_who_is_out(tracks, around, now)
        self._passed += self._passages.bind(now)
        return self._staying(tracks, around, now)

    def _see_who_comes_in(self, tracks: list[Track], around: Whereabouts, now: int) -> None:
        """Notes who has appeared at a gate, or before one, and is seen on its inner side now."""
        for index, track in enumerate(tracks):
            track.at_gate |= bool(around.beyond[index] > 0)
            if not (track.confirmed and track.before_gate and around.inside[index]):
                track.crossed = None
                continue
            track.crossed = now if track.crossed is None else track.crossed
            if now - track.last_seen <= self._settings.occluded_after:
                track.came_in = True
                self._passages.come_in(track.shopper_id, around.nearest[index], track.crossed)

    def _see_who_is_out(self, tracks: list[Track], around: Whereabouts, now: int) -> None:
        """Ends the visits of those who are outside: an id dies at the gate, and who is still seen is somebody new.

        Otherwise who comes in next, where the other was lost to sight, would be taken for them.
        """
        for index, track in enumerate(tracks):
            if not (track.came_in and around.beyond[index] > (0.0 if track.left else WELL_OUT)):
                continue
            if not track.left:
                self._passed += self._passages.leave(track.shopper_id, around.gates[index], now, derived=True)
            tracks[index] = newly_followed(tracks, now, track.seen, at_gate=True)

    def _leaving(self, gate: str, tracks: list[Track], places: Floats) -> Track | None:
        """Who goes out through a gate now: the nearest one, rather of those who have not just come in."""
        distances = self._entrances.distances(gate, places).tolist()
        leaving = [
            (self._passages.coming_in(track.shopper_id), distance, index)
            for index, (track, distance) in enumerate(zip(tracks, distances, strict=True))
            if track.is_inside and distance <= self._settings.gate_reach
        ]
        return tracks[min(leaving)[2]] if leaving else None

    def _staying(self, tracks: list[Track], around: Whereabouts, now: int) -> Indices:
        """Who is not gone."""
        kept = []
        for index, track in enumerate(tracks):
            outside, awaited = bool(around.beyond[index] > 0), self._passages.await_somebody(around.nearest[index])
            if not track.over(now, bool(around.near[index]), outside, awaited, self._settings):
                kept.append(index)
            elif track.is_inside:
                self._passed += self._passages.leave(track.shopper_id, around.gates[index], now, derived=True)
        return np.array(kept, dtype=np.intp)
