"""What gates and the stage that keeps the carts tell: who asks to come in, came in, took something, left."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from storegraph.observations import Cart, Receipt


@dataclass(frozen=True, slots=True)
class AskEntry:
    """Somebody presents a token at a gate that waits for an answer.

    Attributes:
        stamp: Nanoseconds since the Unix epoch.
        request: Of the gate, unique there; the same when it asks again.
        gate: Gate id.
        token: Opaque, of the card or app; never a card number.
        crew_only: Only staff may enter now.
    """

    stamp: int
    request: str
    gate: str
    token: str
    crew_only: bool = False

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"ask/{self.gate}/{self.request}"


@dataclass(frozen=True, slots=True)
class GiveUpEntry:
    """The gate has not let anybody in: the provider declined, or did not answer in time."""

    stamp: int
    bill: str
    reason: str

    @property
    def key(self) -> str:
        """One for each admission."""
        return f"give up/{self.bill}"


@dataclass(frozen=True, slots=True)
class Enter:
    """Somebody came in.

    Attributes:
        stamp: Of the passage, nanoseconds since the Unix epoch.
        visit: Unique in the store, as on carts and receipts.
        shopper: Tracked as.
        party: Who pays together.
        token: Empty where none was presented, or it is not known.
        derived: Concluded from tracks.
        guest: Pays at the desk.
    """

    stamp: int
    visit: str
    shopper: str
    party: str
    token: str = ""
    derived: bool = False
    guest: bool = False

    @property
    def key(self) -> str:
        """Differs for an entry with a token: it may become known after the entry itself."""
        return f"enter/{self.visit}/{'token' if self.token else 'guest' if self.guest else ''}"


@dataclass(frozen=True, slots=True)
class ChangeCart:
    """A cart is now otherwise."""

    cart: Cart

    @property
    def stamp(self) -> int:
        """Of the change."""
        return self.cart.stamp

    @property
    def key(self) -> str:
        """Visit, moment and content: a cart may change more than once at one moment."""
        content = sha256(repr(self.cart.lines).encode()).hexdigest()[:16]
        return f"cart/{self.cart.visit_id}/{self.cart.stamp}/{content}"


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody left, and this is what they have."""

    receipt: Receipt

    @property
    def stamp(self) -> int:
        """When it was concluded."""
        return self.receipt.stamp

    @property
    def key(self) -> str:
        """One for each visit."""
        return f"leave/{self.receipt.visit_id}"


@dataclass(frozen=True, slots=True)
class GiveUpVisit:
    """Somebody is inside of whom no gate will tell the exit any more; what they have is what their cart holds.

    Attributes:
        stamp: As of when, nanoseconds since the Unix epoch.
        visit: Whose.
        currency: Of the store, ISO 4217.
        reason: Why it is not waited for any longer; the doubt of everything that they have.
    """

    stamp: int
    visit: str
    currency: str
    reason: str

    @property
    def key(self) -> str:
        """One for each visit."""
        return f"give up visit/{self.visit}"
