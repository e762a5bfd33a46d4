"""Where people come from and go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Gate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """Where N places are, seen from the gates.

    Attributes:
        nearest: Id of the gate that is nearest to each, however far away; empty where there are no gates.
        near: Whether each is at a gate, shape [N].
        inside: Whether each is on the inner side of the gate that is nearest to it, however far away, shape [N].
        beyond: How far each is outside the gate that it is at, metres, 0 where it is inside or at none, shape [N].
    """

    nearest: tuple[str, ...]
    near: Flags
    inside: Flags
    beyond: Floats

    @property
    def gates(self) -> tuple[str, ...]:
        """Id of the gate that each is at; empty where it is at none."""
        return tuple(gate if at else "" for gate, at in zip(self.nearest, self.near.tolist(), strict=True))


class Entrances:
    """The gates' lines on the floor.

    Args:
        gates: Of the store; without any, people come and go everywhere.
        reach: This near to a line one is at the gate, metres.
    """

    def __init__(self, gates: Sequence[Gate], reach: float) -> None:
        self._ids = tuple(gate.id for gate in gates)
        self._start = np.array([gate.from_point for gate in gates], dtype=np.float64).reshape(-1, 2)
        line = np.array([gate.to_point for gate in gates], dtype=np.float64).reshape(-1, 2) - self._start
        self._length = np.linalg.norm(line, axis=1)
        self._along = line / self._length[:, None]
        self._reach = reach

    @property
    def known(self) -> bool:
        """Whether it is known where people come and go."""
        return bool(self._ids)

    def distances(self, gate: str, places: Floats) -> Floats:
        """Metres from places [N, 2] to the line of a gate with this id; inf where there is none."""
        if gate not in self._ids:
            return np.full(len(places), np.inf)
        distances, _ = self._from_lines(places)
        column: Floats = distances[:, self._ids.index(gate)]
        return column

    def around(self, places: Floats) -> Whereabouts:
        """Where places [N, 2] in `map` are."""
        count = len(places)
        if not self._ids:
            everywhere = np.ones(count, dtype=np.bool_)
            return Whereabouts(("",) * count, everywhere, everywhere, np.zeros(count))
        distances, inwards = self._from_lines(places)
        nearest = np.argmin(distances, axis=1)
        distance, inward = distances[range(count), nearest], inwards[range(count), nearest]
        near = distance <= self._reach
        return Whereabouts(
            nearest=tuple(self._ids[gate] for gate in nearest.tolist()),
            near=near,
            inside=inward >= 0,
            beyond=np.where(near, np.maximum(0.0, -inward), 0.0),
        )

    def _from_lines(self, places: Floats) -> tuple[Floats, Floats]:
        """Metres from places to the gates' lines, and how far they are on their inner sides, shapes [N, G]."""
        offset = places[:, None] - self._start
        along = np.clip((offset * self._along).sum(axis=2), 0.0, self._length)
        away = offset - along[..., None] * self._along
        distances = np.sqrt((away * away).sum(axis=2))
        return distances, self._along[:, 0] * offset[..., 1] - self._along[:, 1] * offset[..., 0]
