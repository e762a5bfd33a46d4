"""What the ledger makes of it: carts and receipts. Money is in integer minor units of the named currency."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CartLine:
    """Some items of one product.

    Attributes:
        gtin: As in the catalogue; empty for a product that the catalogue does not know.
        name: As in the catalogue.
        count: How many.
        unit_price: Price of one in minor units; None where the catalogue has none.
        confidence: Probability that this shopper has exactly these items.
        doubt: Why a person should look before this is charged; empty where sure.
    """

    gtin: str
    name: str
    count: int
    unit_price: int | None
    confidence: float
    doubt: str

    @property
    def amount(self) -> int:
        """Price of the whole line in minor units; 0 where not priced."""
        return self.count * (self.unit_price or 0)


@dataclass(frozen=True, slots=True)
class Cart:
    """What a shopper holds, as far as is known.

    Attributes:
        stamp: Of the change, nanoseconds since the Unix epoch.
        visit_id: Unique in the store.
        shopper_id: Whose.
        party: Who pays together.
        lines: By GTIN.
        currency: ISO 4217.
    """

    stamp: int
    visit_id: str
    shopper_id: str
    party: str
    lines: tuple[CartLine, ...]
    currency: str

    @property
    def total(self) -> int:
        """Sum of the lines that are sure, minor units."""
        return sum(line.amount for line in self.lines if not line.doubt)

    @property
    def key(self) -> str:
        """The visit."""
        return self.visit_id


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a visit came to.

    Attributes:
        stamp: Of settlement, nanoseconds since the Unix epoch.
        visit_id: Unique in the store.
        shopper_id: Whose.
        party: Who pays together.
        gate: Left through.
        entered: Nanoseconds since the Unix epoch.
        left: Nanoseconds since the Unix epoch.
        derived: Entry or exit were concluded from tracks.
        lines: By GTIN.
        currency: ISO 4217.
        doubt: Why a person should look at the visit as a whole; empty where nothing is wrong.
    """

    stamp: int
    visit_id: str
    shopper_id: str
    party: str
    gate: str
    entered: int
    left: int
    derived: bool
    lines: tuple[CartLine, ...]
    currency: str
    doubt: str = ""

    @property
    def total(self) -> int:
        """Sum of the lines that are sure, minor units: what may be charged now."""
        return sum(line.amount for line in self.lines if not line.doubt)

    @property
    def in_doubt(self) -> int:
        """Sum of the lines in doubt, as far as they are priced, minor units: not charged until a person has looked."""
        return sum(line.amount for line in self.lines if line.doubt)

    @property
    def key(self) -> str:
        """The visit."""
        return self.visit_id
