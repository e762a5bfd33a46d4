"""Facts add up to a bill: the bill as it stands, one fact more, the bill after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from .bill import Bill
from .charge import (
    Charge,
    charge_of,
    corrected,
    disputed,
    expired,
    old_enough,
    payable,
    reduced,
    returned,
    reviewed,
    unsold,
)
from .facts import (
    Abandoned,
    Action,
    Admitted,
    AgeDecided,
    CardErased,
    CartChanged,
    CartItem,
    CollectionResumed,
    Corrected,
    DayClosed,
    DebtWrittenOff,
    Denied,
    Disputed,
    Entered,
    EventJudged,
    Expired,
    Fact,
    Left,
    Line,
    LineAdded,
    PaidCash,
    Payer,
    Recognised,
    Reduced,
    Returned,
    Reviewed,
    Settled,
    StandingChanged,
    StepBegun,
    StepEnded,
)
from .payment import Payment, Step


def after(bill: Bill, fact: Fact, stamp: int, key: str) -> Bill:
    """The bill when one more fact has been written.

    Args:
        bill: As it stands.
        fact: Of its stream.
        stamp: Event time, nanoseconds since the Unix epoch.
        key: Its idempotency key.
    """
    opened = bill.opened if bill.sequence else stamp
    return _with(bill, fact, stamp).but(opened=opened, sequence=bill.sequence + 1, keys=bill.keys | {key})


def after_erased(bill: Bill, key: str) -> Bill:
    """The bill when one more fact has been written, that retention has erased since: it is of no consequence."""
    return bill.but(sequence=bill.sequence + 1, keys=bill.keys | {key})


def _with(bill: Bill, fact: Fact, stamp: int) -> Bill:
    match fact:
        case Admitted():
            return bill.but(payer=fact.payer, card=fact.card, admission=fact.until)
        case Denied():
            return bill.but(card=fact.card, denied=fact.reason, admission=None)
        case Abandoned():
            return bill.but(denied="nobody came in", admission=None)
        case Entered():
            return _entered(bill, fact, stamp)
        case Recognised():
            return _with_payer(bill.but(card=fact.card, payer=fact.payer))
        case CartChanged():
            return _with_visit(bill, fact.visit, cart=_changed(bill.visit(fact.visit).cart, fact))
        case Left():
            return _left(bill, fact, stamp)
        case LineAdded():
            return _with_charges(bill, fact, (fact.line,))
        case AgeDecided():
            return _age_decided(bill, fact)
        case Expired():
            late = {name: expired(bill.charges[name], fact.charged) for name in fact.lines}
            return bill.but(charges={**bill.charges, **late})
        case Reviewed():
            return _with_charge(bill, reviewed(bill.charges[fact.line], fact))
        case Corrected():
            return _with_charge(bill, corrected(bill.charges[fact.line], fact))
        case Disputed():
            return _with_charge(bill, disputed(bill.charges[fact.line], fact, stamp))
        case Returned():
            return _with_charge(bill, returned(bill.charges[fact.line], fact))
        case Reduced():
            return _with_charge(bill, reduced(bill.charges[fact.line], fact))
        case EventJudged():
            return bill
        case PaidCash():
            return bill.but(cash=bill.cash + fact.amount)
        case StepBegun():
            step = Step(fact.step, fact.action, fact.amount, fact.reference, stamp)
            return bill.but(steps=(*bill.steps, step), retry_at=None)
        case StepEnded():
            return _step_ended(bill, fact, stamp)
        case DebtWrittenOff():
            return bill.but(written_off=True, retry_at=None)
        case CollectionResumed():
            return bill.but(written_off=False, declined=0, retry_at=None)
        case Settled():
            return bill.but(settled=fact.revision, settled_owed=fact.owed)
        case StandingChanged() | CardErased() | DayClosed():
            raise ValueError(f"{bill.bill}: {fact.KIND} belongs into the stream of a card or a day")
        case _:
            assert_never(fact)


def _with_visit(bill: Bill, name: str, **changes: object) -> Bill:
    visit = replace(bill.visit(name), **changes)  # type: ignore[arg-type]
    return bill.but(visits={**bill.visits, name: visit})


def _with_charge(bill: Bill, charge: Charge) -> Bill:
    return bill.but(charges={**bill.charges, charge.line.line: charge})


def _with_charges(bill: Bill, fact: Left | LineAdded, lines: Iterable[Line]) -> Bill:
    """With what somebody left with; what staff moves at work is not sold to them."""
    of_age, has_payer = bool(bill.visit(fact.visit).of_age), bill.payer is not Payer.UNKNOWN
    charges = [charge_of(line, fact, of_age=of_age, has_payer=has_payer) for line in lines]
    if bill.payer is Payer.CREW:
        charges = [unsold(charge) for charge in charges]
    return bill.but(charges={**bill.charges, **{charge.line.line: charge for charge in charges}})


def _with_payer(bill: Bill) -> Bill:
    """Charges what waited for somebody who pays; what staff moves at work is not sold to them."""
    if bill.payer is Payer.UNKNOWN:
        return bill
    become = unsold if bill.payer is Payer.CREW else payable
    return bill.but(charges={name: become(each) for name, each in bill.charges.items()})


def _entered(bill: Bill, fact: Entered, stamp: int) -> Bill:
    with_visit = _with_visit(bill, fact.visit, shopper=fact.shopper, entered=stamp)
    known = fact.payer is not Payer.UNKNOWN
    entered = with_visit.but(
        payer=fact.payer if known else bill.payer,
        card=fact.card or bill.card,
        party=fact.party or bill.party,
        admission=None,
        denied="",
    )
    return _with_payer(entered)


def _changed(cart: tuple[CartItem, ...], fact: CartChanged) -> tuple[CartItem, ...]:
    items = {(item.gtin, item.doubt): item for item in cart}
    for removed in fact.removed:
        items.pop(removed, None)
    items |= {(item.gtin, item.doubt): item for item in fact.items}
    return tuple(items[name] for name in sorted(items))


def _left(bill: Bill, fact: Left, stamp: int) -> Bill:
    left = _with_visit(
        bill,
        fact.visit,
        left=fact.left,
        gate=fact.gate,
        concluded=stamp,
        derived=fact.derived,
        doubt=fact.doubt,
        cart=(),
    )
    return _with_charges(left.but(currency=fact.currency), fact, fact.lines)


def _age_decided(bill: Bill, fact: AgeDecided) -> Bill:
    charges = {
        name: old_enough(charge) if fact.approved and charge.visit == fact.visit else charge
        for name, charge in bill.charges.items()
    }
    return _with_visit(bill, fact.visit, of_age=fact.approved).but(charges=charges)


def _step_ended(bill: Bill, fact: StepEnded, stamp: int) -> Bill:
    step = bill.open_step
    if step is None or step.step != fact.step:
        raise ValueError(f"{bill.bill}: {fact.step} ended and was not open")
    ended = replace(step, ended=stamp, done=fact.done, reference=fact.reference, reason=fact.reason)
    answered = bill.but(steps=(*bill.steps[:-1], ended))
    return _done(answered, ended) if fact.done else _declined(answered, ended, fact.retry_at)


def _done(bill: Bill, step: Step) -> Bill:
    match step.action:
        case Action.AUTHORIZE:
            return bill.but(reserved=step.amount, reservation=step.reference)
        case Action.ADJUST:
            return bill.but(reserved=step.amount)
        case Action.CANCEL:
            return bill.but(reserved=None, reservation="")
        case Action.CAPTURE:
            taken = Payment(step.reference, step.amount, 0)
            return bill.but(payments=(*bill.payments, taken), declined=0, reserved=None, reservation="")
        case Action.CHARGE:
            return bill.but(payments=(*bill.payments, Payment(step.reference, step.amount, 0)), declined=0)
        case Action.REFUND:
            payments = tuple(
                replace(each, refunded=each.refunded + step.amount) if each.reference == step.reference else each
                for each in bill.payments
            )
            return bill.but(payments=payments, declined=0)
        case _:
            assert_never(step.action)


def _declined(bill: Bill, step: Step, retry_at: int | None) -> Bill:
    match step.action:
        case Action.ADJUST:
            return bill.but(not_raised=True)
        case Action.CAPTURE | Action.CANCEL:  # what was reserved is gone
            return bill.but(reserved=None, reservation="")
        case Action.CHARGE | Action.REFUND:
            return bill.but(declined=bill.declined + 1, retry_at=retry_at)
        case Action.AUTHORIZE:
            return bill
        case _:
            assert_never(step.action)
