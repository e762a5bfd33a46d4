"""What an input means for a bill: the facts to write. Pure: the same bill, input and policy give the same facts.

What was told before (its key is in the bill) and what changes nothing gives no facts; what must not be done is refused.
After the facts of the input itself come those that follow from them: the next step to take, a debt, the settlement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from storegraph.ledger.books.bill import Bill, Charge
from storegraph.ledger.books.facts import (
    Abandoned,
    Admitted,
    AgeDecided,
    CartChanged,
    CartItem,
    CollectionResumed,
    DebtWrittenOff,
    Denied,
    Entered,
    Expired,
    Fact,
    PaidCash,
    Payer,
    Recognised,
    Settled,
    StepEnded,
)
from storegraph.ledger.books.folding import after
from storegraph.ledger.errors import PaymentError, RefusedError
from storegraph.ledger.policy import Policy, nanoseconds
from storegraph.observations import CartLine
from storegraph.store.model import Product

from . import verdicts
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
    GiveUpEntry,
    GiveUpVisit,
    Holder,
    JudgeEvent,
    Leave,
    NamePayer,
    OfBill,
    PayCash,
    Reduce,
    Return,
    Review,
    TimePassed,
)
from .leaving import given_up, leaving
from .steps import next_step


def decide(
    bill: Bill,
    told: OfBill,
    holder: Holder,
    policy: Policy,
    products: Mapping[str, Product],
    *,
    follow: bool = True,
) -> tuple[tuple[Fact, ...], Bill]:
    """The facts that an input adds, and the bill with them.

    Args:
        bill: As it stands; one without facts for a new one.
        told: The input.
        holder: Whose token it came with.
        policy: Of the shop.
        products: The catalogue, for tax classes and age limits.
        follow: Whether what follows from it is told, too; not where another input that holds together with it is to
            come first.

    Raises:
        RefusedError: It must not be done; the bill stays as it is.
        PaymentError: A provider contradicts itself.
    """
    if told.key in bill.keys and not isinstance(told, Answer | Leave):  # those two are compared with what was told
        return (), bill
    facts: list[Fact] = []
    for fact in _facts(bill, told, holder, policy, products):
        bill = after(bill, fact, told.stamp, key_of(told.key, len(facts)))
        facts.append(fact)
    while follow and facts and (follows := _consequence(bill, policy, told.stamp)) is not None:
        bill = after(bill, follows, told.stamp, key_of(told.key, len(facts)))
        facts.append(follows)
    return tuple(facts), bill


def key_of(key: str, number: int) -> str:
    """The idempotency key of the facts of one input: the input's own for the first."""
    return f"{key}+{number}" if number else key


def _facts(bill: Bill, told: OfBill, holder: Holder, policy: Policy, products: Mapping[str, Product]) -> Iterator[Fact]:
    match told:
        case AskEntry():
            if told.crew_only and holder.payer is not Payer.CREW:
                raise RefusedError("only staff may enter now")
            if not bill.takes_in(told.stamp):  # who shares a card with somebody inside is welcome already
                yield _admission(told, holder, policy)
        case GiveUpEntry():
            if bill.visits or bill.denied:
                raise RefusedError(f"bill {bill.bill}: somebody came in, or was denied; an entry is given up before")
            yield Denied("", bill.card, told.reason)
        case Enter():
            yield from _entry(bill, told, holder)
        case ChangeCart():
            yield from _cart_change(bill, told, products)
        case Leave():
            yield from leaving(bill, told.receipt, policy, products)
        case GiveUpVisit():
            yield from given_up(bill, told, policy, products)
        case DecideAge():
            if told.visit not in bill.visits:
                raise RefusedError(f"visit {told.visit}: is not known")
            yield AgeDecided(told.visit, told.approved, told.by)
        case Review():
            yield verdicts.review(bill, told)
        case Correct():
            yield verdicts.correction(bill, told)
        case NamePayer():
            yield verdicts.named_payer(bill, told, holder)
        case Dispute():
            yield verdicts.dispute(bill, told, policy)
        case Return():
            yield from verdicts.coming_back(bill, told, policy)
        case Reduce():
            yield verdicts.reduction(bill, told, policy)
        case AddLine():
            yield verdicts.addition(bill, told, policy)
        case JudgeEvent():
            yield verdicts.judged_event(bill, told)
        case PayCash():
            if bill.paid + told.amount < 0 or not told.amount:
                raise RefusedError(f"bill {bill.bill}: {told.amount} cannot be paid, {bill.paid} were paid so far")
            yield PaidCash(told.amount, told.by)
        case Answer():
            yield from _answer(bill, told, policy)
        case Collect():
            if not bill.declined or bill.retry_at is not None:
                raise RefusedError(f"bill {bill.bill}: is {bill.state}; only what was given up is collected again")
            yield CollectionResumed(told.by)
        case TimePassed():
            yield from _overdue(bill, told, policy)
        case _:
            assert_never(told)


