"""Facts about visits: who may come in, who came in, what they took, who left with what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Payer(StrEnum):
    """Who pays a bill."""

    CARD = "card"  # a card or app, through the provider
    CASH = "cash"  # a guest, at the desk
    CREW = "crew"  # nobody: staff at work
    UNKNOWN = "unknown"  # somebody who walked in behind another


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
    """Who pays for a visit became known after its entry; `by` where staff said so."""

    KIND: ClassVar[str] = "recognised"

    visit: str
    card: str
    payer: Payer
    by: str = ""


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
