"""Stripe: PaymentIntents with manual capture, through Stripe's own library.

An order's idempotency key goes along with it, and into the payment's metadata as `step`: the key makes Stripe answer a
repeated order as the first time for at least 24 hours, the metadata finds it after that, and in webhooks. The token of
a card is the name of a payment method (`pm_…`), or of a customer and theirs (`cus_…/pm_…`).

https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

import json
from typing import Any

import stripe

from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import PaymentError

from .provider import Order, Outcome, ProviderUnavailableError

TIMEOUT = 20.0
"""Seconds for an answer. Stripe's own library waits 80; a runner's thread has better to do, and asks again."""

TOLERANCE = 300
"""Seconds that a webhook's signature may be old, as Stripe recommends: an older one may be a replayed one."""

_RESERVED_OR_TAKEN = {"requires_capture", "succeeded"}
_FAILED = {"requires_payment_method", "canceled"}


class Stripe:
    """Orders as calls of Stripe's API.

    Args:
        key: Secret key.
        address: Of the API; None for Stripe's own.
    """

    def __init__(self, key: str, address: str | None = None) -> None:
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": address} if address else None,
            max_network_retries=0,  # the runner asks again, and knows that it does
            http_client=stripe.HTTPXClient(timeout=TIMEOUT, allow_sync_methods=True),
        )

    def perform(self, order: Order) -> Outcome:
        """Carries out an order; one that was given before is answered as then."""
        try:
            return self._performed(order)
        except stripe.CardError as error:
            return Outcome(False, order.reference or _payment_of(error), _reason(error))
        except stripe.InvalidRequestError as error:
            if order.reference and not _unanswered(error):  # expired, released, or not to be raised
                return Outcome(False, order.reference, _reason(error))
            raise _wrong(order, error) from error
        except stripe.StripeError as error:
            raise _wrong(order, error) from error

    def find(self, order: Order) -> Outcome | None:
        """What was made of an order that may have been given before."""
        try:
            if order.action is Action.REFUND:
                return self._found_refund(order)
            if order.reference:
                return _outcome(order, self._client.v1.payment_intents.retrieve(order.reference))
            query = f"metadata['step']:'{order.key}'"
            found = self._client.v1.payment_intents.search({"query": query}).data
            return _outcome(order, found[0]) if found else None
        except stripe.StripeError as error:
            raise _wrong(order, error) from error

    def last_four(self, token: str) -> str:
        """The last four digits of a payment method's card; empty where it is no card."""
        try:
            method = self._client.v1.payment_methods.retrieve(_method(token)[1])
        except stripe.StripeError as error:
            kind = ProviderUnavailableError if _unanswered(error) else PaymentError
            raise kind(f"stripe: {error.user_message or type(error).__name__}") from error
        card = getattr(method, "card", None)
        return str(card.last4) if card else ""

    def _performed(self, order: Order) -> Outcome:
        payments = self._client.v1.payment_intents
        options: Any = {"idempotency_key": order.key}
        metadata = {"step": order.key, "bill": order.bill}
        payment: Any
        match order.action:
            case Action.AUTHORIZE | Action.CHARGE:
                payment = payments.create(self._new_payment(order, metadata), options)
            case Action.ADJUST:
                raised: Any = {"amount": order.amount, "metadata": metadata}
                payment = payments.increment_authorization(order.reference, raised, options)
            case Action.CAPTURE:
                taken: Any = {"amount_to_capture": order.amount, "metadata": metadata}
                payment = payments.capture(order.reference, taken, options)
            case Action.CANCEL:
                payment = payments.cancel(order.reference, {}, options)
            case Action.REFUND:
                back: Any = {"payment_intent": order.reference, "amount": order.amount, "metadata": metadata}
                return _outcome_of_refund(order, self._client.v1.refunds.create(back, options))
        outcome = _outcome(order, payment)
        if outcome is None:
            raise ProviderUnavailableError(f"{order.key}: {payment.id} is still {payment.status}")
        return outcome

    def _new_payment(self, order: Order, metadata: dict[str, str]) -> Any:
        customer, method = _method(order.token)
        later = order.action is Action.AUTHORIZE
        return {
            "amount": order.amount,
            "currency": order.currency.lower(),
            "payment_method": method,
            **({"customer": customer} if customer else {}),
            "confirm": True,
            "off_session": True,  # nobody is at the gate to answer a question of the bank's
            "capture_method": "manual" if later else "automatic",
            "payment_method_options": {"card": {"request_incremental_authorization": "if_available"}} if later else {},
            "metadata": metadata,
        }

    def _found_refund(self, order: Order) -> Outcome | None:
        for refund in self._client.v1.refunds.list({"payment_intent": order.reference}).auto_paging_iter():
            if getattr(refund.metadata, "step", None) == order.key:
                return _outcome_of_refund(order, refund)
        return None


