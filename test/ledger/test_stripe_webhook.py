"""What Stripe tells of a payment is taken where Stripe has signed it, and settles the purchase."""

from __future__ import annotations

import hmac
import json
import time
from hashlib import sha256
from typing import Any

import httpx
import pytest
from retail_http import SECRET
from shop_ledger import WATER, ShopLedger, line, receipt

from storegraph.ledger.books.verify import verify
from storegraph.ledger.payments.sandbox import Fault
from storegraph.ledger.retail.listener import PATH


def bought(shop: ShopLedger) -> None:
    """A water, and the charge is answered."""
    shop.enter("1", "tok_1")
    shop.leave(receipt("1", line(WATER)))


def signed(event: dict[str, Any], secret: str = SECRET) -> dict[str, Any]:
    payload, stamp = json.dumps(event).encode(), int(time.time())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, sha256).hexdigest()
    return {"content": payload, "headers": {"stripe-signature": f"t={stamp},v1={digest}"}}


def captured(step: str) -> dict[str, Any]:
    return {
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pay_1", "metadata": {"step": step}}},
    }


def test_what_stripe_tells_settles_the_purchase_once(shop: ShopLedger, server: str) -> None:
    shop.enter("1", "tok_1")
    shop.provider.misbehave(Fault.UNANSWERED)
    shop.leave(receipt("1", line(WATER)))
    assert shop.bill_of("1").state == "due"
    for _ in range(2):
        assert httpx.post(server + PATH, **signed(captured("corner/1#2"))).status_code == 204
    assert (shop.bill_of("1").state, shop.bill_of("1").captured) == ("settled", WATER.price)
    assert verify(shop.engine, "corner").problems == ()


def test_what_stripe_did_not_sign_changes_nothing(shop: ShopLedger, server: str) -> None:
    shop.enter("1", "tok_1")
    shop.provider.misbehave(Fault.UNANSWERED)
    shop.leave(receipt("1", line(WATER)))
    assert httpx.post(server + PATH, **signed(captured("corner/1#2"), "whsec_other")).status_code == 400
    assert shop.bill_of("1").state == "due"


@pytest.mark.parametrize("step", ["elsewhere/1#2", "1#2", ""])
def test_what_stripe_tells_of_others_is_taken_and_left(step: str, shop: ShopLedger, server: str) -> None:
    bought(shop)
    assert httpx.post(server + PATH, **signed(captured(step))).status_code == 204


def test_what_stripe_says_against_the_books_is_refused(shop: ShopLedger, server: str) -> None:
    bought(shop)
    assert httpx.post(server + PATH, **signed(captured("corner/1#9"))).status_code == 409
