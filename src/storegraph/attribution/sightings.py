"""Where everybody has been lately, and whose hands came close to whose."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np

from storegraph.observations import Shopper, Shoppers

WRISTS = ("left_wrist", "right_wrist")


class Sightings:
    """The newest snapshots, and the last time that hands of two shoppers met.

    Args:
        memory: How long a snapshot is kept, nanoseconds.
        meeting: Wrists this close meet, metres.
    """

    def __init__(self, memory: int, meeting: float) -> None:
        self._memory = memory
        self._meeting = meeting
        self._stamps: list[int] = []
        self._snapshots: list[Shoppers] = []
        self._met: dict[tuple[str, str], int] = {}
        self._seen: dict[str, int] = {}

    def see(self, snapshot: Shoppers) -> None:
        """Takes in the next snapshot."""
        self._stamps.append(snapshot.stamp)
        self._snapshots.append(snapshot)
        old = bisect_left(self._stamps, snapshot.stamp - self._memory)
        if old > len(self._stamps) // 2:  # now and then, so that it costs little
            del self._stamps[:old], self._snapshots[:old]
            for shopper_id in self._seen.keys() - self.seen_since(snapshot.stamp - self._memory):
                self.forget(shopper_id)
        for shopper in snapshot.shoppers:
            self._seen[shopper.shopper_id] = snapshot.stamp
        self._meet(snapshot)

    def between(self, begin: int, end: int) -> Iterator[tuple[Shoppers, Shopper]]:
        """Everybody in every snapshot from `begin` to `end`, both included, in the order of time."""
        for index in range(bisect_left(self._stamps, begin), bisect_right(self._stamps, end)):
            for shopper in self._snapshots[index].shoppers:
                yield self._snapshots[index], shopper

    def last_seen(self, shopper_id: str) -> int | None:
        """Stamp of the newest snapshot with this shopper; None where there has been none."""
        return self._seen.get(shopper_id)

    def seen_since(self, stamp: int) -> set[str]:
        """Shoppers who have been seen at that moment or later."""
        return {shopper_id for shopper_id, seen in self._seen.items() if seen >= stamp}

    def met(self, one: str, other: str) -> int | None:
        """When hands of two shoppers were last close to each other, nanoseconds; None where they never were."""
        return self._met.get((min(one, other), max(one, other)))

    def forget(self, shopper_id: str) -> None:
        """They have left, and are known to have."""
        self._seen.pop(shopper_id, None)
        self._met = {pair: stamp for pair, stamp in self._met.items() if shopper_id not in pair}

    def _meet(self, snapshot: Shoppers) -> None:
        if len(snapshot.shoppers) < 2:
            return
        columns = [snapshot.joints.index(name) for name in WRISTS if name in snapshot.joints]
        if not columns:
            return
        wrists = np.array([shopper.positions[columns] for shopper in snapshot.shoppers])
        apart = np.linalg.norm(wrists[:, None, :, None] - wrists[None, :, None, :], axis=-1).min(axis=(2, 3))
        apart = np.where(np.isnan(apart), np.inf, apart)
        for one, other in zip(*np.nonzero(np.triu(apart <= self._meeting, 1)), strict=True):
            pair = sorted((snapshot.shoppers[one].shopper_id, snapshot.shoppers[other].shopper_id))
            self._met[pair[0], pair[1]] = snapshot.stamp
