"""What the ledger is told: by the gates, the stage that keeps the carts, staff, and payment providers.

Every input has a stamp of event time and a key. The same key told twice counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.facts import Payer, Remainder
from storegraph.ledger.errors import RefusedError
from storegraph.observations import Cart, Receipt


@dataclass(frozen=True, slots=True)
class AskEntry:
    """Somebody presents a token at a gate that waits for an answer.

    Attributes:
        stamp: Nanoseconds since the Unix epoch.
        request: Of the gate, unique there; the same when it asks again.
        gate: Gate id.
        token: Opaque, of the card or app; never a card number.
    """

    stamp: int
    request: str
    gate: str
    token: str

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


@dataclass(frozen=True, slots=True)
class DecideAge:
    """Staff looked at somebody who has age-restricted goods.

    Attributes:
        request: Of who tells it; the same when told again.
        visit: Whose.
        approved: Old enough.
        by: Who looked.
    """

    stamp: int
    request: str
    visit: str
    approved: bool
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"age/{self.visit}/{self.request}"


@dataclass(frozen=True, slots=True)
class Review:
    """A person decides a line in doubt.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        count: How many the customer has.
        by: Who decides.
        reason: For the record.
        unit_price: Of one, minor units, where the line has none.
    """

    stamp: int
    request: str
    line: str
    count: int
    by: str
    reason: str = ""
    unit_price: int | None = None

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"review/{self.line}/{self.request}"


@dataclass(frozen=True, slots=True)
class Correct:
    """A line that was decided is to be charged differently: a return, a complaint, a mistake.

    Attributes:
        request: Of who tells it; the same when told again.
        line: Which.
        count: How many are to be charged.
        remainder: What became of the others.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    line: str
    count: int
    remainder: Remainder
    by: str
    reason: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"correct/{self.line}/{self.request}"


@dataclass(frozen=True, slots=True)
class PayCash:
    """Money changes hands at the desk.

    Attributes:
        request: Of who tells it; the same when told again.
        bill: Which.
        amount: Minor units; negative when it is given back.
        by: Who takes it.
    """

    stamp: int
    request: str
    bill: str
    amount: int
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"cash/{self.bill}/{self.request}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered; from the call itself, a question about it, or a webhook.

    Attributes:
        stamp: When it was known, nanoseconds since the Unix epoch.
        step: Which.
        done: Else it was declined.
        reference: The provider's name of the payment.
        reason: Of a decline.
    """

    stamp: int
    step: str
    done: bool
    reference: str
    reason: str = ""

    @property
    def key(self) -> str:
        """One for each step."""
        return f"answer/{self.step}"


@dataclass(frozen=True, slots=True)
class Collect:
    """What is owed is to be charged again now."""

    stamp: int
    request: str
    bill: str
    by: str

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"collect/{self.bill}/{self.request}"


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Event time has come to a bill's due time."""

    stamp: int
    bill: str

    @property
    def key(self) -> str:
        """Bill and moment."""
        return f"due/{self.bill}/{self.stamp}"


class Standing(StrEnum):
    """What a card may do."""

    OPEN = "open"
    BLOCKED = "blocked"  # may not enter
    CREW = "crew"  # is never billed
    GUEST = "guest"  # pays at the desk


@dataclass(frozen=True, slots=True)
class SetStanding:
    """What a card may do from now on.

    Attributes:
        request: Of who tells it; the same when told again.
        token: Of the card or app.
        by: Who decides.
        reason: For the record.
    """

    stamp: int
    request: str
    token: str
    standing: Standing
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The request, and what it is about."""
        return f"standing/{self.request}"


@dataclass(frozen=True, slots=True)
class EraseCard:
    """Which token a card's number stands for is to be forgotten; what it bought stays in the books, as nobody's."""

    stamp: int
    token: str

    @property
    def key(self) -> str:
        """The moment; who erases twice finds nothing the second time."""
        return f"erase/{self.stamp}"


Input = (
    AskEntry
    | GiveUpEntry
    | Enter
    | ChangeCart
    | Leave
    | GiveUpVisit
    | DecideAge
    | Review
    | Correct
    | PayCash
    | Answer
    | Collect
    | TimePassed
    | SetStanding
    | EraseCard
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is.

    Attributes:
        card: Number in the table `card`; empty for no token.
        payer: Who pays.
        blocked: Why the card may not enter; empty where it may.
        debt: What the card owes from before, minor units.
    """

    card: str = ""
    payer: Payer = Payer.UNKNOWN
    blocked: str = ""
    debt: int = 0


FROM_OUTSIDE = ("token", "request", "gate", "by", "reason")
"""Fields that people or other systems fill. A provider's own names of payments are not among them: an answer must not
be lost. Ids of visits and lines are made here, and hold stamps, numbers as long as those of cards."""


def refuse_card_numbers(told: Input) -> None:
    """Lets no card number into the books, whoever sends it.

    Raises:
        RefusedError: A field holds what may be one; the message does not repeat it.
    """
    for name in FROM_OUTSIDE:
        value = getattr(told, name, "")
        if isinstance(value, str) and looks_like_card_number(value):
            raise RefusedError(f"{type(told).__name__}: {name} looks like a card number; send the provider's token")