def answer_from_webhook(payload: bytes, signature: str, secret: str) -> tuple[str, Outcome] | None:
    """What a webhook answers: the step and its outcome; None for an event that answers no step.

    Args:
        payload: As it came, to the byte.
        signature: Header `Stripe-Signature`.
        secret: Of the endpoint, `whsec_…`.

    Raises:
        PaymentError: It is not signed by Stripe, or too long ago.
    """
    try:
        stripe.WebhookSignature.verify_header(payload.decode(), signature, secret, TOLERANCE)
        event = json.loads(payload)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise PaymentError(f"webhook: is refused: {error}") from None
    about = event["data"]["object"]
    step = (about.get("metadata") or {}).get("step")
    if not step:
        return None
    reference = about.get("payment_intent") or about["id"]
    match event["type"]:
        case "payment_intent.amount_capturable_updated" | "payment_intent.succeeded":
            return step, Outcome(True, reference)
        case "payment_intent.payment_failed":
            failure = about.get("last_payment_error") or {}
            return step, Outcome(False, reference, failure.get("decline_code") or failure.get("code") or "failed")
        case "refund.created" | "refund.updated" if about["status"] == "succeeded":
            return step, Outcome(True, reference)
        case "refund.failed":
            return step, Outcome(False, reference, about.get("failure_reason") or "failed")
        case _:
            return None


def _method(token: str) -> tuple[str, str]:
    """The customer, empty for none, and the payment method of a token."""
    customer, _, method = token.rpartition("/")
    return customer, method


def _outcome(order: Order, payment: Any) -> Outcome | None:
    """What the state of a payment says of an order; None where it is not carried out yet."""
    status, reference = payment.status, payment.id
    match order.action:
        case Action.AUTHORIZE | Action.CHARGE if status in _RESERVED_OR_TAKEN:
            return Outcome(True, reference)
        case Action.AUTHORIZE | Action.CHARGE if status in _FAILED:
            failure = payment.last_payment_error
            return Outcome(False, reference, failure.code if failure else status)
        case Action.CAPTURE if status == "succeeded":
            return Outcome(payment.amount_received == order.amount, reference, "another amount was taken before")
        case Action.CAPTURE | Action.ADJUST if status == "canceled":
            return Outcome(False, reference, "canceled")
        case Action.ADJUST if payment.amount >= order.amount:
            return Outcome(True, reference)
        case Action.CANCEL if status == "canceled":
            return Outcome(True, reference)
        case _:
            return None


def _outcome_of_refund(order: Order, refund: Any) -> Outcome:
    failed = refund.status in ("failed", "canceled")
    return Outcome(not failed, order.reference, refund.failure_reason or "" if failed else "")


def _reason(error: stripe.StripeError) -> str:
    """In Stripe's words; of a decline the bank's code."""
    told = error.error
    return (told.decline_code or told.code or told.type) if told else "declined"


def _payment_of(error: stripe.StripeError) -> str:
    """The payment that an error is about."""
    payment = error.error.payment_intent if error.error else None
    return payment.id if payment else ""


def _unanswered(error: stripe.StripeError) -> bool:
    """Whether an error leaves open what became of the order: no connection, Stripe's own fault, or one under way."""
    status = error.http_status
    return status is None or status >= 500 or status in (409, 429)


def _wrong(order: Order, error: stripe.StripeError) -> PaymentError:
    kind = ProviderUnavailableError if _unanswered(error) else PaymentError
    told = error.user_message or type(error).__name__
    return kind(f"{order.key}: stripe: {told} ({error.code or error.http_status})")
