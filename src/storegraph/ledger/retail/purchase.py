"""A purchase as the retailer's systems see it, by webhook and by HTTP alike.

It holds no token, card number or address, and not who decided what: these stay in the books. Times are RFC 3339 in UTC,
amounts minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from storegraph.ledger.books.chain import Entry
from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.facts import (
    Action,
    AgeDecided,
    Corrected,
    Disputed,
    Expired,
    LineAdded,
    Payer,
    Reduced,
    Remainder,
    Returned,
    Reviewed,
    read,
)
from storegraph.ledger.books.payment import Step
from storegraph.ledger.books.record import folded
from storegraph.units import NANOSECONDS

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[int, Field(description="Minor units of the currency.")]


class Published(BaseModel):
    """What leaves the ledger: nothing but the fields that are declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PurchaseVisit(Published):
    """One person's stay."""

    id: str
    entered: datetime | None
    left: datetime | None
    gate: Annotated[str, Field(description="Left through; empty while inside.")]


class PurchaseLine(Published):
    """Some items of one product that somebody left with.

    `count` is `charged + waiting + shrink + void + returned + wasted`.
    """

    id: str
    visit: str
    gtin: Annotated[str, Field(description="As in the catalogue; empty for a product that it does not know.")]
    name: str
    count: Count
    charged: Annotated[int, Field(ge=0, description="Items that are owed.")]
    waiting: Annotated[int, Field(ge=0, description="Items that a person still has to decide.")]
    shrink: Annotated[int, Field(ge=0, description="Items that are gone and not paid.")]
    void: Annotated[int, Field(ge=0, description="Items that the customer never had.")]
    returned: Annotated[int, Field(ge=0, description="Items that came back and are sold again.")]
    wasted: Annotated[int, Field(ge=0, description="Items that came back and are not sold again.")]
    unit_price: Annotated[int | None, Field(description="Of one, minor units; null where there is none.")]
    reduced: Annotated[int, Field(ge=0, description="Given back of the price of what is charged, minor units.")]
    amount: Annotated[int, Field(ge=0, description="Price of what is charged, less what is reduced, minor units.")]
    tax_class: str
    tax_rate: Annotated[int, Field(ge=0, description="Parts in ten thousand: 1900 is 19 %.")]
    tax_included: bool
    confidence: Annotated[float, Field(ge=0, le=1, description="Probability that this shopper has exactly these.")]
    doubt: Annotated[str, Field(description="Why a person should look before it is charged; empty where sure.")]
    disputed: Annotated[bool, Field(description="The customer says that it is wrong, and nobody has decided yet.")]


class TaxShare(Published):
    """What is taxed at one rate."""

    rate: Annotated[int, Field(ge=0, description="Parts in ten thousand.")]
    net: Amount
    tax: Amount


class PaymentStep(Published):
    """A question to the payment provider, and its answer."""

    id: Annotated[str, Field(description="Also the idempotency key at the provider, after the store's id.")]
    action: Action
    amount: Amount
    begun: datetime
    ended: datetime | None
    done: Annotated[bool | None, Field(description="false: declined; null: not answered yet.")]
    reference: Annotated[str, Field(description="The provider's name of the payment.")]
    reason: Annotated[str, Field(description="Of a decline, in the provider's words.")]


class Change(Published):
    """What a person or a deadline changed after somebody had left."""

    at: datetime
    kind: Literal["age decided", "corrected", "disputed", "expired", "line added", "reduced", "returned", "reviewed"]
    line: Annotated[str, Field(description="Which; empty where it is about the whole visit.")]
    count: Annotated[
        int | None,
        Field(
            description="Items: charged from now on (corrected), the customer's (reviewed, disputed, line added), back "
            "(returned); null for the others."
        ),
    ] = None
    amount: Annotated[int | None, Field(description="Of what is reduced, minor units.")] = None
    remainder: Annotated[
        Remainder | None, Field(description="What became of items that are no longer charged, or never were.")
    ] = None


class Purchase(Published):
    """Everybody who paid together: what they had, owed and paid, as of one entry of the books."""

    id: str
    store: str
    revision: Annotated[int, Field(ge=0, description="How often it was settled: a higher one replaces a lower one.")]
    state: Literal["open", "in review", "due", "settled", "bad debt", "admitted", "denied"]
    payer: Payer
    currency: Annotated[str, Field(description="ISO 4217.")]
    entered: datetime | None
    left: Annotated[datetime | None, Field(description="The last of them; null while anybody is inside.")]
    owed: Amount
    tax: Amount
    captured: Amount
    refunded: Amount
    cash: Amount
    debt: Annotated[int, Field(ge=0, description="Given up, minor units.")]
    visits: tuple[PurchaseVisit, ...]
    lines: tuple[PurchaseLine, ...]
    taxes: tuple[TaxShare, ...]
    steps: tuple[PaymentStep, ...]
    changes: tuple[Change, ...]


