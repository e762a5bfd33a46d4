"""What staff decides about cards, and whose token a provider's name is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storegraph.ledger.books.facts import Payer


class Standing(StrEnum):
    """What a card may do."""

    OPEN = "open"
    BLOCKED = "blocked"  # may not enter
    CREW = "crew"  # is never billed
    GUEST = "guest"  # pays at the desk


@dataclass(frozen=True, slots=True)
class SetStanding:
    """What a card may do from now on.

    Attributes:
        request: Of who tells it; the same when told again.
        token: Of the card or app.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    token: str
    standing: Standing
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"standing/{self.request}"


@dataclass(frozen=True, slots=True)
class EraseCard:
    """Which token a card's number stands for is to be forgotten; what it bought stays in the books, as nobody's."""

    stamp: int
    token: str

    @property
    def key(self) -> str:
        """The moment; who erases twice finds nothing the second time."""
        return f"erase/{self.stamp}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is.

    Attributes:
        card: Number in the table `card`; empty for no token.
        payer: Who pays.
        blocked: Why the card may not enter; empty where it may.
        debt: What the card owes from before, minor units.
    """

    card: str = ""
    payer: Payer = Payer.UNKNOWN
    blocked: str = ""
    debt: int = 0
