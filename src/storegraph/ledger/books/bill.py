"""A bill: everybody who pays together, what they owe, what they have paid, and what is still to be decided.

One person's stay is a visit. All who enter on one card while anybody of them is inside share a bill; who has no card
has one of their own. A bill is nothing but what its facts add up to; `folding.after` takes one fact more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from storegraph.ledger.taxes import Share, shares

from .charge import Charge
from .facts import CartItem, Payer
from .payment import Payment, Step

__all__ = ["Bill", "Charge", "Payment", "Step", "Visit"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's stay.

    Attributes:
        shopper: Tracked as; empty while the entry is not known.
        entered: Nanoseconds since the Unix epoch; None while not known.
        left: Nanoseconds since the Unix epoch; None while inside.
        gate: Left through.
        concluded: When it was known what they have, nanoseconds since the Unix epoch; 0 while inside.
        derived: Entry or exit were concluded from tracks.
        doubt: Of the visit as a whole.
        of_age: What staff decided; None while nobody has.
        cart: While inside.
    """

    shopper: str = ""
    entered: int | None = None
    left: int | None = None
    gate: str = ""
    concluded: int = 0
    derived: bool = False
    doubt: str = ""
    of_age: bool | None = None
    cart: tuple[CartItem, ...] = ()


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
        return sum(share.gross for share in self.by_rate)

    @cached_property
    def tax(self) -> int:
        """How much of it is tax, minor units."""
        return sum(share.tax for share in self.by_rate)

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
        moments += [charge.dispute.deadline for charge in self.charges.values() if charge.dispute]
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
    def by_rate(self) -> tuple[Share, ...]:
        """What is owed, by tax rate."""
        return shares(
            (charge.line.tax_rate, charge.amount, charge.line.tax_included)
            for charge in self.charges.values()
            if charge.charged
        )

    def visit(self, visit: str) -> Visit:
        """A visit; an empty one where it is not known yet."""
        return self.visits.get(visit) or Visit()

    def but(self, **changes: object) -> Bill:
        """A copy with some fields changed; `dataclasses.replace` takes ten times as long for so many."""
        other = object.__new__(Bill)
        other.__dict__.update(self.__dict__, **changes)
        for name in changes:
            for computed in _COMPUTED_FROM.get(name, ()):
                other.__dict__.pop(computed, None)
        return other


_COMPUTED_FROM = {
    "visits": ("over",),
    "denied": ("over",),
    "charges": ("by_rate", "owed", "tax", "waiting"),
}
"""Which cached properties follow from a field; a copy in which it is another one computes them anew."""
