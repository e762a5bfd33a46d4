"""What weighing concludes from the scales' readings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """How much one scale changed in a weight event.

    Attributes:
        scale: Scale id.
        delta: Reading after minus reading before, grams; negative when something was taken.
        sigma: Standard error of `delta`, grams.
    """

    scale: str
    delta: float
    sigma: float


@dataclass(frozen=True, slots=True)
class WeightEvent:
    """The weight on one scale, or on several side by side, changed and stayed changed.

    Attributes:
        stamp: Time of the last sample the event rests on, nanoseconds since the Unix epoch.
        event_id: Unique in the store.
        fixture: Fixture id.
        begin: When the reading left its level, nanoseconds since the Unix epoch.
        end: When the reading reached its new level, nanoseconds since the Unix epoch.
        changes: The scales that carried the goods, at least one.
        cross_talk: Neighbours that moved along through the fixture's frame; they carry no goods.
        delta: Sum of `changes`, grams.
        sigma: Standard error of `delta`, grams.
    """

    stamp: int
    event_id: str
    fixture: str
    begin: int
    end: int
    changes: tuple[ScaleChange, ...]
    cross_talk: tuple[ScaleChange, ...]
    delta: float
    sigma: float

    @property
    def key(self) -> str:
        """The event's id."""
        return self.event_id
