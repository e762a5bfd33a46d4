"""What of a bill waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .bill import Bill
from .charge import Charge
from .facts import Payer


class Kind(StrEnum):
    """What has to be decided."""

    AGE = "age"  # somebody inside has goods that not everybody may buy
    HELD = "held"  # they left with them, and nobody had approved it
    REVIEW = "review"  # who took what, or how many, is in doubt
    PRICE = "price"  # there is no price
    PAYER = "payer"  # nobody is known who would pay
    DISPUTE = "dispute"  # a customer says that a line is wrong
    PAY_OUT = "pay out"  # money is to be given back, and no provider does it


URGENT = frozenset({Kind.AGE, Kind.HELD})
"""What staff is called for at once: the customer is still there, or has just left with what they may not buy."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person.

    Attributes:
        kind: What has to be decided.
        about: The line, or the visit, or the bill, where it is about a whole one.
        visit: Whose; empty for a whole bill.
        line: Which; empty for none.
        deadline: Until when, nanoseconds since the Unix epoch; None while there is no hurry but the customer's.
        told: Why, in words.
    """

    kind: Kind
    about: str
    visit: str
    line: str
    deadline: int | None
    told: str

    @property
    def task(self) -> str:
        """Unique in the store."""
        return f"{self.kind}/{self.about}"


def tasks_of(bill: Bill) -> Iterator[Task]:
    """What of a bill waits for a person."""
    for name, visit in bill.visits.items():
        limits = [item.age_limit for item in visit.cart if item.age_limit is not None]
        if limits and visit.of_age is None:
            yield Task(Kind.AGE, name, name, "", None, f"is the customer {max(limits)} or older?")
    for name, charge in bill.charges.items():
        if charge.waiting:
            told = charge.line.doubt or bill.visit(charge.visit).doubt
            for kind in _open(charge):
                yield Task(kind, name, charge.visit, name, charge.deadline, told)
        if charge.dispute is not None:
            told = f"{charge.dispute.claim}: {charge.dispute.count} of {charge.charged} are not disputed"
            yield Task(Kind.DISPUTE, name, charge.visit, name, charge.dispute.deadline, told)
    if _nobody_pays_out(bill):
        yield Task(Kind.PAY_OUT, bill.bill, "", "", None, f"{bill.paid - bill.owed} are to be given back at the desk")


def _open(charge: Charge) -> Iterator[Kind]:
    """What has to be said of a line that waits."""
    if charge.needs_review:
        yield Kind.PRICE if charge.unit_price is None else Kind.REVIEW
    if charge.needs_age:
        yield Kind.HELD
    if charge.needs_payer:
        yield Kind.PAYER


def _nobody_pays_out(bill: Bill) -> bool:
    """Whether money is to be given back and no provider will: it was cash, or the card takes none."""
    if not bill.over or bill.open_step is not None or bill.paid <= bill.owed:
        return False
    given_up = bool(bill.declined) and bill.retry_at is None
    return bill.payer is not Payer.CARD or given_up or bill.captured == bill.refunded
