"""What Stripe says that it moved, asked for over its API: the balance transactions of some days.

It is what Stripe's report "Balance change from activity" is made from. https://docs.stripe.com/api/balance_transactions
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import stripe

from storegraph.ledger.errors import PaymentError
from storegraph.ledger.payments.stripe import TIMEOUT
from storegraph.ledger.settlement.steps import step_of
from storegraph.units import NANOSECONDS

from .closing import Movement
from .reconciliation import MOVING, ProviderReport

PAGE = 100
"""Transactions in one answer: the most that Stripe gives."""

RETRIES = 3
"""Of each question, by Stripe's own library: nothing is moved by it."""

PAYMENT = "data.source.payment_intent"
"""What is to be told with each transaction: the payment knows which store it is of."""


def read_stripe_balance(
    key: str, store: str, currency: str, begin: int, end: int, address: str | None = None
) -> ProviderReport:
    """Asks Stripe for all that it moved in some time.

    Payments of other stores on the same account are left out. Fees, payouts and chargebacks are those of the account.

    Args:
        key: Secret key; one that may read balance transactions and payments is enough.
        store: Whose payments.
        currency: Of the store, ISO 4217.
        begin: Nanoseconds since the Unix epoch.
        end: The same, not included.
        address: Of the API; None for Stripe's own.

    Raises:
        PaymentError: Stripe did not answer, or refused.
    """
    client = stripe.StripeClient(
        key,
        base_addresses={"api": address} if address else None,
        max_network_retries=RETRIES,
        http_client=stripe.HTTPXClient(timeout=TIMEOUT, allow_sync_methods=True),
    )
    asked: Any = {
        "created": {"gte": begin // NANOSECONDS, "lt": end // NANOSECONDS},
        "currency": currency.lower(),
        "limit": PAGE,
        "expand": [PAYMENT],
    }
    movements: list[Movement] = []
    fees, others = 0, Counter[str]()
    try:
        for transaction in client.v1.balance_transactions.list(asked).auto_paging_iter():
            payment = getattr(transaction.source, "payment_intent", None)
            if transaction.reporting_category not in MOVING:
                others[transaction.reporting_category] += transaction.amount
            elif _may_be_of(store, payment):
                movements.append(Movement(_name(payment or transaction.source), transaction.amount))
            fees += transaction.fee
    except stripe.StripeError as error:
        raise PaymentError(f"stripe: {error.user_message or type(error).__name__} ({error.http_status})") from error
    return ProviderReport(tuple(movements), fees, dict(others))


def _may_be_of(store: str, payment: Any) -> bool:
    """Whether a payment is a store's, or nobody's: what no store has made is a difference, and has to be seen."""
    of, step = step_of(getattr(getattr(payment, "metadata", None), "step", None) or "")
    return of == store or not step


def _name(told: Any) -> str:
    """Of an object that was told whole, or by its name."""
    return told if isinstance(told, str) else getattr(told, "id", "")
