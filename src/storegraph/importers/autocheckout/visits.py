"""Who was in the store from when to when, concluded from the targets, as these recordings have no gate."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import GateEvent, Passage
from storegraph.units import NANOSECONDS

from .observations import METRES_PER_INCH
from .records import PlannedFacing, Snapshot, Target
from .store import GATE_ID

RETURN_WITHIN = 10 * NANOSECONDS
"""A target that is lost and seen again within 10 s has not left: to leave and come back takes longer, to be out of
every camera's sight does not. The longest time between two snapshots in BENCHMARK-1 is 0.2 s."""

FOUND_WITHIN = 2 * NANOSECONDS
"""A new target that begins at the shelves where another ended at most 2 s ago is the same person under another id."""

AT_SHELVES = 1.1
"""Metres from the front of a facing. Farther off is where the door may be, and who appears there may have come in: in
BENCHMARK-1 the shopper is 0.4 to 0.8 m off the shelves until they leave, and 1.5 m when seen last."""

FOUND_NEAR = 0.5
"""Metres that somebody who stands may seem to move while lost: two people beside each other are as far apart."""

FOUND_WALKING = 1.5
"""Metres a second that they may walk meanwhile: a brisk pace."""


@dataclass(slots=True)
class _Appearance:
    """Of one target, without being lost for longer than `RETURN_WITHIN`.

    Places are the first and the last at which its trunk was seen, on the floor, in metres; NaN if it never was.
    """

    first: int
    first_received: int
    first_place: NDArray[np.float64]
    last: int
    last_received: int
    last_place: NDArray[np.float64]

    def until(self, other: _Appearance) -> _Appearance:
        """From the begin of this to the end of another."""
        return replace(self, last=other.last, last_received=other.last_received, last_place=other.last_place)


class Visits:
    """Concludes from the targets who was in the store from when to when.

    A visit lasts from a target's first appearance to its last. A target that comes back after more than `RETURN_WITHIN`
    makes another visit; one that is still there when the recording ends leaves with the last snapshot. A target that
    begins at the shelves where another ended (`FOUND_WITHIN`) goes on with its visit, if no other ended there too.

    Args:
        facings: Where the shelves are.
    """

    def __init__(self, facings: Sequence[PlannedFacing]) -> None:
        self._fronts = np.array([_front(facing) for facing in facings])
        self._appearances: dict[str, list[_Appearance]] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Takes note of who is there."""
        stamp, received = snapshot.stamp, snapshot.received
        for target in snapshot.targets:
            place = _place(target)
            appearances = self._appearances.setdefault(target.target_id, [])
            if not appearances or stamp - appearances[-1].last > RETURN_WITHIN:
                appearances.append(_Appearance(stamp, received, place, stamp, received, place))
                continue
            current = appearances[-1]
            if stamp < current.first:
                current.first, current.first_received, current.first_place = stamp, received, place
            elif stamp > current.last:
                current.last, current.last_received = stamp, received
                current.last_place = _known(place, current.last_place)
            current.first_place = _known(current.first_place, place)

    def known_as(self) -> dict[str, str]:
        """The first id of those who got another one, by that other."""
        ends = sorted((appearances[-1].last, target_id) for target_id, appearances in self._appearances.items())
        begins = sorted((appearances[0].first, target_id) for target_id, appearances in self._appearances.items())
        first_id: dict[str, str] = {}
        gone_on: set[str] = set()
        for begin, found in begins:
            just_ended = ends[bisect_left(ends, (begin - FOUND_WITHIN, "")) : bisect_left(ends, (begin, ""))]
            lost = [
                target_id for _, target_id in just_ended if target_id not in gone_on and self._near(target_id, found)
            ]
            if len(lost) == 1:
                gone_on.update(lost)
                first_id[found] = first_id.get(lost[0], lost[0])
        return first_id

    def _near(self, lost: str, found: str) -> bool:
        """Whether one target begins where somebody may be who was another at its end."""
        end, begin = self._appearances[lost][-1], self._appearances[found][0]
        if not (self._at_shelves(end.last_place) and self._at_shelves(begin.first_place)):
            return False
        moved = float(np.linalg.norm(begin.first_place - end.last_place))
        return moved <= FOUND_NEAR + FOUND_WALKING * (begin.first - end.last) / NANOSECONDS

    def _at_shelves(self, place: NDArray[np.float64]) -> bool:
        return bool((np.linalg.norm(self._fronts - place, axis=1) <= AT_SHELVES).any())

    def gate_events(self) -> Iterator[tuple[int, GateEvent]]:
        """Entries and exits, each with the time at which it is to be logged.

        That is when the recording's database had the snapshot in which the shopper appears first or last, as a gate's
        own message would have come. An exit logged only when it had become certain, `RETURN_WITHIN` later, would be
        behind every other input's watermark and be dropped as late.
        """
        for shopper_id, stays in self._stays().items():
            for stay in stays:
                yield stay.first_received, _gate_event(stay.first, Passage.ENTRY, shopper_id)
                yield stay.last_received, _gate_event(stay.last, Passage.EXIT, shopper_id)

    def _stays(self) -> dict[str, list[_Appearance]]:
        """Appearances by shopper; those that go on under another id as one."""
        known_as = self.known_as()
        stays = {target: list(seen) for target, seen in self._appearances.items() if target not in known_as}
        for found, first_id in known_as.items():  # by begin, so that a third id comes after the second
            goes_on, *later = self._appearances[found]
            lost = stays[first_id].pop()
            stays[first_id] += [lost.until(goes_on), *later]
        return stays


def _known(place: NDArray[np.float64], otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    return otherwise if np.isnan(place).any() else place


def _front(facing: PlannedFacing) -> tuple[float, float]:
    """The middle of its front edge on the floor, metres."""
    half = facing.size[0] / 2
    return facing.corner[0] + half * math.cos(facing.yaw), facing.corner[1] + half * math.sin(facing.yaw)


_TRUNK = slice(0, 4)
"""Head, neck and shoulders, of `records.JOINTS`."""


def _place(target: Target) -> NDArray[np.float64]:
    """Where the trunk is on the floor, in metres; NaN where nothing of it is seen."""
    known = target.inches[_TRUNK, :2]
    known = known[~np.isnan(known[:, 0])]
    return known.mean(axis=0) * METRES_PER_INCH if len(known) else np.full(2, np.nan)


def _gate_event(stamp: int, passage: Passage, shopper_id: str) -> GateEvent:
    return GateEvent(stamp, GATE_ID, passage, credential="", party=shopper_id, shopper_id=shopper_id, derived=True)
