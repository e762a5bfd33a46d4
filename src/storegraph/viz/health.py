"""How the nodes of a store are, as far as they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storegraph.graph.diagnostics import Level, Status
from storegraph.units import NANOSECONDS

SILENCE = 5 * NANOSECONDS
"""Nanoseconds after which a node that has spoken counts as gone; it speaks once a second (REP-107)."""

GONE = "says nothing any more"


@dataclass(frozen=True, slots=True)
class Ailment:
    """What is wrong with a side of a node.

    Attributes:
        level: How bad it is; never OK.
        message: What it is, in words.
    """

    level: Level
    message: str


Ailments = Mapping[str, Mapping[str, Ailment]]
"""What is wrong, by node and by the side of it that ails; the side is empty where the node is gone."""


class Health:
    """Keeps what each node said last about itself."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, list[Status]]] = {}

    def tell(self, node: str, statuses: list[Status], now: int) -> None:
        """Takes what a node says, in place of what it said before.

        Args:
            node: Its name.
            statuses: Of all its sides.
            now: Nanoseconds of a clock that never jumps.
        """
        self._told[node] = now, statuses

    def ailments(self, now: int) -> Ailments:
        """What is wrong now.

        Args:
            now: As in `tell`.
        """
        found = {node: _ailing(now - heard, statuses) for node, (heard, statuses) in self._told.items()}
        return {node: ailing for node, ailing in found.items() if ailing}


def _ailing(silence: int, statuses: list[Status]) -> Mapping[str, Ailment]:
    if silence > SILENCE:
        return {"": Ailment(Level.STALE, GONE)}
    return {each.name: Ailment(each.level, each.message) for each in statuses if each.level is not Level.OK}
