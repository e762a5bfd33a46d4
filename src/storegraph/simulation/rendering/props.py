"""Where the goods are at every moment: on shelves, in hands, on the floor, or out of sight."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace

from storegraph.observations import Action
from storegraph.simulation.performance import Change, Item, Movement, Performance, Transfer
from storegraph.simulation.script import Hand

HELD = 2.5
"""Seconds that goods stay in the hand before they are in a bag, and are in the hand again before they are put back."""


@dataclass(frozen=True, slots=True)
class Held:
    """An item in a hand for some time, seconds since the beginning."""

    begin: float
    end: float
    item: Item
    actor: str
    hand: Hand


@dataclass(frozen=True, slots=True)
class Lying:
    """An item that stands or lies somewhere for some time, seconds since the beginning."""

    begin: float
    end: float
    item: Item
    point: tuple[float, float, float]
    yaw: float
    fallen: bool = False


class Props:
    """The goods of a performance."""

    def __init__(self, performance: Performance) -> None:
        self._held: list[Held] = []
        self._left: list[Lying] = []  # until somebody took them away
        self._there: dict[str, Lying] = {
            item.item_id: Lying(-math.inf, math.inf, item, standing.point, standing.yaw)
            for item, standing in performance.standing
        }
        events: list[tuple[float, Movement | Transfer]] = [
            *(((movement.begin + movement.end) / 2, movement) for movement in performance.movements),
            *((transfer.time, transfer) for transfer in performance.transfers),
        ]
        for time, event in sorted(events, key=lambda pair: pair[0]):
            if isinstance(event, Movement):
                self._move(time, event)
            else:
                self._hand_on(time, event)
        self._lying = (*self._left, *self._there.values())
        moments = {moment for lying in self._lying for moment in (lying.begin, lying.end)}
        self._moments = sorted(moment for moment in moments if math.isfinite(moment))

    def state_at(self, seconds: float) -> int:
        """The number of the state of all that lies somewhere; it is the same until something changes."""
        return bisect_right(self._moments, seconds)

    def lying_in(self, state: int) -> tuple[Lying, ...]:
        """What stands or lies somewhere in a state."""
        moment = self._moments[state - 1] if state else -math.inf
        return tuple(lying for lying in self._lying if lying.begin <= moment < lying.end)

    def held_at(self, seconds: float) -> tuple[Held, ...]:
        """What is seen in hands."""
        held = {held.item.item_id: held for held in self._held if held.begin <= seconds < held.end}
        return tuple(held.values())

    def _move(self, time: float, movement: Movement) -> None:
        for item, standing in movement.items:
            if movement.action is Action.TAKE:
                self._lift(time, item)
                self._held.append(Held(time, time + HELD, item, movement.actor, movement.hand))
            else:
                self._held.append(Held(time - HELD, time, item, movement.actor, movement.hand))
                self._there[item.item_id] = Lying(time, math.inf, item, standing.point, standing.yaw)

    def _hand_on(self, time: float, transfer: Transfer) -> None:
        """Which hand is not told: it is the right one."""
        item = transfer.item
        if transfer.giver:
            self._held.append(Held(time - HELD, time, item, transfer.giver, "right"))
        if transfer.taker:
            self._held.append(Held(time, time + HELD, item, transfer.taker, "right"))
        if transfer.change is Change.PICKED_UP:
            self._lift(time, item)
        elif transfer.change is Change.DROPPED:
            x, y, _ = transfer.point
            self._there[item.item_id] = Lying(time, math.inf, item, (x, y, 0.0), yaw=7 * x, fallen=True)

    def _lift(self, time: float, item: Item) -> None:
        if item.item_id in self._there:
            self._left.append(replace(self._there.pop(item.item_id), end=time))
