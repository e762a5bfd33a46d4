"""Facts about money: what was asked of a provider, what was paid at the desk, when a bill was settled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Action(StrEnum):
    """What a provider is asked to do."""

    AUTHORIZE = "authorize"  # reserve an amount
    ADJUST = "adjust"  # raise what is reserved to an amount
    CAPTURE = "capture"  # take a part of what is reserved; the rest is released
    CANCEL = "cancel"  # release what is reserved
    CHARGE = "charge"  # take an amount that was not reserved
    REFUND = "refund"  # give back a part of what was taken


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
        step: Unique in the store; with the store's id the idempotency key at the provider.
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
