"""Facts about lines that a person had a say in: reviews, age checks, disputes, corrections, returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .visits import Line


class Remainder(StrEnum):
    """What became of goods that were charged and no longer are."""

    NOT_TAKEN = "not taken"  # the customer never had them
    RETURNED = "returned"  # they came back
    SHRINK = "shrink"  # the customer has them, unpaid


class Claim(StrEnum):
    """What a customer says of a line."""

    NOT_TAKEN = "not taken"  # they did not have it, or fewer
    PRICE = "price"  # it cost less on the shelf
    FAULTY = "faulty"  # it was spoilt or broken


@dataclass(frozen=True, slots=True)
class AgeDecided:
    """Staff looked at somebody who has age-restricted goods."""

    KIND: ClassVar[str] = "age decided"

    visit: str
    approved: bool
    by: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A person decided a line in doubt.

    Attributes:
        line: Which.
        count: How many the customer has; the others they never had.
        unit_price: Of one, minor units, where the line had none.
        by: Who decided.
        reason: For the record.
    """

    KIND: ClassVar[str] = "reviewed"

    line: str
    count: int
    unit_price: int | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody decided these lines in time.

    Attributes:
        lines: Which.
        charged: What policy says: charge them, or let them be shrink.
    """

    KIND: ClassVar[str] = "expired"

    lines: tuple[str, ...]
    charged: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A line that had been decided is charged differently from now on.

    Attributes:
        line: Which.
        count: How many are charged now.
        remainder: What became of those that were charged and no longer are.
        by: Who decided.
        reason: For the record.
    """

    KIND: ClassVar[str] = "corrected"

    line: str
    count: int
    remainder: Remainder
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """A customer says that a line is wrong. It stays as it is until a person has decided, or the deadline is over.

    Attributes:
        line: Which.
        claim: What is wrong.
        count: How many they had, as they say.
        deadline: Until when a person may decide, nanoseconds since the Unix epoch.
    """

    KIND: ClassVar[str] = "disputed"

    line: str
    claim: Claim
    count: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods came back.

    Attributes:
        line: Which.
        count: How many of those that were charged.
        wasted: They are not sold again; else they are on the shelf.
        by: Who took them back.
        reason: For the record.
    """

    KIND: ClassVar[str] = "returned"

    line: str
    count: int
    wasted: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reduced:
    """A part of the price is given back, and the customer keeps the goods.

    Attributes:
        line: Which.
        amount: Of the whole line, minor units.
        by: Who decided.
        reason: For the record.
    """

    KIND: ClassVar[str] = "reduced"

    line: str
    amount: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineAdded:
    """A person found out that somebody left with something that stands on no line of theirs.

    Attributes:
        visit: Whose.
        line: What; in doubt where another person has to confirm it.
        deadline: Until when a person may decide what of it is open, nanoseconds since the Unix epoch.
        cause: The line that was decided when this was found out.
        by: Who decided.
        reason: For the record.
    """

    KIND: ClassVar[str] = "line added"

    visit: str
    line: Line
    deadline: int
    cause: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventJudged:
    """A person has said what a weight event really was; it moves no money, and others learn from it.

    Attributes:
        event: As in the graph's interactions.
        shopper: Who did it; empty for nobody who was tracked.
        action: `take`, `put back` or `none`.
        items: GTIN and count of what was moved, by GTIN.
        line: That was decided with it.
        by: Who decided.
    """

    KIND: ClassVar[str] = "event judged"

    event: str
    shopper: str
    action: str
    items: tuple[tuple[str, int], ...]
    line: str
    by: str
