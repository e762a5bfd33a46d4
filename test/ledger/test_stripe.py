"""Stripe is asked as its API wants to be asked, and its answers are understood."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterator
from hashlib import sha256

import pytest
from stripe_server import KEY, StripeState, stripe_server

from storegraph.ledger.books.facts import Action
from storegraph.ledger.errors import PaymentError
from storegraph.ledger.payments.provider import Order, Outcome, ProviderUnavailableError
from storegraph.ledger.payments.sandbox import Sandbox
from storegraph.ledger.payments.stripe import Stripe, answer_from_webhook

SECRET = "whsec_test"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, StripeState]]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def state(server: tuple[str, StripeState]) -> StripeState:
    state = server[1]
    for kept in (state.payments, state.refunds, state.calls, state.answered):
        kept.clear()
    state.hang_up = state.broken = 0
    state.forgets_keys = False
    return state


@pytest.fixture
def provider(server: tuple[str, StripeState]) -> Stripe:
    return Stripe(KEY, server[0])


def order(action: Action, amount: int, step: str, reference: str = "", token: str = "pm_card_visa") -> Order:
    return Order(step, action, amount, "EUR", "" if reference else token, reference, "1@2")


def reserve(provider: Stripe) -> str:
    outcome = provider.perform(order(Action.AUTHORIZE, 5000, "1@2#1"))
    assert outcome.done
    return outcome.reference


def test_an_amount_is_reserved_raised_captured_and_refunded(provider: Stripe, state: StripeState) -> None:
    payment = reserve(provider)
    assert state.payments[payment]["status"] == "requires_capture"
    assert provider.perform(order(Action.ADJUST, 7000, "1@2#2", payment)) == Outcome(True, payment)
    assert provider.perform(order(Action.CAPTURE, 6500, "1@2#3", payment)).done
    assert provider.perform(order(Action.REFUND, 500, "1@2#4", payment)) == Outcome(True, payment)
    assert state.payments[payment]["amount_received"] == 6500
    assert [refund["amount"] for refund in state.refunds.values()] == [500]


def test_what_was_reserved_is_released(provider: Stripe, state: StripeState) -> None:
    payment = reserve(provider)
    assert provider.perform(order(Action.CANCEL, 5000, "1@2#2", payment)).done
    assert state.payments[payment]["status"] == "canceled"


def test_a_charge_without_a_reserve_names_the_customer(provider: Stripe, state: StripeState) -> None:
    outcome = provider.perform(order(Action.CHARGE, 250, "1@2#1", token="cus_1/pm_1"))
    assert state.payments[outcome.reference]["payment_method"] == "pm_1"
    assert state.payments[outcome.reference]["amount_received"] == 250


def test_a_declined_card_is_an_outcome_and_no_error(provider: Stripe, state: StripeState) -> None:
    outcome = provider.perform(order(Action.CHARGE, 250, "1@2#1", token="pm_declined"))
    assert (outcome.done, outcome.reason) == (False, "insufficient_funds")
    assert outcome.reference in state.payments


def test_a_capture_of_what_has_expired_is_declined(provider: Stripe, state: StripeState) -> None:
    payment = reserve(provider)
    state.payments[payment]["status"] = "canceled"
    outcome = provider.perform(order(Action.CAPTURE, 250, "1@2#2", payment))
    assert outcome == Outcome(False, payment, "payment_intent_unexpected_state")


@pytest.mark.parametrize("fault", ["hang_up", "broken"])
def test_an_order_without_an_answer_is_carried_out_once(provider: Stripe, state: StripeState, fault: str) -> None:
    setattr(state, fault, 1)
    charge = order(Action.CHARGE, 250, "1@2#1")
    with pytest.raises(ProviderUnavailableError):
        provider.perform(charge)
    assert provider.perform(charge).done
    assert len(state.payments) == 1


def test_what_was_made_of_an_order_is_found_when_its_key_is_forgotten(provider: Stripe, state: StripeState) -> None:
    charge = order(Action.CHARGE, 250, "1@2#1")
    assert provider.find(charge) is None
    done = provider.perform(charge)
    state.forgets_keys = True
    assert provider.find(charge) == done
    refund = order(Action.REFUND, 50, "1@2#2", done.reference)
    assert provider.find(refund) is None
    provider.perform(refund)
    assert provider.find(refund) == Outcome(True, done.reference)


def test_what_was_made_of_the_steps_of_a_reserve_is_found(provider: Stripe, state: StripeState) -> None:
    payment = reserve(provider)
    capture = order(Action.CAPTURE, 300, "1@2#2", payment)
    assert provider.find(capture) is None
    provider.perform(capture)
    assert provider.find(capture).done
    other = reserve_another(provider)
    cancel = order(Action.CANCEL, 5000, "3@4#2", other)
    assert provider.find(cancel) is None
    provider.perform(cancel)
    assert provider.find(cancel) == Outcome(True, other)
    assert provider.find(order(Action.CAPTURE, 300, "3@4#3", other)) == Outcome(False, other, "canceled")


def reserve_another(provider: Stripe) -> str:
    return provider.perform(order(Action.AUTHORIZE, 5000, "3@4#1")).reference


def test_a_wrong_key_is_no_matter_of_trying_again(server: tuple[str, StripeState], state: StripeState) -> None:
    with pytest.raises(PaymentError) as told:
        Stripe("sk_wrong", server[0]).perform(order(Action.CHARGE, 250, "1@2#1"))
    assert not isinstance(told.value, ProviderUnavailableError)
    assert "sk_wrong" not in str(told.value)


def test_nobody_at_the_address_is_no_answer() -> None:
    with pytest.raises(ProviderUnavailableError):
        Stripe(KEY, "http://127.0.0.1:9").perform(order(Action.CHARGE, 250, "1@2#1"))


def signed(event: dict, secret: str = SECRET, at: float | None = None) -> tuple[bytes, str]:
    """A webhook as Stripe sends it (https://docs.stripe.com/webhooks/signature)."""
    payload, stamp = json.dumps(event).encode(), int(at or time.time())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, sha256).hexdigest()
    return payload, f"t={stamp},v1={digest}"


