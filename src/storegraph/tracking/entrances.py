"""Where people come from and go to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Gate

Floats = NDArray[np.float64]


class Entrances:
    """The gates' lines on the floor.

    Args:
        gates: Of the store; without any, people come and go everywhere.
        reach: This near to a line one is at the gate, metres.
    """

    def __init__(self, gates: Sequence[Gate], reach: float) -> None:
        self._gates = tuple(gates)
        self._reach = reach

    @property
    def known(self) -> bool:
        """Whether it is known where people come and go."""
        return bool(self._gates)

    def distance(self, gate: str, place: Floats) -> float:
        """Metres from a place [2] to the line of a gate with this id; inf where there is none."""
        return min((_from_line(each, place)[0] for each in self._gates if each.id == gate), default=np.inf)

    def nearest(self, place: Floats) -> str:
        """Id of the gate at which a place [2] is; empty where it is at none."""
        distance, gate = (
            min((_from_line(gate, place)[0], gate.id) for gate in self._gates) if self._gates else (0.0, "")
        )
        return gate if distance <= self._reach else ""

    def near(self, place: Floats) -> bool:
        """Whether a place [2] in `map` is at a gate."""
        return not self._gates or any(_from_line(gate, place)[0] <= self._reach for gate in self._gates)

    def inside(self, place: Floats) -> bool:
        """Whether a place [2] is on the inner side of the gate that is nearest to it, however far away."""
        return not self._gates or min(_from_line(gate, place) for gate in self._gates)[1] >= 0

    def outside(self, place: Floats, by: float = 0.0) -> bool:
        """Whether a place [2] in `map` is at a gate, on its outer side, by more than so many metres."""
        sides = (_from_line(gate, place) for gate in self._gates)
        return any(distance <= self._reach and inside < -by for distance, inside in sides)


def _from_line(gate: Gate, place: Floats) -> tuple[float, float]:
    """Metres from a place to a gate's line, and how far it is on the inner side of it, negative outside."""
    start, end = np.array(gate.from_point), np.array(gate.to_point)
    along = (end - start) / np.linalg.norm(end - start)
    offset = place - start
    nearest = start + along * np.clip(offset @ along, 0.0, np.linalg.norm(end - start))
    return float(np.linalg.norm(place - nearest)), float(along[0] * offset[1] - along[1] * offset[0])
