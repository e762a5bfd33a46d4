"""What the books hold: facts, each written once and never changed.

A fact says what happened, not what follows from it; the moment stands in the entry around it. Facts hold no card token
and no address: a card is a number of the table `card`, from which its token can be erased without touching the chain.

A field may be added, with a default that says what was so before; a field or a kind is never renamed or taken away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import TypeAdapter


class Payer(StrEnum):
    """Who pays a bill."""

    CARD = "card"  # a card or app, through the provider
    CASH = "cash"  # a guest, at the desk
    CREW = "crew"  # nobody: staff at work
    UNKNOWN = "unknown"  # somebody who walked in behind another


class Action(StrEnum):
    """What a provider is asked to do."""

    AUTHORIZE = "authorize"  # reserve an amount
    ADJUST = "adjust"  # raise what is reserved to an amount
    CAPTURE = "capture"  # take a part of what is reserved; the rest is released
    CANCEL = "cancel"  # release what is reserved
    CHARGE = "charge"  # take an amount that was not reserved
    REFUND = "refund"  # give back a part of what was taken


class Remainder(StrEnum):
    """What became of goods that were charged and no longer are."""

    NOT_TAKEN = "not taken"  # the customer never had them
    RETURNED = "returned"  # they came back
    SHRINK = "shrink"  # the customer has them, unpaid


@dataclass(frozen=True, slots=True)
class Line:
    """Some items of one product that somebody left with, at the price and tax of that time.

    Attributes:
        line: Unique in the store.
        gtin: As in the catalogue; empty for a product that the catalogue does not know.
        name: As in the catalogue.
        count: How many left the store, as far as is known; at least one.
        unit_price: Of one, minor units; None where there was none.
        tax_class: As in the catalogue.
        tax_rate: Of the class, parts in ten thousand.
        tax_included: The price holds the tax; else it comes on top.
        age_limit: Years a customer must be; None where everybody may buy it.
        confidence: Probability that this shopper has exactly these.
        doubt: Why a person should look before this is charged; empty where sure.
    """

    line: str
    gtin: str
    name: str
    count: int
    unit_price: int | None
    tax_class: str
    tax_rate: int
    tax_included: bool
    age_limit: int | None
    confidence: float
    doubt: str


@dataclass(frozen=True, slots=True)
class CartItem:
    """What a cart holds of one product and one doubt; `gtin` and `doubt` together are unique in a cart."""

    gtin: str
    doubt: str
    count: int
    unit_price: int | None
    confidence: float
    age_limit: int | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody presented a card or app at a gate, and may enter once money is reserved."""

    KIND: ClassVar[str] = "admitted"

    gate: str
    card: str
    payer: Payer
    until: int


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody who presented a card or app must not enter."""

    KIND: ClassVar[str] = "denied"

    gate: str
    card: str
    reason: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Nobody came in on an admission."""

    KIND: ClassVar[str] = "abandoned"


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody came in.

    Attributes:
        visit: Of one person, unique in the store.
        shopper: Tracked as.
        party: Who pays together; may be empty.
        card: Number in the table `card`; empty where nothing was presented, or it is not known yet.
        payer: Who pays.
        derived: Concluded from tracks.
    """

    KIND: ClassVar[str] = "entered"

    visit: str
    shopper: str
    party: str
    card: str
    payer: Payer
    derived: bool


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose card a visit was entered on became known after its entry."""

    KIND: ClassVar[str] = "recognised"

    visit: str
    card: str
    payer: Payer


@dataclass(frozen=True, slots=True)
class CartChanged:
    """Lines of a cart were added, revised or removed.

    Attributes:
        visit: Whose cart.
        items: What was added, or is now otherwise.
        removed: `gtin` and `doubt` of what is no longer there.
    """

    KIND: ClassVar[str] = "cart changed"

    visit: str
    items: tuple[CartItem, ...]
    removed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody left, with these goods.

    Attributes:
        visit: Of one person.
        gate: Left through.
        left: When, nanoseconds since the Unix epoch; the entry's stamp is when it was concluded with what.
        derived: Entry or exit were concluded from tracks.
        doubt: Why nothing of the visit is charged before a person has looked; empty where nothing is wrong.
        deadline: Until when a person may decide what is in doubt, nanoseconds since the Unix epoch.
        currency: ISO 4217.
        lines: What they have.
    """

    KIND: ClassVar[str] = "left"

    visit: str
    gate: str
    left: int
    derived: bool
    doubt: str
    deadline: int
    currency: str
    lines: tuple[Line, ...]


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
class PaidCash:
    """Money changed hands at the desk; negative when it was given back, minor units."""

    KIND: ClassVar[str] = "paid cash"

    amount: int
    by: str


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A provider is about to be asked; written before it is.

    Attributes:
        step: Unique in the store, and the idempotency key at the provider.
        action: What it is asked.
        amount: Minor units; of a cancel what is released.
        reference: The provider's name of the payment that it is about; empty for a new one.
    """

    KIND: ClassVar[str] = "step begun"

    step: str
    action: Action
    amount: int
    reference: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    """What the provider answered.

    Attributes:
        step: Which.
        done: Else it was declined, and nothing was moved.
        reference: The provider's name of the payment.
        reason: Of a decline, as the provider gives it.
        retry_at: Of a declined charge: when to try again, nanoseconds since the Unix epoch; None for never.
    """

    KIND: ClassVar[str] = "step ended"

    step: str
    done: bool
    reference: str
    reason: str
    retry_at: int | None


@dataclass(frozen=True, slots=True)
class DebtWrittenOff:
    """A charge was declined for the last time: what is owed stands against the card."""

    KIND: ClassVar[str] = "debt written off"

    amount: int


@dataclass(frozen=True, slots=True)
class CollectionResumed:
    """What is owed is to be charged once more."""

    KIND: ClassVar[str] = "collection resumed"

    by: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing is open: all have left, every line is decided, and what was paid is what was owed.

    Attributes:
        revision: 1 the first time, one more after each correction.
        owed: And paid, minor units.
    """

    KIND: ClassVar[str] = "settled"

    revision: int
    owed: int


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """What a card may do from now on, in the card's own stream."""

    KIND: ClassVar[str] = "standing changed"

    card: str
    standing: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CardErased:
    """Which token a card's number stood for is no longer known, in the card's own stream."""

    KIND: ClassVar[str] = "card erased"

    card: str


Fact = (
    Admitted
    | Denied
    | Abandoned
    | Entered
    | Recognised
    | CartChanged
    | Left
    | AgeDecided
    | Reviewed
    | Expired
    | Corrected
    | PaidCash
    | StepBegun
    | StepEnded
    | DebtWrittenOff
    | CollectionResumed
    | Settled
    | StandingChanged
    | CardErased
)

KINDS: dict[str, type[Fact]] = {kind.KIND: kind for kind in Fact.__args__}
"""Every kind of fact, by its name in the books."""


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Made when it is needed: making all of them takes a tenth of a second."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def written(fact: Fact) -> str:
    """A fact as JSON: keys sorted, no spaces, not escaped; the same fact is always the same text."""
    plain = _adapter(type(fact)).dump_python(fact, mode="json")
    return _JSON.encode(plain)


def read(kind: str, text: str) -> Fact:
    """The fact that was written.

    Raises:
        KeyError: There is no such kind.
        ValueError: The text is no fact of that kind.
    """
    fact: Fact = _adapter(KINDS[kind]).validate_json(text)
    return fact
