"""What a system may decide by HTTP in the name of a person: the same inputs that staff gives on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, RootModel
from sqlalchemy import Connection

from storegraph.ledger.policy import TaxPolicy
from storegraph.ledger.review import deciding
from storegraph.ledger.settlement.inputs import DecideAge, Input, Return
from storegraph.ledger.settlement.writer import Written
from storegraph.store.model import Product

from .purchase import Amount, Count, Published

Word = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Desk:
    """What is known where something is decided.

    Attributes:
        connection: To the books.
        store: Store id.
        products: The catalogue by GTIN, for goods that were another product than a line says.
        taxes: On them.
        now: Event time, nanoseconds since the Unix epoch.
    """

    connection: Connection
    store: str
    products: Mapping[str, Product]
    taxes: TaxPolicy
    now: int


class _Decided(Published):
    request: Annotated[str, Field(min_length=1, max_length=200, description="The same when it is sent again.")]
    by: Annotated[str, Field(min_length=1, max_length=200, description="The person who decided; stays in the books.")]


class MovedItem(Published):
    """Goods that really were somebody else's, or something else."""

    visit: Annotated[Word, Field(description="Whose; that of the line where only the product was another.")]
    gtin: Word
    count: Annotated[int, Field(ge=1)]


class ReviewDecision(_Decided):
    """A line in doubt, or one that its customer disputes: how many of it they have, and who has the others."""

    kind: Literal["review"]
    line: Word
    count: Count
    unit_price: Annotated[int | None, Field(ge=0, description="Of one, minor units, where the line has none.")] = None
    lost: Annotated[bool, Field(description="The others are gone unpaid; else the customer never had them.")] = False
    moved: Annotated[tuple[MovedItem, ...], Field(description="Who has the others, or what they really are.")] = ()
    reason: str = ""

    def told(self, desk: Desk) -> Input:
        """As the books are told.

        Raises:
            RefusedError: The line is not known, or decided, or goods are named that are not in the catalogue.
        """
        decision = deciding.Decision(
            request=self.request,
            line=self.line,
            count=self.count,
            by=self.by,
            reason=self.reason,
            unit_price=self.unit_price,
            lost=self.lost,
            moved=[deciding.Moved(each.visit, each.gtin, each.count) for each in self.moved],
        )
        return deciding.told_by(desk.connection, desk.store, decision, desk.products, desk.taxes, desk.now)


class AgeDecision(_Decided):
    """Somebody with age-restricted goods: whether they are old enough."""

    kind: Literal["age"]
    visit: Word
    approved: bool

    def told(self, desk: Desk) -> Input:
        """As the books are told."""
        return DecideAge(desk.now, self.request, self.visit, self.approved, self.by)


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

    def told(self, desk: Desk) -> Input:
        """As the books are told."""
        items = tuple((item.line, item.count) for item in self.items)
        return Return(desk.now, self.request, self.purchase, items, self.wasted, self.by, self.reason)


class Decision(RootModel[Annotated[ReviewDecision | AgeDecision | ReturnDecision, Field(discriminator="kind")]]):
    """One of them, by its kind."""


class DecisionTaken(Published):
    """What the books say now. Steps at the payment provider follow within a second or so."""

    purchase: str
    state: str
    owed: Amount
    paid: Amount
    new: Annotated[bool, Field(description="false: it was decided so before, and counts once.")]
    others: Annotated[tuple[str, ...], Field(description="Other purchases that were changed with it.")] = ()


def taken(written: Written) -> DecisionTaken:
    """What a decision led to."""
    parts = (written, *written.beside)
    bill = next(part.bill for part in reversed(parts) if part.bill.bill == written.bill.bill)
    return DecisionTaken(
        purchase=bill.bill,
        state=bill.state,
        owed=bill.owed,
        paid=bill.paid,
        new=any(part.facts for part in parts),
        others=tuple(sorted({part.bill.bill for part in parts} - {bill.bill})),
    )
