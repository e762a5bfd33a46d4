"""How the devices of a store are, as far as their nodes say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storegraph.graph.diagnostics import Level

from .settings import SECOND

SILENCE = 5 * SECOND
"""Nanoseconds after which a node that has spoken counts as gone; it speaks once a second (REP-107)."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """What is wrong with a device.

    Attributes:
        level: How bad it is; never OK.
        message: What it is, in words.
    """

    level: Level
    message: str


class Health:
    """Keeps what each node said last about itself."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, Level, str]] = {}

    def tell(self, node: str, level: Level, message: str, now: int) -> None:
        """Takes what a node says; of what it says at one moment the worst counts.

        Args:
            node: Its name.
            level: How it is.
            message: The same in words.
            now: Nanoseconds of a clock that never jumps.
        """
        before = self._told.get(node)
        if before is None or before[0] < now or before[1] < level:
            self._told[node] = now, level, message

    def ailments(self, now: int) -> Mapping[str, Ailment]:
        """What is wrong now, by node.

        Args:
            now: As in `tell`.
        """
        return {
            node: ailment
            for node, (heard, level, message) in self._told.items()
            if (ailment := _ailment(now - heard, level, message)) is not None
        }


def _ailment(silence: int, level: Level, message: str) -> Ailment | None:
    if silence > SILENCE:
        return Ailment(Level.STALE, "its node says nothing any more")
    return Ailment(level, message) if level is not Level.OK else None
