"""What a receipt says, whatever it is written on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from storegraph.ledger.books.bill import Bill, Charge
from storegraph.ledger.books.facts import Payer
from storegraph.ledger.taxes import Share
from storegraph.store.model import Store

from .settings import Sender

Link = Callable[[str], str]
"""Makes the address at which a line can be disputed; empty for none."""


class Standing(StrEnum):
    """What became of an item."""

    CHARGED = "charged"
    WAITING = "waiting"  # a person still has to look


@dataclass(frozen=True, slots=True)
class Item:
    """Some items of one product.

    Attributes:
        name: For people.
        count: How many.
        unit_price: Of one, minor units; None while not known.
        amount: Of all, minor units, less what it was reduced by; not yet charged where it waits.
        reduced: Given back of the price, minor units.
        tax_rate: Parts in ten thousand.
        confidence: Probability that the customer has exactly these.
        standing: What became of them.
        dispute: Where to say that it is wrong; empty for nowhere.
    """

    name: str
    count: int
    unit_price: int | None
    amount: int
    reduced: int
    tax_rate: int
    confidence: float
    standing: Standing
    dispute: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole receipt.

    Attributes:
        store: Where.
        sender: Who sells.
        number: The bill.
        revision: 1 for the first receipt of a bill; later ones replace it.
        entered: The first one of the party, nanoseconds since the Unix epoch.
        left: The last one of the party, nanoseconds since the Unix epoch.
        items: What was charged, then what waits.
        emptied: There are none any more: what was taken came back, or was taken off the bill.
        shares: By tax rate.
        owed: With tax, minor units.
        waiting: Not charged while nobody has looked, minor units.
        refunded: Given back so far, minor units.
        payer: Who paid.
        last_four: Digits of the card; empty where none are known.
    """

    store: Store
    sender: Sender
    number: str
    revision: int
    entered: int
    left: int
    items: tuple[Item, ...]
    emptied: bool
    shares: tuple[Share, ...]
    owed: int
    waiting: int
    refunded: int
    payer: Payer
    last_four: str


def letter_of(bill: Bill, store: Store, sender: Sender, link: Link, last_four: str = "") -> Letter:
    """The receipt of a bill that was settled.

    Args:
        bill: As it stands.
        store: Where.
        sender: Who sells.
        link: Makes the address at which a line can be disputed.
        last_four: Digits of the card, where they are known.

    Raises:
        ValueError: Somebody on the bill is still inside.
    """
    if bill.last_left is None:
        raise ValueError(f"{bill.bill}: somebody on the bill is still inside")
    charged = [_charged(charge, link) for charge in bill.charges.values() if charge.charged]
    waiting = [_waiting(charge) for charge in bill.waiting]
    items = (*charged, *waiting)
    return Letter(
        store,
        sender,
        bill.bill,
        bill.settled,
        min((visit.entered for visit in bill.visits.values() if visit.entered is not None), default=bill.opened),
        bill.last_left,
        items,
        bool(bill.charges) and not items,
        bill.by_rate,
        bill.owed,
        sum(item.amount for item in waiting),
        bill.refunded,
        bill.payer,
        last_four,
    )


def _charged(charge: Charge, link: Link) -> Item:
    line = charge.line
    return Item(
        line.name,
        charge.charged,
        charge.unit_price,
        charge.amount,
        charge.reduced,
        line.tax_rate,
        line.confidence,
        Standing.CHARGED,
        link(line.line),
    )


def _waiting(charge: Charge) -> Item:
    line = charge.line
    return Item(
        line.name,
        charge.waiting,
        charge.unit_price,
        charge.waiting * (charge.unit_price or 0),
        0,
        line.tax_rate,
        line.confidence,
        Standing.WAITING,
        "",
    )
