"""Facts about cards, each in the stream of its card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """What a card may do from now on, in the card's own stream."""

    KIND: ClassVar[str] = "standing changed"

    card: str
    standing: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CardErased:
    """Which token a card's number stood for is no longer known, in the card's own stream."""

    KIND: ClassVar[str] = "card erased"

    card: str
