"""What a person has found out about a weight event."""

from __future__ import annotations

from dataclasses import dataclass

from .interaction import Action, Items


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a weight event really was, as a person has decided who has looked at it.

    Attributes:
        stamp: From when on it counts, shortly after it was told, nanoseconds since the Unix epoch.
        event_id: As of the `Interaction`.
        shopper_id: Who did it; empty for nobody who was tracked.
        action: What was done.
        items: What was moved; empty where no goods were.
    """

    stamp: int
    event_id: str
    shopper_id: str
    action: Action
    items: Items

    @property
    def key(self) -> str:
        """The event."""
        return self.event_id
