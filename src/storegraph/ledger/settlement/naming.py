"""Which card, party, visit or bill an input is about: what has to be read before it can be decided."""

from __future__ import annotations

from dataclasses import dataclass

from .inputs import (
    AddLine,
    Answer,
    AskEntry,
    ChangeCart,
    Collect,
    Correct,
    DecideAge,
    Dispute,
    Enter,
    EraseCard,
    GiveUpEntry,
    GiveUpVisit,
    JudgeEvent,
    Leave,
    NamePayer,
    OfBill,
    OfCard,
    PayCash,
    Reduce,
    Return,
    Review,
    SetStanding,
    TimePassed,
)
from .steps import bill_of

LINE_MARK = "/"
"""Between a visit and the place of a line of it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an input names; empty where it names none."""

    token: str = ""
    party: str = ""
    visit: str = ""
    bill: str = ""


def visit_of(line: str) -> str:
    """The visit that a line is of."""
    return line.rpartition(LINE_MARK)[0]


def names_of(told: OfBill | OfCard) -> Names:
    """What an input names."""
    match told:
        case AskEntry():
            return Names(token=told.token, bill=told.key)
        case SetStanding() | EraseCard():
            return Names(token=told.token)
        case Enter():
            return Names(token=told.token, party=told.party, visit=told.visit)
        case ChangeCart(cart=cart):
            return Names(party=cart.party, visit=cart.visit_id)
        case Leave(receipt=receipt):
            return Names(party=receipt.party, visit=receipt.visit_id)
        case DecideAge() | GiveUpVisit() | AddLine():
            return Names(visit=told.visit)
        case NamePayer():
            return Names(token=told.token, visit=told.visit)
        case Review() | Correct() | Dispute() | Reduce() | JudgeEvent():
            return Names(visit=visit_of(told.line))
        case Answer():
            return Names(bill=bill_of(told.step))
        case GiveUpEntry() | PayCash() | Collect() | TimePassed() | Return():
            return Names(bill=told.bill)