def _consequence(bill: Bill, policy: Policy, now: int) -> Fact | None:
    """What follows from the bill as it stands."""
    step = next_step(bill, policy, now)
    if step is not None:
        return step
    if bill.open_step is not None or not bill.over or not bill.visits:
        return None
    unpaid = bill.owed - bill.paid
    if unpaid > 0 and bill.payer is Payer.CARD and bill.declined and bill.retry_at is None and not bill.written_off:
        return DebtWrittenOff(unpaid)
    if unpaid or bill.waiting or bill.reserved is not None:
        return None
    if bill.settled_owed == bill.owed:
        return None
    return Settled(bill.settled + 1, bill.owed)


def _admission(told: AskEntry, holder: Holder, policy: Policy) -> Fact:
    if holder.blocked:
        return Denied(told.gate, holder.card, holder.blocked)
    if holder.debt:
        return Denied(told.gate, holder.card, f"{holder.debt} are owed from before")
    until = told.stamp + nanoseconds(policy.admission.enter_within)
    return Admitted(told.gate, holder.card, holder.payer, until)


def _entry(bill: Bill, told: Enter, holder: Holder) -> Iterator[Fact]:
    payer = Payer.CASH if told.guest else holder.payer
    visit = bill.visits.get(told.visit)
    if visit is None or visit.entered is None:
        yield Entered(told.visit, told.shopper, told.party, holder.card, payer, told.derived)
    elif payer is not Payer.UNKNOWN and bill.payer is Payer.UNKNOWN:
        yield Recognised(told.visit, holder.card, payer)


def _cart_change(bill: Bill, told: ChangeCart, products: Mapping[str, Product]) -> Iterator[Fact]:
    visit = bill.visit(told.cart.visit_id)
    if visit.left is not None:
        return
    before = {(item.gtin, item.doubt): item for item in visit.cart}
    now = {(item.gtin, item.doubt): item for item in (_item(line, products) for line in told.cart.lines)}
    revised = tuple(item for name, item in sorted(now.items()) if before.get(name) != item)
    removed = tuple(name for name in sorted(before) if name not in now)
    if revised or removed:
        yield CartChanged(told.cart.visit_id, revised, removed)


def _item(line: CartLine, products: Mapping[str, Product]) -> CartItem:
    product = products.get(line.gtin)
    age_limit = product.age_limit if product else None
    return CartItem(line.gtin, line.doubt, line.count, line.unit_price, line.confidence, age_limit)


def _answer(bill: Bill, told: Answer, policy: Policy) -> Iterator[Fact]:
    step = next((each for each in bill.steps if each.step == told.step), None)
    if step is None:
        raise PaymentError(f"step {told.step}: the provider answers what it was not asked")
    if step.done is not None:
        if step.done != told.done:
            raise PaymentError(f"step {told.step}: the provider says otherwise than before; look at {told.reference}")
        return
    yield StepEnded(told.step, told.done, told.reference, told.reason, _retry(bill, told, policy))


def _retry(bill: Bill, told: Answer, policy: Policy) -> int | None:
    """When to try again what was declined."""
    waits = policy.collection.retry_after
    if told.done or bill.declined >= len(waits):
        return None
    return told.stamp + nanoseconds(waits[bill.declined])


def _overdue(bill: Bill, told: TimePassed, policy: Policy) -> Iterator[Fact]:
    if bill.admission is not None and bill.admission <= told.stamp and not bill.visits:
        yield Abandoned()
    late = [charge for charge in bill.waiting if charge.deadline <= told.stamp]
    charged = tuple(each.line.line for each in late if _may_be_charged(each, bill, policy))
    lost = tuple(each.line.line for each in late if each.line.line not in charged)
    if charged:
        yield Expired(charged, charged=True)
    if lost:
        yield Expired(lost, charged=False)
    yield from verdicts.undecided_disputes(bill, told.stamp, policy)
    if bill.retry_at is not None and bill.retry_at <= told.stamp and bill.open_step is None:
        step = next_step(bill, policy, told.stamp)
        if step is not None:
            yield step


def _may_be_charged(charge: Charge, bill: Bill, policy: Policy) -> bool:
    """Whether policy charges a line that nobody decided: never without a price, an age check, or one who pays."""
    return (
        policy.review.when_undecided == "charge"
        and charge.unit_price is not None
        and not charge.needs_age
        and bill.payer is not Payer.UNKNOWN
    )
