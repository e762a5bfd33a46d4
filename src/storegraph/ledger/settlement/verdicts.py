"""What people decide about lines, as facts: reviews, corrections, disputes, returns, and lines that were missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.facts import (
    Corrected,
    Disputed,
    EventJudged,
    Fact,
    LineAdded,
    Payer,
    Recognised,
    Reduced,
    Remainder,
    Returned,
    Reviewed,
)
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.policy import Policy, nanoseconds

from .inputs import AddLine, Correct, Dispute, Holder, JudgeEvent, NamePayer, Reduce, Return, Review
from .naming import LINE_MARK

ADDED = "+"
"""What the place of a line begins with that a person added; those of the exit are plain numbers."""

ACTIONS = ("take", "put back", "none")
"""What a weight event may have been."""

POLICY = "policy"
"""Who has decided what nobody did."""


def is_added(line: str) -> bool:
    """Whether a person added a line, by its name; the others were told at the exit."""
    return line.rpartition(LINE_MARK)[2].startswith(ADDED)


def review(bill: Bill, told: Review) -> Fact:
    """A line that waits is decided."""
    charge = _charge(bill, told.line)
    if not charge.waiting:
        raise RefusedError(f"line {told.line}: is not in doubt any more; correct it instead")
    if not 0 <= told.count <= charge.waiting:
        raise RefusedError(f"line {told.line}: count {told.count} is not within 0 and {charge.waiting}")
    if told.count and charge.unit_price is None and told.unit_price is None:
        raise RefusedError(f"line {told.line}: has no price; the review must give one")
    if told.unit_price is not None and told.unit_price < 0:
        raise RefusedError(f"line {told.line}: unit price {told.unit_price} is negative")
    return Reviewed(told.line, told.count, told.unit_price, told.by, told.reason)


def correction(bill: Bill, told: Correct) -> Fact:
    """A line that was decided is charged differently, or what is disputed of it is settled."""
    charge = _charge(bill, told.line)
    if charge.waiting:
        raise RefusedError(f"line {told.line}: is still in doubt; review it instead")
    if bill.payer is Payer.CREW:
        raise RefusedError(f"line {told.line}: staff is not billed")
    most = charge.line.count - charge.back
    if not 0 <= told.count <= most:
        raise RefusedError(f"line {told.line}: count {told.count} is not within 0 and {most}")
    if told.count and charge.unit_price is None:
        raise RefusedError(f"line {told.line}: has no price, and was never charged")
    if told.count > charge.charged:
        _may_be_sold(bill, charge)
    return Corrected(told.line, told.count, told.remainder, told.by, told.reason)


def named_payer(bill: Bill, told: NamePayer, holder: Holder) -> Fact:
    """Somebody is found who pays."""
    if told.visit not in bill.visits:
        raise RefusedError(f"visit {told.visit}: is not known")
    if bill.payer is not Payer.UNKNOWN:
        raise RefusedError(f"visit {told.visit}: is paid by {bill.payer} already")
    payer = holder.payer if told.token else Payer.CASH
    return Recognised(told.visit, holder.card, payer, told.by)


def dispute(bill: Bill, told: Dispute, policy: Policy) -> Fact:
    """A customer says that a line is wrong."""
    charge = _charge(bill, told.line)
    if not charge.charged:
        raise RefusedError(f"line {told.line}: nothing of it is charged, so there is nothing to dispute")
    if not 0 <= told.count < charge.charged:
        raise RefusedError(f"line {told.line}: count {told.count} is not within 0 and {charge.charged - 1}")
    return Disputed(told.line, told.claim, told.count, told.stamp + nanoseconds(policy.disputes.within))


def undecided_disputes(bill: Bill, now: int, policy: Policy) -> Iterator[Fact]:
    """Disputes that nobody has decided in time end as the policy says."""
    for name, charge in bill.charges.items():
        if charge.dispute is not None and charge.dispute.deadline <= now:
            keep = policy.disputes.when_undecided == "keep"
            count = charge.charged if keep else min(charge.dispute.count, charge.charged)
            yield Corrected(name, count, Remainder.SHRINK, POLICY, "nobody decided the dispute in time")


def coming_back(bill: Bill, told: Return, policy: Policy) -> Iterator[Fact]:
    """Goods come back."""
    all_charged = [(name, charge.charged) for name, charge in bill.charges.items() if charge.charged]
    items = list(told.items or all_charged)
    if not items:
        raise RefusedError(f"bill {bill.bill}: nothing of it is charged, so nothing can be given back")
    if len({name for name, _ in items}) < len(items):
        raise RefusedError(f"bill {bill.bill}: a line is named twice; name each once, with its count")
    for name, count in items:
        charge = _charge(bill, name)
        _within_the_window(bill, charge, told.stamp, policy)
        if not 1 <= count <= charge.charged:
            raise RefusedError(f"line {name}: {count} cannot come back, {charge.charged} are charged")
        yield Returned(name, count, told.wasted, told.by, told.reason)


def reduction(bill: Bill, told: Reduce, policy: Policy) -> Fact:
    """A part of the price is given back."""
    charge = _charge(bill, told.line)
    _within_the_window(bill, charge, told.stamp, policy)
    if not 1 <= told.amount <= charge.amount:
        raise RefusedError(f"line {told.line}: {told.amount} cannot be given back, {charge.amount} are charged")
    return Reduced(told.line, told.amount, told.by, told.reason)


def addition(bill: Bill, told: AddLine, policy: Policy) -> Fact:
    """Somebody who has left has more than stands on their lines."""
    left = bill.visit(told.visit).left
    if left is None:
        raise RefusedError(f"visit {told.visit}: is not over; say so of it once they have left")
    if told.line.count < 1:
        raise RefusedError(f"visit {told.visit}: {told.line.count} of {told.line.gtin} cannot be added")
    number = 1 + sum(each.visit == told.visit and is_added(name) for name, each in bill.charges.items())
    late = told.stamp > left + nanoseconds(policy.review.within)
    ask = late or policy.review.when_added == "ask"
    line = replace(
        told.line,
        line=f"{told.visit}{LINE_MARK}{ADDED}{number}",
        confidence=1.0,
        doubt=f"{told.by} found it when deciding line {told.cause}" if ask else "",
    )
    deadline = told.stamp + nanoseconds(policy.review.within)
    return LineAdded(told.visit, line, deadline, told.cause, told.by, told.reason)


def judged_event(bill: Bill, told: JudgeEvent) -> Fact:
    """What a weight event really was."""
    _charge(bill, told.line)
    if told.action not in ACTIONS:
        raise RefusedError(f'event {told.event}: "{told.action}" is no action; it is one of {", ".join(ACTIONS)}')
    return EventJudged(told.event, told.shopper, told.action, told.items, told.line, told.by)


def _may_be_sold(bill: Bill, charge: Charge) -> None:
    """A line that was given up waits for nobody any more, but is still sold to nobody, and not without an age check."""
    if bill.payer is Payer.UNKNOWN:
        raise RefusedError(f"line {charge.line.line}: nobody is known who would pay; name who does first")
    if charge.line.age_limit is not None and not bill.visit(charge.visit).of_age:
        told = f"is not sold below {charge.line.age_limit}, and staff has not approved the customer's age"
        raise RefusedError(f"line {charge.line.line}: {told}; decide that first")


def _within_the_window(bill: Bill, charge: Charge, now: int, policy: Policy) -> None:
    left = bill.visit(charge.visit).left
    within = policy.returns.within
    if left is None or now > left + nanoseconds(within):
        told = f"was not taken within the last {within / 86_400:g} days, in which goods may come back (returns.within)"
        raise RefusedError(f"line {charge.line.line}: {told}; correct it if it was charged wrongly")


def _charge(bill: Bill, line: str) -> Charge:
    try:
        return bill.charges[line]
    except KeyError:
        raise RefusedError(f"line {line}: is not known") from None
