"""What people decide about visits and lines: staff and reviewers, and customers who dispute a line."""

from __future__ import annotations

from dataclasses import dataclass

from storegraph.ledger.books.facts import Claim, Line, Remainder


@dataclass(frozen=True, slots=True)
class DecideAge:
    """Staff looked at somebody who has age-restricted goods.

    Attributes:
        request: Of who tells it; the same when told again.
        visit: Whose.
        approved: Old enough.
        by: Who looked.
    """

    stamp: int
    request: str
    visit: str
    approved: bool
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"age/{self.visit}/{self.request}"


@dataclass(frozen=True, slots=True)
class Review:
    """A person decides a line in doubt.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        count: How many the customer has.
        by: Who decides.
        reason: For the record.
        unit_price: Of one, minor units, where the line has none.
    """

    stamp: int
    request: str
    line: str
    count: int
    by: str
    reason: str = ""
    unit_price: int | None = None

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"review/{self.line}/{self.request}"


@dataclass(frozen=True, slots=True)
class Correct:
    """A line that was decided is to be charged differently: a return, a complaint, a mistake.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        count: How many are to be charged.
        remainder: What became of the others.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    line: str
    count: int
    remainder: Remainder
    by: str
    reason: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"correct/{self.line}/{self.request}"


@dataclass(frozen=True, slots=True)
class NamePayer:
    """Somebody is to pay for a visit of which nobody knew who would.

    Attributes:
        request: Of who tells it; the same when told again.
        visit: Whose.
        token: Of their card or app; empty where they pay at the desk.
        by: Who decides.
    """

    stamp: int
    request: str
    visit: str
    token: str
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"payer/{self.visit}/{self.request}"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A customer says that a line of their receipt is wrong.

    Attributes:
        line: Which.
        claim: What is wrong.
        count: How many of it they do not dispute.
    """

    stamp: int
    line: str
    claim: Claim
    count: int = 0

    @property
    def key(self) -> str:
        """One for each line: what was decided stays decided, however often the link is clicked."""
        return f"dispute/{self.line}"


@dataclass(frozen=True, slots=True)
class Return:
    """Goods come back.

    Attributes:
        request: Of who tells it; the same when told again.
        bill: Which.
        items: Lines, and how many of each; empty for all that is charged.
        wasted: They are not sold again; else they are on the shelf.
        by: Who takes them back.
        reason: For the record.
    """

    stamp: int
    request: str
    bill: str
    items: tuple[tuple[str, int], ...]
    wasted: bool
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"return/{self.bill}/{self.request}"


@dataclass(frozen=True, slots=True)
class Reduce:
    """A part of a line's price is given back, and the customer keeps the goods.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        amount: Minor units; as the price with or without tax.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    line: str
    amount: int
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"reduce/{self.line}/{self.request}"


@dataclass(frozen=True, slots=True)
class AddLine:
    """A person found out that somebody left with something that stands on no line of theirs.

    Attributes:
        request: Of who tells it; the same when told again.
        visit: Whose.
        line: What; its own name, confidence and doubt are given to it by the books.
        cause: The line that was decided when this was found out.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    visit: str
    line: Line
    cause: str
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"add/{self.visit}/{self.line.gtin}/{self.cause}/{self.request}"


@dataclass(frozen=True, slots=True)
class JudgeEvent:
    """A person says what a weight event really was.

    Attributes:
        request: Of who tells it; the same when told again.
        line: That is decided with it.
        event: As in the graph's interactions.
        shopper: Who did it; empty for nobody who was tracked.
        action: `take`, `put back` or `none`.
        items: GTIN and count of what was moved, by GTIN.
        by: Who decides.
    """

    stamp: int
    request: str
    line: str
    event: str
    shopper: str
    action: str
    items: tuple[tuple[str, int], ...]
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"event/{self.event}/{self.request}"
