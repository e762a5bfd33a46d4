"""The port to those who move money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import PaymentError


class ProviderUnavailableError(PaymentError):
    """The provider did not answer: whether it has done what it was asked is not known."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked.

    Attributes:
        key: Idempotency key: the same order is carried out once, however often it is given.
        action: What to do.
        amount: Minor units.
        currency: ISO 4217.
        token: The provider's own name of the card or app; of a new payment only.
        reference: The provider's name of the payment; empty for a new one.
        bill: For the provider's statement.
    """

    key: str
    action: Action
    amount: int
    currency: str
    token: str
    reference: str
    bill: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider has made of an order.

    Attributes:
        done: Else it was declined, and no money was moved.
        reference: The provider's name of the payment.
        reason: Of a decline, in the provider's words.
    """

    done: bool
    reference: str
    reason: str = ""


class PaymentProvider(Protocol):
    """Carries out orders, each of them once. Called from several threads."""

    def perform(self, order: Order) -> Outcome:
        """Carries out an order, or says what was made of it before.

        Raises:
            ProviderUnavailableError: There was no answer; the same order may be given again.
            PaymentError: The order, or the set-up, is wrong: giving it again will not help.
        """
        ...

    def find(self, order: Order) -> Outcome | None:
        """What was made of an order that may have been given before; None where it was not.

        Raises:
            ProviderUnavailableError: There was no answer.
        """
        ...

    def last_four(self, token: str) -> str:
        """The last four digits of the card behind a token, and never more of its number; empty where it has none.

        Raises:
            ProviderUnavailableError: There was no answer.
            PaymentError: The provider does not know the token.
        """
        ...
