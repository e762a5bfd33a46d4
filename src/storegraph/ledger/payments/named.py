"""The provider that a setting names, and what it tells of cards."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from storegraph.ledger.errors import PaymentError

from .provider import PaymentProvider, ProviderUnavailableError
from .sandbox import Sandbox

LOG = logging.getLogger(__name__)


def provider_of(name: str, address: str = "") -> PaymentProvider | None:
    """Who moves the money; None where nobody is named.

    Args:
        name: `sandbox`, `stripe`, or empty.
        address: Where it is found; empty for its usual one.

    Raises:
        PaymentError: There is no such provider, or its key is missing.
    """
    match name:
        case "":
            return None
        case "sandbox":
            return Sandbox()
        case "stripe":
            from .stripe import Stripe

            key = os.environ.get("STRIPE_API_KEY", "")
            if not key:
                raise PaymentError("provider stripe: STRIPE_API_KEY is not set in the environment; it holds the key")
            return Stripe(key, address or None)
        case other:
            raise PaymentError(f'parameter provider: "{other}" is not known; it takes sandbox or stripe')


def digits_from(provider: PaymentProvider | None) -> Callable[[str], str]:
    """The last four digits of cards, as far as the provider tells them now: no receipt waits for them."""

    def digits(token: str) -> str:
        try:
            return provider.last_four(token) if provider is not None else ""
        except (PaymentError, ProviderUnavailableError) as error:
            LOG.warning("last four digits of a card: %s", error)
            return ""

    return digits
