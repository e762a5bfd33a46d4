"""A bill: everybody who pays together, what they owe, what they have paid, and what is still to be decided.

One person's stay is a visit. All who enter on one card while anybody of them is inside share a bill; who has no card
has one of their own. A bill is nothing but what its facts add up to: `after` takes one fact more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import assert_never

from storegraph.ledger.taxes import Share, shares

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
    DebtWrittenOff,
    Denied,
    Entered,
    Expired,
    Fact,
    Left,
    Line,
    PaidCash,
    Payer,
    Recognised,
    Remainder,
    Reviewed,
    Settled,
    StandingChanged,
    StepBegun,
    StepEnded,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's stay.

    Attributes:
        shopper: Tracked as; empty while the entry is not known.
        entered: Nanoseconds since the Unix epoch; None while not known.
        left: Nanoseconds since the Unix epoch; None while inside.
        gate: Left through.
        doubt: Of the visit as a whole.
        of_age: What staff decided; None while nobody has.
        cart: While inside.
    """

    shopper: str = ""
    entered: int | None = None
    left: int | None = None
    gate: str = ""
    doubt: str = ""
    of_age: bool | None = None
    cart: tuple[CartItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """What became of a line: `count` is `charged + waiting + shrink + void`.

    Attributes:
        line: What was taken.
        visit: By whom.
        unit_price: Of one, minor units; as on the line, or as the reviewer says.
        charged: Items that are owed.
        shrink: Items that are gone and not paid.
        void: Items that the customer never had, or has brought back.
        needs_review: A person has to say what they have.
        needs_age: Staff has to say whether they may buy it.
        needs_payer: Nobody is known who would pay.
        deadline: Until when, nanoseconds since the Unix epoch.
    """

    line: Line
    visit: str
    unit_price: int | None
    charged: int
    shrink: int
    void: int
    needs_review: bool
    needs_age: bool
    needs_payer: bool
    deadline: int

    @property
    def waiting(self) -> int:
        """Items that nobody has decided."""
        return self.line.count - self.charged - self.shrink - self.void

    @property
    def amount(self) -> int:
        """Price of what is charged, minor units."""
        return self.charged * (self.unit_price or 0)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a provider has taken, minor units."""

    reference: str
    captured: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Step:
    """A question to a provider, and its answer.

    Attributes:
        begun: Nanoseconds since the Unix epoch.
        ended: Nanoseconds since the Unix epoch; None while open.
        done: Whether it was done; None while open.
    """

    step: str
    action: Action
    amount: int
    reference: str
    begun: int
    ended: int | None = None
    done: bool | None = None
    reason: str = ""


@dataclass(frozen=True)
class Bill:
    """What the facts of one stream add up to.

    Attributes:
        bill: Its stream.
        payer: Who pays.
        card: Number in the table `card`; empty without one.
        party: Who pays together; may be empty.
        currency: ISO 4217; empty before anybody has left.
        opened: Stamp of the first fact.
        admission: Until when somebody may come in on the admission; None without one, or once somebody has.
        denied: Why nobody may come in on it; empty where they may.
        visits: Everybody, by visit.
        charges: Every line, by its id.
        reserved: What is reserved at the provider, minor units; None for nothing.
        reservation: The provider's name of that.
        not_raised: The provider declined to raise it.
        payments: What was taken.
        cash: Paid at the desk, minor units.
        steps: Asked of the provider, in order.
        declined: Charges declined one after the other.
        retry_at: When to charge again, nanoseconds since the Unix epoch.
        written_off: What is owed is a bad debt: nobody tries to collect it any more.
        settled: How often the bill was settled.
        settled_owed: What was owed then, minor units; None before.
        sequence: Facts so far.
        keys: Idempotency keys of all facts.
    """

    bill: str
    payer: Payer = Payer.UNKNOWN
    card: str = ""
    party: str = ""
    currency: str = ""
    opened: int = 0
    admission: int | None = None
    denied: str = ""
    visits: Mapping[str, Visit] = field(default_factory=dict)
    charges: Mapping[str, Charge] = field(default_factory=dict)
    reserved: int | None = None
    reservation: str = ""
    not_raised: bool = False
    payments: tuple[Payment, ...] = ()
    cash: int = 0
    steps: tuple[Step, ...] = ()
    declined: int = 0
    retry_at: int | None = None
    written_off: bool = False
    settled: int = 0
    settled_owed: int | None = None
    sequence: int = 0
    keys: frozenset[str] = frozenset()

    @property
    def open_step(self) -> Step | None:
        """What the provider has not answered."""
        return self.steps[-1] if self.steps and self.steps[-1].done is None else None

    @cached_property
    def over(self) -> bool:
        """Whether everybody has left, or nobody will come."""
        if self.visits:
            return all(visit.left is not None for visit in self.visits.values())
        return bool(self.denied)

    @property
    def last_left(self) -> int | None:
        """When the last one left; None while anybody is inside."""
        left = [visit.left for visit in self.visits.values() if visit.left is not None]
        return max(left) if left and self.over else None

    @cached_property
    def owed(self) -> int:
        """What is to be paid, with tax, minor units."""
        return sum(share.gross for share in self._shares)

    @cached_property
    def tax(self) -> int:
        """How much of it is tax, minor units."""
        return sum(share.tax for share in self._shares)

    @property
    def captured(self) -> int:
        """What the provider has taken, minor units."""
        return sum(payment.captured for payment in self.payments)

    @property
    def refunded(self) -> int:
        """What the provider has given back, minor units."""
        return sum(payment.refunded for payment in self.payments)

    @property
    def paid(self) -> int:
        """What the store has, minor units."""
        return self.captured - self.refunded + self.cash

    @property
    def debt(self) -> int:
        """What was given up, minor units."""
        return max(self.owed - self.paid, 0) if self.written_off else 0

    @cached_property
    def waiting(self) -> tuple[Charge, ...]:
        """Lines that nobody has decided."""
        return tuple(charge for charge in self.charges.values() if charge.waiting)

    @property
    def due(self) -> int | None:
        """Event time at which something is to be decided though nobody says anything; None for never."""
        moments = [charge.deadline for charge in self.waiting]
        if self.admission is not None and not self.visits:
            moments.append(self.admission)
        if self.retry_at is not None and self.over and self.open_step is None and self.owed != self.paid:
            moments.append(self.retry_at)
        return min(moments, default=None)

    def takes_in(self, stamp: int) -> bool:
        """Whether somebody who enters at a moment, nanoseconds since the Unix epoch, may join."""
        if not self.visits:
            return self.admission is not None and stamp <= self.admission
        last_left = self.last_left
        return last_left is None or stamp <= last_left

    @property
    def state(self) -> str:
        """In a word, for people and for queries."""
        if self.denied and not self.visits:
            return "denied"
        if not self.over:
            return "open" if self.visits else "admitted"
        if self.debt:
            return "bad debt"
        if self.waiting:
            return "in review"
        return "settled" if self.settled_owed == self.owed == self.paid and self.reserved is None else "due"

    @cached_property
    def _shares(self) -> tuple[Share, ...]:
        return shares(
            (charge.line.tax_rate, charge.amount, charge.line.tax_included)
            for charge in self.charges.values()
            if charge.charged
        )

    def _but(self, **changes: object) -> Bill:
        """A copy with some fields changed; `dataclasses.replace` takes ten times as long for so many."""
        other = object.__new__(Bill)
        other.__dict__.update({name: self.__dict__[name] for name in _FIELDS}, **changes)
        return other

    def after(self, fact: Fact, stamp: int, key: str) -> Bill:
        """The bill when one more fact has been written.

        Args:
            fact: Of this bill's stream.
            stamp: Event time, nanoseconds since the Unix epoch.
            key: Its idempotency key.
        """
        opened = self.opened if self.sequence else stamp
        return self._with(fact, stamp)._but(opened=opened, sequence=self.sequence + 1, keys=self.keys | {key})

    def after_erased(self, key: str) -> Bill:
        """The bill when one more fact has been written, that retention has erased since: it is of no consequence."""
        return self._but(sequence=self.sequence + 1, keys=self.keys | {key})

    def _with(self, fact: Fact, stamp: int) -> Bill:
        match fact:
            case Admitted():
                return self._but(payer=fact.payer, card=fact.card, admission=fact.until)
            case Denied():
                return self._but(card=fact.card, denied=fact.reason, admission=None)
            case Abandoned():
                return self._but(denied="nobody came in", admission=None)
            case Entered():
                return self._entered(fact, stamp)
            case Recognised():
                return _with_payer(self._but(card=fact.card, payer=fact.payer))
            case CartChanged():
                return self._with_visit(fact.visit, cart=_changed(self.visit(fact.visit).cart, fact))
            case Left():
                return self._left(fact)
            case AgeDecided():
                return self._age_decided(fact)
            case Reviewed():
                return self._with_charge(_reviewed(self.charges[fact.line], fact))
            case Expired():
                return self._expired(fact)
            case Corrected():
                return self._with_charge(_corrected(self.charges[fact.line], fact))
            case PaidCash():
                return self._but(cash=self.cash + fact.amount)
            case StepBegun():
                step = Step(fact.step, fact.action, fact.amount, fact.reference, stamp)
                return self._but(steps=(*self.steps, step), retry_at=None)
            case StepEnded():
                return self._step_ended(fact, stamp)
            case DebtWrittenOff():
                return self._but(written_off=True, retry_at=None)
            case CollectionResumed():
                return self._but(written_off=False, declined=0, retry_at=None)
            case Settled():
                return self._but(settled=fact.revision, settled_owed=fact.owed)
            case StandingChanged() | CardErased():
                raise ValueError(f"{self.bill}: {fact.KIND} belongs into the stream of a card")
            case _:
                assert_never(fact)

    def visit(self, visit: str) -> Visit:
        """A visit; an empty one where it is not known yet."""
        return self.visits.get(visit) or Visit()

    def _with_visit(self, name: str, **changes: object) -> Bill:
        visit = replace(self.visit(name), **changes)  # type: ignore[arg-type]
        return self._but(visits={**self.visits, name: visit})

    def _with_charge(self, charge: Charge) -> Bill:
        return self._but(charges={**self.charges, charge.line.line: charge})

    def _entered(self, fact: Entered, stamp: int) -> Bill:
        with_visit = self._with_visit(fact.visit, shopper=fact.shopper, entered=stamp)
        known = fact.payer is not Payer.UNKNOWN
        entered = with_visit._but(
            payer=fact.payer if known else self.payer,
            card=fact.card or self.card,
            party=fact.party or self.party,
            admission=None,
            denied="",
        )
        return _with_payer(entered)

    def _left(self, fact: Left) -> Bill:
        of_age = self.visit(fact.visit).of_age
        charges = {line.line: _charge(line, fact, bool(of_age)) for line in fact.lines}
        left = self._with_visit(fact.visit, left=fact.left, gate=fact.gate, doubt=fact.doubt, cart=())
        return _with_payer(left._but(currency=fact.currency, charges={**self.charges, **charges}))

    def _age_decided(self, fact: AgeDecided) -> Bill:
        charges = {
            name: _decided(replace(charge, needs_age=False)) if fact.approved and charge.visit == fact.visit else charge
            for name, charge in self.charges.items()
        }
        return self._with_visit(fact.visit, of_age=fact.approved)._but(charges=charges)

    def _expired(self, fact: Expired) -> Bill:
        charges = dict(self.charges)
        for name in fact.lines:
            charge = charges[name]
            charged, shrink = (charge.waiting, 0) if fact.charged else (0, charge.waiting)
            charges[name] = replace(
                charge,
                charged=charge.charged + charged,
                shrink=charge.shrink + shrink,
                needs_review=False,
                needs_age=False,
                needs_payer=False,
            )
        return self._but(charges=charges)

    def _step_ended(self, fact: StepEnded, stamp: int) -> Bill:
        step = self.open_step
        if step is None or step.step != fact.step:
            raise ValueError(f"{self.bill}: {fact.step} ended and was not open")
        ended = replace(step, ended=stamp, done=fact.done, reference=fact.reference, reason=fact.reason)
        bill = self._but(steps=(*self.steps[:-1], ended))
        return bill._done(ended) if fact.done else bill._declined(ended, fact.retry_at)

    def _done(self, step: Step) -> Bill:
        match step.action:
            case Action.AUTHORIZE:
                return self._but(reserved=step.amount, reservation=step.reference)
            case Action.ADJUST:
                return self._but(reserved=step.amount)
            case Action.CANCEL:
                return self._but(reserved=None, reservation="")
            case Action.CAPTURE | Action.CHARGE:
                payment = Payment(step.reference, step.amount, 0)
                taken = self._but(payments=(*self.payments, payment), declined=0)
                return replace(taken, reserved=None, reservation="") if step.action is Action.CAPTURE else taken
            case Action.REFUND:
                payments = tuple(
                    replace(each, refunded=each.refunded + step.amount) if each.reference == step.reference else each
                    for each in self.payments
                )
                return self._but(payments=payments)
            case _:
                assert_never(step.action)

    def _declined(self, step: Step, retry_at: int | None) -> Bill:
        match step.action:
            case Action.ADJUST:
                return self._but(not_raised=True)
            case Action.CAPTURE | Action.CANCEL:  # what was reserved is gone
                return self._but(reserved=None, reservation="")
            case Action.CHARGE | Action.REFUND:
                return self._but(declined=self.declined + 1, retry_at=retry_at)
            case Action.AUTHORIZE:
                return self
            case _:
                assert_never(step.action)


_FIELDS = tuple(field.name for field in fields(Bill))


def _with_payer(bill: Bill) -> Bill:
    """Charges what waited for somebody who pays; what staff moves at work is not sold to them."""
    if bill.payer is Payer.UNKNOWN:
        return bill
    become = _unsold if bill.payer is Payer.CREW else _payable
    return bill._but(charges={name: become(each) for name, each in bill.charges.items()})


def _payable(charge: Charge) -> Charge:
    return _decided(replace(charge, needs_payer=False)) if charge.needs_payer else charge


def _unsold(charge: Charge) -> Charge:
    return replace(
        charge, charged=0, shrink=0, void=charge.line.count, needs_review=False, needs_age=False, needs_payer=False
    )


def _changed(cart: tuple[CartItem, ...], fact: CartChanged) -> tuple[CartItem, ...]:
    items = {(item.gtin, item.doubt): item for item in cart}
    for removed in fact.removed:
        items.pop(removed, None)
    items |= {(item.gtin, item.doubt): item for item in fact.items}
    return tuple(items[name] for name in sorted(items))


def _charge(line: Line, fact: Left, of_age: bool) -> Charge:
    needs_review = bool(line.doubt or fact.doubt) or line.unit_price is None
    needs_age = line.age_limit is not None and not of_age
    return Charge(line, fact.visit, line.unit_price, 0, 0, 0, needs_review, needs_age, True, fact.deadline)


def _decided(charge: Charge) -> Charge:
    """Charges what is waiting, once nothing has to be decided any more."""
    if charge.needs_review or charge.needs_age or charge.needs_payer:
        return charge
    return replace(charge, charged=charge.charged + charge.waiting)


def _reviewed(charge: Charge, fact: Reviewed) -> Charge:
    price = charge.unit_price if fact.unit_price is None else fact.unit_price
    void = charge.void + charge.waiting - fact.count
    return _decided(replace(charge, void=void, unit_price=price, needs_review=False))


def _corrected(charge: Charge, fact: Corrected) -> Charge:
    """More are charged: they are taken from shrink, then from void. Fewer: the remainder goes where the fact says."""
    more = fact.count - charge.charged
    if more >= 0:
        from_shrink = min(more, charge.shrink)
        return replace(
            charge, charged=fact.count, shrink=charge.shrink - from_shrink, void=charge.void - (more - from_shrink)
        )
    if fact.remainder is Remainder.SHRINK:
        return replace(charge, charged=fact.count, shrink=charge.shrink - more)
    return replace(charge, charged=fact.count, void=charge.void - more)