def about(kind: str, **fields: object) -> dict:
    return {
        "object": "event",
        "type": kind,
        "data": {"object": {"id": "pi_1", "metadata": {"step": "1@2#1"}, **fields}},
    }


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (about("payment_intent.amount_capturable_updated"), Outcome(True, "pi_1")),
        (about("payment_intent.succeeded"), Outcome(True, "pi_1")),
        (
            about("payment_intent.payment_failed", last_payment_error={"code": "card_declined"}),
            Outcome(False, "pi_1", "card_declined"),
        ),
        (about("refund.updated", id="re_1", payment_intent="pi_1", status="succeeded"), Outcome(True, "pi_1")),
        (
            about("refund.failed", id="re_1", payment_intent="pi_1", failure_reason="expired_or_canceled_card"),
            Outcome(False, "pi_1", "expired_or_canceled_card"),
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_webhook_answers_a_step(event: dict, outcome: Outcome) -> None:
    assert answer_from_webhook(*signed(event), SECRET) == ("1@2#1", outcome)


def test_a_webhook_about_something_else_answers_nothing() -> None:
    assert answer_from_webhook(*signed(about("payment_intent.created")), SECRET) is None
    assert answer_from_webhook(*signed(about("payment_intent.succeeded", metadata={})), SECRET) is None


def test_a_webhook_that_is_not_signed_by_stripe_or_is_old_is_refused() -> None:
    event = about("payment_intent.succeeded")
    for payload, signature in (signed(event, "other"), signed(event, at=time.time() - 3600), (b"{}", "")):
        with pytest.raises(PaymentError, match="webhook: is refused"):
            answer_from_webhook(payload, signature, SECRET)


@pytest.mark.parametrize(
    ("token", "digits"), [("pm_card_visa", "4242"), ("cus_anna/pm_card_visa", "4242"), ("pm_sepa", "")]
)
def test_the_last_four_digits_of_a_card_are_told_and_no_more(provider: Stripe, token: str, digits: str) -> None:
    assert provider.last_four(token) == digits


def test_the_digits_of_a_card_that_stripe_does_not_know_are_refused_and_of_one_it_cannot_look_up_wait(
    provider: Stripe, state: StripeState
) -> None:
    with pytest.raises(PaymentError, match="No such PaymentMethod"):
        provider.last_four("pm_unknown")
    state.broken = 1
    with pytest.raises(ProviderUnavailableError):
        provider.last_four("pm_card_visa")


def test_the_sandbox_tells_four_digits_of_every_token() -> None:
    sandbox = Sandbox()
    assert sandbox.last_four("tok_4242") == "4242"
    assert sandbox.last_four("tok_visa") == sandbox.last_four("tok_visa") != sandbox.last_four("tok_other")
    assert len(sandbox.last_four("tok_visa")) == 4