def purchase_of(store: str, written: Sequence[Entry]) -> Purchase | None:
    """A purchase as some entries of its bill add up.

    Args:
        store: Whose.
        written: The bill's entries, from its first on.

    Returns:
        None where nobody came in on the bill, or retention has erased it.
    """
    bill = next(iter(folded(written).values()), None)
    if bill is None or not bill.visits:
        return None
    entered = [visit.entered for visit in bill.visits.values() if visit.entered is not None]
    return Purchase(
        id=bill.bill,
        store=store,
        revision=bill.settled,
        state=bill.state,  # type: ignore[arg-type]  # checked as it is made
        payer=bill.payer,
        currency=bill.currency,
        entered=moment(min(entered, default=None)),
        left=moment(bill.last_left),
        owed=bill.owed,
        tax=bill.tax,
        captured=bill.captured,
        refunded=bill.refunded,
        cash=bill.cash,
        debt=bill.debt,
        visits=tuple(
            PurchaseVisit(id=name, entered=moment(visit.entered), left=moment(visit.left), gate=visit.gate)
            for name, visit in bill.visits.items()
        ),
        lines=tuple(_line(charge) for charge in bill.charges.values()),
        taxes=tuple(TaxShare(rate=share.rate, net=share.net, tax=share.tax) for share in bill.by_rate),
        steps=tuple(_step(step) for step in bill.steps),
        changes=tuple(change for entry in written for change in _changes(entry)),
    )


def moment(stamp: int | None) -> datetime | None:
    """A stamp, nanoseconds since the Unix epoch, as a moment in UTC to the microsecond; None stays None."""
    if stamp is None:
        return None
    seconds, rest = divmod(stamp, NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def _line(charge: Charge) -> PurchaseLine:
    line = charge.line
    return PurchaseLine(
        id=line.line,
        visit=charge.visit,
        gtin=line.gtin,
        name=line.name,
        count=line.count,
        charged=charge.charged,
        waiting=charge.waiting,
        shrink=charge.shrink,
        void=charge.void,
        returned=charge.returned,
        wasted=charge.wasted,
        unit_price=charge.unit_price,
        reduced=charge.reduced,
        amount=charge.amount,
        tax_class=line.tax_class,
        tax_rate=line.tax_rate,
        tax_included=line.tax_included,
        confidence=line.confidence,
        doubt=line.doubt,
        disputed=charge.dispute is not None,
    )


def _step(step: Step) -> PaymentStep:
    begun = moment(step.begun)
    assert begun is not None
    return PaymentStep(
        id=step.step,
        action=step.action,
        amount=step.amount,
        begun=begun,
        ended=moment(step.ended),
        done=step.done,
        reference=step.reference,
        reason=step.reason,
    )


def _changes(entry: Entry) -> Iterator[Change]:
    if entry.kind not in _CHANGING or entry.body is None:
        return
    at = moment(entry.stamp)
    assert at is not None
    match read(entry.kind, entry.body):
        case AgeDecided():
            yield Change(at=at, kind="age decided", line="")
        case Corrected() as fact:
            yield Change(at=at, kind="corrected", line=fact.line, count=fact.count, remainder=fact.remainder)
        case Disputed() as fact:
            yield Change(at=at, kind="disputed", line=fact.line, count=fact.count)
        case Expired() as fact:
            for line in fact.lines:
                yield Change(at=at, kind="expired", line=line, remainder=None if fact.charged else Remainder.SHRINK)
        case LineAdded() as fact:
            yield Change(at=at, kind="line added", line=fact.line.line, count=fact.line.count)
        case Reduced() as fact:
            yield Change(at=at, kind="reduced", line=fact.line, amount=fact.amount)
        case Returned() as fact:
            yield Change(at=at, kind="returned", line=fact.line, count=fact.count, remainder=Remainder.RETURNED)
        case Reviewed() as fact:
            yield Change(at=at, kind="reviewed", line=fact.line, count=fact.count)


_CHANGING = frozenset(
    kind.KIND for kind in (AgeDecided, Corrected, Disputed, Expired, LineAdded, Reduced, Returned, Reviewed)
)
