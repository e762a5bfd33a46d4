"""What the gates tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Passage(IntEnum):
    """Which way; the values are those of `GateEvent.msg`."""

    ENTRY = 0
    EXIT = 1


@dataclass(frozen=True, slots=True)
class GateEvent:
    """Somebody went through a gate.

    Attributes:
        stamp: The passage, nanoseconds since the Unix epoch.
        gate: Gate id, as in the store file.
        passage: Which way.
        credential: Opaque token for the card or app presented, never a card number; empty on exit or where none was.
        party: Who pays together: the same for all who entered on one credential.
        shopper_id: The shopper who passed; empty where not yet bound.
        derived: Concluded from tracks, because no gate told of it.
    """

    stamp: int
    gate: str
    passage: Passage
    credential: str
    party: str
    shopper_id: str
    derived: bool

    @property
    def key(self) -> str:
        """Gate, way and shopper: several people may pass several gates at one moment."""
        return f"{self.gate}/{self.passage.name}/{self.shopper_id or self.party}"
