"""What a system may decide by HTTP in the name of a person: the same inputs that staff gives on the command line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from storegraph.ledger.settlement.inputs import DecideAge, Input, Return, Review
from storegraph.ledger.settlement.writer import Written

from .purchase import Amount, Count, Published

Word = Annotated[str, Field(min_length=1, max_length=200)]


class _Decided(Published):
    request: Annotated[str, Field(min_length=1, max_length=200, description="The same when it is sent again.")]
    by: Annotated[str, Field(min_length=1, max_length=200, description="The person who decided; stays in the books.")]


class ReviewDecision(_Decided):
    """A line in doubt: how many of it the customer has."""

    kind: Literal["review"]
    line: Word
    count: Count
    unit_price: Annotated[int | None, Field(ge=0, description="Of one, minor units, where the line has none.")] = None
    reason: str = ""

    def told(self, stamp: int) -> Input:
        """As the books are told."""
        return Review(stamp, self.request, self.line, self.count, self.by, self.reason, self.unit_price)


class AgeDecision(_Decided):
    """Somebody with age-restricted goods: whether they are old enough."""

    kind: Literal["age"]
    visit: Word
    approved: bool

    def told(self, stamp: int) -> Input:
        """As the books are told."""
        return DecideAge(stamp, self.request, self.visit, self.approved, self.by)


class ReturnedItem(Published):
    """Some items of a line that came back."""

    line: Word
    count: Annotated[int, Field(ge=1)]


class ReturnDecision(_Decided):
    """Goods that came back: they are refunded to where they were paid from."""

    kind: Literal["return"]
    purchase: Word
    items: Annotated[tuple[ReturnedItem, ...], Field(description="None for all that is charged.")] = ()
    wasted: Annotated[bool, Field(description="They are not sold again; else they are on the shelf.")] = False
    reason: str = ""

    def told(self, stamp: int) -> Input:
        """As the books are told."""
        items = tuple((item.line, item.count) for item in self.items)
        return Return(stamp, self.request, self.purchase, items, self.wasted, self.by, self.reason)


class Decision(RootModel[Annotated[ReviewDecision | AgeDecision | ReturnDecision, Field(discriminator="kind")]]):
    """One of them, by its kind."""


class DecisionTaken(Published):
    """What the books say now. Steps at the payment provider follow within a second or so."""

    purchase: str
    state: str
    owed: Amount
    paid: Amount
    new: Annotated[bool, Field(description="false: it was decided so before, and counts once.")]


def taken(written: Written) -> DecisionTaken:
    """What a decision led to."""
    bill = written.bill
    return DecisionTaken(purchase=bill.bill, state=bill.state, owed=bill.owed, paid=bill.paid, new=bool(written.facts))
