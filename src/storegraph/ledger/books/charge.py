"""What becomes of a line: each decision about it gives the line's charge anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .facts import Claim, Corrected, Disputed, Left, Line, LineAdded, Reduced, Remainder, Returned, Reviewed


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a customer says of a line, while nobody has decided it.

    Attributes:
        claim: What is wrong.
        count: How many they had, as they say.
        since: Nanoseconds since the Unix epoch.
        deadline: Until when a person may decide, nanoseconds since the Unix epoch.
    """

    claim: Claim
    count: int
    since: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What became of a line: `count` is `charged + waiting + shrink + void + returned + wasted`.

    Attributes:
        line: What was taken.
        visit: By whom.
        unit_price: Of one, minor units; as on the line, or as the reviewer says.
        charged: Items that are owed.
        shrink: Items that are gone and not paid.
        void: Items that the customer never had.
        needs_review: A person has to say what they have.
        needs_age: Staff has to say whether they may buy it.
        needs_payer: Nobody is known who would pay.
        deadline: Until when that can be said, nanoseconds since the Unix epoch.
        returned: Items that came back and are sold again.
        wasted: Items that came back and are not.
        reduced: Given back of the price of what is charged, minor units.
        dispute: What the customer says is wrong; None where nothing, or it is decided.
        cause: The line that was decided when this one was added; empty for a line of the exit.
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
    returned: int = 0
    wasted: int = 0
    reduced: int = 0
    dispute: Dispute | None = None
    cause: str = ""

    @property
    def back(self) -> int:
        """Items that came back."""
        return self.returned + self.wasted

    @property
    def waiting(self) -> int:
        """Items that nobody has decided."""
        return self.line.count - self.charged - self.shrink - self.void - self.back

    @property
    def amount(self) -> int:
        """Price of what is charged, minor units."""
        return max(self.charged * (self.unit_price or 0) - self.reduced, 0)


def charge_of(line: Line, fact: Left | LineAdded, *, of_age: bool, has_payer: bool) -> Charge:
    """The charge of a line before anybody has decided anything: all of it is owed, or waits.

    Args:
        line: Of the fact.
        fact: That somebody left with it.
        of_age: Whether staff found them old enough.
        has_payer: Whether somebody is known who pays.
    """
    doubt = line.doubt or (fact.doubt if isinstance(fact, Left) else "")
    needs_review = bool(doubt) or line.unit_price is None
    needs_age = line.age_limit is not None and not of_age
    cause = fact.cause if isinstance(fact, LineAdded) else ""
    return Charge(
        line=line,
        visit=fact.visit,
        unit_price=line.unit_price,
        charged=0 if needs_review or needs_age or not has_payer else line.count,
        shrink=0,
        void=0,
        needs_review=needs_review,
        needs_age=needs_age,
        needs_payer=not has_payer,
        deadline=fact.deadline,
        cause=cause,
    )


def payable(charge: Charge) -> Charge:
    """When somebody is known who pays."""
    return _decided(replace(charge, needs_payer=False)) if charge.needs_payer else charge


def unsold(charge: Charge) -> Charge:
    """When it was staff at work who moved the goods."""
    return replace(
        charge,
        charged=0,
        shrink=0,
        void=charge.line.count - charge.back,
        needs_review=False,
        needs_age=False,
        needs_payer=False,
        dispute=None,
    )


def old_enough(charge: Charge) -> Charge:
    """When staff has approved the age."""
    return _decided(replace(charge, needs_age=False))


def reviewed(charge: Charge, fact: Reviewed) -> Charge:
    """When a person has decided what was in doubt."""
    price = charge.unit_price if fact.unit_price is None else fact.unit_price
    void = charge.void + charge.waiting - fact.count
    return _decided(replace(charge, void=void, unit_price=price, needs_review=False))


def expired(charge: Charge, charged: bool) -> Charge:
    """When nobody has decided in time: what waits is charged, or shrink."""
    return replace(
        charge,
        charged=charge.charged + (charge.waiting if charged else 0),
        shrink=charge.shrink + (0 if charged else charge.waiting),
        needs_review=False,
        needs_age=False,
        needs_payer=False,
    )


def corrected(charge: Charge, fact: Corrected) -> Charge:
    """More are charged: they are taken from shrink, then from void. Fewer: the remainder goes where the fact says."""
    change = fact.count - charge.charged
    if change >= 0:
        found = min(change, charge.shrink)
        kept = replace(charge, shrink=charge.shrink - found, void=charge.void - (change - found))
    elif fact.remainder is Remainder.SHRINK:
        kept = replace(charge, shrink=charge.shrink - change)
    elif fact.remainder is Remainder.RETURNED:
        kept = replace(charge, returned=charge.returned - change)
    else:
        kept = replace(charge, void=charge.void - change)
    return replace(kept, charged=fact.count, dispute=None)


def disputed(charge: Charge, fact: Disputed, stamp: int) -> Charge:
    """When the customer says that it is wrong: it stays charged until that is decided."""
    return replace(charge, dispute=Dispute(fact.claim, fact.count, stamp, fact.deadline))


def returned(charge: Charge, fact: Returned) -> Charge:
    """When goods came back; what the customer said of them is decided by that."""
    return replace(
        charge,
        charged=charge.charged - fact.count,
        returned=charge.returned + (0 if fact.wasted else fact.count),
        wasted=charge.wasted + (fact.count if fact.wasted else 0),
        dispute=None,
    )


def reduced(charge: Charge, fact: Reduced) -> Charge:
    """When a part of the price is given back; what the customer said of it is decided by that."""
    return replace(charge, reduced=charge.reduced + fact.amount, dispute=None)


def _decided(charge: Charge) -> Charge:
    """Charges what is waiting, once nothing has to be decided any more."""
    if charge.needs_review or charge.needs_age or charge.needs_payer:
        return charge
    return replace(charge, charged=charge.charged + charge.waiting)
