"""What the ledger is told: by the gates, the stage that keeps the carts, people, and payment providers.

Every input has a stamp of event time and a key. The same key told twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import get_args

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.errors import RefusedError

from .cards import EraseCard, Holder, SetStanding, Standing
from .money import Answer, Collect, PayCash, TimePassed
from .verdicts import AddLine, Correct, DecideAge, Dispute, JudgeEvent, NamePayer, Reduce, Return, Review
from .visits import AskEntry, ChangeCart, Enter, GiveUpEntry, GiveUpVisit, Leave

__all__ = [
    "FROM_OUTSIDE",
    "AddLine",
    "Answer",
    "AskEntry",
    "ChangeCart",
    "Collect",
    "Correct",
    "DecideAge",
    "Dispute",
    "Enter",
    "EraseCard",
    "GiveUpEntry",
    "GiveUpVisit",
    "Holder",
    "Input",
    "JudgeEvent",
    "Leave",
    "NamePayer",
    "OfBill",
    "OfCard",
    "PayCash",
    "Reduce",
    "Return",
    "Review",
    "SetStanding",
    "Standing",
    "TimePassed",
    "Together",
    "parts_of",
    "refuse_card_numbers",
]

OfBill = (
    AskEntry
    | GiveUpEntry
    | Enter
    | ChangeCart
    | Leave
    | GiveUpVisit
    | DecideAge
    | Review
    | Correct
    | NamePayer
    | Dispute
    | Return
    | Reduce
    | AddLine
    | JudgeEvent
    | PayCash
    | Answer
    | Collect
    | TimePassed
)
"""What changes one bill."""

OfCard = SetStanding | EraseCard
"""What changes what is known of one card."""


@dataclass(frozen=True, slots=True)
class Together:
    """Several inputs that hold together, also of several bills: all of them are written, or none.

    Attributes:
        parts: In their order, at least one.
    """

    parts: tuple[OfBill, ...]

    @property
    def stamp(self) -> int:
        """Of the first part."""
        return self.parts[0].stamp

    @property
    def key(self) -> str:
        """Of the first part."""
        return self.parts[0].key


Input = OfBill | OfCard | Together


def parts_of(told: Input) -> Iterator[OfBill | OfCard]:
    """The inputs that one consists of; most consist of themselves."""
    if isinstance(told, Together):
        yield from told.parts
    else:
        yield told


FROM_OUTSIDE = ("token", "request", "gate", "by", "reason")
"""Fields that people or other systems fill. A provider's own names of payments are not among them: an answer must not
be lost. Ids of visits and lines are made here, and hold stamps, numbers as long as those of cards."""

_FROM_OUTSIDE: dict[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if each.name in FROM_OUTSIDE) for kind in get_args(OfBill | OfCard)
}


def refuse_card_numbers(told: OfBill | OfCard) -> None:
    """Lets no card number into the books, whoever sends it.

    Raises:
        RefusedError: A field holds what may be one; the message does not repeat it.
    """
    for name in _FROM_OUTSIDE[type(told)]:
        value = getattr(told, name)
        if isinstance(value, str) and looks_like_card_number(value):
            raise RefusedError(f"{type(told).__name__}: {name} looks like a card number; send the provider's token")
